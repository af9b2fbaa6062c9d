"""An authority, and certificates as it issues them: right ones, and wrong in one thing each."""

import base64
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

LIVE, TEST = "messageverificationcerts.paypal.com", "messageverificationcerts.sandbox.paypal.com"
BEGINS, ENDS = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
SIGNS = {"digital_signature": False, "key_cert_sign": True, "crl_sign": True}
SERVES = {"digital_signature": True, "key_cert_sign": False, "crl_sign": False}
NOTHING = dict.fromkeys(
    ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "encipher_only", "decipher_only"),
    False,
)


def name(common):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def certificate(subject, issuer, key, issuer_key, *, begins=BEGINS, ends=ENDS, is_authority=False, san=None):
    built = (
        x509.CertificateBuilder(subject_name=name(subject), issuer_name=name(issuer), public_key=key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(ends)
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(**(SIGNS if is_authority else SERVES), **NOTHING), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
    )
    if not is_authority:
        built = built.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        built = built.add_extension(x509.SubjectAlternativeName([x509.DNSName(san or subject)]), critical=False)
    return built.sign(issuer_key, hashes.SHA256())


def pem(*certificates):
    return b"".join(one.public_bytes(serialization.Encoding.PEM) for one in certificates)


@dataclass
class Authority:
    """A root, an intermediate, and the key that signs webhooks."""

    root: x509.Certificate
    middle: x509.Certificate
    middle_key: ec.EllipticCurvePrivateKey
    key: rsa.RSAPrivateKey

    @classmethod
    def made(cls):
        root_key, middle_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        root = certificate("Root", "Root", root_key, root_key, is_authority=True)
        middle = certificate("Middle", "Root", middle_key, root_key, is_authority=True)
        return cls(root, middle, middle_key, rsa.generate_private_key(65537, 2048))

    def chain(self, subject=LIVE, *, key=None, **changes):
        return pem(certificate(subject, "Middle", key or self.key, self.middle_key, **changes), self.middle)

    def headers(self, body, *, webhook_id="WH-OURS", at="2026-05-01T10:00:00Z", host="api.paypal.com", **changes):
        transmission_id = "69cd13f0-d67a-11e5-baa3-778b53f4ae55"
        message = f"{transmission_id}|{at}|{webhook_id}|{zlib.crc32(body)}"
        signature = self.key.sign(message.encode(), padding.PKCS1v15(), hashes.SHA256())
        return {
            "PAYPAL-TRANSMISSION-ID": transmission_id,
            "PAYPAL-TRANSMISSION-TIME": at,
            "PAYPAL-TRANSMISSION-SIG": base64.b64encode(signature).decode(),
            "PAYPAL-CERT-URL": f"https://{host}/v1/notifications/certs/CERT-360caa42-fca2a594",
            "PAYPAL-AUTH-ALGO": "SHA256withRSA",
            **changes,
        }

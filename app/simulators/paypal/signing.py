"""Webhooks signed as PayPal signs them, by a certificate of the simulator's own authority, made when first needed."""

import base64
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from fastapi import APIRouter
from fastapi.responses import PlainTextResponse, Response

from app.simulators.books.errors import not_found
from app.simulators.books.skin import Delivery

router = APIRouter(prefix="/v1/notifications/certs")

_NAME: Final = "messageverificationcerts.sandbox.paypal.com"
_HOST: Final = "https://api.sandbox.paypal.com"
_FROM, _TO = datetime(2020, 1, 1, tzinfo=UTC), datetime(2049, 1, 1, tzinfo=UTC)
_KEY_BITS: Final = 2048


@dataclass(frozen=True, slots=True)
class Signer:
    """A key, and the chain that vouches for it as text; `name` is the chain's own."""

    key: rsa.RSAPrivateKey
    chain: str
    name: str


@cache
def signer() -> Signer:
    """Return this process's signer."""
    authority_key, key = ec.generate_private_key(ec.SECP256R1()), rsa.generate_private_key(65537, _KEY_BITS)
    authority_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Simulated PayPal Authority")])
    authority = (
        _certificate(authority_name, authority_name, authority_key.public_key(), authority_key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .sign(authority_key, hashes.SHA256())
    )
    own_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, _NAME)])
    leaf = (
        _certificate(own_name, authority_name, key.public_key(), authority_key.public_key())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(_NAME)]), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    chain = b"".join(one.public_bytes(serialization.Encoding.PEM) for one in (leaf, authority))
    return Signer(key, chain.decode(), f"CERT-{leaf.fingerprint(hashes.SHA256()).hex()[:24]}")


def sign(delivery: Delivery) -> Mapping[str, str]:
    """Return the headers of a delivery; its `secret` is the webhook's id."""
    sent_at = delivery.at.strftime("%Y-%m-%dT%H:%M:%SZ")
    transmission_id = f"{zlib.crc32(delivery.event_id.encode()):08x}-0000-11ee-8000-{int(delivery.at.timestamp()):012x}"
    message = f"{transmission_id}|{sent_at}|{delivery.secret}|{zlib.crc32(delivery.body.encode())}"
    own = signer()
    return {
        "paypal-transmission-id": transmission_id,
        "paypal-transmission-time": sent_at,
        "paypal-transmission-sig": base64.b64encode(
            own.key.sign(message.encode(), padding.PKCS1v15(), hashes.SHA256())
        ).decode(),
        "paypal-cert-url": f"{_HOST}/v1/notifications/certs/{own.name}",
        "paypal-auth-algo": "SHA256withRSA",
        "paypal-auth-version": "v2",
    }


@router.get("/{name}")
def certificate(name: str) -> Response:
    """Serve the chain that signs."""
    if name != signer().name:
        raise not_found("certificate")
    return PlainTextResponse(signer().chain)


def _certificate(
    subject: x509.Name,
    issuer: x509.Name,
    key: rsa.RSAPublicKey | ec.EllipticCurvePublicKey,
    issuer_key: ec.EllipticCurvePublicKey,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder(subject_name=subject, issuer_name=issuer, public_key=key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(_FROM)
        .not_valid_after(_TO)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key), critical=False)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )

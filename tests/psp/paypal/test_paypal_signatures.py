"""PayPal's signatures, attacked: the message, the certificate, where it comes from, and when."""

import json
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given
from hypothesis import strategies as st

from app.domain.payments.errors import SignatureInvalidError
from app.psp.paypal import webhook
from app.psp.paypal.certificates import CertificateBook, Source, system_roots
from tests.psp.paypal.paypal_authority import LIVE, TEST, Authority, certificate, pem
from tests.psp.paypal.paypal_wire import Script, adapter

NOW = datetime(2026, 5, 1, 10, 1, tzinfo=UTC)
BODY = b'{"id":"WH-1","event_type":"PAYMENT.CAPTURE.DENIED"}'
CERTS = "/v1/notifications/certs/CERT-360caa42-fca2a594"
OURS, THEIRS = Authority.made(), Authority.made()
SCRIPTED = (Path(__file__).parents[2] / "data" / "webhook_test_vectors.json").read_text()


class Far:
    """PayPal's certificates, and who trusts them."""

    def __init__(self, served=None, *, roots=(OURS.root,)):
        self.asked = []
        self.served = OURS.chain() if served is None else served
        client = httpx.Client(transport=httpx.MockTransport(self._answer))
        self.now = 0.0
        self.book = CertificateBook(client, roots=lambda: list(roots), monotonic=lambda: self.now)

    def _answer(self, request):
        self.asked.append(str(request.url))
        if isinstance(self.served, httpx.Response):
            return self.served
        if isinstance(self.served, Exception):
            raise self.served
        return httpx.Response(200, content=self.served)


def verify(far, headers=None, *, body=BODY, ids=("WH-OURS",), live=True, api_base="", now=NOW):
    webhook.verify(
        headers=OURS.headers(BODY) if headers is None else headers,
        body=body,
        webhook_ids=ids,
        certificates=far.book,
        source=Source(live=live, api_base=api_base),
        now=now,
    )


def refused(far, headers=None, **changes):
    with pytest.raises(SignatureInvalidError) as caught:
        verify(far, headers, **changes)
    assert caught.value.code == "signature_invalid"


class TestTheMessage:
    def test_it_is_made_of_id_time_our_webhook_id_and_the_bodys_checksum(self):
        (vector,) = [one for one in _vectors() if one["scheme"].startswith("paypal")]
        body = vector["body"].encode()
        parts = (vector["transmission_id"], vector["transmission_time"], vector["webhook_id"], str(zlib.crc32(body)))
        assert "|".join(parts) == vector["message"]
        headers = OURS.headers(body, webhook_id=vector["webhook_id"], at=vector["transmission_time"])
        verify(Far(), headers, body=body, ids=(vector["webhook_id"],))

    def test_a_webhook_is_good_for_any_of_our_ids_and_no_other(self):
        verify(Far(), ids=("WH-OLD", "", "WH-OURS"))
        for ids in ((), ("",), ("WH-OTHER",)):
            refused(Far(), ids=ids)

    @given(st.data())
    def test_one_flipped_bit_of_the_body_fails(self, data):
        far = Far()
        place = data.draw(st.integers(0, len(BODY) * 8 - 1))
        flipped = bytearray(BODY)
        flipped[place // 8] ^= 1 << (place % 8)
        refused(far, body=bytes(flipped))

    @given(st.data())
    def test_one_flipped_bit_of_any_header_fails(self, data):
        far, headers = Far(), OURS.headers(BODY)
        header = data.draw(st.sampled_from(sorted(headers)))
        place = data.draw(st.integers(0, len(headers[header]) * 7 - 1))
        text = headers[header]
        changed = chr(ord(text[place // 7]) ^ (1 << (place % 7)))
        headers[header] = text[: place // 7] + changed + text[place // 7 + 1 :]
        if header == "PAYPAL-CERT-URL" and (headers[header].lower() == text.lower() or "certs/" in headers[header]):
            far.served = httpx.Response(404)  # PayPal serves no certificate under another name
        refused(far, headers)

    @given(st.data())
    def test_one_flipped_bit_of_our_webhook_id_fails(self, data):
        place = data.draw(st.integers(0, len("WH-OURS") * 7 - 1))
        text = "WH-OURS"
        changed = text[: place // 7] + chr(ord(text[place // 7]) ^ (1 << (place % 7))) + text[place // 7 + 1 :]
        refused(Far(), ids=(changed,))

    @pytest.mark.parametrize("header", sorted(OURS.headers(BODY)))
    def test_every_header_is_needed(self, header):
        headers = {key: value for key, value in OURS.headers(BODY).items() if key != header}
        refused(Far(), headers)

    @pytest.mark.parametrize("algorithm", ["SHA1withRSA", "none", "sha256withrsa", "SHA256withRSA ", "SHA512withRSA"])
    def test_no_other_algorithm_is_taken(self, algorithm):
        refused(Far(), OURS.headers(BODY, **{"PAYPAL-AUTH-ALGO": algorithm}))

    @pytest.mark.parametrize("signature", ["", "!", "AAAA", "A" * 5000, "☃"])
    def test_a_signature_that_is_none_is_refused_before_anything_is_fetched(self, signature):
        far = Far()
        refused(far, OURS.headers(BODY, **{"PAYPAL-TRANSMISSION-SIG": signature}))
        assert far.asked == [] or signature == "AAAA"

    def test_another_key_of_the_same_authority_does_not_sign_for_this_certificate(self):
        other = Authority(OURS.root, OURS.middle, OURS.middle_key, rsa.generate_private_key(65537, 2048))
        refused(Far(), other.headers(BODY))


class TestItsAge:
    @pytest.mark.parametrize(
        "age", [timedelta(0), timedelta(days=3), timedelta(days=3, hours=1), timedelta(seconds=-300)]
    )
    def test_as_long_as_paypal_tries_again_it_is_good(self, age):
        verify(Far(), now=datetime(2026, 5, 1, 10, tzinfo=UTC) + age)

    @pytest.mark.parametrize("age", [timedelta(days=3, hours=1, seconds=1), timedelta(seconds=-301)])
    def test_older_or_from_the_future_it_is_not(self, age):
        refused(Far(), now=datetime(2026, 5, 1, 10, tzinfo=UTC) + age)

    @pytest.mark.parametrize("at", ["", "now", "2026-05-01T10:00:00", "1777629600", "2026-05-01T10:00:00Z" + "0" * 50])
    def test_a_time_that_is_none_is_refused(self, at):
        refused(Far(), OURS.headers(BODY, at=at))


class TestWhereTheCertificateComesFrom:
    @pytest.mark.parametrize("host", ["api.paypal.com", "api-m.paypal.com", "messageverificationcerts.paypal.com"])
    def test_paypals_own_hosts_are_good(self, host):
        far = Far()
        verify(far, OURS.headers(BODY, host=host))
        assert far.asked == [f"https://{host}{CERTS}"]

    @pytest.mark.parametrize(
        "url",
        [
            "http://api.paypal.com" + CERTS,
            "https://api.paypal.com.evil.test" + CERTS,
            "https://evilpaypal.com" + CERTS,
            "https://paypal.com" + CERTS,
            "https://evil.test/api.paypal.com" + CERTS,
            "https://api.paypal.com@evil.test" + CERTS,
            "https://user@api.paypal.com" + CERTS,
            "https://evil.test#.paypal.com" + CERTS,
            "https://evil.test\\.paypal.com" + CERTS,
            "https://api.paypal.com:8443" + CERTS,
            "https://api.paypal.com:x" + CERTS,
            "https://api.paypal.com/v1/notifications/certs/../../oauth2/token",
            "https://api.paypal.com/v1/notifications/certs/a/b",
            "https://api.paypal.com/redirect" + CERTS,
            "https://api.paypal.com" + CERTS + "?next=https://evil.test",
            "https://api.paypal.com" + CERTS + "#x",
            "https://api.sandbox.paypal.com" + CERTS,
            "https://[::1" + CERTS,
            "file:///etc/passwd",
            "//api.paypal.com" + CERTS,
            "",
        ],
    )
    def test_nothing_else_is_even_asked(self, url):
        far = Far()
        refused(far, OURS.headers(BODY, **{"PAYPAL-CERT-URL": url}))
        assert far.asked == []

    def test_a_test_account_takes_the_sandboxs_certificate_too(self):
        host = "api.sandbox.paypal.com"
        verify(Far(OURS.chain(TEST)), OURS.headers(BODY, host=host), live=False)
        refused(Far(OURS.chain(TEST)), OURS.headers(BODY), live=True)

    def test_a_stand_in_serves_its_own_certificate_under_paypals_name(self):
        far = Far(pem(*_pair(THEIRS)), roots=())
        verify(far, THEIRS.headers(BODY, host="api.sandbox.paypal.com"), live=False, api_base="http://127.0.0.1:8033/")
        assert far.asked == [f"http://127.0.0.1:8033{CERTS}"]

    @pytest.mark.parametrize("api_base", ["", "https://api-m.paypal.com", "http://127.0.0.1:8033"])
    def test_a_live_account_never_takes_a_stand_ins(self, api_base):
        far = Far(pem(*_pair(THEIRS, LIVE)))
        refused(far, THEIRS.headers(BODY), live=True, api_base=api_base)
        assert far.asked == [f"https://api.paypal.com{CERTS}"]


class TestTheCertificate:
    def test_it_must_lead_to_a_trusted_root(self):
        refused(Far(THEIRS.chain()), THEIRS.headers(BODY))
        key = OURS.key
        refused(Far(pem(certificate(LIVE, LIVE, key, key))))

    def test_it_must_lead_there_through_what_is_served(self):
        refused(Far(pem(certificate(LIVE, "Middle", OURS.key, OURS.middle_key))))

    @pytest.mark.parametrize("subject", ["evil.test", "api.paypal.com", "paypal.com", TEST])
    def test_it_must_be_issued_for_signing_webhooks(self, subject):
        refused(Far(OURS.chain(subject)))
        refused(Far(OURS.chain(LIVE, san=subject)))

    @pytest.mark.parametrize(("begins", "ends"), [(NOW + timedelta(days=1), None), (None, NOW - timedelta(days=1))])
    def test_it_must_be_valid_now(self, begins, ends):
        dates = {"begins": begins or NOW - timedelta(days=30), "ends": ends or NOW + timedelta(days=30)}
        refused(Far(OURS.chain(**dates)))

    def test_one_that_was_kept_is_checked_again_at_every_use(self):
        far = Far(OURS.chain(ends=NOW + timedelta(hours=1)))
        verify(far)
        refused(far, OURS.headers(BODY, at="2026-05-01T12:00:00Z"), now=NOW + timedelta(hours=2))
        assert len(far.asked) == 1

    def test_it_must_hold_an_rsa_key(self):
        refused(Far(OURS.chain(key=ec.generate_private_key(ec.SECP256R1()))))

    @pytest.mark.parametrize(
        "served",
        [
            b"",
            b"no certificate",
            b"x" * 100_000,
            httpx.Response(404),
            httpx.Response(302, headers={"location": "https://evil.test"}),
            httpx.Response(500),
            httpx.ConnectError("x"),
        ],
    )
    def test_one_that_cannot_be_read_is_not_asked_for_again_at_once(self, served):
        far = Far(served)
        for _ in range(3):
            refused(far)
        assert len(far.asked) == 1
        far.served, far.now = OURS.chain(), 31.0
        verify(far)

    def test_a_good_one_is_fetched_once(self):
        far = Far()
        for _ in range(3):
            verify(far)
        assert len(far.asked) == 1

    def test_only_so_many_are_kept(self):
        far = Far()
        for number in range(80):
            url = f"https://api.paypal.com/v1/notifications/certs/CERT-{number}"
            verify(far, OURS.headers(BODY, **{"PAYPAL-CERT-URL": url}))
        assert len(far.book._kept) == 64

    def test_the_roots_are_those_that_https_trusts(self):
        assert len(system_roots()) > 50


def test_the_adapter_fetches_through_its_own_client_and_trusts_no_stranger():
    host = "api.sandbox.paypal.com"
    script = Script().on("GET", CERTS, httpx.Response(200, content=OURS.chain(TEST)))
    with adapter(script) as psp, pytest.raises(SignatureInvalidError):
        psp.verify_webhook(headers=OURS.headers(BODY, host=host), body=BODY, now=NOW)
    assert [str(one.url) for one in script.seen] == [f"https://{host}{CERTS}"]
    assert "authorization" not in script.seen[0].headers


def _pair(authority, subject=TEST):
    root_key = ec.generate_private_key(ec.SECP256R1())
    root = certificate("Own", "Own", root_key, root_key, is_authority=True)
    return certificate(subject, "Own", authority.key, root_key), root


def _vectors():
    raw = json.loads(SCRIPTED)
    return raw["vectors"] if isinstance(raw, dict) else raw

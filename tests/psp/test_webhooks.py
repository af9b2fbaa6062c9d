"""What providers' webhooks have in common, attacked. The providers' own tests attack each header as a whole."""

import hashlib
import hmac
from datetime import UTC, datetime

import pytest

from app.domain.payments.errors import SignatureInvalidError, WebhookUnreadableError
from app.psp.webhooks import StampedSignature, check_hmac, header_of, object_of, stamped_signature

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
SIGNED = b"body"


def hexed(secret):
    return hmac.new(secret.encode(), SIGNED, hashlib.sha256).hexdigest()


def test_a_headers_name_has_no_case():
    assert header_of({"x-signature": "1"}, "X-Signature") == "1"
    assert header_of({"X-SIGNATURE": "1"}, "x-signature") == "1"
    assert header_of({"x-other": "1"}, "x-signature") == ""


@pytest.mark.parametrize("secrets", [("new", "old"), ("", "old")])
def test_one_good_pair_is_enough(secrets):
    check_hmac(SIGNED, given=("bad", hexed("old")), secrets=secrets)


@pytest.mark.parametrize(
    ("given", "secrets"),
    [((), ("old",)), ((hexed("old"),), ()), ((hexed(""),), ("",)), (("",), ("old",)), (("ñ☃",), ("old",))],
)
def test_no_good_pair_is_refused(given, secrets):
    with pytest.raises(SignatureInvalidError, match="does not match"):
        check_hmac(SIGNED, given=given, secrets=secrets)


def test_a_stamped_header_is_read_by_its_scheme_alone():
    header = {"Psp-Signature": "t=12, v1=a,v0=b , v1=c,te=d"}
    assert stamped_signature(header, "psp-signature") == StampedSignature("12", ("a", "c"))
    assert stamped_signature(header, "psp-signature", scheme="te") == StampedSignature("12", ("d",))


@pytest.mark.parametrize("header", ["", "v1=a", "t=1,t=1,v1=a", "t=-1,v1=a", "t=1e3,v1=a", f"t={'9' * 12},v1=a"])
def test_a_header_without_one_readable_time_is_refused_by_its_name(header):
    with pytest.raises(SignatureInvalidError, match="no readable Psp-Signature"):
        stamped_signature({"psp-signature": header}, "Psp-Signature")


def test_a_stamp_is_part_of_what_is_signed():
    stamp = str(int(NOW.timestamp()))
    good = hmac.new(b"s", f"{stamp}.".encode() + SIGNED, hashlib.sha256).hexdigest()
    StampedSignature(stamp, (good,)).check(SIGNED, secrets=("s",), now=NOW)
    with pytest.raises(SignatureInvalidError, match="does not match"):
        StampedSignature(str(int(stamp) - 1), (good,)).check(SIGNED, secrets=("s",), now=NOW)


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 200_000])
def test_a_body_that_is_no_json_is_refused(body):
    with pytest.raises(WebhookUnreadableError, match="not JSON"):
        object_of(body)


def test_other_json_is_an_empty_object():
    assert object_of(b'{"id":"evt_1"}') == {"id": "evt_1"}
    assert object_of(b"[1]") == {}

"""What an account lacks, found out without moving money."""

import httpx
import pytest

from app.domain.payments.facts import FindingCode
from tests.psp.razorpay.razorpay_far_side import FarSide, error, items


def far_side(**answers):
    far = FarSide()
    far["GET /payments"] = far["GET /orders"] = items()
    far["GET /payment_links"] = {"payment_links": []}
    for name, answer in answers.items():
        far[f"GET /{name}"] = answer
    return far


def codes(far, **account):
    findings = far.adapter(**{"webhook_secrets": ("s",), **account}).check()
    assert all(finding.detail for finding in findings)
    return [finding.code for finding in findings]


def test_nothing_is_missing_of_a_good_account():
    far = far_side()
    assert codes(far) == []
    assert {call.split()[0] for call in far.calls} == {"GET"}


@pytest.mark.parametrize("missing", [{"key_id": ""}, {"key_secret": ""}])
def test_a_missing_key_is_named_and_nothing_is_asked(missing):
    far = far_side()
    assert codes(far, **missing) == [FindingCode.KEY_MISSING]
    assert far.asked == []
    assert next(iter(missing)) in far.adapter(**missing).check()[0].detail


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ((401, error("Authentication failed")), FindingCode.KEY_INVALID),
        ((400, error("The api key provided is invalid")), FindingCode.KEY_INVALID),
        ((403, error("Access denied")), FindingCode.PERMISSION_MISSING),
        ((400, error("This feature is not enabled")), FindingCode.PERMISSION_MISSING),
        ((500, b""), FindingCode.UNREACHABLE),
        (httpx.ConnectError("nobody"), FindingCode.UNREACHABLE),
        (httpx.ReadTimeout("slow"), FindingCode.UNREACHABLE),
    ],
)
@pytest.mark.parametrize("what", ["payments", "orders", "payment_links"])
def test_a_read_that_is_refused_is_explained(what, answer, code):
    assert codes(far_side(**{what: answer})) == [code]


@pytest.mark.parametrize(
    ("key_id", "live", "found"),
    [
        ("rzp_test_1", True, [FindingCode.MODE_MISMATCH]),
        ("rzp_live_1", False, [FindingCode.MODE_MISMATCH]),
        ("rzp_live_1", True, []),
    ],
)
def test_a_key_of_the_other_mode_is_found(key_id, live, found):
    assert codes(far_side(), key_id=key_id, live=live) == found


def test_a_missing_webhook_secret_is_found():
    assert codes(far_side(), webhook_secrets=()) == [FindingCode.WEBHOOK_SECRET_MISSING]
    assert codes(far_side(), webhook_secrets=("",)) == [FindingCode.WEBHOOK_SECRET_MISSING]

"""What a check of a Stripe account finds."""

import httpx
import pytest

from app.domain.payments.facts import FindingCode
from tests.psp.stripe.stripe_far_side import bound, error, listed

ENDPOINTS = "/v1/webhook_endpoints"
NEEDED = ("/v1/payment_intents", "/v1/charges", "/v1/checkout/sessions", "/v1/invoices")
LIVE_KEY = "rk_live_0123456789abcdef"


def endpoint(**more):
    here = {"url": "https://tinko.test/v1/webhooks/stripe/psp_1", "status": "enabled", "enabled_events": ["*"]}
    return {**here, **more}


WELL = {**{path: listed() for path in NEEDED}, ENDPOINTS: listed(endpoint())}


def codes(replies, **account):
    adapter, far_side = bound(replies, **account)
    return [one.code for one in adapter.check()], far_side


def test_nothing_is_missing_of_a_good_account_and_nothing_was_made():
    found, far_side = codes(WELL)
    assert found == []
    assert {request.method for request in far_side.seen} == {"GET"}


@pytest.mark.parametrize(
    ("key", "live", "code"),
    [
        (None, False, FindingCode.KEY_MISSING),
        ("pk_test_0123456789abcdef", False, FindingCode.KEY_INVALID),
        ("nonsense", False, FindingCode.KEY_INVALID),
        (LIVE_KEY, False, FindingCode.MODE_MISMATCH),
        ("sk_test_0123456789abcdef", True, FindingCode.MODE_MISMATCH),
    ],
)
def test_a_key_that_cannot_be_right_is_found_without_a_call(key, live, code):
    found, far_side = codes({}, key=key, live=live)
    assert (found, far_side.seen) == ([code], [])


def test_a_restricted_live_key_of_a_live_organization_is_good():
    assert codes(WELL, key=LIVE_KEY, live=True)[0] == []


def test_a_key_that_stripe_does_not_know_is_said_once():
    assert codes({NEEDED[0]: error(401)})[0] == [FindingCode.KEY_INVALID]


def test_every_permission_that_lacks_is_named():
    adapter, _ = bound(WELL | {"/v1/invoices": error(403), "/v1/charges": error(403)})
    found = adapter.check()
    assert [one.code for one in found] == [FindingCode.PERMISSION_MISSING] * 2
    assert "Charges and Refunds (write)" in found[0].detail
    assert "Invoices (read)" in found[1].detail


@pytest.mark.parametrize("reply", [error(500), error(429), httpx.ConnectError("no")])
def test_a_stripe_that_does_not_answer_is_no_fault_of_the_key(reply):
    assert codes({NEEDED[0]: reply})[0] == [FindingCode.UNREACHABLE]


def test_a_missing_secret_is_found_beside_the_rest():
    found, _ = codes(WELL | {ENDPOINTS: listed()}, webhook_secrets=("",))
    assert found == [FindingCode.WEBHOOK_SECRET_MISSING, FindingCode.WEBHOOK_MISSING]


@pytest.mark.parametrize(
    "endpoints",
    [
        listed(),
        listed(endpoint(url="https://tinko.test/v1/webhooks/stripe/psp_2")),
        listed(endpoint(status="disabled")),
        listed(endpoint(enabled_events=["charge.failed"])),
    ],
)
def test_a_webhook_that_does_not_lead_here_or_lacks_events_is_found(endpoints):
    assert codes(WELL | {ENDPOINTS: endpoints})[0] == [FindingCode.WEBHOOK_MISSING]


def test_lacking_events_are_named():
    adapter, _ = bound(WELL | {ENDPOINTS: listed(endpoint(enabled_events=["payment_intent.succeeded"]))})
    assert adapter.check()[0].detail.endswith("lacks events: invoice.payment_failed, payment_intent.payment_failed.")


def test_a_key_that_may_not_see_webhooks_is_not_blamed():
    assert codes(WELL | {ENDPOINTS: error(403)})[0] == []

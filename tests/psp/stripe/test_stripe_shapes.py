"""Whatever JSON comes instead of Stripe's objects, reading it raises nothing and claims no money."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.payments.errors import WebhookUnreadableError
from app.domain.payments.facts import EventKind
from app.domain.payments.port import Outcome, PaymentStatus
from app.psp.lenient import dict_of
from app.psp.stripe import mapping, pages, webhook
from app.psp.wire import Reply
from tests.psp.stripe.stripe_far_side import intent, session

NAMES = sorted(
    {
        *intent(),
        *session(),
        "last_payment_error",
        "latest_charge",
        "payment_method",
        "next_payment_attempt",
        "error",
        "data",
        "object",
        "type",
        "card",
        "outcome",
        "billing_details",
        "payment_method_details",
        "has_more",
    }
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(["succeeded"])
ANYTHING = st.recursive(
    SCALARS,
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.sampled_from(NAMES), below, max_size=8),
    max_leaves=25,
)


@settings(max_examples=300)
@given(ANYTHING)
def test_no_shape_is_an_error_and_success_needs_an_amount(body):
    for result in (
        mapping.payment_of(body),
        pages.payment_of_session(body),
        mapping.payment_of(mapping.intent_of_charge(dict_of(body))),
        mapping.payment_of_invoice(dict_of(body)),
        mapping.payment_of_create(Reply(200, body)),
        mapping.payment_of_create(Reply(402, body)),
    ):
        assert (result.outcome is Outcome.SUCCEEDED) == (result.money is not None)
    mapping.refund_of(Reply(200, body))
    mapping.page_of(Reply(200, body))
    pages.checkout_of(body)


@settings(max_examples=300)
@given(ANYTHING)
def test_no_shape_of_a_webhook_is_anything_but_an_event_or_unreadable(body):
    try:
        event = webhook.parse(json.dumps({"id": "evt_1", "type": "charge.dispute.created", "data": body}).encode())
    except WebhookUnreadableError:
        pytest.fail("an event with id and type is readable")
    assert event.kind is EventKind.DISPUTE
    try:
        webhook.parse(json.dumps(body).encode())
    except WebhookUnreadableError:
        return
    assert isinstance(body, dict)


@given(st.text())
def test_a_word_that_nobody_knows_is_asked_again(word):
    known = {"succeeded", "canceled", "requires_payment_method", "failed", "expired"}
    status = mapping.normalize_status(word)
    assert word in known or status in {PaymentStatus.PENDING, PaymentStatus.REQUIRES_ACTION}

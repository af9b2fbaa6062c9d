"""Xendit's webhooks: the callback token, and every shape that is known read as a hint."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.ids import ATTEMPT, new_id
from app.domain.money import Money
from app.domain.payments.errors import SignatureInvalidError, WebhookUnreadableError
from app.domain.payments.facts import DisputeFacts, DisputeStatus, EventKind
from app.psp.xendit import webhook

PAYLOADS = Path(__file__).parents[2] / "data" / "payloads"
NOW = datetime(2026, 5, 1, 10, 0, tzinfo=UTC)
TOKEN = "callback-token-0123456789"
INVOICE_ID = "579c8d61f23fa4ca35e52da4"


def verify(token, *, secrets=(TOKEN,), name="x-callback-token"):
    webhook.verify(headers={} if token is None else {name: token}, secrets=secrets)


@pytest.mark.parametrize("name", ["x-callback-token", "X-CALLBACK-TOKEN"])
def test_the_accounts_token_is_accepted(name):
    verify(TOKEN, name=name)
    verify(TOKEN, secrets=("old-token", TOKEN), name=name)


@pytest.mark.parametrize("token", [None, "", "another", TOKEN + "x", TOKEN[:-1], TOKEN.upper(), f" {TOKEN}", "ñ☃"])
def test_any_other_token_is_refused(token):
    with pytest.raises(SignatureInvalidError) as caught:
        verify(token)
    assert caught.value.code == "signature_invalid"


@pytest.mark.parametrize("secrets", [(), ("",), ("", "another")])
def test_an_account_without_its_token_accepts_nothing_not_even_an_empty_one(secrets):
    for token in (TOKEN, "", None):
        with pytest.raises(SignatureInvalidError):
            verify(token, secrets=secrets)


@given(st.integers(0, 8 * len(TOKEN) - 1))
def test_one_flipped_bit_of_the_token_is_refused(place):
    raw = bytearray(TOKEN.encode())
    raw[place // 8] ^= 1 << (place % 8)
    with pytest.raises(SignatureInvalidError):
        verify(raw.decode("latin-1"))
    with pytest.raises(SignatureInvalidError):
        verify(TOKEN, secrets=(raw.decode("latin-1"),))


def parse(body, **headers):
    return webhook.parse(headers=headers, body=body if isinstance(body, bytes) else json.dumps(body).encode())


def payload(name):
    return (PAYLOADS / f"xendit.{name}.constructed.json").read_bytes()


@pytest.mark.parametrize(
    ("name", "event_type", "psp_payment_id", "event_id"),
    [
        (
            "v2.payment.failed",
            "payment.failed",
            "pr-3fdaf346-dd2e-4b6c-b938-124c7167a822",
            "py-3fdaf346-dd2e-4b6c-b938-124c7167a822:payment.failed:FAILED",
        ),
        (
            "v2.payment.succeeded",
            "payment.succeeded",
            "pr-4fdaf346-dd2e-4b6c-b938-124c7167a822",
            "py-4fdaf346-dd2e-4b6c-b938-124c7167a822:payment.succeeded:SUCCEEDED",
        ),
        (
            "v3.payment.failure.network_advice",
            "payment.failure",
            "pr-2fdaf346-dd2e-4b6c-b938-124c7167a822",
            "py-2fdaf346-dd2e-4b6c-b938-124c7167a822:payment.failure:FAILED",
        ),
        ("invoice.callback.expired", "invoice.expired", INVOICE_ID, f"{INVOICE_ID}:invoice:EXPIRED"),
    ],
)
def test_each_sample_names_what_to_read(name, event_type, psp_payment_id, event_id):
    event = parse(payload(name))
    assert (event.type, event.psp_payment_id, event.event_id) == (event_type, psp_payment_id, event_id)
    assert (event.kind, event.dispute) == (EventKind.PAYMENT, None)
    assert (event.transaction_ref, event.attempt_id) == (None, None)
    assert event.occurred_at is not None


def test_the_header_names_the_event_if_there_is_one():
    assert parse(payload("v2.payment.failed"), **{"Webhook-Id": "wh-1"}).event_id == "wh-1"
    assert parse(payload("invoice.callback.expired"), **{"webhook-id": "wh-2"}).event_id == "wh-2"


def test_a_resent_event_has_the_same_name_although_it_is_dated_anew():
    first, second = json.loads(payload("v2.payment.failed")), json.loads(payload("v2.payment.failed"))
    second["created"] = "2026-06-01T00:00:00Z"
    assert parse(first).event_id == parse(second).event_id


def event(name, **data):
    return {"event": name, "created": NOW.isoformat(), "data": data}


@pytest.mark.parametrize(
    ("body", "kind", "psp_payment_id"),
    [
        (event("payment.capture", payment_id="py-1", payment_request_id="pr-1"), EventKind.PAYMENT, "pr-1"),
        (event("payment.authorization", payment_id="py-1"), EventKind.PAYMENT, "py-1"),
        (event("payment.awaiting_capture", id="py-1"), EventKind.PAYMENT, "py-1"),
        (
            event("payment.capture", payment_id="py-1", payment_request_id="pr-1", type="REUSABLE_PAYMENT_CODE"),
            EventKind.PAYMENT,
            "py-1",
        ),
        (event("payment_session.completed", payment_request_id="pr-1"), EventKind.PAYMENT, "pr-1"),
        (event("payment_session.expired", payment_session_id="ps-1"), EventKind.OTHER, None),
        (event("refund.succeeded", id="rfd-1", payment_request_id="pr-1"), EventKind.REFUND, "pr-1"),
        (event("refund.failed", id="rfd-1", invoice_id=INVOICE_ID), EventKind.REFUND, INVOICE_ID),
        (event("refund.succeeded", id="rfd-1", payment_id="py-1"), EventKind.REFUND, "py-1"),
        (event("payment_method.expired", id="pm-1"), EventKind.OTHER, None),
        (event("payment_token.activation", payment_token_id="pt-1"), EventKind.OTHER, None),
        (event("recurring.cycle.retrying", id="cycle-1"), EventKind.OTHER, None),
        (event("a.word.of.next.year"), EventKind.OTHER, None),
        ({"event": "payment.failure", "data": None}, EventKind.PAYMENT, None),
        ({"id": "x", "callback_virtual_account_id": "va-1", "amount": 5}, EventKind.OTHER, None),
    ],
)
def test_each_kind_of_event_is_told_apart_and_unknown_ones_are_no_error(body, kind, psp_payment_id):
    read = parse(body)
    assert (read.kind, read.psp_payment_id) == (kind, psp_payment_id)
    assert read.event_id


def test_two_refunds_of_one_payment_are_two_events():
    refunds = [event("refund.succeeded", id=own, payment_id="py-1", status="SUCCEEDED") for own in ("rfd-1", "rfd-2")]
    assert {parse(body).event_id for body in refunds} == {
        "rfd-1:refund.succeeded:SUCCEEDED",
        "rfd-2:refund.succeeded:SUCCEEDED",
    }


def test_what_names_no_event_is_told_apart_by_its_digest():
    first, second = event("payment_token.expiry", a=1), event("payment_token.expiry", a=2)
    assert parse(first).event_id == parse(first).event_id != parse(second).event_id
    assert parse(first).event_id.startswith("sha256:")


def test_metadata_names_the_transaction_and_our_attempt():
    ours = parse(event("payment.capture", metadata={"attempt_id": "att_1", "transaction_ref": "order-1"}))
    theirs = parse(event("payment.capture", metadata={"order_id": "o-7", "attempt_id": 5}, reference_id="r-1"))
    assert (ours.transaction_ref, ours.attempt_id) == ("order-1", "att_1")
    assert (theirs.transaction_ref, theirs.attempt_id) == ("o-7", None)
    assert ours.occurred_at == NOW


def test_an_invoices_callback_names_our_attempt_by_its_external_id():
    attempt_id = new_id(ATTEMPT, now=NOW)
    body = json.loads(payload("invoice.callback.expired")) | {"external_id": attempt_id, "status": "PAID"}
    read = parse(body)
    assert (read.type, read.attempt_id) == ("invoice.paid", attempt_id)


@pytest.mark.parametrize(
    ("status", "stands"),
    [
        ("ACTION_REQUIRED", DisputeStatus.OPEN),
        ("UNDER_REVIEW", DisputeStatus.OPEN),
        ("WON", DisputeStatus.WON),
        ("LOST", DisputeStatus.LOST),
        (None, DisputeStatus.OPEN),
    ],
)
def test_a_dispute_tells_how_it_stands(status, stands):
    body = {
        "event": "dispute.won",
        "id": "mi-dspt-1",
        "status": status,
        "currency": "USD",
        "amount": {"initial": "1000.00", "terminal": None},
        "category": {"name": "fraud"},
        "payment_id": "py-1",
        "updated_at": NOW.isoformat(),
    }
    read = parse(body)
    assert (read.kind, read.psp_payment_id, read.occurred_at) == (EventKind.DISPUTE, "py-1", NOW)
    assert read.dispute == DisputeFacts("mi-dspt-1", stands, Money(100_000, "USD"), "fraud")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b"\xff",
        b"[" * 100_000,
        b'{"event": 1}',
        b'{"id": "a", "status": "PAID"}',
        b'{"id": "a", "external_id": "b", "status": "DONE"}',
        b'{"event": "dispute.won"}',
    ],
)
def test_what_is_no_event_of_xendits_is_unreadable(body):
    with pytest.raises(WebhookUnreadableError):
        parse(body)


NAMES = ["id", "data", "status", "payment_id", "metadata", "amount", "category", "created", "external_id"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=5),
    max_leaves=12,
)


@given(st.sampled_from(["payment.failure", "refund.succeeded", "dispute.lost", None]), JSON)
def test_no_shape_of_a_body_breaks_the_reading(name, rest):
    body = {**(rest if isinstance(rest, dict) else {"data": rest}), "event": name}
    try:
        assert parse(body).event_id
    except WebhookUnreadableError:
        assert name in {"dispute.lost", None}

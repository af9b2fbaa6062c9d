"""PayMongo's webhooks: signatures attacked, and every shape that is known read."""

import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.money import Money
from app.domain.payments.errors import SignatureInvalidError, WebhookUnreadableError
from app.domain.payments.facts import DisputeFacts, DisputeStatus, EventKind
from app.psp.paymongo import webhook

DATA = Path(__file__).parents[2] / "data"
NOW = datetime(2026, 5, 1, 10, 0, tzinfo=UTC)
STAMP = int(NOW.timestamp())
BODY = b'{"data":{"id":"evt_1"}}'
VECTOR = next(v for v in json.loads((DATA / "webhook_test_vectors.json").read_text()) if v["scheme"] == "paymongo")


def hexed(secret="whsk_1", *, stamp=STAMP, body=BODY):
    return hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()


def verify(header, *, secrets=("whsk_1",), body=BODY, live=False, now=NOW):
    webhook.verify(headers={"Paymongo-Signature": header}, body=body, secrets=secrets, live=live, now=now)


def test_the_published_vector_is_accepted():
    stamp = int(VECTOR["header"].partition(",")[0].removeprefix("t="))
    now = datetime.fromtimestamp(stamp, UTC)
    verify(VECTOR["header"], secrets=(VECTOR["secret"],), body=VECTOR["body"].encode(), now=now)


def test_the_accounts_mode_chooses_the_signature():
    verify(f"t={STAMP},te={hexed()},li=")
    verify(f"t={STAMP}, te=, li={hexed()}", live=True)


@pytest.mark.parametrize(
    ("header", "live"), [(f"t={STAMP},te=,li={hexed()}", False), (f"t={STAMP},te={hexed()},li=", True)]
)
def test_a_signature_of_the_other_mode_is_refused(header, live):
    with pytest.raises(SignatureInvalidError):
        verify(header, live=live)


@pytest.mark.parametrize("seconds", [-300, 0, 300])
def test_up_to_five_minutes_are_tolerated(seconds):
    verify(f"t={STAMP},te={hexed()},li=", now=NOW + timedelta(seconds=seconds))


@pytest.mark.parametrize("seconds", [-301, 301])
def test_more_than_five_minutes_are_not(seconds):
    with pytest.raises(SignatureInvalidError, match="too old, or from the future"):
        verify(f"t={STAMP},te={hexed()},li=", now=NOW + timedelta(seconds=seconds))


@pytest.mark.parametrize(
    "header",
    [
        "",
        "garbage",
        "t=,te=,li=",
        f"t={STAMP}",
        f"t={STAMP},te=,li=",
        f"te={hexed()},li=",
        f"t={STAMP},t={STAMP},te={hexed()},li=",
        f"t={STAMP},te={hexed()},te={hexed()},li=",
        f"t={STAMP},te={hexed().upper()},li=",
        f"t={STAMP},te={hexed()[:-1]},li=",
        f"t={STAMP + 1},te={hexed()},li=",
        f"t=-{STAMP},te={hexed()},li=",
        f"t={'9' * 5000},te={hexed()},li=",
        f"t={STAMP},te=ñ☃,li=",
        f"t={STAMP},te={hexed(secret='')},li=",
        f"t={STAMP},v1={hexed()}",
    ],
)
def test_everything_else_is_refused(header):
    with pytest.raises(SignatureInvalidError) as caught:
        verify(header)
    assert caught.value.code == "signature_invalid"


def test_an_empty_secret_is_no_secret():
    with pytest.raises(SignatureInvalidError):
        verify(f"t={STAMP},te={hexed(secret='')},li=", secrets=("",))


SIGNED = f"t={STAMP},te={hexed()},li="


def flipped(text, place):
    raw = bytearray(text if isinstance(text, bytes) else text.encode())
    raw[(place // 8) % len(raw)] ^= 1 << (place % 8)
    return bytes(raw)


@given(st.integers(0, 8 * len(BODY) - 1))
def test_one_flipped_bit_of_the_body_is_refused(place):
    with pytest.raises(SignatureInvalidError):
        verify(SIGNED, body=flipped(BODY, place))


@given(st.integers(0, 8 * len("whsk_1") - 1))
def test_one_flipped_bit_of_the_secret_is_refused(place):
    with pytest.raises(SignatureInvalidError):
        verify(SIGNED, secrets=(flipped("whsk_1", place).decode("latin-1"),))


# What comes after the comma is the signature of the other mode, which is empty and does not count.
COUNTS = SIGNED.rpartition(",")[0] + ","


@given(st.integers(0, 8 * len(COUNTS) - 1))
def test_one_flipped_bit_of_the_header_is_refused(place):
    with pytest.raises(SignatureInvalidError):
        verify(flipped(COUNTS, place).decode("latin-1") + "li=")


@given(st.integers(0, 31))
def test_one_flipped_bit_of_the_time_is_refused(bit):
    with pytest.raises(SignatureInvalidError):
        verify(f"t={STAMP ^ (1 << bit)},te={hexed()},li=")


def payload(name):
    return (DATA / "payloads" / f"paymongo.{name}.constructed.json").read_bytes()


@pytest.mark.parametrize(
    ("name", "kind", "psp_payment_id"),
    [
        ("payment.failed.card_generic_decline", EventKind.PAYMENT, "pi_1a2B3c4D5e6F7g8H9i0JkLmN"),
        ("payment.failed.card_insufficient_funds", EventKind.PAYMENT, "pi_1a2B3c4D5e6F7g8H9i0JkLmN"),
        ("payment.failed.gcash", EventKind.PAYMENT, "pi_1a2B3c4D5e6F7g8H9i0JkLmN"),
        ("payment.paid", EventKind.PAYMENT, "pi_1a2B3c4D5e6F7g8H9i0JkLmN"),
        ("payment.refunded", EventKind.REFUND, "pi_1a2B3c4D5e6F7g8H9i0JkLmN"),
        ("source.chargeable", EventKind.PAYMENT, "src_1a2B3c4D5e6F7g8H9i0Jk005"),
    ],
)
def test_each_sample_names_what_to_read(name, kind, psp_payment_id):
    body = payload(name)
    event = webhook.parse(body)
    assert event.event_id == json.loads(body)["data"]["id"]
    assert event.type == name.rpartition(".card")[0] or name.startswith(event.type)
    assert (event.kind, event.psp_payment_id, event.dispute) == (kind, psp_payment_id, None)
    assert event.occurred_at == datetime.fromtimestamp(1763687799, UTC)
    assert (event.transaction_ref, event.attempt_id) == (None, None)


def event(name, resource, **changes):
    attributes = {"type": name, "livemode": False, "data": resource, "created_at": STAMP} | changes
    return json.dumps({"data": {"id": "evt_1", "type": "event", "attributes": attributes}}).encode()


def named(own_id, kind, **attributes):
    return {"id": own_id, "type": kind, "attributes": attributes}


@pytest.mark.parametrize(
    ("name", "resource", "kind", "psp_payment_id"),
    [
        ("payment_intent.succeeded", named("pi_1", "payment_intent"), EventKind.PAYMENT, "pi_1"),
        ("payment_intent.awaiting_payment_method", named("pi_1", "payment_intent"), EventKind.PAYMENT, "pi_1"),
        ("checkout_session.payment.paid", named("cs_1", "checkout_session"), EventKind.PAYMENT, "cs_1"),
        ("payment.paid", named("pay_1", "payment"), EventKind.PAYMENT, "pay_1"),
        ("link.payment.paid", named("link_1", "link"), EventKind.PAYMENT, "link_1"),
        (
            "link.payment.paid",
            named("link_1", "link", payments=[{"data": named("pay_1", "payment", payment_intent_id="pi_1")}]),
            EventKind.PAYMENT,
            "pi_1",
        ),
        ("payment.refund.updated", named("ref_1", "refund", payment_id="pay_1"), EventKind.REFUND, "pay_1"),
        ("refund.succeeded", named("ref_1", "refund", payment_id="pay_1"), EventKind.REFUND, "pay_1"),
        ("subscription.invoice.payment_failed", named("inv_1", "invoice"), EventKind.OTHER, None),
        ("payout.deposited", named("po_1", "payout"), EventKind.OTHER, None),
        ("qrph.expired", named("code_1", "qrph"), EventKind.OTHER, None),
        ("a.word.of.next.year", None, EventKind.OTHER, None),
        ("payment.paid", [], EventKind.PAYMENT, None),
    ],
)
def test_each_kind_of_event_is_told_apart_and_unknown_ones_are_no_error(name, resource, kind, psp_payment_id):
    read = webhook.parse(event(name, resource))
    assert (read.type, read.kind, read.psp_payment_id) == (name, kind, psp_payment_id)


def test_metadata_names_the_transaction_and_our_attempt():
    ours = named("pay_1", "payment", metadata={"attempt_id": "att_1", "transaction_ref": "order-1"})
    theirs = named("pay_1", "payment", metadata={"order_id": "o-7", "attempt_id": 5})
    assert (
        webhook.parse(event("payment.paid", ours)).attempt_id,
        webhook.parse(event("payment.paid", ours)).transaction_ref,
    ) == ("att_1", "order-1")
    assert (
        webhook.parse(event("payment.paid", theirs)).attempt_id,
        webhook.parse(event("payment.paid", theirs)).transaction_ref,
    ) == (None, "o-7")


@pytest.mark.parametrize(
    ("name", "attributes", "dispute"),
    [
        (
            "dispute.created",
            {"amount": 10_000, "currency": "PHP", "reason": "fraudulent", "payment_id": "pay_1"},
            DisputeFacts("dp_1", DisputeStatus.OPEN, Money(10_000, "PHP"), "fraudulent"),
        ),
        ("dispute.resolved", {"status": "won"}, DisputeFacts("dp_1", DisputeStatus.WON)),
        ("dispute.resolved", {"outcome": "merchant_lost"}, DisputeFacts("dp_1", DisputeStatus.LOST)),
        ("dispute.resolved", {}, DisputeFacts("dp_1", DisputeStatus.OPEN)),
    ],
)
def test_a_dispute_tells_how_it_stands(name, attributes, dispute):
    read = webhook.parse(event(name, named("dp_1", "dispute", **attributes)))
    assert (read.kind, read.dispute, read.psp_payment_id) == (EventKind.DISPUTE, dispute, attributes.get("payment_id"))


@pytest.mark.parametrize("created", [None, "now", -1, 10**12, True, 1.5])
def test_a_strange_time_of_an_event_is_none(created):
    assert webhook.parse(event("x", {}, created_at=created)).occurred_at is None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b"\xff",
        b"[" * 100_000,
        b'{"data": {"id": 1}}',
        b'{"data": {"id": "evt_1"}}',
        b'{"data": []}',
    ],
)
def test_what_is_no_event_of_paymongos_is_unreadable(body):
    with pytest.raises(WebhookUnreadableError):
        webhook.parse(body)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "type", "attributes", "data", "metadata", "payments", "amount"]), inner, max_size=5
        )
    ),
    max_leaves=12,
)


@given(st.sampled_from(["payment.failed", "dispute.created", "link.payment.paid", "refund.succeeded"]), JSON)
def test_no_shape_of_a_resource_breaks_the_reading(name, resource):
    assert webhook.parse(event(name, resource)).event_id == "evt_1"

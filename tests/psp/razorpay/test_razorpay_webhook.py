"""Webhooks: signatures attacked, bodies of all kinds read."""

import hashlib
import hmac
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
import razorpay
from hypothesis import given
from hypothesis import strategies as st

from app.domain.classification import Category, FailureSignals, classify
from app.domain.money import Money
from app.domain.payments.errors import SignatureInvalidError, WebhookUnreadableError
from app.domain.payments.facts import DisputeFacts, DisputeStatus, EventKind
from app.domain.payments.port import Outcome
from app.psp.razorpay import webhook
from app.psp.razorpay.mapping import payment_of

DATA = Path(__file__).parents[2] / "data"
VECTOR = next(
    each for each in json.loads((DATA / "webhook_test_vectors.json").read_text()) if each["scheme"] == "razorpay"
)
SECRET, BODY, SIGNATURE = VECTOR["secret"], VECTOR["body"].encode(), VECTOR["header"]
PAYLOADS = sorted((DATA / "payloads").glob("razorpay.*.json"))


def signed(body, secret=SECRET):
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def verify(signature=SIGNATURE, *, body=BODY, secrets=(SECRET,), name="X-Razorpay-Signature"):
    webhook.verify(headers={name: signature}, body=body, secrets=secrets)


def flipped(data, position):
    """Turn one bit over."""
    byte, bit = divmod(position % (len(data) * 8), 8)
    return data[:byte] + bytes([data[byte] ^ (1 << bit)]) + data[byte + 1 :]


class TestSignatures:
    def test_the_vector_passes_and_the_sdk_agrees(self):
        verify()
        sdk = razorpay.Client(auth=("key", "secret"))
        assert sdk.utility.verify_webhook_signature(BODY.decode(), SIGNATURE, SECRET)

    def test_either_secret_of_a_rotation_is_good(self):
        verify(secrets=("new", SECRET))
        verify(secrets=(SECRET, "new"))

    @given(st.integers(0, 10**6))
    def test_one_bit_of_the_body_matters(self, position):
        with pytest.raises(SignatureInvalidError):
            verify(body=flipped(BODY, position))

    @given(st.integers(0, 10**6))
    def test_one_bit_of_the_header_matters(self, position):
        with pytest.raises(SignatureInvalidError):
            verify(flipped(SIGNATURE.encode(), position).decode("latin-1"))

    @given(st.integers(0, 10**6))
    def test_one_bit_of_the_secret_matters(self, position):
        with pytest.raises(SignatureInvalidError):
            verify(secrets=(flipped(SECRET.encode(), position).decode("latin-1"),))

    @pytest.mark.parametrize("secrets", [(), ("",), ("another",)])
    def test_without_the_secret_nothing_passes(self, secrets):
        with pytest.raises(SignatureInvalidError):
            verify(secrets=secrets)
        with pytest.raises(SignatureInvalidError):
            verify(signed(BODY, ""), secrets=secrets)

    @pytest.mark.parametrize("header", ["", SIGNATURE.upper(), SIGNATURE[:-1], SIGNATURE + "0", f" {SIGNATURE}", "☃"])
    def test_a_header_that_is_not_the_signature_is_refused(self, header):
        with pytest.raises(SignatureInvalidError):
            verify(header)

    def test_a_webhook_without_a_signature_is_refused(self):
        with pytest.raises(SignatureInvalidError, match="set a secret"):
            webhook.verify(headers={}, body=BODY, secrets=(SECRET,))

    @pytest.mark.parametrize("name", ["x-razorpay-signature", "X-RAZORPAY-SIGNATURE"])
    def test_the_case_of_the_headers_name_does_not_matter(self, name):
        verify(name=name)

    @pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"[" * 10_000, '{"ключ": 1}'.encode()])
    def test_any_bytes_can_be_signed(self, body):
        verify(signed(body), body=body)


def event(word, payload=None, **rest):
    shown = {name: {"entity": entity} for name, entity in (payload or {}).items()}
    return json.dumps(
        {"entity": "event", "event": word, "payload": shown, "created_at": 1_777_600_003, **rest}
    ).encode()


def parse(body, headers=None):
    return webhook.parse(headers={"X-Razorpay-Event-Id": "Ev1"} if headers is None else headers, body=body)


class TestPayloads:
    @pytest.mark.parametrize("path", PAYLOADS, ids=lambda path: path.stem)
    def test_every_sample_is_a_payment_event_with_its_payment(self, path):
        body = path.read_bytes()
        told = parse(body)
        named = json.loads(body)["payload"]["payment"]["entity"]["id"]
        assert (told.event_id, told.type, told.psp_payment_id, told.kind) == (
            "Ev1",
            "payment.failed",
            named,
            EventKind.PAYMENT,
        )
        assert (told.attempt_id, told.transaction_ref, told.dispute) == (None, None, None)
        assert told.occurred_at == datetime.fromtimestamp(1_777_600_003, UTC)

    def test_there_are_samples(self):
        assert len(PAYLOADS) == 3

    @pytest.mark.parametrize(
        ("name", "code", "category", "method"),
        [
            ("card_gateway_technical", "gateway_technical_error", Category.NETWORK, "card"),
            ("upi_insufficient_funds", "upi:insufficient_funds", Category.FUNDS, "upi"),
            ("upi_payment_timed_out", "upi:payment_timed_out", Category.UPI_PENDING, "upi"),
        ],
    )
    def test_what_a_sample_names_reads_as_a_decline_of_its_kind(self, name, code, category, method):
        body = (DATA / "payloads" / f"razorpay.payment.failed.{name}.constructed.json").read_text()
        found = payment_of(json.loads(body)["payload"]["payment"]["entity"])
        assert (found.outcome, found.decline.code) == (Outcome.DECLINED, code)
        assert (found.facts.asked, found.facts.method.type) == (Money(49_900, "INR"), method)
        assert found.facts.method.token.startswith("token_")
        signals = FailureSignals(gateway="razorpay", reason=code, code=code, method=method)
        assert classify(signals).category is category


class TestNames:
    def test_the_events_id_is_in_its_header_whatever_the_case(self):
        assert parse(BODY, {"x-razorpay-EVENT-id": "Ev9"}).event_id == "Ev9"

    @pytest.mark.parametrize(
        "headers", [{}, {"x-razorpay-event-id": ""}, {"x-razorpay-event-id": "☃"}, {"x-razorpay-event-id": "e" * 500}]
    )
    def test_without_one_the_body_is_its_own_name(self, headers):
        expected = f"sha256_{hashlib.sha256(BODY).hexdigest()}"
        assert parse(BODY, headers).event_id == expected
        assert parse(BODY + b" ", headers).event_id != expected

    @pytest.mark.parametrize(
        ("payload", "named"),
        [
            ({"payment": {"id": "pay_1"}, "order": {"id": "order_1"}}, "pay_1"),
            ({"refund": {"id": "rfnd_1", "payment_id": "pay_2"}}, "pay_2"),
            ({"dispute": {"id": "disp_1", "payment_id": "pay_3"}}, "pay_3"),
            ({"payment_link": {"id": "plink_1"}, "order": {"id": "order_1"}}, "plink_1"),
            ({"subscription": {"id": "sub_1"}}, "sub_1"),
            ({"invoice": {"id": "inv_1"}, "subscription": {"id": "sub_1"}}, "inv_1"),
            ({"order": {"id": "order_1"}}, "order_1"),
            ({"payment": {"id": None}, "order": {"id": "order_1"}}, "order_1"),
            ({}, None),
        ],
    )
    def test_the_most_exact_name_of_the_payment_is_taken(self, payload, named):
        assert parse(event("payment.captured", payload)).psp_payment_id == named

    @pytest.mark.parametrize("of", ["payment", "order", "payment_link", "subscription"])
    def test_notes_of_any_entity_name_the_attempt_and_the_transaction(self, of):
        told = parse(
            event("payment.captured", {of: {"id": "x_1", "notes": {"attempt_id": "att_1", "order_id": "o-1"}}})
        )
        assert (told.attempt_id, told.transaction_ref) == ("att_1", "o-1")


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("payment.authorized", EventKind.PAYMENT),
        ("payment.captured", EventKind.PAYMENT),
        ("payment.failed", EventKind.PAYMENT),
        ("order.paid", EventKind.PAYMENT),
        ("payment_link.paid", EventKind.PAYMENT),
        ("payment_link.expired", EventKind.PAYMENT),
        ("payment_link.cancelled", EventKind.PAYMENT),
        ("payment_link.partially_paid", EventKind.PAYMENT),
        ("invoice.paid", EventKind.PAYMENT),
        ("invoice.expired", EventKind.PAYMENT),
        ("subscription.charged", EventKind.PAYMENT),
        ("subscription.pending", EventKind.PAYMENT),
        ("subscription.halted", EventKind.PAYMENT),
        ("subscription.cancelled", EventKind.OTHER),
        ("refund.created", EventKind.REFUND),
        ("refund.failed", EventKind.REFUND),
        ("payment.dispute.created", EventKind.DISPUTE),
        ("payment.downtime.started", EventKind.OTHER),
        ("payment.downtime.resolved", EventKind.OTHER),
        ("token.rejected", EventKind.OTHER),
        ("notification.delivered", EventKind.OTHER),
        ("order.notification.failed", EventKind.OTHER),
        ("settlement.processed", EventKind.OTHER),
        ("an event of next year", EventKind.OTHER),
    ],
)
def test_each_event_has_its_kind_and_an_unknown_one_is_kept(word, kind):
    assert parse(event(word)).kind is kind


@pytest.mark.parametrize(
    ("word", "deducted", "status"),
    [
        ("created", 0, DisputeStatus.OPEN),
        ("under_review", 0, DisputeStatus.OPEN),
        ("action_required", 0, DisputeStatus.OPEN),
        ("won", 0, DisputeStatus.WON),
        ("lost", 49_900, DisputeStatus.LOST),
        ("closed", 0, DisputeStatus.WON),
        ("closed", 49_900, DisputeStatus.LOST),
        ("a word of next year", 0, DisputeStatus.OPEN),
    ],
)
def test_a_dispute_says_where_it_stands(word, deducted, status):
    entity = {
        "id": "disp_1",
        "payment_id": "pay_1",
        "amount": 49_900,
        "currency": "INR",
        "amount_deducted": deducted,
        "reason_code": "goods_not_received",
    }
    told = parse(event(f"payment.dispute.{word}", {"dispute": entity}))
    assert told.dispute == DisputeFacts("disp_1", status, Money(49_900, "INR"), "goods_not_received")
    assert told.psp_payment_id == "pay_1"


@pytest.mark.parametrize(
    "payload",
    [
        None,
        [],
        "x",
        {"payment": None},
        {"payment": []},
        {"payment": {"entity": None}},
        {"payment": {"entity": {"id": 7, "notes": None}}},
        {"payment": {"entity": {"notes": [], "id": ""}}},
        {"dispute": {"entity": {"id": None}}},
    ],
)
@pytest.mark.parametrize("word", ["payment.failed", "payment.dispute.lost", "refund.processed"])
def test_nulls_and_missing_fields_are_no_error(word, payload):
    told = webhook.parse(headers={}, body=json.dumps({"event": word, "payload": payload, "created_at": None}).encode())
    assert (told.type, told.psp_payment_id, told.occurred_at, told.dispute) == (word, None, None, None)


@pytest.mark.parametrize(
    "body", [b"", b"null", b"[]", b"{}", b"\xff", b'{"event": 1}', b'{"event": ""}', b"[" * 100_000]
)
def test_what_is_no_event_is_unreadable(body):
    with pytest.raises(WebhookUnreadableError):
        parse(body)

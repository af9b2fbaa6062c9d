"""Stripe's webhooks: who signed them, and what they are about."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.classification import FailureSignals, classify
from app.domain.money import Money
from app.domain.payments.errors import SignatureInvalidError, WebhookUnreadableError
from app.domain.payments.facts import DisputeFacts, DisputeStatus, EventKind
from app.psp.stripe import webhook
from app.psp.stripe.mapping import payment_of
from app.simulators.stripe import sign

DATA = Path(__file__).parents[2] / "data"
SECRET = "whsec_test_secret"
STAMP = 1777629600
NOW = datetime.fromtimestamp(STAMP, UTC)
BODY = b'{"id":"evt_1","object":"event","type":"payment_intent.succeeded"}'
SIGNED = sign(SECRET, BODY.decode(), timestamp=STAMP)


def verify(header, *, body=BODY, secrets=(SECRET,), now=NOW):
    webhook.verify(headers={"Stripe-Signature": header}, body=body, secrets=secrets, now=now)


def refused(*arguments, **named):
    with pytest.raises(SignatureInvalidError):
        verify(*arguments, **named)


class TestSignatures:
    def test_the_vector_checked_with_the_official_sdk_is_accepted(self):
        vectors = json.loads((DATA / "webhook_test_vectors.json").read_text())
        vector = next(one for one in vectors if one["scheme"] == "stripe")
        verify(vector["header"], body=vector["body"].encode(), secrets=[vector["secret"]])

    @given(st.integers(0, len(BODY) * 8 - 1))
    def test_one_flipped_bit_of_the_body_is_refused(self, bit):
        body = bytearray(BODY)
        body[bit // 8] ^= 1 << bit % 8
        refused(SIGNED, body=bytes(body))

    @given(st.integers(0, len(SIGNED) * 8 - 1))
    def test_one_flipped_bit_of_the_header_is_refused(self, bit):
        header = bytearray(SIGNED.encode())
        header[bit // 8] ^= 1 << bit % 8
        refused(header.decode("latin-1"))

    @given(st.integers(0, len(SECRET) * 8 - 1))
    def test_one_flipped_bit_of_the_secret_is_refused(self, bit):
        secret = bytearray(SECRET.encode())
        secret[bit // 8] ^= 1 << bit % 8
        refused(SIGNED, secrets=[secret.decode("latin-1")])

    @given(st.integers(301, 10**8), st.sampled_from([-1, 1]))
    def test_a_signature_older_than_five_minutes_or_from_the_future_is_refused(self, seconds, side):
        refused(SIGNED, now=NOW + side * timedelta(seconds=seconds))

    @pytest.mark.parametrize("seconds", [-300, 0, 300])
    def test_five_minutes_either_way_are_accepted(self, seconds):
        verify(SIGNED, now=NOW + timedelta(seconds=seconds))

    def test_any_of_two_signatures_and_any_of_two_secrets_is_enough(self):
        other = sign("whsec_old", BODY.decode(), timestamp=STAMP).partition(",")[2]
        verify(f"{SIGNED},{other}", secrets=["whsec_old"])
        verify(f"t={STAMP},{other},{SIGNED.partition(',')[2]}", secrets=["", "whsec_new", SECRET])

    def test_an_older_scheme_is_no_signature(self):
        refused(SIGNED.replace("v1=", "v0="))

    @pytest.mark.parametrize("header", ["", "t=,v1=", "t=x,v1=00", f"t={STAMP}", f"t={STAMP},t={STAMP},v1=0", "☃"])
    def test_a_header_that_is_none_is_refused(self, header):
        refused(header)

    @pytest.mark.parametrize("secrets", [(), ("",)])
    def test_without_a_secret_nothing_is_accepted(self, secrets):
        refused(sign("", BODY.decode(), timestamp=STAMP), secrets=secrets)


def parsed(kind, thing, **event):
    body = {"id": "evt_1", "object": "event", "type": kind, "created": STAMP, "data": {"object": thing}, **event}
    return webhook.parse(json.dumps(body).encode())


METADATA = {"metadata": {"attempt_id": "att_1", "transaction_ref": "order-1"}}


class TestMeaning:
    @pytest.mark.parametrize(
        ("kind", "thing", "about", "payment"),
        [
            ("payment_intent.payment_failed", {"object": "payment_intent", "id": "pi_1"}, EventKind.PAYMENT, "pi_1"),
            ("payment_intent.created", {"object": "payment_intent", "id": "pi_1"}, EventKind.OTHER, "pi_1"),
            (
                "charge.failed",
                {"object": "charge", "id": "ch_1", "payment_intent": "pi_1"},
                EventKind.PAYMENT,
                "pi_1",
            ),
            ("charge.failed", {"object": "charge", "id": "ch_1", "payment_intent": None}, EventKind.PAYMENT, "ch_1"),
            (
                "charge.succeeded",
                {"object": "charge", "id": "ch_1", "payment_intent": {"id": "pi_1"}},
                EventKind.PAYMENT,
                "pi_1",
            ),
            (
                "invoice.payment_failed",
                {"object": "invoice", "id": "in_1", "payment_intent": "pi_1"},
                EventKind.PAYMENT,
                "in_1",
            ),
            (
                "invoice_payment.paid",
                {"object": "invoice_payment", "id": "inpay_1", "invoice": "in_1"},
                EventKind.PAYMENT,
                "in_1",
            ),
            (
                "checkout.session.async_payment_failed",
                {"object": "checkout.session", "id": "cs_1", "payment_intent": "pi_1"},
                EventKind.PAYMENT,
                "cs_1",
            ),
            (
                "charge.refunded",
                {"object": "charge", "id": "ch_1", "payment_intent": "pi_1"},
                EventKind.REFUND,
                "pi_1",
            ),
            ("refund.failed", {"object": "refund", "id": "re_1", "payment_intent": "pi_1"}, EventKind.REFUND, "pi_1"),
            ("refund.updated", {"object": "refund", "id": "re_1", "charge": "ch_1"}, EventKind.REFUND, "ch_1"),
            ("setup_intent.setup_failed", {"object": "setup_intent", "id": "seti_1"}, EventKind.OTHER, None),
            ("a.word.of.next.year", {}, EventKind.OTHER, None),
            ("v2.core.event_destination.ping", None, EventKind.OTHER, None),
        ],
    )
    def test_an_event_is_read_for_the_payment_that_it_is_about(self, kind, thing, about, payment):
        event = parsed(kind, thing)
        assert (event.event_id, event.type, event.kind, event.psp_payment_id) == ("evt_1", kind, about, payment)
        assert (event.dispute, event.occurred_at) == (None, NOW)

    def test_our_names_are_read_from_the_metadata(self):
        event = parsed("payment_intent.succeeded", {"object": "payment_intent", "id": "pi_1", **METADATA})
        assert (event.attempt_id, event.transaction_ref) == ("att_1", "order-1")
        event = parsed("charge.failed", {"object": "charge", "id": "ch_1", "metadata": {"order_id": "order-7"}})
        assert (event.attempt_id, event.transaction_ref) == (None, "order-7")

    @pytest.mark.parametrize(
        ("word", "status"),
        [
            ("needs_response", DisputeStatus.OPEN),
            ("warning_needs_response", DisputeStatus.OPEN),
            ("under_review", DisputeStatus.OPEN),
            ("won", DisputeStatus.WON),
            ("warning_closed", DisputeStatus.WON),
            ("lost", DisputeStatus.LOST),
            ("a word of next year", DisputeStatus.OPEN),
        ],
    )
    def test_a_dispute_is_told_with_its_state(self, word, status):
        thing = {
            "object": "dispute",
            "id": "du_1",
            "charge": "ch_1",
            "payment_intent": "pi_1",
            "amount": 5000,
            "currency": "inr",
            "reason": "fraudulent",
            "status": word,
        }
        event = parsed("charge.dispute.updated", thing)
        assert (event.kind, event.psp_payment_id) == (EventKind.DISPUTE, "pi_1")
        dispute = event.dispute
        assert (dispute.dispute_id, dispute.status, dispute.money, dispute.reason) == (
            "du_1",
            status,
            Money(5000, "INR"),
            "fraudulent",
        )

    @pytest.mark.parametrize(("intent", "payment"), [({}, "ch_1"), ({"payment_intent": "pi_1"}, "pi_1")])
    def test_a_warning_of_fraud_is_an_open_dispute_without_money(self, intent, payment):
        warning = {"object": "radar.early_fraud_warning", "id": "issfr_1", "charge": "ch_1", "actionable": True}
        event = parsed("radar.early_fraud_warning.created", warning | {"fraud_type": "misc"} | intent)
        assert (event.kind, event.psp_payment_id) == (EventKind.DISPUTE, payment)
        assert event.dispute == DisputeFacts("issfr_1", DisputeStatus.OPEN, None, "early_fraud_warning")

    @pytest.mark.parametrize(
        "thing", [None, [], "x", {"object": [], "id": {}}, {"object": 5, "id": 6, "metadata": [], "payment_intent": 7}]
    )
    def test_strange_fields_are_no_error(self, thing):
        event = parsed("payment_intent.succeeded", thing, created="1777629600")
        assert (event.psp_payment_id, event.attempt_id, event.occurred_at) == (None, None, NOW)

    @pytest.mark.parametrize("body", [b"", b"null", b"{}", b"\xff", b'{"id": "evt_1"}', b'{"id": "", "type": "x"}'])
    def test_a_body_without_id_and_type_is_unreadable(self, body):
        with pytest.raises(WebhookUnreadableError):
            webhook.parse(body)


PAYLOADS = {
    "authentication_required": ("authentication_required", "1A", None, "auth_timeout"),
    "expired_card": ("expired_card", "54", "confirm_card_data", None),
    "insufficient_funds": ("insufficient_funds", "51", "try_again_later", "funds"),
    "lost_card": ("lost_card", "41", "do_not_try_again", None),
    "mc_mac25": ("generic_decline", "79", "25", None),
}


@pytest.mark.parametrize("name", sorted(PAYLOADS))
def test_a_documented_failure_is_read_with_all_its_codes(name):
    code, network, advice, category = PAYLOADS[name]
    body = (DATA / "payloads" / f"stripe.payment_intent.payment_failed.{name}.constructed.json").read_bytes()
    event = webhook.parse(body)
    assert (event.event_id, event.psp_payment_id, event.kind) == ("evt_3PXYZ", "pi_3PXYZ", EventKind.PAYMENT)
    result = payment_of(json.loads(body)["data"]["object"])
    decline = result.decline
    assert (decline.code, decline.network_decline_code, decline.network_advice_code) == (code, network, advice)
    facts = result.facts
    assert (facts.asked, facts.method.brand is not None) == (Money(2000, "USD"), True)
    assert (facts.method.type, facts.method.token, facts.method.psp_customer_id) == ("card", "pm_1PXYZ", "cus_PXYZ")
    assert (facts.method.last4, facts.method.issuer_country, facts.other_ids) == ("9995", "US", ("ch_3PXYZ",))
    if category:
        signals = FailureSignals(
            gateway="stripe", code=code, network_decline_code=network, network_advice_code=advice, method="card"
        )
        assert classify(signals).category == category

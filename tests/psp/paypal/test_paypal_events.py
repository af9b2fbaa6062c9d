"""What PayPal's webhooks tell: kinds, the name to read the payment by, whose it is."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.money import Money
from app.domain.payments.errors import WebhookUnreadableError
from app.domain.payments.facts import DisputeFacts, DisputeStatus, EventKind
from app.domain.payments.port import Outcome
from app.psp.paypal import webhook
from app.psp.paypal.mapping import payment_of_order
from tests.psp.paypal.paypal_wire import ATTEMPT, capture, order

DATA = Path(__file__).parents[2] / "data" / "payloads"
OURS = f"{ATTEMPT}|order-1"


def parsed(event_type, resource):
    event = {"id": "WH-1", "event_type": event_type, "create_time": "2026-05-01T10:00:00.000Z", "resource": resource}
    return webhook.parse(json.dumps(event).encode())


def sample(name):
    return (DATA / f"paypal.{name}.constructed.json").read_bytes()


class TestSamples:
    @pytest.mark.parametrize("event", ["BILLING.SUBSCRIPTION.PAYMENT.FAILED", "BILLING.SUBSCRIPTION.SUSPENDED"])
    def test_a_subscriptions_failure_names_the_subscription_to_read(self, event):
        told = webhook.parse(sample(event))
        assert (told.type, told.kind, told.psp_payment_id) == (event, EventKind.PAYMENT, "I-BW452GLLEP1G")
        assert (told.transaction_ref, told.attempt_id, told.dispute) == (None, None, None)
        assert told.event_id.startswith("WH-")
        assert told.occurred_at.tzinfo is not None

    def test_the_declined_answer_is_a_decline(self):
        result = payment_of_order(json.loads(sample("orders_v2_capture.201_processor_declined")))
        assert (result.outcome, result.psp_payment_id) == (Outcome.DECLINED, "3C679366HH908993F")
        assert (result.decline.code, result.decline.network_advice_code) == ("5120", "02")
        assert (result.facts.method.brand, result.facts.method.last4) == ("VISA", "1111")
        assert result.facts.asked == Money(10000, "USD")


class TestNames:
    @pytest.mark.parametrize(
        "event_type",
        ["PAYMENT.CAPTURE.COMPLETED", "PAYMENT.CAPTURE.PENDING", "PAYMENT.CAPTURE.DENIED", "PAYMENT.CAPTURE.DECLINED"],
    )
    def test_a_captures_event_names_the_capture_and_our_attempt(self, event_type):
        told = parsed(event_type, capture())
        assert (told.kind, told.psp_payment_id) == (EventKind.PAYMENT, "3C679366HH908993F")
        assert (told.attempt_id, told.transaction_ref) == (ATTEMPT, "order-1")
        assert told.occurred_at == datetime(2026, 5, 1, 10, tzinfo=UTC)

    @pytest.mark.parametrize("event_type", ["CHECKOUT.ORDER.APPROVED", "CHECKOUT.ORDER.COMPLETED"])
    def test_an_orders_event_names_the_order_and_our_attempt(self, event_type):
        told = parsed(event_type, order("APPROVED"))
        assert (told.kind, told.psp_payment_id, told.attempt_id) == (EventKind.PAYMENT, "5O190127TN364715T", ATTEMPT)

    def test_an_approval_that_was_reversed_names_its_order(self):
        told = parsed(
            "CHECKOUT.PAYMENT-APPROVAL.REVERSED", {"order_id": "5O1", "purchase_units": [{"custom_id": OURS}]}
        )
        assert (told.kind, told.psp_payment_id, told.attempt_id) == (EventKind.PAYMENT, "5O1", ATTEMPT)

    @pytest.mark.parametrize("event_type", ["PAYMENT.CAPTURE.REFUNDED", "PAYMENT.CAPTURE.REVERSED"])
    def test_a_refund_names_the_capture_that_it_belongs_to(self, event_type):
        up = {"rel": "up", "href": "https://api.paypal.com/v2/payments/captures/3C679366HH908993F"}
        told = parsed(event_type, {"id": "1JU", "custom_id": OURS, "links": [{"rel": "self", "href": "x"}, up]})
        assert (told.kind, told.psp_payment_id, told.attempt_id) == (EventKind.REFUND, "3C679366HH908993F", ATTEMPT)

    @pytest.mark.parametrize("event_type", ["PAYMENT.SALE.REFUNDED", "PAYMENT.SALE.REVERSED"])
    def test_a_sale_that_went_back_names_the_sale(self, event_type):
        told = parsed(event_type, {"id": "R1", "sale_id": "80021663DE681814L"})
        assert (told.kind, told.psp_payment_id) == (EventKind.REFUND, "80021663DE681814L")

    def test_a_subscriptions_sale_names_the_subscription_whose_cycle_it_paid(self):
        told = parsed("PAYMENT.SALE.COMPLETED", {"id": "8A", "billing_agreement_id": "I-BW452GLLEP1G", "custom": "x"})
        assert (told.kind, told.psp_payment_id, told.transaction_ref) == (EventKind.PAYMENT, "I-BW452GLLEP1G", None)

    def test_any_other_sale_names_itself(self):
        told = parsed("PAYMENT.SALE.DENIED", {"id": "8A", "custom": "basket-1"})
        assert (told.psp_payment_id, told.transaction_ref) == ("8A", "basket-1")

    def test_a_voided_authorization_names_its_order(self):
        related = {"supplementary_data": {"related_ids": {"order_id": "5O1"}}}
        assert parsed("PAYMENT.AUTHORIZATION.VOIDED", {"id": "A1", **related}).psp_payment_id == "5O1"

    @pytest.mark.parametrize(
        ("names", "reference"),
        [
            ({"custom_id": "basket-1", "invoice_id": "INV-1"}, "basket-1"),
            ({"custom_id": "a|b"}, "a|b"),
            ({"custom_id": None, "invoice_id": "INV-1"}, "INV-1"),
            ({}, None),
        ],
    )
    def test_what_is_not_ours_goes_by_the_merchants_word(self, names, reference):
        told = parsed("PAYMENT.CAPTURE.DENIED", {"id": "3C", **names})
        assert (told.attempt_id, told.transaction_ref) == (None, reference)

    def test_a_look_ups_shell_is_nobodys(self):
        told = parsed("CHECKOUT.ORDER.APPROVED", order("APPROVED", custom_id=f"look-up|{ATTEMPT}"))
        assert (told.attempt_id, told.transaction_ref) == (None, None)

    def test_an_unknown_event_is_kept_and_acted_on_by_nobody(self):
        told = parsed("VAULT.PAYMENT-TOKEN.DELETED", {"id": "v-1"})
        assert (told.kind, told.psp_payment_id, told.type) == (EventKind.OTHER, None, "VAULT.PAYMENT-TOKEN.DELETED")


class TestDisputes:
    RESOURCE = {  # noqa: RUF012
        "dispute_id": "PP-D-27803",
        "status": "OPEN",
        "reason": "UNAUTHORISED",
        "dispute_amount": {"currency_code": "USD", "value": "50.00"},
        "disputed_transactions": [{"seller_transaction_id": "3C679366HH908993F", "custom": OURS}],
    }

    def test_a_dispute_names_the_capture_and_what_is_at_stake(self):
        told = parsed("CUSTOMER.DISPUTE.CREATED", self.RESOURCE)
        assert (told.kind, told.psp_payment_id, told.attempt_id) == (EventKind.DISPUTE, "3C679366HH908993F", ATTEMPT)
        assert told.dispute == DisputeFacts("PP-D-27803", DisputeStatus.OPEN, Money(5000, "USD"), "UNAUTHORISED")

    @pytest.mark.parametrize(
        ("outcome", "status"),
        [
            ("RESOLVED_BUYER_FAVOUR", DisputeStatus.LOST),
            ("ACCEPTED", DisputeStatus.LOST),
            ("RESOLVED_SELLER_FAVOUR", DisputeStatus.WON),
            ("RESOLVED_WITH_PAYOUT", DisputeStatus.WON),
            ("CANCELED_BY_BUYER", DisputeStatus.WON),
        ],
    )
    def test_how_it_ended_is_told_from_the_merchants_side(self, outcome, status):
        ended = {**self.RESOURCE, "status": "RESOLVED", "dispute_outcome": {"outcome_code": outcome}}
        assert parsed("CUSTOMER.DISPUTE.RESOLVED", ended).dispute.status is status

    def test_a_dispute_without_a_name_is_still_an_event(self):
        told = parsed("CUSTOMER.DISPUTE.UPDATED", {})
        assert (told.kind, told.dispute, told.psp_payment_id) == (EventKind.DISPUTE, None, None)


class TestStrangeBodies:
    @pytest.mark.parametrize(
        "body", [b"", b"null", b"[]", b"{}", b"\xff", b'{"id": 1, "event_type": 2}', b"[" * 100_000]
    )
    def test_what_is_no_event_is_unreadable(self, body):
        with pytest.raises(WebhookUnreadableError):
            webhook.parse(body)

    @settings(max_examples=50)
    @given(
        st.sampled_from(sorted(webhook._KINDS)),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=5),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(
                        [
                            "id",
                            "custom_id",
                            "links",
                            "purchase_units",
                            "disputed_transactions",
                            "rel",
                            "href",
                            "custom",
                            "dispute_amount",
                            "supplementary_data",
                            "related_ids",
                            "sale_id",
                            "invoice_id",
                            "reference_id",
                        ]
                    ),
                    inner,
                    max_size=5,
                )
            ),
            max_leaves=12,
        ),
    )
    def test_whatever_the_resource_is_the_event_is_read(self, event_type, resource):
        assert parsed(event_type, resource).type == event_type

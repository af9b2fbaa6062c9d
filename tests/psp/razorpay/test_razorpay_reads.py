"""Reading payments by any name that Razorpay has for them, and what a read tells."""

from datetime import timedelta

import httpx
import pytest

from app.domain.classification import Category, FailureSignals, Hardness, classify
from app.domain.money import Money, exponent_of
from app.domain.payments.facts import CustomerFacts, MethodFacts
from app.domain.payments.port import Outcome, PaymentStatus
from app.domain.payments.problems import Problem
from app.psp.razorpay import mapping
from app.psp.razorpay.declines import code_of
from tests.psp.razorpay.razorpay_far_side import (
    NOW,
    ORDER,
    PAYMENT,
    STAMP,
    FarSide,
    error,
    items,
    order,
    payment,
)

READ = f"GET /payments/{PAYMENT}"
UNKNOWN_ID = (400, error("The id provided does not exist"))
CARD = {"network": "Visa", "last4": "1111", "type": "debit", "name": "G KUMAR"}
INVOICE = {"id": "inv_1", "order_id": ORDER, "payment_id": None, "subscription_id": "sub_1", "created_at": STAMP}


def read(far, psp_payment_id=PAYMENT, attempt_id=None):
    return far.adapter().retrieve_payment(psp_payment_id=psp_payment_id, attempt_id=attempt_id)


class TestByPaymentId:
    def test_a_payment_is_read_with_its_card(self):
        far = FarSide()
        far[READ] = payment(
            card=CARD, token_id="token_1", customer_id="cust_1", email="g@example.com", contact="+919876543210"
        )
        facts = read(far).facts
        assert far.asked[0].params == {"expand[]": "card"}
        assert (facts.asked, facts.created_at, facts.other_ids) == (Money(5000, "INR"), NOW, (ORDER,))
        assert (facts.attempt_id, facts.transaction_ref) == ("att_1", "order-7")
        assert facts.method == MethodFacts(
            type="card", token="token_1", psp_customer_id="cust_1", brand="visa", last4="1111", funding="debit"
        )
        assert facts.customer == CustomerFacts(email="g@example.com", phone="+919876543210", name="G KUMAR")
        assert (facts.refunded, facts.native_retry_at) == (Money(0, "INR"), None)

    def test_a_merchants_payment_has_the_notes_of_its_order_where_it_has_none(self):
        far = FarSide()
        far[READ] = payment("failed", notes=[])
        far[f"GET /orders/{ORDER}"] = order(notes={"order_id": "shop-9", "customer_ref": "c-1"})
        facts = read(far).facts
        assert (facts.transaction_ref, facts.attempt_id, facts.customer.ref) == ("shop-9", None, "c-1")

    def test_a_payer_without_an_address_has_none(self):
        far = FarSide()
        far[READ] = payment(email="void@razorpay.com")
        assert read(far).facts.customer.email is None

    def test_numbers_written_as_strings_and_nulls_are_read(self):
        far = FarSide()
        far[READ] = payment(amount="49900", amount_refunded=None, created_at=str(STAMP), card=None, contact=None)
        result = read(far)
        assert (result.money, result.facts.created_at) == (Money(49_900, "INR"), NOW)
        assert result.facts.refunded is None

    def test_what_razorpay_gave_back_by_itself_was_never_ours(self):
        far = FarSide()
        far[READ] = payment("refunded", captured=False, refund_status="full", amount_refunded=5000)
        found = read(far)
        assert (found.outcome, found.status, found.money) == (Outcome.DECLINED, PaymentStatus.CANCELLED, None)
        assert (found.decline.code, found.facts.refunded) == ("capture_failed", None)

    @pytest.mark.parametrize("captured", [{"captured": True}, {}])
    def test_what_the_merchant_gave_back_was(self, captured):
        far = FarSide()
        far[READ] = payment("refunded", refund_status="full", amount_refunded=5000, **captured)
        found = read(far)
        assert (found.outcome, found.status, found.money) == (
            Outcome.SUCCEEDED,
            PaymentStatus.REFUNDED,
            Money(5000, "INR"),
        )
        assert found.facts.refunded == Money(5000, "INR")

    @pytest.mark.parametrize("broken", [{"amount": None}, {"amount": 1.5}, {"currency": "RUPEES"}, {"amount": -1}])
    def test_a_captured_payment_without_an_amount_is_unknown(self, broken):
        far = FarSide()
        far[READ] = payment(**broken)
        result = read(far)
        assert (result.outcome, result.error_code, result.psp_payment_id) == (
            Outcome.UNKNOWN,
            Problem.MALFORMED_REPLY,
            PAYMENT,
        )

    @pytest.mark.parametrize("body", [b"", b"[]", b"null", b'{"id": 1}', b'{"id": "pay_A1"}', b"[" * 100_000])
    def test_what_is_no_payment_is_unknown(self, body):
        far = FarSide()
        far[READ] = (200, body)
        result = read(far)
        assert (result.outcome, result.error_code) == (Outcome.UNKNOWN, Problem.MALFORMED_REPLY)

    @pytest.mark.parametrize(
        "answer", [UNKNOWN_ID, (400, error("pay_A1 is not a valid id")), (400, error("x", reason="record_not_found"))]
    )
    def test_an_id_that_razorpay_does_not_know_is_none(self, answer):
        far = FarSide()
        far[READ] = answer
        assert read(far) is None

    @pytest.mark.parametrize(
        ("answer", "outcome", "problem"),
        [
            ((404, b"<html>nginx</html>"), Outcome.ERROR, Problem.REQUEST_INVALID),
            ((404, error("The requested URL was not found on the server.")), Outcome.ERROR, Problem.REQUEST_INVALID),
            ((401, error("Authentication failed")), Outcome.ERROR, Problem.CREDENTIALS_INVALID),
            ((429, error("slow down")), Outcome.UNKNOWN, Problem.RATE_LIMITED),
            ((500, b""), Outcome.UNKNOWN, Problem.PROVIDER_ERROR),
            (httpx.ReadTimeout("slow"), Outcome.UNKNOWN, Problem.TIMEOUT),
            (httpx.ConnectError("nobody"), Outcome.UNKNOWN, Problem.UNREACHABLE),
        ],
    )
    def test_a_read_that_failed_is_never_none(self, answer, outcome, problem):
        far = FarSide()
        far[READ] = answer
        result = read(far)
        assert (result.outcome, result.error_code, result.transient) == (outcome, problem, False)

    def test_an_order_that_cannot_be_read_makes_the_read_fail(self):
        far = FarSide()
        far[READ] = payment("failed", notes=[])
        far[f"GET /orders/{ORDER}"] = (500, b"")
        assert read(far).outcome is Outcome.UNKNOWN
        assert read(far).status is None

    @pytest.mark.parametrize(
        "hostile", ["pay_../orders", "pay_", "PAY_1", "card_1", "pay_1?x=1", "pay_1\n", "☃", "x" * 5000]
    )
    def test_what_is_no_id_is_not_asked_for(self, hostile):
        far = FarSide()
        assert read(far, hostile) is None
        assert far.asked == []


class TestByOrder:
    @pytest.mark.parametrize(
        ("statuses", "decides"),
        [
            (["failed", "captured"], "captured"),
            (["captured", "failed", "created"], "captured"),
            (["failed", "refunded"], "refunded"),
            (["failed", "authorized", "created"], "authorized"),
            (["failed", "created"], "created"),
            (["failed", "failed"], "failed"),
            (["captured", "given back"], "captured"),
            (["given back", "created"], "created"),
        ],
    )
    def test_money_decides_then_what_may_become_money(self, statuses, decides):
        far = FarSide()
        tries = [
            payment(status, id=f"pay_{number}", created_at=STAMP + number)
            if status != "given back"
            else payment("refunded", id=f"pay_{number}", created_at=STAMP + number, captured=False)
            for number, status in enumerate(statuses)
        ]
        far[f"GET /orders/{ORDER}/payments"] = items(*tries)
        found = read(far, ORDER)
        assert found.psp_payment_id == next(each["id"] for each in reversed(tries) if each["status"] == decides)

    def test_an_order_that_nobody_paid_or_nobody_made_is_none(self):
        far = FarSide()
        far[f"GET /orders/{ORDER}/payments"] = [items(), UNKNOWN_ID]
        assert read(far, ORDER) is None
        assert read(far, ORDER) is None


class TestByAttempt:
    def test_the_order_with_the_attempt_for_a_receipt_is_found(self):
        far = FarSide()
        far["GET /orders"] = items(order())
        far[f"GET /orders/{ORDER}/payments"] = items(payment(notes=[]))
        found = read(far, None, "att_1")
        assert far.asked[0].params == {"receipt": "att_1", "count": "100"}
        assert (found.psp_payment_id, found.facts.attempt_id) == (PAYMENT, "att_1")

    def test_an_attempt_that_was_never_charged_is_none(self):
        far = FarSide()
        far["GET /orders"] = items(order())
        far[f"GET /orders/{ORDER}/payments"] = items()
        far["GET /payment_links"] = {"payment_links": []}
        assert read(far, None, "att_1") is None

    @pytest.mark.parametrize("call", ["GET /orders", f"GET /orders/{ORDER}/payments", "GET /payment_links"])
    @pytest.mark.parametrize("answer", [httpx.ReadTimeout("slow"), (500, b""), (200, {"items": {}}), (404, b"")])
    def test_a_step_that_fails_is_never_none(self, call, answer):
        far = FarSide()
        far["GET /orders"] = items(order())
        far[f"GET /orders/{ORDER}/payments"] = items()
        far["GET /payment_links"] = {"payment_links": []}
        far[call] = answer
        assert read(far, None, "att_1").status is None

    def test_an_id_that_is_not_known_is_looked_up_by_the_attempt(self):
        far = FarSide()
        far[READ] = UNKNOWN_ID
        far["GET /orders"] = items(order())
        far[f"GET /orders/{ORDER}/payments"] = items(payment())
        assert read(far, PAYMENT, "att_1").outcome is Outcome.SUCCEEDED

    def test_a_look_up_of_nothing_is_a_mistake_of_ours(self):
        with pytest.raises(ValueError, match="needs the provider's id or ours"):
            read(FarSide(), None, None)


def failed_cycle(*, status="pending", charge_at=None, failed=None):
    """A subscription whose cycle failed."""
    far = FarSide()
    far[READ] = failed or payment("failed", invoice_id="inv_1")
    far["GET /invoices/inv_1"] = INVOICE
    far["GET /invoices"] = items({**INVOICE, "id": "inv_0", "created_at": STAMP - 9, "order_id": "order_0"}, INVOICE)
    far[f"GET /orders/{ORDER}/payments"] = items(far.answers[READ][0])
    far["GET /subscriptions/sub_1"] = {"id": "sub_1", "status": status, "charge_at": charge_at}
    return far


class TestWhatRazorpayTriesAgainByItself:
    @pytest.mark.parametrize("name", [PAYMENT, "inv_1", "sub_1"])
    def test_a_pending_subscription_is_charged_again_when_it_says(self, name):
        again = NOW + timedelta(hours=20)
        found = read(failed_cycle(charge_at=int(again.timestamp())), name)
        assert (found.psp_payment_id, found.outcome) == (PAYMENT, Outcome.DECLINED)
        assert found.facts.native_retry_at == again

    @pytest.mark.parametrize("charge_at", [None, 0, STAMP - 60])
    def test_one_that_does_not_say_is_charged_again_the_next_day(self, charge_at):
        assert read(failed_cycle(charge_at=charge_at)).facts.native_retry_at == NOW + timedelta(days=1)

    @pytest.mark.parametrize("status", ["halted", "active", "cancelled", "completed"])
    def test_one_that_gave_up_or_was_paid_is_ours(self, status):
        assert read(failed_cycle(status=status)).facts.native_retry_at is None

    def test_a_payment_that_was_captured_needs_no_retry(self):
        far = failed_cycle(failed=payment(invoice_id="inv_1"))
        assert read(far).facts.native_retry_at is None
        assert far.calls == [READ]

    @pytest.mark.parametrize("call", ["GET /invoices/inv_1", "GET /subscriptions/sub_1"])
    def test_if_that_cannot_be_read_the_read_failed(self, call):
        far = failed_cycle()
        far[call] = (500, b"")
        assert read(far).status is None

    @pytest.mark.parametrize("name", ["inv_1", "sub_1"])
    def test_an_invoice_that_nobody_tried_to_pay_is_none(self, name):
        far = failed_cycle()
        far[f"GET /orders/{ORDER}/payments"] = items()
        assert read(far, name) is None

    def test_an_invoice_that_names_its_payment_reads_as_it(self):
        far = FarSide()
        far["GET /invoices/inv_1"] = {"id": "inv_1", "order_id": None, "payment_id": PAYMENT, "notes": []}
        far[READ] = payment()
        assert read(far, "inv_1").outcome is Outcome.SUCCEEDED

    def test_a_failed_payment_of_an_invoice_without_subscription_is_ours(self):
        far = failed_cycle()
        far["GET /invoices/inv_1"] = {**INVOICE, "subscription_id": None}
        assert read(far).facts.native_retry_at is None

    def test_what_razorpay_does_not_know_is_none(self):
        far = FarSide()
        far["GET /invoices/inv_1"] = UNKNOWN_ID
        far["GET /invoices"] = items()
        assert (read(far, "inv_1"), read(far, "sub_1")) == (None, None)


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("created", PaymentStatus.PENDING),
        ("authorized", PaymentStatus.PENDING),
        ("captured", PaymentStatus.CAPTURED),
        ("refunded", PaymentStatus.REFUNDED),
        ("failed", PaymentStatus.DECLINED),
        ("a word of next year", PaymentStatus.PENDING),
    ],
)
def test_every_word_for_a_state_has_a_meaning(word, status):
    assert mapping.normalize_status(word) is status


def test_razorpays_currencies_without_or_with_three_decimals_are_those_of_iso():
    # https://razorpay.com/docs/payments/international-payments, "Supported Currencies"
    none = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"
    three = "BHD IQD JOD KWD OMR TND"
    assert {exponent_of(code) for code in none.split()} == {0}
    assert {exponent_of(code) for code in three.split()} == {3}
    assert {exponent_of(code) for code in ("INR", "USD", "MGA", "HUF", "TWD")} == {2}


@pytest.mark.parametrize(
    ("method", "reason", "code", "said"),
    [
        ("upi", "insufficient_funds", "BAD_REQUEST_ERROR", "upi:insufficient_funds"),
        ("card", "insufficient_funds", "BAD_REQUEST_ERROR", "insufficient_funds"),
        ("emandate", "insufficient_funds", "BAD_REQUEST_ERROR", "emandate:insufficient_funds"),
        ("nach", "mandate_not_active", "BAD_REQUEST_ERROR", "emandate:mandate_not_active"),
        ("emandate", None, "BAD_REQUEST_ERROR", "BAD_REQUEST_ERROR"),
        ("upi", None, "GATEWAY_ERROR", "upi:GATEWAY_ERROR"),
        ("upi", "a_reason_of_next_year", "BAD_REQUEST_ERROR", "upi:BAD_REQUEST_ERROR"),
        ("card", None, "GATEWAY_ERROR", "GATEWAY_ERROR"),
        ("card", "a_reason_of_next_year", "BAD_REQUEST_ERROR", "a_reason_of_next_year"),
        ("card", "a_reason_of_next_year", "GATEWAY_ERROR", "GATEWAY_ERROR"),
        ("card", "a_reason_of_next_year", None, "a_reason_of_next_year"),
        (None, None, None, "payment_failed"),
    ],
)
def test_a_decline_has_the_most_telling_code_that_the_table_knows(method, reason, code, said):
    assert code_of(method=method, reason=reason, code=code) == said


@pytest.mark.parametrize(
    ("method", "reason", "category", "hardness"),
    [
        ("upi", "insufficient_funds", Category.FUNDS, Hardness.SOFT),
        ("upi", "mandate_cancelled", Category.ISSUER_DECLINE, Hardness.HARD),
        ("emandate", "payment_timed_out", Category.NETWORK, Hardness.SOFT),
        ("card", "card_expired", Category.ISSUER_DECLINE, Hardness.HARD),
        ("card", "gateway_technical_error", Category.NETWORK, Hardness.SOFT),
    ],
)
def test_the_classifier_knows_the_codes_whether_it_is_told_the_method_or_not(method, reason, category, hardness):
    code = code_of(method=method, reason=reason, code="BAD_REQUEST_ERROR")
    for told in (method, None):
        verdict = classify(FailureSignals(gateway="razorpay", reason=code, code=code, method=told))
        assert (verdict.category, verdict.hardness) == (category, hardness)

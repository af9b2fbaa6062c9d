"""Charging a token: what goes over the wire, what each answer means, and that nobody is charged twice."""

from datetime import timedelta

import httpx
import pytest

from app.domain.money import Money
from app.domain.payments.port import Decline, Outcome, PaymentMethod, PaymentResult, PaymentStatus
from app.domain.payments.problems import Problem
from tests.psp.razorpay.razorpay_far_side import (
    NOTES,
    NOW,
    ORDER,
    PAYMENT,
    FarSide,
    error,
    items,
    order,
    payment,
    request,
    unused_attempt,
)

CHARGE = "POST /payments/create/recurring"
CAPTURED = PaymentResult(
    Outcome.SUCCEEDED, psp_payment_id=PAYMENT, status=PaymentStatus.CAPTURED, money=Money(5000, "INR")
)
LONG_AGO = NOW - timedelta(minutes=10)


def seen_before(*orders, payments=()):
    """An attempt whose orders are there already."""
    far = unused_attempt()
    far["GET /orders"] = items(*orders)
    for each in orders:
        far[f"GET /orders/{each['id']}/payments"] = items(*payments)
    return far


class TestTheFirstCall:
    def test_an_order_is_made_charged_and_read(self):
        far = unused_attempt()
        assert far.adapter().create_payment(request()) == CAPTURED
        assert far.calls == [
            "GET /orders",
            "GET /customers/cust_1",
            "POST /orders",
            "GET /orders",
            CHARGE,
            f"GET /payments/{PAYMENT}",
        ]

    def test_the_order_is_the_attempts_alone_and_captures_by_itself(self):
        far = unused_attempt()
        far.adapter().create_payment(request())
        (sent,) = far.sent("POST /orders")
        call = sent.body["notes"].pop("tinko_call")
        assert len(call) == 16
        assert sent.body == {
            "amount": 5000,
            "currency": "INR",
            "receipt": "att_1",
            "payment_capture": True,
            "notes": NOTES,
            "unique_receipt": True,
        }

    def test_the_charge_names_customer_token_and_their_contacts(self):
        far = unused_attempt()
        far.adapter().create_payment(request())
        (sent,) = far.sent(CHARGE)
        assert sent.body == {
            "email": "gaurav@example.com",
            "contact": "+919876543210",
            "amount": 5000,
            "currency": "INR",
            "order_id": ORDER,
            "customer_id": "cust_1",
            "token": "token_1",
            "recurring": True,
            "description": "order-7",
            "notes": NOTES,
        }
        assert sent.headers["authorization"].startswith("Basic ")

    def test_a_mandate_is_charged_as_the_token_it_is(self):
        far = unused_attempt()
        method = PaymentMethod(mandate_id="token_9", psp_customer_id="cust_1")
        far.adapter().create_payment(request(method=method))
        assert far.sent(CHARGE)[0].body["token"] == "token_9"

    @pytest.mark.parametrize("money", [Money(5000, "JPY"), Money(295_990, "KWD")])
    def test_amounts_travel_in_iso_minor_units(self, money):
        far = unused_attempt()
        far[f"GET /payments/{PAYMENT}"] = payment(amount=money.minor, currency=money.currency)
        assert far.adapter().create_payment(request(money=money)).money == money
        assert {sent.body["amount"] for sent in (*far.sent("POST /orders"), *far.sent(CHARGE))} == {money.minor}

    @pytest.mark.parametrize(
        "wrong",
        [
            {"method": PaymentMethod(psp_customer_id="cust_1")},
            {"method": PaymentMethod(token="token_1")},
            {"money": Money(295_991, "KWD")},
            {"attempt_id": "a" * 41},
        ],
    )
    def test_what_razorpay_could_not_do_is_refused_unasked(self, wrong):
        far = FarSide()
        result = far.adapter().create_payment(request(**wrong))
        assert (result.outcome, result.error_code, result.transient) == (Outcome.ERROR, Problem.REQUEST_INVALID, False)
        assert far.asked == []

    def test_a_customer_that_is_not_there_is_a_lasting_error_and_makes_no_order(self):
        far = unused_attempt()
        far["GET /customers/cust_1"] = (400, error("The id provided does not exist"))
        result = far.adapter().create_payment(request())
        assert (result.outcome, result.error_code) == (Outcome.ERROR, Problem.REQUEST_INVALID)
        assert far.calls == ["GET /orders", "GET /customers/cust_1"]


class TestBeforeAnyCharge:
    """Whatever fails before the charge, no money moved, and the same attempt may come again."""

    @pytest.mark.parametrize("call", ["GET /orders", "GET /customers/cust_1"])
    @pytest.mark.parametrize(
        ("answer", "problem"),
        [
            ((500, error("broken", code="SERVER_ERROR")), Problem.PROVIDER_UNAVAILABLE),
            ((503, b"<html>"), Problem.PROVIDER_UNAVAILABLE),
            (httpx.ReadTimeout("slow"), Problem.TIMEOUT),
            (httpx.ConnectError("nobody"), Problem.UNREACHABLE),
            (httpx.RemoteProtocolError("cut"), Problem.CONNECTION_LOST),
            ((429, error("Too many requests")), Problem.RATE_LIMITED),
            ((302, b""), Problem.MALFORMED_REPLY),
        ],
    )
    def test_trouble_is_a_passing_error(self, call, answer, problem):
        far = unused_attempt()
        far[call] = answer
        result = far.adapter().create_payment(request())
        assert (result.outcome, result.error_code, result.transient) == (Outcome.ERROR, problem, True)
        assert far.sent(CHARGE) == []

    def test_how_long_to_wait_is_passed_on(self):
        far = unused_attempt()
        far["GET /orders"] = (429, error("Too many requests"), {"retry-after": "2"})
        assert far.adapter().create_payment(request()).retry_after == timedelta(seconds=2)

    def test_an_order_that_could_not_be_made_is_a_passing_error(self):
        far = unused_attempt()
        far["POST /orders"] = httpx.ReadTimeout("slow")
        result = far.adapter().create_payment(request())
        assert (result.outcome, result.error_code, result.transient) == (Outcome.ERROR, Problem.TIMEOUT, True)
        assert far.sent(CHARGE) == []

    def test_an_order_that_razorpay_refuses_is_a_lasting_error(self):
        far = unused_attempt()
        far["POST /orders"] = (400, error("The amount must be at least INR 1.00"))
        result = far.adapter().create_payment(request())
        assert (result.outcome, result.error_code, result.transient) == (Outcome.ERROR, Problem.REQUEST_INVALID, False)
        assert result.detail == "The amount must be at least INR 1.00"

    @pytest.mark.parametrize(
        "answer",
        [
            (401, error("Authentication failed", source="NA")),
            (400, error("The api key provided is invalid", source="NA")),
            (403, error("Forbidden", source="NA")),
        ],
    )
    def test_a_bad_key_is_a_lasting_error(self, answer):
        far = unused_attempt()
        far["GET /orders"] = answer
        result = far.adapter().create_payment(request())
        assert (result.outcome, result.error_code) == (Outcome.ERROR, Problem.CREDENTIALS_INVALID)

    @pytest.mark.parametrize("key", ["", "with space", "with:colon", "ключ", "line\nbreak"])
    def test_a_key_that_cannot_be_sent_is_not(self, key):
        far = FarSide()
        result = far.adapter(key_secret=key).create_payment(request())
        assert (result.outcome, result.error_code) == (Outcome.ERROR, Problem.CREDENTIALS_INVALID)
        assert far.asked == []


class TestWhatTheChargeAnswers:
    def test_a_decline_names_its_payment_which_is_read(self):
        far = unused_attempt()
        declined = error("Expired.", reason="card_expired", source="customer", metadata={"payment_id": PAYMENT})
        far[CHARGE] = (400, declined)
        far[f"GET /payments/{PAYMENT}"] = payment("failed")
        assert far.adapter().create_payment(request()) == PaymentResult(
            Outcome.DECLINED,
            psp_payment_id=PAYMENT,
            status=PaymentStatus.DECLINED,
            decline=Decline(code="card_expired", message="Expired."),
        )

    @pytest.mark.parametrize("status", ["created", "authorized", "a word of next year"])
    def test_a_debit_that_comes_later_is_pending_and_has_an_id(self, status):
        far = unused_attempt()
        far[f"GET /payments/{PAYMENT}"] = payment(status)
        result = far.adapter().create_payment(request())
        assert (result.outcome, result.error_code) == (Outcome.UNKNOWN, Problem.PENDING)
        assert (result.psp_payment_id, result.status, result.money) == (PAYMENT, PaymentStatus.PENDING, None)

    @pytest.mark.parametrize(
        ("answer", "problem"),
        [
            (httpx.ReadTimeout("slow"), Problem.TIMEOUT),
            (httpx.RemoteProtocolError("cut"), Problem.CONNECTION_LOST),
            ((500, error("broken", code="SERVER_ERROR")), Problem.PROVIDER_ERROR),
            ((502, error("bank down", code="GATEWAY_ERROR")), Problem.PROVIDER_ERROR),
            ((503, b"<html>"), Problem.PROVIDER_ERROR),
            ((504, b""), Problem.TIMEOUT),
            ((200, {}), Problem.MALFORMED_REPLY),
            ((200, b"[1"), Problem.MALFORMED_REPLY),
        ],
    )
    def test_without_a_verdict_nobody_knows(self, answer, problem):
        far = unused_attempt()
        far[CHARGE] = answer
        result = far.adapter().create_payment(request())
        assert (result.outcome, result.error_code) == (Outcome.UNKNOWN, problem)
        assert len(far.sent(CHARGE)) == 1

    def test_what_was_certainly_not_sent_is_a_passing_error(self):
        far = unused_attempt()
        far[CHARGE] = httpx.ConnectError("nobody")
        result = far.adapter().create_payment(request())
        assert (result.outcome, result.error_code, result.transient) == (Outcome.ERROR, Problem.UNREACHABLE, True)

    @pytest.mark.parametrize(("given", "waited"), [("2", 30), ("90", 90), (None, 30)])
    def test_a_limit_reached_is_waited_out_until_the_order_is_free_again(self, given, waited):
        far = unused_attempt()
        far[CHARGE] = (429, error("Too many requests"), {"retry-after": given} if given else {})
        result = far.adapter().create_payment(request())
        assert (result.outcome, result.error_code, result.transient) == (Outcome.ERROR, Problem.RATE_LIMITED, True)
        assert result.retry_after == timedelta(seconds=waited)

    @pytest.mark.parametrize(
        "answer",
        [httpx.ReadTimeout("slow"), (500, b""), (401, error("Authentication failed")), (400, error("does not exist"))],
    )
    def test_a_payment_that_was_made_and_cannot_be_read_is_unknown_never_an_error(self, answer):
        far = unused_attempt()
        far[f"GET /payments/{PAYMENT}"] = answer
        result = far.adapter().create_payment(request())
        assert (result.outcome, result.psp_payment_id) == (Outcome.UNKNOWN, PAYMENT)

    def test_a_token_that_is_not_there_is_a_decline_that_the_classifier_knows(self):
        far = unused_attempt()
        far[CHARGE] = (400, error("The id provided does not exist"))
        result = far.adapter().create_payment(request())
        assert (result.outcome, result.decline.code) == (Outcome.DECLINED, "invalid_token")

    def test_a_refusal_for_the_payers_sake_is_a_decline_with_its_reason(self):
        far = unused_attempt()
        said = error("Limit reached", reason="transaction_limit_exceeded", source="customer")
        far[CHARGE] = (400, said)
        result = far.adapter().create_payment(request())
        assert (result.outcome, result.decline) == (
            Outcome.DECLINED,
            Decline(code="transaction_limit_exceeded", message="Limit reached"),
        )

    def test_a_refusal_for_the_merchants_sake_is_a_lasting_error(self):
        far = unused_attempt()
        far[CHARGE] = (400, error("Amount exceeds maximum amount allowed"))
        result = far.adapter().create_payment(request())
        assert (result.outcome, result.error_code, result.transient) == (Outcome.ERROR, Problem.REQUEST_INVALID, False)

    def test_an_order_that_was_paid_meanwhile_answers_with_that_payment(self):
        far = unused_attempt()
        far[CHARGE] = (400, error("Payment already done for this order.", reason="order_already_paid"))
        far[f"GET /orders/{ORDER}/payments"] = items(payment())
        assert far.adapter().create_payment(request()) == CAPTURED

    def test_an_order_that_is_being_paid_is_unknown(self):
        far = unused_attempt()
        far[CHARGE] = (400, error("Payment already in progress for this order."))
        result = far.adapter().create_payment(request())
        assert (result.outcome, result.error_code) == (Outcome.UNKNOWN, Problem.IN_PROGRESS)


class TestTheSameAttemptAgain:
    @pytest.mark.parametrize(
        ("status", "outcome"),
        [
            ("captured", Outcome.SUCCEEDED),
            ("refunded", Outcome.SUCCEEDED),
            ("failed", Outcome.DECLINED),
            ("created", Outcome.UNKNOWN),
        ],
    )
    def test_a_payment_on_its_order_is_the_answer_and_nothing_is_charged(self, status, outcome):
        far = seen_before(order(made_at=LONG_AGO), payments=[payment(status)])
        result = far.adapter().create_payment(request())
        assert (result.outcome, result.psp_payment_id) == (outcome, PAYMENT)
        assert far.calls == ["GET /orders", f"GET /orders/{ORDER}/payments"]

    def test_another_amount_is_a_conflict_that_charges_nothing(self):
        far = seen_before(order(made_at=LONG_AGO, amount=1))
        result = far.adapter().create_payment(request())
        assert (result.outcome, result.error_code) == (Outcome.UNKNOWN, Problem.IDEMPOTENCY_CONFLICT)
        assert far.calls == ["GET /orders"]

    @pytest.mark.parametrize("age", [0, 29])
    def test_a_young_order_without_payment_may_be_charged_by_its_maker_at_this_moment(self, age):
        far = seen_before(order(made_at=NOW - timedelta(seconds=age)))
        result = far.adapter().create_payment(request())
        assert (result.outcome, result.error_code) == (Outcome.UNKNOWN, Problem.IN_PROGRESS)
        assert far.sent(CHARGE) == []

    def test_an_older_order_without_payment_is_charged_and_no_other_is_made(self):
        far = seen_before(order(made_at=NOW - timedelta(seconds=30)))
        assert far.adapter().create_payment(request()) == CAPTURED
        assert far.sent("POST /orders") == []
        assert far.sent(CHARGE)[0].body["order_id"] == ORDER

    def test_a_customer_that_is_gone_meanwhile_is_a_lasting_error(self):
        far = seen_before(order(made_at=LONG_AGO))
        far["GET /customers/cust_1"] = (400, error("The id provided does not exist"))
        result = far.adapter().create_payment(request())
        assert (result.outcome, result.error_code, result.transient) == (Outcome.ERROR, Problem.REQUEST_INVALID, False)
        assert far.sent(CHARGE) == []

    @pytest.mark.parametrize("changed", [{"created_at": None}, {"created_at": "soon"}])
    def test_an_order_of_unknown_age_counts_as_young(self, changed):
        far = seen_before(order(**changed))
        assert far.adapter().create_payment(request()).error_code == Problem.IN_PROGRESS

    def test_without_razorpays_time_nothing_is_old(self):
        far = seen_before(order(made_at=LONG_AGO))
        far.date = None
        assert far.adapter().create_payment(request()).error_code == Problem.IN_PROGRESS
        assert far.sent(CHARGE) == []

    def test_payments_that_cannot_be_read_are_no_licence_to_charge(self):
        far = seen_before(order(made_at=LONG_AGO))
        for answer in (httpx.ReadTimeout("slow"), (429, error("wait")), (401, error("no")), (200, {"items": None})):
            far[f"GET /orders/{ORDER}/payments"] = answer
            assert far.adapter().create_payment(request()).outcome is Outcome.UNKNOWN
        assert far.sent(CHARGE) == []

    def test_an_order_whose_receipt_only_looks_alike_is_not_this_attempts(self):
        far = unused_attempt()
        stranger = order(order_id="order_B2", receipt="att_12", made_at=LONG_AGO)
        make = far.answers["POST /orders"][0]
        made = []
        far["POST /orders"] = lambda asked: made.append(make(asked)) or made[0]
        far["GET /orders"] = lambda _: items(stranger, *made)
        assert far.adapter().create_payment(request()) == CAPTURED
        assert far.sent(CHARGE)[0].body["order_id"] == ORDER


class TestParallelCalls:
    def test_a_call_that_was_given_the_order_of_another_charges_nothing(self):
        far = unused_attempt()
        theirs = order(notes={**NOTES, "tinko_call": "another"})
        far["GET /orders"] = [items(), items(theirs)]
        far["POST /orders"] = theirs
        result = far.adapter().create_payment(request())
        assert (result.outcome, result.error_code) == (Outcome.UNKNOWN, Problem.IN_PROGRESS)
        assert far.sent(CHARGE) == []

    def test_a_call_whose_receipt_was_taken_charges_nothing(self):
        far = unused_attempt()
        far["GET /orders"] = [items(), items(order(notes={**NOTES, "tinko_call": "another"}))]
        far["POST /orders"] = (400, error("Order receipt should be unique."))
        result = far.adapter().create_payment(request())
        assert (result.outcome, result.error_code) == (Outcome.UNKNOWN, Problem.IN_PROGRESS)
        assert far.sent(CHARGE) == []

    def test_of_two_orders_nobody_charges_while_they_are_young_and_then_all_the_same_one(self):
        first, second = order(order_id="order_B2"), order(made_at=NOW + timedelta(seconds=1), order_id="order_A1")
        far = seen_before(second, first)
        assert far.adapter().create_payment(request()).error_code == Problem.IN_PROGRESS
        far.date = NOW + timedelta(minutes=1)
        far.adapter().create_payment(request())
        assert [sent.body["order_id"] for sent in far.sent(CHARGE)] == ["order_B2"]

    def test_a_payment_on_any_of_two_orders_is_the_answer(self):
        far = seen_before(order(made_at=LONG_AGO), order(made_at=LONG_AGO, order_id="order_B2"))
        far["GET /orders/order_B2/payments"] = items(payment(order_id="order_B2"))
        assert far.adapter().create_payment(request()) == CAPTURED
        assert far.sent(CHARGE) == []

    def test_an_account_without_unique_receipts_sees_by_the_list_that_it_was_not_alone(self):
        far = unused_attempt()
        made = []

        def make(asked):
            if "unique_receipt" in asked.body:
                return 400, error(
                    "unique_receipt is/are not required and should not be sent", reason="extra_field_sent"
                )
            made.append(order(notes=asked.body["notes"]))
            return made[0]

        far["POST /orders"] = make
        far["GET /orders"] = lambda _: items(*made)
        assert far.adapter().create_payment(request()) == CAPTURED

        made.clear()
        far["GET /orders"] = lambda _: items(*made, order(order_id="order_B2")) if made else items()
        far["GET /orders/order_B2/payments"] = items()
        result = far.adapter().create_payment(request())
        assert (result.outcome, result.error_code) == (Outcome.UNKNOWN, Problem.IN_PROGRESS)
        assert len(far.sent(CHARGE)) == 1

    def test_an_order_that_the_list_does_not_show_is_not_charged(self):
        far = unused_attempt()
        far["GET /orders"] = items()
        result = far.adapter().create_payment(request())
        assert (result.outcome, result.error_code, result.transient) == (Outcome.ERROR, Problem.MALFORMED_REPLY, True)
        assert far.sent(CHARGE) == []


def test_nothing_that_is_said_shows_the_key(capsys):
    far = unused_attempt()
    far[CHARGE] = httpx.ConnectError("nobody")
    adapter = far.adapter(key_secret="hush-hush")
    shown = repr(adapter.create_payment(request())) + repr(adapter)
    said = capsys.readouterr()
    assert "hush-hush" not in shown + said.out + said.err
    assert said.out == ""  # the SDK prints what fails, if it is let

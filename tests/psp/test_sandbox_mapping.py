"""What the sandbox's replies mean for money, down to the strange ones."""

from datetime import UTC, datetime, timedelta

import pytest

from app.domain.money import Money
from app.domain.payments.errors import CheckoutFailedError
from app.domain.payments.port import (
    ChargeRequest,
    Checkout,
    CheckoutRequest,
    Decline,
    Outcome,
    PaymentMethod,
    PaymentResult,
    PaymentStatus,
    RefundRequest,
    RefundResult,
)
from app.domain.payments.problems import Problem
from app.psp.sandbox import mapping
from app.psp.wire import Failure, Reply

PAYMENT = {"id": "pay_1", "status": "captured", "amount": 5000, "currency": "INR"}
UNKNOWN, ERROR = Outcome.UNKNOWN, Outcome.ERROR


def error(code):
    return {"error": {"code": code, "message": "why"}}


@pytest.mark.parametrize(
    ("status", "body", "outcome", "problem", "transient"),
    [
        (503, error("service_unavailable"), ERROR, Problem.PROVIDER_UNAVAILABLE, True),
        (503, None, UNKNOWN, Problem.PROVIDER_ERROR, False),
        (500, None, UNKNOWN, Problem.PROVIDER_ERROR, False),
        (502, "<html>", UNKNOWN, Problem.PROVIDER_ERROR, False),
        (504, error("gateway_timeout"), UNKNOWN, Problem.PROVIDER_ERROR, False),
        (429, error("rate_limited"), ERROR, Problem.RATE_LIMITED, True),
        (429, None, ERROR, Problem.RATE_LIMITED, True),
        (401, error("unauthorized"), ERROR, Problem.CREDENTIALS_INVALID, False),
        (403, None, ERROR, Problem.CREDENTIALS_INVALID, False),
        (408, None, UNKNOWN, Problem.TIMEOUT, False),
        (409, error("idempotency_in_progress"), UNKNOWN, Problem.IN_PROGRESS, False),
        (409, None, UNKNOWN, Problem.IN_PROGRESS, False),
        (422, error("idempotency_key_reused"), UNKNOWN, Problem.IDEMPOTENCY_CONFLICT, False),
        (422, error("invalid_request"), ERROR, Problem.REQUEST_INVALID, False),
        (400, {"error": "words"}, ERROR, Problem.REQUEST_INVALID, False),
        (404, [], ERROR, Problem.REQUEST_INVALID, False),
        (302, None, UNKNOWN, Problem.MALFORMED_REPLY, False),
        (204, None, UNKNOWN, Problem.MALFORMED_REPLY, False),
        (200, None, UNKNOWN, Problem.MALFORMED_REPLY, False),
        (201, {"id": 7, "status": "captured"}, UNKNOWN, Problem.MALFORMED_REPLY, False),
        (201, {"id": "pay_1"}, UNKNOWN, Problem.MALFORMED_REPLY, False),
    ],
)
def test_a_charge_without_verdict_says_whether_money_may_have_moved(status, body, outcome, problem, transient):
    result = mapping.payment_of_create(Reply(status, body))
    assert (result.outcome, result.error_code, result.transient) == (outcome, problem, transient)
    assert (result.money, result.decline, result.psp_payment_id) == (None, None, None)


def test_the_providers_words_and_wish_are_kept():
    result = mapping.payment_of_create(Reply(429, error("rate_limited"), timedelta(seconds=9)))
    assert (result.detail, result.retry_after) == ("why", timedelta(seconds=9))
    assert mapping.payment_of_create(Reply(500, {})).detail == "HTTP 500"


@pytest.mark.parametrize(
    "change", [{"amount": "5000"}, {"amount": -1}, {"amount": True}, {"currency": "XXQ"}, {"currency": None}]
)
def test_a_capture_without_a_readable_amount_is_unknown_and_keeps_its_id(change):
    result = mapping.payment_of_create(Reply(201, PAYMENT | change))
    assert (result.outcome, result.error_code, result.psp_payment_id) == (UNKNOWN, Problem.MALFORMED_REPLY, "pay_1")
    assert result.money is None


@pytest.mark.parametrize("word", ["processing", "pending", "on_the_moon"])
def test_a_payment_without_verdict_yet_is_unknown_with_its_id(word):
    result = mapping.payment_of_create(Reply(201, PAYMENT | {"status": word}))
    assert result == PaymentResult(
        UNKNOWN, psp_payment_id="pay_1", status=PaymentStatus.PENDING, error_code=Problem.PENDING
    )


def test_a_decline_brings_every_code_that_was_given():
    body = PAYMENT | {
        "status": "declined",
        "decline_code": "lost_card",
        "message": "Lost.",
        "network_decline_code": "41",
        "network_advice_code": "03",
    }
    result = mapping.payment_of_create(Reply(402, body))
    assert result.outcome is Outcome.DECLINED
    assert result.decline == Decline("lost_or_stolen", "Lost.", "41", "03")


def test_a_decline_without_a_code_is_a_generic_one_and_a_strange_code_goes_through():
    def decline(code):
        return mapping.payment_of(PAYMENT | {"status": "declined", "decline_code": code}).decline

    assert decline(None) == Decline("generic_decline")
    assert decline("stand_in_processing") == Decline("stand_in_processing")


@pytest.mark.parametrize(
    ("reply", "outcome", "problem"),
    [
        (Reply(429, None), UNKNOWN, Problem.RATE_LIMITED),
        (Reply(503, error("service_unavailable")), UNKNOWN, Problem.PROVIDER_UNAVAILABLE),
        (Failure(ERROR, Problem.UNREACHABLE, transient=True), UNKNOWN, Problem.UNREACHABLE),
        (Failure(UNKNOWN, Problem.TIMEOUT), UNKNOWN, Problem.TIMEOUT),
        (Reply(401, None), ERROR, Problem.CREDENTIALS_INVALID),
        (Reply(200, []), UNKNOWN, Problem.MALFORMED_REPLY),
    ],
)
def test_a_read_that_failed_is_unknown_unless_it_was_refused_for_good(reply, outcome, problem):
    result = mapping.payment_of_read(reply)
    assert (result.outcome, result.error_code, result.transient) == (outcome, problem, False)


@pytest.mark.parametrize("body", [None, {}, {"items": "x"}, {"items": ["x"]}, {"items": [None]}])
def test_a_listing_that_cannot_be_read_is_unknown_and_never_none(body):
    result = mapping.first_of_list(Reply(200, body))
    assert result is not None
    assert (result.outcome, result.error_code) == (UNKNOWN, Problem.MALFORMED_REPLY)


def test_an_empty_listing_is_none():
    assert mapping.first_of_list(Reply(200, {"items": []})) is None


def test_a_session_that_nobody_paid_in_time_is_cancelled_and_moved_nothing():
    result = mapping.payment_of({"id": "cs_1", "status": "expired", "payment": None, "amount": 5000})
    assert (result.outcome, result.status, result.money) == (Outcome.DECLINED, PaymentStatus.CANCELLED, None)
    assert result.decline == Decline("payer_cancelled", "The payment page expired unpaid.")


@pytest.mark.parametrize(
    ("reply", "result"),
    [
        (Reply(201, {"id": "re_1", "status": "succeeded"}), RefundResult(Outcome.SUCCEEDED, "re_1")),
        (Reply(201, {"id": "re_1", "status": "pending"}), RefundResult(UNKNOWN, "re_1", error_code=Problem.PENDING)),
        (Reply(201, {"id": "re_1"}), RefundResult(UNKNOWN, "re_1", error_code=Problem.MALFORMED_REPLY)),
        (Reply(201, None), RefundResult(UNKNOWN, error_code=Problem.MALFORMED_REPLY)),
        (
            Failure(ERROR, Problem.UNREACHABLE, transient=True, detail="x"),
            RefundResult(ERROR, error_code=Problem.UNREACHABLE, detail="x", transient=True),
        ),
        (Failure(UNKNOWN, Problem.TIMEOUT), RefundResult(UNKNOWN, error_code=Problem.TIMEOUT)),
        (Reply(500, None), RefundResult(UNKNOWN, error_code=Problem.PROVIDER_ERROR, detail="HTTP 500")),
        (
            Reply(409, error("payment_not_captured")),
            RefundResult(ERROR, error_code=Problem.REQUEST_INVALID, detail="why"),
        ),
    ],
)
def test_a_refund_is_read_the_same_way(reply, result):
    assert mapping.refund_of(reply) == result


SESSION = {"id": "cs_1", "url": "https://psp.test/checkout/cs_1", "expires_at": "2026-03-01T12:30:00+00:00"}


def test_a_checkout_is_read():
    expires_at = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
    assert mapping.checkout_of(Reply(201, SESSION)) == Checkout("cs_1", SESSION["url"], expires_at)


@pytest.mark.parametrize(
    ("reply", "problem", "transient"),
    [
        (Reply(201, SESSION | {"url": "javascript:alert(1)"}), Problem.MALFORMED_REPLY, True),
        (Reply(201, SESSION | {"url": None}), Problem.MALFORMED_REPLY, True),
        (Reply(201, SESSION | {"expires_at": "soon"}), Problem.MALFORMED_REPLY, True),
        (Reply(201, SESSION | {"expires_at": 7}), Problem.MALFORMED_REPLY, True),
        (Reply(201, SESSION | {"expires_at": "2026-03-01T12:30:00"}), Problem.MALFORMED_REPLY, True),
        (Reply(422, error("invalid_request")), Problem.REQUEST_INVALID, False),
        (Failure(ERROR, Problem.UNREACHABLE, transient=True), Problem.UNREACHABLE, True),
    ],
)
def test_a_checkout_that_did_not_open_raises(reply, problem, transient):
    with pytest.raises(CheckoutFailedError) as caught:
        mapping.checkout_of(reply)
    assert (caught.value.problem, caught.value.transient) == (problem, transient)
    assert caught.value.retry_after == timedelta(seconds=5)


def test_requests_are_written_in_minor_units_with_our_ids():
    money = Money(5000, "JPY")
    charge = ChargeRequest("att_1", "order-1", money, PaymentMethod(token="pm_1"))
    assert mapping.charge_body(charge) == {
        "reference": "order-1",
        "amount": 5000,
        "currency": "JPY",
        "method_token": "pm_1",
        "metadata": {"attempt_id": "att_1"},
    }
    page = CheckoutRequest("att_1", "order-1", money, "https://a.test", "https://b.test", timedelta(minutes=15))
    assert mapping.checkout_body(page)["expires_in_seconds"] == 900
    assert mapping.refund_body(RefundRequest("ref_1", "pay_1", money)) == {"amount": 5000, "currency": "JPY"}
    tokenless = ChargeRequest("att_1", "order-1", money, PaymentMethod())
    assert mapping.charge_body(tokenless)["method_token"] == ""

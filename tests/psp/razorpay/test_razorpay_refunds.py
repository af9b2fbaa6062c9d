"""Refunds: in the payment's currency, once, and as they are now."""

import httpx
import pytest

from app.domain.money import Money
from app.domain.payments.port import Outcome, RefundRequest, RefundResult
from app.domain.payments.problems import Problem
from tests.psp.razorpay.razorpay_far_side import PAYMENT, FarSide, error, payment

ID = "ref_0123456789"
GIVE_BACK = f"POST /payments/{PAYMENT}/refund"


def asked(refund_id=ID, payment_id=PAYMENT, money=Money(2000, "INR")):  # noqa: B008  (a frozen value)
    return RefundRequest(refund_id, payment_id, money)


def refund(status="processed"):
    return {"id": "rfnd_1", "entity": "refund", "amount": 2000, "currency": "INR", "status": status}


def far_side(answer):
    far = FarSide()
    far[f"GET /payments/{PAYMENT}"] = payment()
    far[GIVE_BACK] = answer
    return far


def test_a_refund_travels_under_its_idempotency_key_with_the_same_body_each_time():
    far = far_side(refund())
    adapter = far.adapter()
    assert adapter.refund(asked()) == adapter.refund(asked()) == RefundResult(Outcome.SUCCEEDED, psp_refund_id="rfnd_1")
    first, second = far.sent(GIVE_BACK)
    assert first.headers["x-refund-idempotency"] == ID
    assert first.body == second.body == {"amount": 2000, "receipt": ID, "notes": {"refund_id": ID}}


@pytest.mark.parametrize(
    ("fresh", "result"),
    [
        (refund("pending"), RefundResult(Outcome.UNKNOWN, "rfnd_1", error_code=Problem.PENDING)),
        (refund("processed"), RefundResult(Outcome.SUCCEEDED, "rfnd_1")),
        ((500, b""), RefundResult(Outcome.UNKNOWN, "rfnd_1", error_code=Problem.PENDING)),
        (
            refund("failed"),
            RefundResult(
                Outcome.ERROR, "rfnd_1", error_code=Problem.REQUEST_INVALID, detail="The refund failed at Razorpay."
            ),
        ),
    ],
)
def test_a_pending_refund_is_read_as_it_is_now(fresh, result):
    far = far_side(refund("pending"))
    far["GET /refunds/rfnd_1"] = fresh
    assert far.adapter().refund(asked()) == result


@pytest.mark.parametrize(
    ("answer", "outcome", "problem"),
    [
        ((400, error("The refund amount provided is greater than amount captured")), Outcome.ERROR, "request_invalid"),
        ((400, error("The payment has been fully refunded already.")), Outcome.ERROR, "request_invalid"),
        (
            (400, error("Different request with the same idempotency key has already been processed.")),
            Outcome.UNKNOWN,
            "idempotency_conflict",
        ),
        (
            (409, error("Another request with the same idempotency key is still in progress.")),
            Outcome.UNKNOWN,
            "in_progress",
        ),
        ((429, error("slow down")), Outcome.ERROR, "rate_limited"),
        ((500, error("Failed to fetch idempotency record")), Outcome.UNKNOWN, "provider_error"),
        (httpx.ReadTimeout("slow"), Outcome.UNKNOWN, "timeout"),
        ((200, {}), Outcome.UNKNOWN, "malformed_reply"),
    ],
)
def test_without_a_refund_the_reason_is_said(answer, outcome, problem):
    result = far_side(answer).adapter().refund(asked())
    assert (result.outcome, result.error_code) == (outcome, problem)


def test_another_currency_would_give_back_the_same_number_of_another_money_and_is_refused():
    far = far_side(refund())
    result = far.adapter().refund(asked(money=Money(2000, "USD")))
    assert (result.outcome, result.error_code, result.transient) == (Outcome.ERROR, Problem.REQUEST_INVALID, False)
    assert far.sent(GIVE_BACK) == []


@pytest.mark.parametrize(
    ("answer", "problem", "transient"),
    [
        ((400, error("The id provided does not exist")), Problem.REQUEST_INVALID, False),
        ((401, error("Authentication failed")), Problem.CREDENTIALS_INVALID, False),
        ((500, b""), Problem.PROVIDER_UNAVAILABLE, True),
        (httpx.ReadTimeout("slow"), Problem.TIMEOUT, True),
    ],
)
def test_a_payment_that_cannot_be_read_first_is_not_refunded(answer, problem, transient):
    far = far_side(refund())
    far[f"GET /payments/{PAYMENT}"] = answer
    result = far.adapter().refund(asked())
    assert (result.outcome, result.error_code, result.transient) == (Outcome.ERROR, problem, transient)
    assert far.sent(GIVE_BACK) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"payment_id": "order_1"},
        {"payment_id": "pay_1/../x"},
        {"refund_id": "ref_12345"},
        {"refund_id": "ref 1234567890"},
        {"money": Money(1001, "KWD")},
    ],
)
def test_what_razorpay_could_not_do_is_refused_unasked(wrong):
    far = FarSide()
    result = far.adapter().refund(asked(**wrong))
    assert (result.outcome, result.error_code) == (Outcome.ERROR, Problem.REQUEST_INVALID)
    assert far.asked == []

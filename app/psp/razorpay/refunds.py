"""Refunds, exactly once per refund: Razorpay has an idempotency key for these."""

import re
from typing import Final

from app.domain.payments.port import Outcome, RefundRequest, RefundResult
from app.domain.payments.problems import Problem
from app.psp.lenient import dict_of
from app.psp.razorpay.api import Api, Told
from app.psp.razorpay.failures import failure_of, is_good, is_unknown_id, nothing_moved
from app.psp.razorpay.mapping import can_be_asked, refund_body
from app.psp.razorpay.values import text_of
from app.psp.verdicts import failed_refund
from app.psp.wire import Failure

HEADER: Final = "X-Refund-Idempotency"
_KEY: Final = re.compile(r"[A-Za-z0-9_-]{10,64}")
_PAYMENT: Final = re.compile(r"pay_[A-Za-z0-9]{1,40}")


def refund(api: Api, request: RefundRequest) -> RefundResult:
    """Give money back, exactly once per `refund_id`."""
    if not _PAYMENT.fullmatch(request.psp_payment_id):
        return _invalid("not a payment of Razorpay's")
    if not _KEY.fullmatch(request.refund_id):
        return _invalid("a refund's id must be 10 letters, digits, hyphens or underscores at least")
    if not can_be_asked(request.money):
        return _invalid(f"Razorpay takes {request.money.currency} in steps of ten minor units")
    refused = _wrong_payment(api, request)
    if refused is not None:
        return refused
    headers = {HEADER: request.refund_id}
    reply = api.call(lambda sdk: sdk.payment.refund(request.psp_payment_id, refund_body(request), headers=headers))
    refund_id = _id_of(reply)
    if _word_of(reply) == "pending" and refund_id:
        # An idempotent replay may tell how it was; this tells how it is.
        fresh = api.call(lambda sdk: sdk.refund.fetch(refund_id))
        reply = fresh if _id_of(fresh) == refund_id else reply
    return _result(reply)


def _wrong_payment(api: Api, request: RefundRequest) -> RefundResult | None:
    """Refuse a refund in another currency: Razorpay takes a number alone, and would give that number back."""
    reply = api.call(lambda sdk: sdk.payment.fetch(request.psp_payment_id))
    if is_unknown_id(reply):
        return _invalid("Razorpay does not know this payment")
    if isinstance(reply, Failure) or not is_good(reply):
        told = nothing_moved(reply)
        return RefundResult(told.outcome, error_code=told.error_code, detail=told.detail, transient=told.transient)
    if dict_of(reply.body).get("currency") != request.money.currency:
        return _invalid("a refund has the currency of its payment")
    return None


def _result(reply: Told | Failure) -> RefundResult:
    if isinstance(reply, Failure) or not is_good(reply):
        return failed_refund(failure_of(reply))
    refund_id, word = _id_of(reply), _word_of(reply)
    if refund_id and word == "processed":
        return RefundResult(Outcome.SUCCEEDED, psp_refund_id=refund_id)
    if refund_id and word == "failed":
        detail = "The refund failed at Razorpay."
        return RefundResult(Outcome.ERROR, refund_id, error_code=Problem.REQUEST_INVALID, detail=detail)
    problem = Problem.PENDING if refund_id and word else Problem.MALFORMED_REPLY
    return RefundResult(Outcome.UNKNOWN, psp_refund_id=refund_id, error_code=problem)


def _id_of(reply: Told | Failure) -> str | None:
    return text_of(dict_of(reply.body).get("id")) if isinstance(reply, Told) and is_good(reply) else None


def _word_of(reply: Told | Failure) -> str | None:
    return text_of(dict_of(reply.body).get("status")) if isinstance(reply, Told) and is_good(reply) else None


def _invalid(detail: str) -> RefundResult:
    return RefundResult(Outcome.ERROR, error_code=Problem.REQUEST_INVALID, detail=detail)

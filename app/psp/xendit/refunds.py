"""Xendit's refunds: listed by what they are of, found again by our reference."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from app.domain.money import Money
from app.domain.payments.port import Outcome, RefundResult
from app.domain.payments.problems import Problem
from app.psp.lenient import dict_of, list_of, text_of
from app.psp.wire import Failure, Reply
from app.psp.xendit.amounts import money_of
from app.psp.xendit.api import REFUNDS, XenditApi, is_invoice
from app.psp.xendit.failures import failure_of

_Refund = Mapping[str, Any]
_DONE: Final = frozenset({200, 201})
_MOST: Final = 100


def named(own_id: str) -> dict[str, str]:
    """Say what a refund is of."""
    return {"invoice_id": own_id} if is_invoice(own_id) else {"payment_request_id": own_id}


def refunds_of(api: XenditApi, own_id: str) -> Sequence[_Refund] | None:
    """List the refunds of a payment; None if nobody knows.

    Xendit's reference names no filter for this list, so what is of another payment is left out here.
    """
    ((name, value),) = named(own_id).items()
    reply = api.get(REFUNDS, {name: value, "limit": _MOST})
    data = dict_of(reply.body).get("data") if isinstance(reply, Reply) and reply.status in _DONE else None
    if not isinstance(data, list) or dict_of(getattr(reply, "body", None)).get("has_more") is True:
        return None
    return [refund for refund in map(dict_of, list_of(data)) if refund.get(name) == value]


def total_of(refunds: Sequence[_Refund], currency: str) -> Money | None:
    """Add up what went back; None if an amount cannot be read."""
    done = [refund for refund in refunds if refund.get("status") == "SUCCEEDED"]
    amounts = [money_of(refund.get("amount"), refund.get("currency") or currency) for refund in done]
    if any(money is None or money.currency != currency for money in amounts):
        return None
    return Money(sum(money.minor for money in amounts if money), currency)


def earlier(refunds: Sequence[_Refund], refund_id: str) -> RefundResult | None:
    """Find a refund of ours, whatever became of it."""
    return next((_result_of(refund) for refund in refunds if refund.get("reference_id") == refund_id), None)


def result_of(reply: Reply | Failure) -> RefundResult:
    """Read the answer to a refund."""
    if isinstance(reply, Reply) and reply.status in _DONE:
        return _result_of(dict_of(reply.body))
    return failed(failure_of(reply))


def failed(failure: Failure) -> RefundResult:
    """Say why there is no refund."""
    return RefundResult(failure.outcome, error_code=failure.problem, detail=failure.detail, transient=failure.transient)


def _result_of(refund: _Refund) -> RefundResult:
    refund_id, word = text_of(refund.get("id")), text_of(refund.get("status"))
    if not refund_id or not word:
        return RefundResult(Outcome.UNKNOWN, psp_refund_id=refund_id, error_code=Problem.MALFORMED_REPLY)
    if word == "SUCCEEDED":
        return RefundResult(Outcome.SUCCEEDED, psp_refund_id=refund_id)
    if word in {"FAILED", "CANCELLED"}:
        why = text_of(refund.get("failure_code")) or f"the refund is {word.lower()}"
        return RefundResult(Outcome.ERROR, psp_refund_id=refund_id, error_code=Problem.REQUEST_INVALID, detail=why)
    return RefundResult(Outcome.UNKNOWN, psp_refund_id=refund_id, error_code=Problem.PENDING)

"""PayMongo's refunds: what was given back of a payment, and the answer to a refund."""

from collections.abc import Mapping
from typing import Any, Final

from app.domain.money import Money
from app.domain.payments.port import Outcome, RefundRequest, RefundResult
from app.domain.payments.problems import Problem
from app.psp.lenient import dict_of, int_of, list_of, minor_money, text_of
from app.psp.paymongo.failures import failure_of
from app.psp.verdicts import failed_refund
from app.psp.wire import Failure, Reply

_HTTP_OK: Final = 200


def body_of(request: RefundRequest, payment_id: str) -> dict[str, Any]:
    """Write a refund; its notes name it, so that it is found on the payment when its key has expired."""
    return {
        "amount": request.money.minor,
        "payment_id": payment_id,
        "reason": "others",
        "notes": request.refund_id,
        "metadata": {"refund_id": request.refund_id},
    }


def result_of(reply: Reply | Failure) -> RefundResult:
    """Read the answer to a refund."""
    if isinstance(reply, Reply) and reply.status == _HTTP_OK:
        return result_of_resource(dict_of(reply.body).get("data"))
    return failed_refund(failure_of(reply))


def result_of_resource(resource: object) -> RefundResult:
    """Read a refund's state."""
    refund_id, word = text_of(dict_of(resource).get("id")), _attributes(resource).get("status")
    if not refund_id or not text_of(word):
        return RefundResult(Outcome.UNKNOWN, psp_refund_id=refund_id, error_code=Problem.MALFORMED_REPLY)
    if word == "succeeded":
        return RefundResult(Outcome.SUCCEEDED, psp_refund_id=refund_id)
    if word == "failed":
        return RefundResult(
            Outcome.ERROR, psp_refund_id=refund_id, error_code=Problem.REQUEST_INVALID, detail="the refund failed"
        )
    return RefundResult(Outcome.UNKNOWN, psp_refund_id=refund_id, error_code=Problem.PENDING)


def earlier(payment: object, refund_id: str) -> RefundResult | None:
    """Find a refund of ours among those that a payment lists, whatever became of it."""
    for resource in list_of(_attributes(payment).get("refunds")):
        attributes = _attributes(resource)
        metadata = dict_of(attributes.get("metadata"))
        if refund_id in (attributes.get("notes"), metadata.get("refund_id")):
            return result_of_resource(resource)
    return None


def currency_of(payment: object) -> str | None:
    """Return the currency of a payment, in capitals."""
    currency = text_of(_attributes(payment).get("currency"))
    return currency.upper() if currency else None


def refunded_of(payment: object) -> Money | None:
    """Return how much of a payment went back; a payment that is called refunded and lists nothing, in full."""
    attributes = _attributes(payment)
    done = [a for a in map(_attributes, list_of(attributes.get("refunds"))) if a.get("status") == "succeeded"]
    if not done:
        whole = attributes.get("status") == "refunded"
        return minor_money(attributes.get("amount") if whole else 0, attributes.get("currency"))
    return minor_money(sum(int_of(a.get("amount")) or 0 for a in done), attributes.get("currency"))


def _attributes(resource: object) -> Mapping[str, Any]:
    return dict_of(dict_of(resource).get("attributes"))

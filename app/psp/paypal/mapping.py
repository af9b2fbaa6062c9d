"""PayPal's orders and captures in the words of the port. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final

from app.domain.money import Money
from app.domain.payments.facts import PaymentFacts
from app.domain.payments.outcomes import OUTCOME_OF
from app.domain.payments.port import Decline, Outcome, PaymentResult, PaymentStatus, RefundResult
from app.domain.payments.problems import Problem
from app.psp import verdicts
from app.psp.lenient import dict_of, iso_time, list_of, text_of
from app.psp.paypal.declines import decline_of_capture
from app.psp.paypal.failures import as_failure, is_good
from app.psp.paypal.names import names_of, unit_of
from app.psp.paypal.people import customer_of, method_of
from app.psp.paypal.units import money_of
from app.psp.verdicts import MALFORMED, failed_refund, without_verdict
from app.psp.wire import Failure, Reply

_STATUSES: Final[Mapping[str, PaymentStatus]] = MappingProxyType(
    {
        # captures, and the sales of version 1
        "COMPLETED": PaymentStatus.CAPTURED,
        "CAPTURED": PaymentStatus.CAPTURED,
        "PARTIALLY_REFUNDED": PaymentStatus.CAPTURED,
        "PARTIALLY_CAPTURED": PaymentStatus.CAPTURED,
        "REFUNDED": PaymentStatus.REFUNDED,
        "REVERSED": PaymentStatus.REFUNDED,
        "PENDING": PaymentStatus.PENDING,
        "DECLINED": PaymentStatus.DECLINED,
        "DENIED": PaymentStatus.DECLINED,
        "FAILED": PaymentStatus.DECLINED,
        # orders that nobody paid
        "CREATED": PaymentStatus.REQUIRES_ACTION,
        "SAVED": PaymentStatus.REQUIRES_ACTION,
        "APPROVED": PaymentStatus.REQUIRES_ACTION,
        "PAYER_ACTION_REQUIRED": PaymentStatus.REQUIRES_ACTION,
        "VOIDED": PaymentStatus.CANCELLED,
        "EXPIRED": PaymentStatus.CANCELLED,
    }
)
_WEIGHT: Final = (PaymentStatus.CAPTURED, PaymentStatus.REFUNDED, PaymentStatus.PENDING)
_VOIDED: Final = Decline(code="ORDER_EXPIRED", message="The order ended unpaid.")


def normalize_status(status: str) -> PaymentStatus:
    """Translate PayPal's word for a capture, a sale or an unpaid order; an unknown word is `pending`."""
    return _STATUSES.get(status.upper(), PaymentStatus.PENDING)


def captures_of(order: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """Return an order's captures, as PayPal lists them."""
    return [dict_of(one) for one in list_of(dict_of(unit_of(order).get("payments")).get("captures"))]


def payment_of_order(order: Mapping[str, Any]) -> PaymentResult:
    """Read an order by the capture that tells most of it, else by its own status; never raises."""
    order_id = text_of(order.get("id"))
    if not order_id or not text_of(order.get("status")):
        return without_verdict(replace(MALFORMED, detail="an order without id or status"))
    captures = captures_of(order)
    if captures:
        return payment_of_capture(_telling(captures), order=order)
    unit = unit_of(order)
    facts = _facts(unit, order, other_ids=())
    authorizations = [dict_of(one) for one in list_of(dict_of(unit.get("payments")).get("authorizations"))]
    if authorizations:
        return _of_authorization(authorizations[-1], order_id, facts)
    status = normalize_status(str(order["status"]))
    if status in {PaymentStatus.CAPTURED, PaymentStatus.DECLINED}:
        # An order that is complete without a capture that says so: read again.
        status = PaymentStatus.PENDING
    return _result(order_id, status, money=None, decline=_VOIDED, facts=facts)


def payment_of_capture(capture: Mapping[str, Any], *, order: Mapping[str, Any] | None = None) -> PaymentResult:
    """Read a capture, or a sale of version 1; what it lacks is read from its order, if that is given."""
    capture_id = text_of(capture.get("id"))
    word = text_of(capture.get("status")) or text_of(capture.get("state"))
    if not capture_id or not word:
        return without_verdict(replace(MALFORMED, detail="a capture without id or status"))
    status, money = normalize_status(word), money_of(capture.get("amount"))
    order_id = text_of((order or {}).get("id")) or order_id_of(capture)
    facts = _facts(capture, order or {}, other_ids=(order_id,) if order_id else ())
    if OUTCOME_OF[status] is Outcome.SUCCEEDED and money is None:
        lost = without_verdict(replace(MALFORMED, detail="a capture without an amount"))
        return replace(lost, psp_payment_id=capture_id, facts=facts)
    reason = text_of(dict_of(capture.get("status_details")).get("reason")) or text_of(capture.get("reason_code"))
    result = _result(capture_id, status, money=money, decline=decline_of_capture(capture), facts=facts)
    return replace(result, detail=reason) if status is PaymentStatus.PENDING else result


def order_id_of(capture: Mapping[str, Any]) -> str | None:
    """Return the order that a capture belongs to."""
    return text_of(dict_of(dict_of(capture.get("supplementary_data")).get("related_ids")).get("order_id"))


def refund_of(reply: Reply | Failure) -> RefundResult:
    """Read the answer to a refund."""
    if is_good(reply):
        refund_id, word = text_of(reply.body.get("id")), (text_of(reply.body.get("status")) or "").upper()
        if refund_id and word == "COMPLETED":
            return RefundResult(Outcome.SUCCEEDED, psp_refund_id=refund_id)
        if refund_id and word in {"FAILED", "CANCELLED"}:
            return RefundResult(Outcome.ERROR, psp_refund_id=refund_id, error_code=Problem.REQUEST_INVALID, detail=word)
        problem = Problem.PENDING if refund_id and word else Problem.MALFORMED_REPLY
        return RefundResult(Outcome.UNKNOWN, psp_refund_id=refund_id, error_code=problem)
    return failed_refund(as_failure(reply))


def failed_read(reply: Reply | Failure) -> PaymentResult:
    """Say of a read that brought nothing: refused for good is an `error`, all else `unknown`."""
    return verdicts.failed_read(as_failure(reply))


def _telling(captures: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Choose the capture that moved money, else one that may, else the newest refusal."""
    for status in _WEIGHT:
        for capture in captures:
            if normalize_status(text_of(capture.get("status")) or "") is status:
                return capture
    return captures[-1]


def _of_authorization(raw: Mapping[str, Any], order_id: str, facts: PaymentFacts) -> PaymentResult:
    word = (text_of(raw.get("status")) or "").upper()
    if word in {"DENIED", "VOIDED", "EXPIRED"}:
        status = PaymentStatus.DECLINED if word == "DENIED" else PaymentStatus.CANCELLED
        return _result(order_id, status, money=None, decline=Decline(f"AUTHORIZATION_{word}"), facts=facts)
    return _result(order_id, PaymentStatus.PENDING, money=None, decline=None, facts=facts)


def _result(
    psp_payment_id: str, status: PaymentStatus, *, money: Money | None, decline: Decline | None, facts: PaymentFacts
) -> PaymentResult:
    outcome = OUTCOME_OF[status]
    return PaymentResult(
        outcome=outcome,
        psp_payment_id=psp_payment_id,
        status=status,
        money=money if outcome is Outcome.SUCCEEDED else None,
        decline=decline if outcome is Outcome.DECLINED else None,
        error_code=Problem.PENDING if outcome is Outcome.UNKNOWN else None,
        facts=facts,
    )


def _facts(named: Mapping[str, Any], order: Mapping[str, Any], *, other_ids: tuple[str, ...]) -> PaymentFacts:
    unit = unit_of(order)
    names = names_of({**unit, **{key: value for key, value in named.items() if value}})
    asked = money_of(named.get("amount")) or money_of(unit.get("amount"))
    return PaymentFacts(
        asked=asked,
        transaction_ref=names.transaction_ref,
        attempt_id=names.attempt_id,
        created_at=iso_time(named.get("create_time")) or iso_time(order.get("create_time")),
        method=method_of(order),
        customer=customer_of(order),
        other_ids=other_ids,
        refunded=_refunded(named, unit, asked),
    )


def _refunded(capture: Mapping[str, Any], unit: Mapping[str, Any], asked: Money | None) -> Money | None:
    if asked is None:
        return None
    if (
        normalize_status(text_of(capture.get("status")) or text_of(capture.get("state")) or "")
        is PaymentStatus.REFUNDED
    ):
        return asked
    refunds = [dict_of(one) for one in list_of(dict_of(unit.get("payments")).get("refunds"))]
    parts = [money_of(one.get("amount")) for one in refunds if text_of(one.get("status")) == "COMPLETED"]
    total = sum(part.minor for part in parts if part is not None and part.currency == asked.currency)
    return Money(min(total, asked.minor), asked.currency)

"""Stripe's objects in the words of the port. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from app.domain.payments.outcomes import OUTCOME_OF
from app.domain.payments.port import (
    Decline,
    Outcome,
    PaymentResult,
    PaymentsPage,
    PaymentStatus,
    RefundResult,
)
from app.domain.payments.problems import Problem
from app.psp.lenient import dict_of, text_of, unix_time
from app.psp.stripe.declines import blames_method, decline_of, needs_payer
from app.psp.stripe.facts import facts_of
from app.psp.stripe.failures import failure_of
from app.psp.stripe.names import id_of
from app.psp.stripe.units import money_of
from app.psp.verdicts import MALFORMED, failed_page, failed_refund, without_verdict
from app.psp.wire import Failure, Reply

_STATUSES: Final[Mapping[str, PaymentStatus]] = MappingProxyType(
    {
        "succeeded": PaymentStatus.CAPTURED,
        "processing": PaymentStatus.PENDING,
        "requires_capture": PaymentStatus.PENDING,  # held, not taken: nobody else may charge meanwhile
        "requires_action": PaymentStatus.REQUIRES_ACTION,
        "requires_confirmation": PaymentStatus.REQUIRES_ACTION,
        "requires_payment_method": PaymentStatus.DECLINED,
        "canceled": PaymentStatus.CANCELLED,
        "pending": PaymentStatus.PENDING,  # a charge's own words
        "failed": PaymentStatus.DECLINED,
        "open": PaymentStatus.REQUIRES_ACTION,  # a session's
        "expired": PaymentStatus.CANCELLED,
        "complete": PaymentStatus.PENDING,
    }
)
_CHARGE_AS_INTENT: Final[Mapping[str, str]] = MappingProxyType(
    {"succeeded": "succeeded", "pending": "processing", "failed": "requires_payment_method"}
)
SETTLED: Final = frozenset({PaymentStatus.CAPTURED, PaymentStatus.REFUNDED, PaymentStatus.PENDING})
"""Money came, or is on its way: no other payment of the same attempt can say anything else."""
_CANCELLED: Final = Decline(code="payment_intent_unexpected_state", message="The payment was cancelled at Stripe.")
_OK, _DECLINED = 200, 402
_REJECTED: Final = frozenset({400, 404})


def normalize_status(status: str) -> PaymentStatus:
    """Translate Stripe's word for an intent, a charge or a session; an unknown word is `pending`."""
    return _STATUSES.get(status, PaymentStatus.PENDING)


def payment_of_create(reply: Reply | Failure) -> PaymentResult:
    """Read the answer to a charge."""
    if isinstance(reply, Failure):
        return without_verdict(reply)
    if reply.status == _OK:
        return payment_of(reply.body)
    error = dict_of(dict_of(reply.body).get("error"))
    if reply.status == _DECLINED or (reply.status in _REJECTED and blames_method(error)):
        return _refused(error)
    return without_verdict(failure_of(reply))


def _refused(error: Mapping[str, Any]) -> PaymentResult:
    """Read a 402, which carries the intent that it made, or a request rejected for its method, which made none."""
    intent = dict_of(error.get("payment_intent"))
    if text_of(intent.get("id")):
        return payment_of({**intent, "last_payment_error": dict_of(intent.get("last_payment_error")) or error})
    status = PaymentStatus.REQUIRES_ACTION if needs_payer(error) else PaymentStatus.DECLINED
    return PaymentResult(outcome=OUTCOME_OF[status], status=status, decline=decline_of(error))


def payment_of(body: object) -> PaymentResult:
    """Read a PaymentIntent; all else is `unknown`."""
    intent = dict_of(body)
    intent_id, word = text_of(intent.get("id")), text_of(intent.get("status"))
    if not intent_id or not word:
        return without_verdict(replace(MALFORMED, detail="a payment without id or status"))
    status, charge = _status(intent, word), dict_of(intent.get("latest_charge"))
    outcome = OUTCOME_OF[status]
    currency = intent.get("currency")
    money = money_of(intent.get("amount_received", intent.get("amount")), currency)
    if outcome is Outcome.SUCCEEDED and money is None:
        return replace(
            without_verdict(replace(MALFORMED, detail="a captured payment without an amount")), psp_payment_id=intent_id
        )
    return PaymentResult(
        outcome=outcome,
        psp_payment_id=intent_id,
        status=status,
        money=money if outcome is Outcome.SUCCEEDED else None,
        decline=_decline(intent, charge, status),
        error_code=Problem.PENDING if outcome is Outcome.UNKNOWN else None,
        facts=facts_of(intent),
    )


def _status(intent: Mapping[str, Any], word: str) -> PaymentStatus:
    error, charge = dict_of(intent.get("last_payment_error")), dict_of(intent.get("latest_charge"))
    if word == "requires_payment_method" and (not error or needs_payer(error)):
        return PaymentStatus.REQUIRES_ACTION  # nobody tried yet, or the bank wants the payer
    if word == "succeeded" and charge.get("refunded") is True:
        return PaymentStatus.REFUNDED
    return normalize_status(word)


def _decline(intent: Mapping[str, Any], charge: Mapping[str, Any], status: PaymentStatus) -> Decline | None:
    error = dict_of(intent.get("last_payment_error"))
    if status is PaymentStatus.DECLINED or (status is PaymentStatus.REQUIRES_ACTION and error):
        return decline_of(error, charge)
    if status is PaymentStatus.CANCELLED:
        return decline_of(error, charge) if error else _CANCELLED
    return None


def intent_of_charge(charge: Mapping[str, Any]) -> dict[str, Any]:
    """Write a charge that was made without an intent as if it had one."""
    word = text_of(charge.get("status")) or ""
    failure = {"code": charge.get("failure_code"), "message": charge.get("failure_message")}
    return {
        **{name: charge.get(name) for name in ("id", "amount", "currency", "customer", "metadata", "created")},
        "status": _CHARGE_AS_INTENT.get(word, word),
        "amount_received": charge.get("amount_captured", charge.get("amount")),
        "payment_method": charge.get("payment_method"),
        "receipt_email": charge.get("receipt_email"),
        "last_payment_error": failure if word == "failed" else None,
        "latest_charge": dict(charge),
    }


def with_invoice(result: PaymentResult, invoice: Mapping[str, Any]) -> PaymentResult:
    """Add what the invoice of a payment tells: its id, and when Stripe itself tries again."""
    if result.facts is None or not (invoice_id := text_of(invoice.get("id"))):
        return result
    waits = text_of(invoice.get("status")) in {"open", "draft"}
    again = unix_time(invoice.get("next_payment_attempt")) if waits else None
    facts = replace(result.facts, other_ids=(*result.facts.other_ids, invoice_id), native_retry_at=again)
    return replace(result, facts=facts)


def payment_of_invoice(invoice: Mapping[str, Any]) -> PaymentResult:
    """Read an invoice that no payment was tried for: paid without one, waiting, or given up."""
    word = text_of(invoice.get("status")) or ""
    status = {"paid": "succeeded", "void": "canceled", "uncollectible": "canceled"}.get(word, "processing")
    pretended = {
        **{name: invoice.get(name) for name in ("id", "currency", "customer", "metadata", "created")},
        "status": status,
        "amount": invoice.get("amount_due"),
        "amount_received": invoice.get("amount_paid"),
    }
    result = payment_of(pretended)
    again = unix_time(invoice.get("next_payment_attempt")) if word == "open" else None
    return replace(result, facts=result.facts and replace(result.facts, native_retry_at=again))


def best_of(found: Iterable[PaymentResult]) -> PaymentResult | None:
    """Choose what decides about an attempt that made several payments: money first, then what may still become some."""
    order = (*SETTLED, PaymentStatus.REQUIRES_ACTION, PaymentStatus.DECLINED, PaymentStatus.CANCELLED)
    rank = {PaymentStatus.CAPTURED: -2, PaymentStatus.REFUNDED: -1}
    ranked = [one for one in found if one.status is not None]
    return min(
        ranked, key=lambda one: rank.get(one.status, order.index(one.status)) if one.status else 99, default=None
    )


def page_of(reply: Reply | Failure) -> PaymentsPage:
    """Read one page of a list of intents; without one, the page says why."""
    items = dict_of(reply.body).get("data") if isinstance(reply, Reply) and reply.status == _OK else None
    if isinstance(reply, Reply) and isinstance(items, list):
        results = tuple(payment_of(item) for item in items)
        more = dict_of(reply.body).get("has_more") is True and items
        return PaymentsPage(items=results, next_cursor=id_of(items[-1]) if more else None)
    return failed_page(failure_of(reply) if isinstance(reply, Failure) or reply.status != _OK else MALFORMED)


def refund_of(reply: Reply | Failure) -> RefundResult:
    """Read the answer to a refund. One that waits for the bank is `unknown`; one that failed gave nothing back."""
    if isinstance(reply, Reply) and reply.status == _OK:
        raw = dict_of(reply.body)
        refund_id, word = text_of(raw.get("id")), text_of(raw.get("status"))
        if refund_id and word == "succeeded":
            return RefundResult(outcome=Outcome.SUCCEEDED, psp_refund_id=refund_id)
        if refund_id and word in {"failed", "canceled"}:
            detail = text_of(raw.get("failure_reason")) or f"the refund {word}"
            return RefundResult(Outcome.ERROR, refund_id, error_code=Problem.REQUEST_INVALID, detail=detail)
        problem = Problem.PENDING if refund_id and word else Problem.MALFORMED_REPLY
        return RefundResult(outcome=Outcome.UNKNOWN, psp_refund_id=refund_id, error_code=problem)
    return failed_refund(failure_of(reply))


def created_of(item: object) -> datetime | None:
    """Return when something of a list was made."""
    return unix_time(dict_of(item).get("created"))

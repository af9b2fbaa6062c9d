"""PayMongo's intents, payments, pages, links and sources in the words of the port.

Pure; amounts are centavos on both sides.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final

from app.domain.payments.outcomes import OUTCOME_OF
from app.domain.payments.port import Decline, Outcome, PaymentResult, PaymentStatus
from app.domain.payments.problems import Problem
from app.psp.lenient import dict_of, minor_money, text_of
from app.psp.paymongo import bodies
from app.psp.paymongo.facts import attributes_of, facts_of, payments_of
from app.psp.paymongo.refunds import refunded_of
from app.psp.verdicts import MALFORMED, without_verdict

_STATUSES: Final[Mapping[str, PaymentStatus]] = MappingProxyType(
    {
        "awaiting_payment_method": PaymentStatus.REQUIRES_ACTION,
        "awaiting_next_action": PaymentStatus.REQUIRES_ACTION,
        "processing": PaymentStatus.PENDING,
        "awaiting_capture": PaymentStatus.PENDING,  # authorized by the merchant's own choice: not ours to capture
        "succeeded": PaymentStatus.CAPTURED,
        "cancelled": PaymentStatus.CANCELLED,
        "canceled": PaymentStatus.CANCELLED,
        "pending": PaymentStatus.PENDING,
        "paid": PaymentStatus.CAPTURED,
        "partially_refunded": PaymentStatus.CAPTURED,
        "refunded": PaymentStatus.REFUNDED,
        "failed": PaymentStatus.DECLINED,
        "active": PaymentStatus.REQUIRES_ACTION,  # a page that nobody paid yet
        "unpaid": PaymentStatus.REQUIRES_ACTION,  # a link that nobody paid yet
        "expired": PaymentStatus.CANCELLED,
        "chargeable": PaymentStatus.PENDING,  # a source that its payer authorized: the merchant takes the money
    }
)
_PAID: Final = frozenset({PaymentStatus.CAPTURED, PaymentStatus.REFUNDED})
_LEFT_UNPAID: Final = "The payment page ended unpaid."
_UNTRIED: Final = "awaiting_payment_method"


def normalize_status(status: str) -> PaymentStatus:
    """Translate PayMongo's word; an unknown word is `pending`, so that it is asked again."""
    return _STATUSES.get(status, PaymentStatus.PENDING)


def resource_of(body: object) -> Mapping[str, Any]:
    """Return the resource of a reply."""
    return dict_of(dict_of(body).get("data"))


def paid_of(payments: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """Return the payment that took money, if one did."""
    for payment in payments:
        word = text_of(attributes_of(payment).get("status"))
        if word is not None and normalize_status(word) in _PAID:
            return payment
    return None


def is_untried(intent: Mapping[str, Any]) -> bool:
    """Tell whether no method was ever attached to an intent with success or failure: no money can have moved."""
    attributes = attributes_of(intent)
    tried = attributes.get("last_payment_error") or payments_of(attributes) or attributes.get("payment_method")
    return attributes.get("status") == _UNTRIED and not tried


def of_intent(intent: Mapping[str, Any]) -> PaymentResult:
    """Read a payment intent. Declined and open for another method is declined: nobody tries again by itself."""
    intent_id, attributes = text_of(intent.get("id")), attributes_of(intent)
    word = text_of(attributes.get("status"))
    if not intent_id or not word:
        return without_verdict(replace(MALFORMED, detail="an intent without id or status"), intent_id)
    payments = payments_of(attributes)
    paid = paid_of(payments)
    if paid is not None:
        return of_payment(paid, intent=intent)
    status, failed = normalize_status(word), _last_failure(attributes, payments)
    if status is PaymentStatus.REQUIRES_ACTION and word == _UNTRIED and failed is not None:
        status = PaymentStatus.DECLINED
    result = _result(intent_id, status, decline=failed)
    if status in _PAID:
        result = _captured(result, attributes)
    latest = payments[0] if payments else None
    ids = tuple(i for i in (text_of(payment.get("id")) for payment in payments) if i)
    return replace(result, facts=facts_of(attributes, latest, other_ids=ids))


def of_payment(payment: Mapping[str, Any], *, intent: Mapping[str, Any] | None = None) -> PaymentResult:
    """Read a payment, under its intent's id if it has one: an intent is paid at most once."""
    payment_id, attributes = text_of(payment.get("id")), attributes_of(payment)
    own_id = intent_id_of(payment) or text_of(dict_of(intent).get("id")) or payment_id
    word = text_of(attributes.get("status"))
    if not own_id or not word:
        return without_verdict(replace(MALFORMED, detail="a payment without id or status"), own_id)
    status = normalize_status(word)
    result = _result(own_id, status, decline=_failure_of(attributes))
    if status in _PAID:
        result = _captured(result, attributes, given_back=_is_given_back(payment))
    ids = tuple(i for i in (payment_id,) if i and i != own_id)
    owner = attributes_of(intent) if intent is not None else None
    facts = facts_of(attributes, payment, owner=owner, other_ids=ids)
    return replace(result, facts=facts)


def of_page(page: Mapping[str, Any]) -> PaymentResult:
    """Read a checkout session or a link that nobody paid; of a paid one, the payment is read instead."""
    page_id, attributes = text_of(page.get("id")), attributes_of(page)
    word = text_of(attributes.get("status"))
    if not page_id or not word:
        return without_verdict(replace(MALFORMED, detail="a page without id or status"), page_id)
    status = normalize_status(word)
    if status in _PAID:
        return without_verdict(replace(MALFORMED, detail="a paid page without its payment"), page_id)
    unpaid = Decline(code="payment_failed", message=_LEFT_UNPAID)
    intent = attributes_of(attributes.get("payment_intent"))
    facts = facts_of(intent or attributes, None, owner=attributes)
    return replace(_result(page_id, status, decline=unpaid), facts=facts)


def of_source(source: Mapping[str, Any]) -> PaymentResult:
    """Read a legacy source, which its payer authorizes and the merchant then charges once."""
    source_id, attributes = text_of(source.get("id")), attributes_of(source)
    word = text_of(attributes.get("status"))
    if not source_id or not word:
        return without_verdict(replace(MALFORMED, detail="a source without id or status"), source_id)
    status = PaymentStatus.REQUIRES_ACTION if word == "pending" else normalize_status(word)
    if status in _PAID:
        return without_verdict(replace(MALFORMED, problem=Problem.PENDING, detail="paid; its payment is not found"))
    lapsed = Decline(code="payment_failed", message="The payer did not authorize it in time.")
    return replace(_result(source_id, status, decline=lapsed), facts=facts_of(attributes, None))


def is_try_on_page(resource: Mapping[str, Any]) -> bool:
    """Tell whether an intent or payment was made on a page of ours."""
    return bodies.PAGE_KEY in dict_of(attributes_of(resource).get("metadata"))


def of_try_on_page(result: PaymentResult) -> PaymentResult:
    """Read a try that failed on a page: it decides nothing, since the payer may try again there."""
    if result.outcome is not Outcome.DECLINED:
        return result
    return replace(
        result,
        outcome=Outcome.UNKNOWN,
        status=PaymentStatus.PENDING,
        decline=None,
        error_code=Problem.PENDING,
        detail="A try on a payment page failed; the page may be open still.",
    )


def intent_id_of(payment: Mapping[str, Any]) -> str | None:
    """Return the intent that a payment belongs to."""
    return text_of(attributes_of(payment).get("payment_intent_id"))


def _result(own_id: str, status: PaymentStatus, *, decline: Decline | None) -> PaymentResult:
    outcome = OUTCOME_OF[status]
    return PaymentResult(
        outcome=outcome,
        psp_payment_id=own_id,
        status=status,
        decline=(decline or Decline(code="payment_failed")) if outcome is Outcome.DECLINED else None,
        error_code=Problem.PENDING if outcome is Outcome.UNKNOWN else None,
    )


def _captured(result: PaymentResult, attributes: Mapping[str, Any], *, given_back: bool = False) -> PaymentResult:
    money = minor_money(attributes.get("amount"), attributes.get("currency"))
    if money is None:
        failure = replace(MALFORMED, detail="a captured payment without an amount")
        return without_verdict(failure, result.psp_payment_id)
    return replace(result, money=money, status=PaymentStatus.REFUNDED if given_back else PaymentStatus.CAPTURED)


def _is_given_back(payment: Mapping[str, Any]) -> bool:
    attributes = attributes_of(payment)
    refunded, asked = refunded_of(payment), minor_money(attributes.get("amount"), attributes.get("currency"))
    return bool(refunded and asked and asked.minor and refunded.minor >= asked.minor)


def _last_failure(attributes: Mapping[str, Any], payments: Sequence[Mapping[str, Any]]) -> Decline | None:
    told = _failure_of(dict_of(attributes.get("last_payment_error")))
    if told is not None:
        return told
    return next((f for f in (_failure_of(attributes_of(payment)) for payment in payments) if f), None)


def _failure_of(attributes: Mapping[str, Any]) -> Decline | None:
    code = text_of(attributes.get("sub_code")) or text_of(attributes.get("failed_code"))
    return Decline(code=code, message=text_of(attributes.get("failed_message"))) if code else None

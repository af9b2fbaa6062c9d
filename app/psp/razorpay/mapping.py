"""Razorpay's payments, orders and refunds in the words of the port, and back. Pure.

Amounts are the minor units of ISO 4217 on both sides. Currencies with three decimals take steps of
ten only: their last digit must be 0.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from app.domain.money import Money, exponent_of
from app.domain.payments.facts import CustomerFacts, MethodFacts, PaymentFacts
from app.domain.payments.outcomes import OUTCOME_OF
from app.domain.payments.port import ChargeRequest, Decline, PaymentResult, PaymentStatus, RefundRequest
from app.domain.payments.problems import Problem
from app.psp.lenient import dict_of, int_of, minor_money
from app.psp.razorpay.declines import decline_of_payment
from app.psp.razorpay.failures import without_verdict
from app.psp.razorpay.values import Raw, note, text_of, time_of
from app.psp.verdicts import MALFORMED

_STATUSES: Final[Mapping[str, PaymentStatus]] = MappingProxyType(
    {
        "created": PaymentStatus.PENDING,
        "authorized": PaymentStatus.PENDING,  # held; captured by itself, or by the merchant, or given back
        "captured": PaymentStatus.CAPTURED,
        "refunded": PaymentStatus.REFUNDED,
        "failed": PaymentStatus.DECLINED,  # and yet it may be authorised for three days more
        "partially_paid": PaymentStatus.REQUIRES_ACTION,  # a payment link, as those below
        "paid": PaymentStatus.CAPTURED,
        "expired": PaymentStatus.CANCELLED,
        "cancelled": PaymentStatus.CANCELLED,
    }
)
# Of several payments of one order, the one that decides: money first, then what may still become money.
_WEIGHT: Final[Mapping[PaymentStatus, int]] = MappingProxyType(
    {PaymentStatus.CAPTURED: 0, PaymentStatus.REFUNDED: 0, PaymentStatus.DECLINED: 3, PaymentStatus.CANCELLED: 3}
)
_AUTHORIZED: Final = 1
_OTHERS: Final = 2
_GIVEN_BACK: Final = Decline(code="capture_failed", message="It was authorised, never captured, and given back.")
_THREE_DECIMALS: Final = 3
_STEP: Final = 10
_NO_EMAIL: Final = "void@razorpay.com"  # Razorpay's word for a payer who gave none
REF_NOTES: Final = ("transaction_ref", "order_id")
CUSTOMER_NOTES: Final = ("customer_ref", "customer_id")
CALL_NOTE: Final = "tinko_call"
"""Tells the order that one call made from that of another call of the same attempt."""


def normalize_status(status: str) -> PaymentStatus:
    """Translate Razorpay's word; an unknown word is `pending`, so that it is asked again."""
    return _STATUSES.get(status, PaymentStatus.PENDING)


def status_of(payment: Raw) -> PaymentStatus:
    """Return the status of a payment.

    What Razorpay gives back by itself was never captured: a second payment of a paid order, or one that nobody
    captured in time. It is `refunded` too, and `captured` alone tells it apart.
    """
    word = payment.get("status")
    if word == "refunded" and payment.get("captured") is False:
        return PaymentStatus.CANCELLED
    return normalize_status(str(word))


def ended_unpaid(payment: Raw) -> bool:
    """Tell whether nothing came of a payment, as far as is known today."""
    return status_of(payment) in {PaymentStatus.DECLINED, PaymentStatus.CANCELLED}


def can_be_asked(money: Money) -> bool:
    """Tell whether Razorpay takes the amount as it is; it must not be rounded."""
    return exponent_of(money.currency) != _THREE_DECIMALS or money.minor % _STEP == 0


def notes_of(attempt_id: str, transaction_ref: str) -> dict[str, str]:
    """Write the notes by which webhooks and lists are matched."""
    return {"attempt_id": attempt_id, "transaction_ref": transaction_ref}


def order_body(request: ChargeRequest, *, call: str) -> dict[str, Any]:
    """Write the order of an attempt; what is paid on it is captured by itself."""
    return {
        "amount": request.money.minor,
        "currency": request.money.currency,
        "receipt": request.attempt_id,
        "payment_capture": True,
        "notes": {**notes_of(request.attempt_id, request.transaction_ref), CALL_NOTE: call},
    }


def recurring_body(request: ChargeRequest, *, order_id: str, customer: Raw) -> dict[str, Any]:
    """Write a charge of a token: a card, an e-mandate or UPI Autopay alike."""
    contacts = {name: text_of(customer.get(name)) for name in ("email", "contact")}
    return {
        **{name: value for name, value in contacts.items() if value},
        "amount": request.money.minor,
        "currency": request.money.currency,
        "order_id": order_id,
        "customer_id": request.method.psp_customer_id,
        "token": token_of(request),
        "recurring": True,
        "description": request.transaction_ref[:255],
        "notes": notes_of(request.attempt_id, request.transaction_ref),
    }


def token_of(request: ChargeRequest) -> str | None:
    """Return what is charged; a mandate is a token at Razorpay."""
    return request.method.token or request.method.mandate_id


def refund_body(request: RefundRequest) -> dict[str, Any]:
    """Write a refund; the same body each time, since its idempotency key holds for that body alone."""
    return {"amount": request.money.minor, "receipt": request.refund_id, "notes": {"refund_id": request.refund_id}}


def matches(order: Raw, money: Money) -> bool:
    """Tell whether an order asks for this amount."""
    return minor_money(order.get("amount"), order.get("currency")) == money


def deciding(payments: Iterable[Raw]) -> Raw | None:
    """Return the payment of an order that decides: a captured one, else one on its way, else the newest."""
    return min(payments, key=lambda each: (_weight(each), -(int_of(each.get("created_at")) or 0)), default=None)


def _weight(payment: Raw) -> int:
    if payment.get("status") == "authorized":
        return _AUTHORIZED
    return _WEIGHT.get(status_of(payment), _OTHERS)


def payment_of(body: object, *, notes: object = None, native_retry_at: datetime | None = None) -> PaymentResult:
    """Read a payment; `notes` are those of what it belongs to, read where it has none of its own."""
    raw = dict_of(body)
    psp_payment_id, word = text_of(raw.get("id")), text_of(raw.get("status"))
    if not psp_payment_id or not word:
        return without_verdict(replace(MALFORMED, detail="a payment without id or status"))
    status = status_of(raw)
    outcome = OUTCOME_OF[status]
    asked = minor_money(raw.get("amount"), raw.get("currency"))
    captured = status in {PaymentStatus.CAPTURED, PaymentStatus.REFUNDED}
    if captured and asked is None:
        unread = without_verdict(replace(MALFORMED, detail="a captured payment without an amount"))
        return replace(unread, psp_payment_id=psp_payment_id)
    return PaymentResult(
        outcome=outcome,
        psp_payment_id=psp_payment_id,
        status=status,
        money=asked if captured else None,
        decline=_decline(raw, status),
        error_code=Problem.PENDING if status is PaymentStatus.PENDING else None,
        facts=replace(_facts(raw, dict_of(notes)), native_retry_at=native_retry_at),
    )


def _decline(raw: Raw, status: PaymentStatus) -> Decline | None:
    if status is PaymentStatus.CANCELLED:
        return _GIVEN_BACK
    return decline_of_payment(raw) if status is PaymentStatus.DECLINED else None


def _facts(raw: Raw, notes: Raw) -> PaymentFacts:
    own = raw.get("notes")
    others = (text_of(raw.get("order_id")), text_of(raw.get("invoice_id")))
    return PaymentFacts(
        asked=minor_money(raw.get("amount"), raw.get("currency")),
        transaction_ref=note(own, *REF_NOTES) or note(notes, *REF_NOTES),
        attempt_id=note(own, "attempt_id") or note(notes, "attempt_id"),
        created_at=time_of(raw.get("created_at")),
        method=_method(raw),
        customer=_customer(raw, own, notes),
        other_ids=tuple(other for other in others if other),
        refunded=_refunded(raw),
    )


def _refunded(raw: Raw) -> Money | None:
    if status_of(raw) is PaymentStatus.CANCELLED:
        return None  # of what was captured, which is nothing
    return minor_money(raw.get("amount_refunded"), raw.get("currency"))


def _method(raw: Raw) -> MethodFacts:
    card = dict_of(raw.get("card"))
    return MethodFacts(
        type=text_of(raw.get("method")),
        token=text_of(raw.get("token_id")),
        psp_customer_id=text_of(raw.get("customer_id")),
        brand=(text_of(card.get("network")) or "").casefold() or None,
        last4=text_of(card.get("last4")),
        funding=text_of(card.get("type")),
    )


def _customer(raw: Raw, own: object, notes: object) -> CustomerFacts:
    email = text_of(raw.get("email"))
    return CustomerFacts(
        ref=note(own, *CUSTOMER_NOTES) or note(notes, *CUSTOMER_NOTES),
        email=None if email == _NO_EMAIL else email,
        phone=text_of(raw.get("contact")),
        name=text_of(dict_of(raw.get("card")).get("name")),
    )

"""Xendit's payment requests, payments and invoices in the words of the port. Pure; amounts are converted here."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final

from app.domain.money import Money
from app.domain.payments.outcomes import OUTCOME_OF
from app.domain.payments.port import Decline, Outcome, PaymentResult, PaymentStatus
from app.domain.payments.problems import Problem
from app.psp.lenient import dict_of, list_of, text_of
from app.psp.verdicts import MALFORMED, without_verdict
from app.psp.xendit import facts
from app.psp.xendit.amounts import money_of

_STATUSES: Final[Mapping[str, PaymentStatus]] = MappingProxyType(
    {
        "PENDING": PaymentStatus.PENDING,
        "REQUIRES_ACTION": PaymentStatus.REQUIRES_ACTION,
        "ACCEPTING_PAYMENTS": PaymentStatus.REQUIRES_ACTION,  # a code that may be paid again and again
        "AUTHORIZED": PaymentStatus.PENDING,  # held by the merchant's own choice: not ours to capture
        "AWAITING_CAPTURE": PaymentStatus.PENDING,  # the same in v2
        "SUCCEEDED": PaymentStatus.CAPTURED,
        "FAILED": PaymentStatus.DECLINED,
        "CANCELED": PaymentStatus.CANCELLED,
        "CANCELLED": PaymentStatus.CANCELLED,
        "EXPIRED": PaymentStatus.CANCELLED,
        "PAID": PaymentStatus.CAPTURED,
        "SETTLED": PaymentStatus.CAPTURED,
    }
)
_ENDED: Final[Mapping[str, str]] = MappingProxyType({"EXPIRED": "PAYMENT_REQUEST_EXPIRED"})
_NO_DETAILS: Final = "FAILURE_DETAILS_UNAVAILABLE"
_INVOICE_ENDED: Final = Decline(code="invoice:EXPIRED", message="The payment page expired unpaid.")
REUSABLE: Final = "REUSABLE_PAYMENT_CODE"


def normalize_status(status: str) -> PaymentStatus:
    """Translate Xendit's word; an unknown word is `pending`, so that it is asked again."""
    return _STATUSES.get(status.upper(), PaymentStatus.PENDING)


def request_id_of(raw: Mapping[str, Any]) -> str | None:
    """Return a payment request's id, as v3 (`payment_request_id`) or v2 (`id`) writes it."""
    return text_of(raw.get("payment_request_id")) or text_of(raw.get("id"))


def latest_payment_id(raw: Mapping[str, Any]) -> str | None:
    """Return the payment that a payment request made last."""
    return text_of(raw.get("latest_payment_id"))


def of_request(
    raw: Mapping[str, Any], *, payment: Mapping[str, Any] | None = None, refunded: Money | None = None
) -> PaymentResult:
    """Read a payment request; its `payment` tells the networks' codes of a failure, and what was captured."""
    own_id, word = request_id_of(raw), text_of(raw.get("status"))
    if not own_id or not word:
        return without_verdict(replace(MALFORMED, detail="a payment request without id or status"), own_id)
    ids = tuple(i for i in (latest_payment_id(raw),) if i)
    result = _result(own_id, word, _decline_of(raw, payment, word))
    told = facts.of_request(raw, other_ids=ids, refunded=refunded)
    if result.outcome is Outcome.SUCCEEDED:
        result = _captured(result, _captured_money(raw, payment), refunded)
    return replace(result, facts=told)


def of_payment(raw: Mapping[str, Any]) -> PaymentResult:
    """Read one payment of a code that is paid again and again: it stands for itself."""
    own_id, word = text_of(raw.get("payment_id")), text_of(raw.get("status"))
    if not own_id or not word:
        return without_verdict(replace(MALFORMED, detail="a payment without id or status"), own_id)
    result = _result(own_id, word, _decline_of(raw, raw, word))
    if result.outcome is Outcome.SUCCEEDED:
        result = _captured(result, _captured_money(raw, raw), None)
    return replace(result, facts=facts.of_request(raw))


def of_invoice(raw: Mapping[str, Any], *, refunded: Money | None = None) -> PaymentResult:
    """Read an invoice: a page that waits for its payer, was paid, or expired."""
    own_id, word = text_of(raw.get("id")), text_of(raw.get("status"))
    if not own_id or not word:
        return without_verdict(replace(MALFORMED, detail="an invoice without id or status"), own_id)
    status = PaymentStatus.REQUIRES_ACTION if word == "PENDING" else normalize_status(word)
    result = PaymentResult(
        outcome=OUTCOME_OF[status],
        psp_payment_id=own_id,
        status=status,
        decline=_INVOICE_ENDED if OUTCOME_OF[status] is Outcome.DECLINED else None,
        error_code=Problem.PENDING if OUTCOME_OF[status] is Outcome.UNKNOWN else None,
    )
    if result.outcome is Outcome.SUCCEEDED:
        paid = money_of(raw.get("paid_amount"), raw.get("currency")) or money_of(raw.get("amount"), raw.get("currency"))
        result = _captured(result, paid, refunded)
    return replace(result, facts=facts.of_invoice(raw, refunded=refunded))


def _result(own_id: str, word: str, decline: Decline) -> PaymentResult:
    status = normalize_status(word)
    outcome = OUTCOME_OF[status]
    return PaymentResult(
        outcome=outcome,
        psp_payment_id=own_id,
        status=status,
        decline=decline if outcome is Outcome.DECLINED else None,
        error_code=Problem.PENDING if outcome is Outcome.UNKNOWN else None,
    )


def _captured(result: PaymentResult, money: Money | None, refunded: Money | None) -> PaymentResult:
    if money is None:
        failure = replace(MALFORMED, detail="a captured payment without an amount")
        return without_verdict(failure, result.psp_payment_id)
    whole = refunded is not None and refunded.currency == money.currency and 0 < money.minor <= refunded.minor
    return replace(result, money=money, status=PaymentStatus.REFUNDED if whole else PaymentStatus.CAPTURED)


def _captured_money(raw: Mapping[str, Any], payment: Mapping[str, Any] | None) -> Money | None:
    captures = [dict_of(capture) for capture in list_of(dict_of(payment).get("captures"))]
    found = [money_of(capture.get("capture_amount"), raw.get("currency")) for capture in captures]
    amounts = [money for money in found if money is not None]
    if amounts and len(amounts) == len(captures):
        return Money(sum(money.minor for money in amounts), amounts[0].currency)
    return money_of(raw.get("request_amount", raw.get("amount")), raw.get("currency"))


def _decline_of(raw: Mapping[str, Any], payment: Mapping[str, Any] | None, word: str) -> Decline:
    details = dict_of(dict_of(payment).get("payment_details")) or dict_of(raw.get("payment_details"))
    network = dict_of(details.get("authorization_data"))
    code = text_of(raw.get("failure_code")) or text_of(dict_of(payment).get("failure_code"))
    return Decline(
        code=code or _ENDED.get(word, _NO_DETAILS),
        message=_first(network, "card_network_descriptor", "network_response_code_descriptor"),
        network_decline_code=_first(network, "card_network_response_code", "network_response_code"),
        network_advice_code=_first(network, "merchant_advice_code"),
    )


def _first(raw: Mapping[str, Any], *names: str) -> str | None:
    told = (raw.get(name) for name in names)
    return next((str(word) for word in told if text_of(word) or type(word) is int), None)

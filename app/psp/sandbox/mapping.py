"""The sandbox's wire format in the words of the port, and back. Pure; amounts are minor units on both sides."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final

from app.domain.errors import InvalidError
from app.domain.money import Money
from app.domain.payments.facts import MethodFacts, PaymentFacts
from app.domain.payments.outcomes import OUTCOME_OF
from app.domain.payments.port import (
    ChargeRequest,
    Checkout,
    CheckoutRequest,
    Decline,
    Outcome,
    PaymentResult,
    PaymentsPage,
    PaymentStatus,
    RefundRequest,
    RefundResult,
)
from app.domain.payments.problems import Problem
from app.psp import hosted, verdicts
from app.psp.hosted import no_checkout
from app.psp.lenient import dict_of, iso_time, text_of
from app.psp.sandbox.declines import translate
from app.psp.verdicts import IN_PROGRESS, MALFORMED, failed_page, failed_refund, failure_of_status, without_verdict
from app.psp.wire import Failure, Reply

_STATUSES: Final[Mapping[str, PaymentStatus]] = MappingProxyType(
    {
        "captured": PaymentStatus.CAPTURED,
        "pending": PaymentStatus.PENDING,
        "requires_action": PaymentStatus.REQUIRES_ACTION,
        "declined": PaymentStatus.DECLINED,
        "refunded": PaymentStatus.REFUNDED,
        "open": PaymentStatus.REQUIRES_ACTION,  # a checkout session that nobody paid yet
        "expired": PaymentStatus.CANCELLED,  # a checkout session that nobody paid in time
    }
)

# What the sandbox's own error codes mean for money. "service_unavailable" is said before anything is
# processed; a 503 without that word may come from something in between, after the request went through.
_BY_CODE: Final[Mapping[str, Failure]] = MappingProxyType(
    {
        "idempotency_in_progress": IN_PROGRESS,
        "idempotency_key_reused": Failure(Outcome.UNKNOWN, Problem.IDEMPOTENCY_CONFLICT),
        "service_unavailable": Failure(Outcome.ERROR, Problem.PROVIDER_UNAVAILABLE, transient=True),
        "payment_not_captured": Failure(Outcome.ERROR, Problem.REQUEST_INVALID),
    }
)
_NO_PAGE: Final = "The sandbox did not open a payment page."


def charge_body(request: ChargeRequest) -> dict[str, Any]:
    """Write an off-session charge."""
    return {
        "reference": request.transaction_ref,
        "amount": request.money.minor,
        "currency": request.money.currency,
        "method_token": request.method.token or "",
        "metadata": {"attempt_id": request.attempt_id},
    }


def checkout_body(request: CheckoutRequest) -> dict[str, Any]:
    """Write a checkout session."""
    return {
        "reference": request.transaction_ref,
        "amount": request.money.minor,
        "currency": request.money.currency,
        "success_url": request.success_url,
        "cancel_url": request.cancel_url,
        "expires_in_seconds": int(request.expires_in.total_seconds()),
        "metadata": {"attempt_id": request.attempt_id},
    }


def refund_body(request: RefundRequest) -> dict[str, Any]:
    """Write a refund."""
    return {"amount": request.money.minor, "currency": request.money.currency}


def normalize_status(status: str) -> PaymentStatus:
    """Translate the sandbox's word; an unknown word is `pending`, so that it is asked again."""
    return _STATUSES.get(status, PaymentStatus.PENDING)


def failure_of(reply: Reply | Failure) -> Failure:
    """Say what an exchange that brought no payment means; a reply's code counts before its status."""
    if isinstance(reply, Failure):
        return reply
    error = dict_of(dict_of(reply.body).get("error"))
    code = text_of(error.get("code")) or ""
    failure = _BY_CODE.get(code) or failure_of_status(reply.status)
    detail = text_of(error.get("message")) or f"HTTP {reply.status}"
    return replace(failure, detail=detail[:300], retry_after=reply.retry_after)


def payment_of_create(reply: Reply | Failure) -> PaymentResult:
    """Read the answer to a charge."""
    if isinstance(reply, Reply) and reply.status in {200, 201, 402}:
        return payment_of(reply.body)
    return without_verdict(failure_of(reply))


def payment_of_read(reply: Reply | Failure) -> PaymentResult:
    """Read the answer to a look-up of one payment (404 is the caller's)."""
    if isinstance(reply, Reply) and reply.status == 200:  # noqa: PLR2004  (HTTP's own number)
        return payment_of(reply.body)
    return failed_read(reply)


def failed_read(reply: Reply | Failure) -> PaymentResult:
    """Say of a read that brought nothing: refused for good is an `error`, all else `unknown`."""
    return verdicts.failed_read(failure_of(reply))


def payment_of(body: object) -> PaymentResult:
    """Read a payment, or a checkout session with the payment that completed it; all else is `unknown`."""
    raw = dict_of(body)
    raw = dict_of(raw.get("payment")) or raw
    psp_payment_id, word = text_of(raw.get("id")), text_of(raw.get("status"))
    if not psp_payment_id or not word:
        return without_verdict(replace(MALFORMED, detail="a payment without id or status"))
    status = normalize_status(word)
    outcome = OUTCOME_OF[status]
    money = _money(raw) if outcome is Outcome.SUCCEEDED else None
    if outcome is Outcome.SUCCEEDED and money is None:
        return replace(
            without_verdict(replace(MALFORMED, detail="a captured payment without an amount")),
            psp_payment_id=psp_payment_id,
        )
    return PaymentResult(
        outcome=outcome,
        psp_payment_id=psp_payment_id,
        status=status,
        money=money,
        decline=_decline(raw, status),
        error_code=Problem.PENDING if outcome is Outcome.UNKNOWN else None,
        facts=facts_of(raw),
    )


def facts_of(raw: Mapping[str, Any]) -> PaymentFacts:
    """Read what a payment tells besides its outcome."""
    session_id = text_of(raw.get("checkout_session_id"))
    return PaymentFacts(
        asked=_money(raw),
        transaction_ref=text_of(raw.get("reference")),
        attempt_id=text_of(dict_of(raw.get("metadata")).get("attempt_id")),
        created_at=iso_time(raw.get("created_at")),
        method=MethodFacts(type="card", token=text_of(raw.get("method_token"))),
        other_ids=(session_id,) if session_id else (),
        refunded=_money({"amount": raw.get("refunded_amount"), "currency": raw.get("currency")}),
    )


def page_of(reply: Reply | Failure) -> PaymentsPage:
    """Read one page of a listing; without one, the page says why."""
    body = dict_of(reply.body) if isinstance(reply, Reply) else {}
    if isinstance(reply, Reply) and reply.status == 200 and isinstance(body.get("items"), list):  # noqa: PLR2004  (HTTP's own number)
        return PaymentsPage(
            items=tuple(payment_of(item) for item in body["items"]), next_cursor=text_of(body.get("next_cursor"))
        )
    return failed_page(failure_of(reply))


def first_of_list(reply: Reply) -> PaymentResult | None:
    """Read the first payment or session of a listing; None if it is empty."""
    items = dict_of(reply.body).get("items")
    if not isinstance(items, list):
        return without_verdict(replace(MALFORMED, detail="a listing without items"))
    return payment_of(items[0]) if items else None


def refund_of(reply: Reply | Failure) -> RefundResult:
    """Read the answer to a refund."""
    if isinstance(reply, Reply) and reply.status in {200, 201}:
        raw = dict_of(reply.body)
        refund_id, word = text_of(raw.get("id")), text_of(raw.get("status"))
        if refund_id and word == "succeeded":
            return RefundResult(outcome=Outcome.SUCCEEDED, psp_refund_id=refund_id)
        problem = Problem.PENDING if refund_id and word else Problem.MALFORMED_REPLY
        return RefundResult(outcome=Outcome.UNKNOWN, psp_refund_id=refund_id, error_code=problem)
    return failed_refund(failure_of(reply))


def checkout_of(reply: Reply | Failure) -> Checkout:
    """Read the answer to a checkout; raises `CheckoutFailedError` if no page was opened."""
    if isinstance(reply, Failure) or reply.status not in {200, 201}:
        raise no_checkout(_NO_PAGE, failure_of(reply))
    raw = dict_of(reply.body)
    page = hosted.checkout_of(text_of(raw.get("id")), text_of(raw.get("url")), iso_time(raw.get("expires_at")))
    if page is None:
        raise no_checkout(_NO_PAGE, MALFORMED)
    return page


def _decline(raw: Mapping[str, Any], status: PaymentStatus) -> Decline | None:
    if status is PaymentStatus.CANCELLED:
        return Decline(code="payer_cancelled", message="The payment page expired unpaid.")
    if status is not PaymentStatus.DECLINED:
        return None
    return Decline(
        code=translate(text_of(raw.get("decline_code"))),
        message=text_of(raw.get("message")),
        network_decline_code=text_of(raw.get("network_decline_code")),
        network_advice_code=text_of(raw.get("network_advice_code")),
    )


def _money(raw: Mapping[str, Any]) -> Money | None:
    amount, currency = raw.get("amount"), raw.get("currency")
    if not isinstance(amount, int) or not isinstance(currency, str):
        return None
    try:
        return Money(amount, currency)
    except InvalidError:
        return None

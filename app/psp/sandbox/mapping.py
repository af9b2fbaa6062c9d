"""The sandbox's wire format in the words of the port, and back. Pure; amounts are minor units on both sides."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Final

from app.domain.errors import InvalidError
from app.domain.money import Money
from app.domain.payments.errors import CheckoutFailedError
from app.domain.payments.outcomes import OUTCOME_OF
from app.domain.payments.port import (
    ChargeRequest,
    Checkout,
    CheckoutRequest,
    Decline,
    Outcome,
    PaymentResult,
    PaymentStatus,
    RefundRequest,
    RefundResult,
)
from app.domain.payments.problems import Problem
from app.psp.sandbox.declines import translate
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
        "idempotency_in_progress": Failure(Outcome.UNKNOWN, Problem.IN_PROGRESS),
        "idempotency_key_reused": Failure(Outcome.UNKNOWN, Problem.IDEMPOTENCY_CONFLICT),
        "service_unavailable": Failure(Outcome.ERROR, Problem.PROVIDER_UNAVAILABLE, transient=True),
        "payment_not_captured": Failure(Outcome.ERROR, Problem.REQUEST_INVALID),
    }
)
_BY_STATUS: Final[Mapping[int, Failure]] = MappingProxyType(
    {
        401: Failure(Outcome.ERROR, Problem.CREDENTIALS_INVALID),
        403: Failure(Outcome.ERROR, Problem.CREDENTIALS_INVALID),
        408: Failure(Outcome.UNKNOWN, Problem.TIMEOUT),
        409: Failure(Outcome.UNKNOWN, Problem.IN_PROGRESS),
        429: Failure(Outcome.ERROR, Problem.RATE_LIMITED, transient=True),
    }
)
_BY_CLASS: Final[Mapping[int, Failure]] = MappingProxyType(
    {
        4: Failure(Outcome.ERROR, Problem.REQUEST_INVALID),
        5: Failure(Outcome.UNKNOWN, Problem.PROVIDER_ERROR),
    }
)
_MALFORMED: Final = Failure(Outcome.UNKNOWN, Problem.MALFORMED_REPLY)
_CHECKOUT_WAIT: Final = timedelta(seconds=5)


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


def failure_of(reply: Reply) -> Failure:
    """Say what a reply that brought no payment means; by its code, then its status, then its class."""
    error = _dict(_dict(reply.body).get("error"))
    code = _text(error.get("code")) or ""
    failure = _BY_CODE.get(code) or _BY_STATUS.get(reply.status) or _BY_CLASS.get(reply.status // 100, _MALFORMED)
    detail = _text(error.get("message")) or f"HTTP {reply.status}"
    return replace(failure, detail=detail[:300], retry_after=reply.retry_after)


def payment_of_create(reply: Reply | Failure) -> PaymentResult:
    """Read the answer to a charge."""
    if isinstance(reply, Failure):
        return _without_verdict(reply)
    if reply.status in {200, 201, 402}:
        return payment_of(reply.body)
    return _without_verdict(failure_of(reply))


def payment_of_read(reply: Reply | Failure) -> PaymentResult:
    """Read the answer to a look-up of one payment (404 is the caller's)."""
    if isinstance(reply, Reply) and reply.status == 200:  # noqa: PLR2004  (HTTP's own number)
        return payment_of(reply.body)
    return failed_read(reply)


def failed_read(reply: Reply | Failure) -> PaymentResult:
    """Say of a read that brought nothing: refused for good is an `error`, all else `unknown`."""
    failure = failure_of(reply) if isinstance(reply, Reply) else reply
    if failure.transient:
        failure = replace(failure, outcome=Outcome.UNKNOWN, transient=False)
    return _without_verdict(failure)


def payment_of(body: object) -> PaymentResult:
    """Read a payment, or a checkout session with the payment that completed it; all else is `unknown`."""
    raw = _dict(body)
    raw = _dict(raw.get("payment")) or raw
    psp_payment_id, word = _text(raw.get("id")), _text(raw.get("status"))
    if not psp_payment_id or not word:
        return _without_verdict(replace(_MALFORMED, detail="a payment without id or status"))
    status = normalize_status(word)
    outcome = OUTCOME_OF[status]
    money = _money(raw) if outcome is Outcome.SUCCEEDED else None
    if outcome is Outcome.SUCCEEDED and money is None:
        return replace(
            _without_verdict(replace(_MALFORMED, detail="a captured payment without an amount")),
            psp_payment_id=psp_payment_id,
        )
    return PaymentResult(
        outcome=outcome,
        psp_payment_id=psp_payment_id,
        status=status,
        money=money,
        decline=_decline(raw, status),
        error_code=Problem.PENDING if outcome is Outcome.UNKNOWN else None,
    )


def first_of_list(reply: Reply) -> PaymentResult | None:
    """Read the first payment or session of a listing; None if it is empty."""
    items = _dict(reply.body).get("items")
    if not isinstance(items, list):
        return _without_verdict(replace(_MALFORMED, detail="a listing without items"))
    return payment_of(items[0]) if items else None


def refund_of(reply: Reply | Failure) -> RefundResult:
    """Read the answer to a refund."""
    failure = reply if isinstance(reply, Failure) else failure_of(reply)
    if isinstance(reply, Reply) and reply.status in {200, 201}:
        raw = _dict(reply.body)
        refund_id, word = _text(raw.get("id")), _text(raw.get("status"))
        if refund_id and word == "succeeded":
            return RefundResult(outcome=Outcome.SUCCEEDED, psp_refund_id=refund_id)
        problem = Problem.PENDING if refund_id and word else Problem.MALFORMED_REPLY
        return RefundResult(outcome=Outcome.UNKNOWN, psp_refund_id=refund_id, error_code=problem)
    return RefundResult(
        outcome=failure.outcome, error_code=failure.problem, detail=failure.detail, transient=failure.transient
    )


def checkout_of(reply: Reply | Failure) -> Checkout:
    """Read the answer to a checkout; raises `CheckoutFailedError` if no page was opened."""
    if isinstance(reply, Failure) or reply.status not in {200, 201}:
        failure = reply if isinstance(reply, Failure) else failure_of(reply)
        raise _no_checkout(failure)
    raw = _dict(reply.body)
    session_id, url, expires_at = _text(raw.get("id")), _text(raw.get("url")), _time(raw.get("expires_at"))
    if not session_id or not url or not url.startswith(("http://", "https://")) or expires_at is None:
        raise _no_checkout(_MALFORMED)
    return Checkout(psp_payment_id=session_id, url=url, expires_at=expires_at)


def _no_checkout(failure: Failure) -> CheckoutFailedError:
    return CheckoutFailedError(
        "The sandbox did not open a payment page.",
        retry_after=failure.retry_after or _CHECKOUT_WAIT,
        problem=failure.problem,
        transient=failure.transient or failure.outcome is Outcome.UNKNOWN,
    )


def _without_verdict(failure: Failure) -> PaymentResult:
    return PaymentResult(
        outcome=failure.outcome,
        error_code=failure.problem,
        detail=failure.detail,
        transient=failure.transient,
        retry_after=failure.retry_after,
    )


def _decline(raw: Mapping[str, Any], status: PaymentStatus) -> Decline | None:
    if status is PaymentStatus.CANCELLED:
        return Decline(code="payer_cancelled", message="The payment page expired unpaid.")
    if status is not PaymentStatus.DECLINED:
        return None
    return Decline(
        code=translate(_text(raw.get("decline_code"))),
        message=_text(raw.get("message")),
        network_decline_code=_text(raw.get("network_decline_code")),
        network_advice_code=_text(raw.get("network_advice_code")),
    )


def _money(raw: Mapping[str, Any]) -> Money | None:
    amount, currency = raw.get("amount"), raw.get("currency")
    if not isinstance(amount, int) or not isinstance(currency, str):
        return None
    try:
        return Money(amount, currency)
    except InvalidError:
        return None


def _time(value: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return moment if moment is not None and moment.tzinfo is not None else None


def _dict(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None

"""Razorpay's words for refusals and declines."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from app.simulators.books.errors import BooksError, Refusal
from app.simulators.books.skin import Answer

_BAD: Final = "BAD_REQUEST_ERROR"
_GATEWAY: Final = "GATEWAY_ERROR"
NO_REASON: Final = "no_reason"
"""A decline that says nothing but `payment_failed`'s sentence, as e-mandates do."""

_STATUSES: Final[Mapping[Refusal, int]] = MappingProxyType(
    {
        Refusal.UNAUTHORIZED: 401,
        Refusal.FORBIDDEN: 403,
        Refusal.IN_PROGRESS: 409,
        Refusal.KEY_REUSED: 409,
        Refusal.RATE_LIMITED: 429,
        Refusal.BROKEN: 500,
        Refusal.UNAVAILABLE: 503,
        Refusal.TIMED_OUT: 504,
    }
)
_MESSAGES: Final[Mapping[Refusal, str]] = MappingProxyType(
    {
        Refusal.NOT_FOUND: "The id provided does not exist",
        Refusal.TOO_MUCH: "The refund amount provided is greater than amount captured",
        Refusal.IN_PROGRESS: "Another request with the same idempotency key is still in progress.",
        Refusal.KEY_REUSED: "Different request with the same idempotency key has already been processed.",
    }
)
# What the books call a decline: Razorpay's reason, code, source and sentence.
_DECLINES: Final[Mapping[str, tuple[str | None, str, str, str]]] = MappingProxyType(
    {
        "insufficient_funds": (
            "insufficient_funds",
            _BAD,
            "customer",
            "Payment was unsuccessful as you do not have sufficient balance in your account.",
        ),
        "lost_card": ("debit_instrument_blocked", _BAD, "issuer_bank", "The card is blocked by its bank."),
        "expired_card": ("card_expired", _BAD, "customer", "Your payment failed as the card has expired."),
        "do_not_honor": ("card_declined", _BAD, "issuer_bank", "Your payment was declined by the bank."),
        "generic_decline": ("payment_failed", _BAD, "bank", "Payment processing failed."),
        "invalid_method": ("invalid_token", _BAD, "customer", "The token is not valid for recurring payments."),
        NO_REASON: (None, _BAD, "bank", "Payment failed"),
        "gateway_technical_error": (
            "gateway_technical_error",
            _GATEWAY,
            "gateway",
            "Payment failed due to a temporary technical issue at the bank.",
        ),
    }
)


def failure(word: str | None) -> dict[str, str | None]:
    """Say a decline as a payment's error fields; all null without one. A word of Razorpay's own is its reason."""
    names = ("error_reason", "error_code", "error_source", "error_description", "error_step")
    if word is None:
        return dict.fromkeys(names)
    said = _DECLINES.get(word, (word, _BAD, "bank", "Your payment could not be completed."))
    return dict(zip(names, (*said, "payment_authorization"), strict=True))


def error_body(
    description: str, *, code: str = _BAD, source: str = "business", step: str = "payment_initiation", **rest: Any
) -> dict[str, Any]:
    """Write the error object of a refusal."""
    error = {"code": code, "description": description, "source": source, "step": step}
    return {"error": {**error, "reason": "input_validation_failed", "metadata": {}, **rest}}


def refuse(error: BooksError) -> Answer:
    """Say a refusal; what is wrong with a request or with the state of a thing is a 400."""
    status = _STATUSES.get(error.refusal, 400)
    message = _MESSAGES.get(error.refusal, error.message)
    headers = {"Retry-After": str(error.retry_after_seconds)} if error.retry_after_seconds else {}
    if status >= 500:  # noqa: PLR2004  (HTTP's class of the server's own failures)
        body = error_body(message, code="SERVER_ERROR", source="internal", step="NA", reason="server_error")
    elif status in {401, 403, 409, 429}:
        body = error_body(message, source="NA", step="NA", reason="NA")
    else:
        body = error_body(message, **({"field": error.param} if error.param else {}))
    return Answer(status, body, headers)

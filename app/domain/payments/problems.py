"""Stable words for calls that brought no verdict, and what each says of the provider's health."""

from enum import StrEnum
from typing import Final

from app.domain.payments.port import Outcome, PaymentResult, PaymentsPage, RefundResult


class Problem(StrEnum):
    """Why a call ended as `unknown` or `error`: the `error_code` of a result."""

    UNREACHABLE = "unreachable"
    """No connection came about: nothing was sent."""
    TIMEOUT = "timeout"
    """The request went out, and no reply came in time."""
    CONNECTION_LOST = "connection_lost"
    """The connection broke after the request may have gone out."""
    PROVIDER_ERROR = "provider_error"
    """The provider failed while it worked on the request (HTTP 500, 502, 504)."""
    PROVIDER_UNAVAILABLE = "provider_unavailable"
    """The provider refused before it processed anything."""
    MALFORMED_REPLY = "malformed_reply"
    """A reply came that this provider does not document."""
    RATE_LIMITED = "rate_limited"
    """Too many calls; refused before processing."""
    CREDENTIALS_INVALID = "credentials_invalid"
    """The provider does not accept the account's credentials, or not for this."""
    REQUEST_INVALID = "request_invalid"
    """The provider understood the request and refuses its shape or state: the same call never works."""
    IN_PROGRESS = "in_progress"
    """An earlier request with this idempotency key is still being worked on."""
    IDEMPOTENCY_CONFLICT = "idempotency_conflict"
    """An earlier request with this key differed: there may be a payment, and not the one asked for."""
    PENDING = "pending"
    """The provider has the payment, and no verdict yet."""


UNHEALTHY: Final = frozenset(
    {
        Problem.UNREACHABLE,
        Problem.TIMEOUT,
        Problem.CONNECTION_LOST,
        Problem.PROVIDER_ERROR,
        Problem.PROVIDER_UNAVAILABLE,
        Problem.MALFORMED_REPLY,
    }
)
"""Problems that speak against the provider. A decline, a limit or a mistake of ours does not."""


def shows_ill_health(result: PaymentResult | RefundResult | PaymentsPage | None) -> bool:
    """Tell whether a result counts against the provider's breaker; `None` is a healthy "I know none"."""
    if isinstance(result, PaymentsPage):
        return result.error_code in UNHEALTHY
    return result is not None and result.outcome in {Outcome.UNKNOWN, Outcome.ERROR} and result.error_code in UNHEALTHY

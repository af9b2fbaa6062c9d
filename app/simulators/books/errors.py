"""Why a simulator refuses, in words that each skin says in its provider's way."""

from enum import StrEnum


class Refusal(StrEnum):
    """What kind of refusal it is."""

    UNAUTHORIZED = "unauthorized"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    INVALID = "invalid"
    WRONG_STATE = "wrong_state"
    """The thing is there, and in no state for this: nothing captured, already paid."""
    TOO_MUCH = "too_much"
    """A refund of more than is left."""
    IN_PROGRESS = "in_progress"
    """An earlier request with this idempotency key still runs."""
    KEY_REUSED = "key_reused"
    """The idempotency key was first used with another request."""
    RATE_LIMITED = "rate_limited"
    UNAVAILABLE = "unavailable"
    """Refused before anything was processed."""
    BROKEN = "broken"
    """An internal error while it was processed."""
    TIMED_OUT = "timed_out"
    """A gateway's word for a request that got lost."""
    EXPIRED = "expired"


class BooksError(Exception):
    """A refusal: nothing was booked by this request. `stalls` keeps the caller waiting before it is said."""

    def __init__(
        self,
        refusal: Refusal,
        message: str,
        *,
        param: str | None = None,
        retry_after_seconds: int | None = None,
        stalls: bool = False,
    ) -> None:
        super().__init__(message)
        self.refusal = refusal
        self.message = message
        self.param = param
        self.retry_after_seconds = retry_after_seconds
        self.stalls = stalls


def not_found(what: str) -> BooksError:
    """Say that the account has no such thing."""
    return BooksError(Refusal.NOT_FOUND, f"No such {what}.")


def invalid(message: str, *, param: str | None = None) -> BooksError:
    """Say that the request is wrong."""
    return BooksError(Refusal.INVALID, message, param=param)

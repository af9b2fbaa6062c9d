"""The exceptions that Tinko raises on purpose.

TinkoError
├── NotFoundError            not there, or not the caller's
├── UnauthenticatedError     no credentials, or bad ones
├── ForbiddenError           known caller, not allowed
├── ConflictError            the thing's state does not permit it
│   └── InProgressError      the same request is still running; ask again
├── InvalidError             understood, but invalid; names the fields
├── TooLargeError            more than a documented limit
├── RateLimitedError         too often; says when to come back
└── UnavailableError         a dependency is down or busy; says when to come back

Capabilities derive their own from these, beside the code that raises them. `code` is stable
and part of the public contract; HTTP statuses live in `api/errors.py` alone.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class FieldError:
    """One invalid field: a JSON pointer (RFC 6901) into the body, and what is wrong there."""

    pointer: str
    detail: str


class TinkoError(Exception):
    """Anything that Tinko refuses on purpose, told in words that a caller may see."""

    default_code: ClassVar[str] = "error"

    def __init__(self, detail: str, *, code: str | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.code = code or self.default_code


class NotFoundError(TinkoError):
    """The thing is not there, or belongs to somebody else: callers cannot tell which."""

    default_code = "not_found"


class UnauthenticatedError(TinkoError):
    """No credentials came with the request, or they are not valid."""

    default_code = "unauthenticated"


class ForbiddenError(TinkoError):
    """The caller is known, and may not do this."""

    default_code = "forbidden"


class ConflictError(TinkoError):
    """The state of the thing does not permit this now."""

    default_code = "conflict"


class _WaitError(TinkoError):
    def __init__(self, detail: str, *, retry_after: timedelta, code: str | None = None) -> None:
        super().__init__(detail, code=code)
        self.retry_after = retry_after


class InProgressError(_WaitError, ConflictError):
    """The same request is still running elsewhere."""

    default_code = "idempotency_in_progress"


class InvalidError(TinkoError):
    """The request was understood, and is invalid in the fields it names."""

    default_code = "invalid"

    def __init__(self, detail: str, *, errors: tuple[FieldError, ...] = (), code: str | None = None) -> None:
        super().__init__(detail, code=code)
        self.errors = errors


class TooLargeError(TinkoError):
    """More than a documented limit allows."""

    default_code = "too_large"


class RateLimitedError(_WaitError):
    """Too many requests; `retry_after` says when the next one may pass."""

    default_code = "rate_limited"


class UnavailableError(_WaitError):
    """Something that Tinko needs is down or full; `retry_after` is a fair time to wait."""

    default_code = "unavailable"

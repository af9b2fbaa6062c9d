"""How PayPal says what the books know: refusals as errors, declines as processor codes or issues."""

import re
import secrets
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from app.simulators.books.errors import BooksError, Refusal
from app.simulators.books.skin import Answer

UNPROCESSABLE: Final = 422

# What the processor says, on a capture that is there and DECLINED (HTTP 201).
PROCESSOR_CODES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "insufficient_funds": "5120",
        "lost_card": "9520",
        "expired_card": "5400",
        "do_not_honor": "0500",
        "generic_decline": "5100",
    }
)
_PROCESSOR_CODE: Final = re.compile(r"[0-9][0-9a-z]{3}|p[cp][0-9a-z]{2}")
_NOT_VAULTED: Final = "TOKEN_ID_NOT_FOUND"
_INVALID_METHOD: Final = "invalid_method"

_STATUSES: Final[Mapping[Refusal, tuple[int, str, str | None]]] = MappingProxyType(
    {
        Refusal.UNAUTHORIZED: (401, "AUTHENTICATION_FAILURE", None),
        Refusal.FORBIDDEN: (403, "NOT_AUTHORIZED", "PERMISSION_DENIED"),
        Refusal.NOT_FOUND: (404, "RESOURCE_NOT_FOUND", "INVALID_RESOURCE_ID"),
        Refusal.INVALID: (422, "UNPROCESSABLE_ENTITY", "INVALID_PARAMETER_VALUE"),
        Refusal.WRONG_STATE: (422, "UNPROCESSABLE_ENTITY", "INVALID_RESOURCE_STATE"),
        Refusal.TOO_MUCH: (422, "UNPROCESSABLE_ENTITY", "REFUND_AMOUNT_EXCEEDED"),
        Refusal.IN_PROGRESS: (422, "UNPROCESSABLE_ENTITY", "PREVIOUS_REQUEST_IN_PROGRESS"),
        Refusal.KEY_REUSED: (422, "UNPROCESSABLE_ENTITY", "DUPLICATE_REQUEST_ID"),
        Refusal.RATE_LIMITED: (429, "RATE_LIMIT_REACHED", None),
        Refusal.UNAVAILABLE: (503, "SERVICE_UNAVAILABLE", None),
        Refusal.BROKEN: (500, "INTERNAL_SERVER_ERROR", None),
        Refusal.TIMED_OUT: (504, "GATEWAY_TIMEOUT", None),
        Refusal.EXPIRED: (422, "UNPROCESSABLE_ENTITY", "ORDER_EXPIRED"),
    }
)


def error_body(name: str, message: str, issue: str | None = None) -> dict[str, Any]:
    """Write an error as every PayPal API does."""
    body: dict[str, Any] = {"name": name, "message": message, "debug_id": secrets.token_hex(7), "links": []}
    if issue:
        body["details"] = [{"issue": issue, "description": message}]
    return body


def unprocessable(issue: str, message: str) -> Answer:
    """Refuse a request that was understood, in a way that its request id repeats."""
    return Answer(UNPROCESSABLE, error_body("UNPROCESSABLE_ENTITY", message, issue))


def refuse(error: BooksError) -> Answer:
    """Say a refusal of the books; a `param` in capitals is the issue, where there is a more telling one."""
    status, name, issue = _STATUSES[error.refusal]
    headers = {"Retry-After": str(error.retry_after_seconds)} if error.retry_after_seconds else {}
    told = error.param if error.param and error.param.isupper() else issue
    return Answer(status, error_body(name, error.message, told), headers)


def processor_code(decline: str) -> str | None:
    """Return the processor's code for a decline of the books; None if PayPal refuses before any processor."""
    if decline in PROCESSOR_CODES:
        return PROCESSOR_CODES[decline]
    return decline.upper() if _PROCESSOR_CODE.fullmatch(decline) else None


def issue_of(decline: str) -> str:
    """Return the issue of a 422 for a decline that no processor made."""
    return _NOT_VAULTED if decline == _INVALID_METHOD else decline.upper()

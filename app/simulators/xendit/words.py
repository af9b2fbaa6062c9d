"""Xendit's keys, ids, tokens, amounts and refusals."""

import re
import secrets
import uuid
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Final

from app.domain.money import EXPONENTS
from app.simulators.books.basic import basic_credentials
from app.simulators.books.errors import BooksError, Refusal, invalid
from app.simulators.books.skin import Answer, Delivery, Kind

_KEY: Final = re.compile(r"xnd_(development|production)_[0-9A-Za-z_]{8,100}")
_PREFIXES: Final[Mapping[Kind, str]] = {Kind.PAYMENT: "pr", Kind.REFUND: "rfd", Kind.DISPUTE: "mi-dspt"}
_INVOICE_BYTES: Final = 12
_REFUSALS: Final[Mapping[Refusal, tuple[int, str]]] = {
    Refusal.UNAUTHORIZED: (401, "INVALID_API_KEY"),
    Refusal.FORBIDDEN: (403, "REQUEST_FORBIDDEN_ERROR"),
    Refusal.NOT_FOUND: (404, "DATA_NOT_FOUND"),
    Refusal.INVALID: (400, "API_VALIDATION_ERROR"),
    Refusal.WRONG_STATE: (400, "INELIGIBLE_TRANSACTION_STATUS"),
    Refusal.TOO_MUCH: (400, "REFUND_AMOUNT_EXCEEDED"),
    Refusal.IN_PROGRESS: (409, "DUPLICATE_ERROR"),
    Refusal.KEY_REUSED: (400, "IDEMPOTENCY_ERROR"),
    Refusal.RATE_LIMITED: (429, "RATE_LIMIT_EXCEEDED"),
    Refusal.UNAVAILABLE: (503, "CHANNEL_UNAVAILABLE"),
    Refusal.BROKEN: (500, "SERVER_ERROR"),
    Refusal.TIMED_OUT: (504, "GATEWAY_TIMEOUT"),
    Refusal.EXPIRED: (410, "EXPIRED"),
}


def account_of(headers: Mapping[str, str]) -> str:
    """Return the secret key of a basic authentication, which is an account of its own."""
    key, _ = basic_credentials(headers)
    if not _KEY.fullmatch(key):
        raise BooksError(Refusal.UNAUTHORIZED, "API key is not authorized for this API service.")
    return key


def new_id(kind: Kind) -> str:
    """Make an id of Xendit's look; an invoice's has no prefix."""
    if kind in _PREFIXES:
        return f"{_PREFIXES[kind]}-{uuid.uuid4()}"
    return secrets.token_hex(_INVOICE_BYTES)


def sign(delivery: Delivery) -> Mapping[str, str]:
    """Send the account's token along: Xendit signs nothing."""
    return {"x-callback-token": delivery.secret}


def refuse(error: BooksError) -> Answer:
    """Say a refusal in Xendit's words."""
    status, code = _REFUSALS[error.refusal]
    seconds = error.retry_after_seconds
    headers = {"rate-limit-reset": f"{seconds}.00"} if seconds and status == 429 else {}  # noqa: PLR2004  (HTTP's own number)
    return Answer(status, {"error_code": code, "message": error.message}, headers)


def major(minor: int, currency: str) -> int | float:
    """Write an amount in its major unit, as a number."""
    exact = Decimal(minor).scaleb(-EXPONENTS[currency])
    return int(exact) if exact == exact.to_integral_value() else float(exact)


def minor(amount: object, currency: object, *, name: str) -> int:
    """Read an amount of the major unit, a number or a text; raises `INVALID`."""
    if not isinstance(currency, str) or currency not in EXPONENTS:
        raise invalid("currency is not supported.", param="currency")
    try:
        exact = Decimal(str(amount)) if type(amount) in {int, float, str} else Decimal(0)
        found = exact.scaleb(EXPONENTS[currency])
    except InvalidOperation:
        found = Decimal(0)
    if found <= 0 or found != found.to_integral_value():
        raise invalid(f"{name} must be a positive amount of the currency.", param=name)
    return int(found)

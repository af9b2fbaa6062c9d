"""PayMongo's keys, ids, signatures and refusals."""

import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from typing import Final

from app.simulators.books.basic import basic_credentials
from app.simulators.books.errors import BooksError, Refusal
from app.simulators.books.skin import Answer, Delivery, Kind

_KEY: Final = re.compile(r"sk_(test|live)_[0-9A-Za-z_]{8,100}")
_PREFIXES: Final[Mapping[Kind, str]] = {
    Kind.PAYMENT: "pi",
    Kind.CHECKOUT: "cs",
    Kind.REFUND: "ref",
    Kind.DISPUTE: "dp",
    Kind.EVENT: "evt",
}
_REFUSALS: Final[Mapping[Refusal, tuple[int, str]]] = {
    Refusal.UNAUTHORIZED: (401, "authentication_invalid"),
    Refusal.FORBIDDEN: (403, "forbidden"),
    Refusal.NOT_FOUND: (404, "resource_not_found"),
    Refusal.INVALID: (400, "parameter_invalid"),
    Refusal.WRONG_STATE: (400, "resource_succeeded_state"),
    Refusal.TOO_MUCH: (400, "parameter_above_maximum"),
    Refusal.IN_PROGRESS: (409, "request_in_progress"),
    Refusal.KEY_REUSED: (400, "idempotency_key_reused"),
    Refusal.RATE_LIMITED: (429, "too_many_requests"),
    Refusal.UNAVAILABLE: (503, "service_unavailable"),
    Refusal.BROKEN: (500, "internal_server_error"),
    Refusal.TIMED_OUT: (504, "gateway_timeout"),
    Refusal.EXPIRED: (410, "resource_expired"),
}


def account_of(headers: Mapping[str, str]) -> str:
    """Return the secret key of a basic authentication, which is an account of its own."""
    key, _ = basic_credentials(headers)
    if not _KEY.fullmatch(key):
        raise BooksError(Refusal.UNAUTHORIZED, "API key provided is not valid.")
    return key


def is_live(account: str) -> bool:
    """Tell whether an account's key is one for live mode."""
    return account.startswith("sk_live_")


def new_id(kind: Kind) -> str:
    """Make an id of PayMongo's look."""
    return f"{_PREFIXES[kind]}_{secrets.token_hex(12)}"


def sign(delivery: Delivery) -> Mapping[str, str]:
    """Sign as PayMongo does: `te` for test mode, `li` for live mode, the other one empty."""
    stamp = int(delivery.at.timestamp())
    return {"Paymongo-Signature": signature(delivery.secret, delivery.body, stamp, live=is_live(delivery.account))}


def signature(secret: str, body: str, stamp: int, *, live: bool) -> str:
    """Return the header's value for a body."""
    made = hmac.new(secret.encode(), f"{stamp}.{body}".encode(), hashlib.sha256).hexdigest()
    return f"t={stamp},te=,li={made}" if live else f"t={stamp},te={made},li="


def refuse(error: BooksError) -> Answer:
    """Say a refusal in PayMongo's words."""
    status, code = _REFUSALS[error.refusal]
    told = {"code": code, "detail": error.message}
    source = {"source": {"pointer": error.param, "attribute": error.param}} if error.param else {}
    headers = {"retry-after": str(error.retry_after_seconds)} if error.retry_after_seconds else {}
    return Answer(status, {"errors": [told | source]}, headers)

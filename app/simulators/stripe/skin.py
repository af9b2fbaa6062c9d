"""What makes the shared books a Stripe: its keys, ids, events, signatures and refusals."""

import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from fastapi import APIRouter

from app.simulators.books.basic import basic_credentials
from app.simulators.books.database import Conn
from app.simulators.books.errors import BooksError, Refusal
from app.simulators.books.skin import Answer, Change, Delivery, Event, Kind, Skin
from app.simulators.stripe import intents, others, papers, sessions, views

_KEY: Final = re.compile(r"(?:sk|rk)_(?:live|test)_[A-Za-z0-9_]{8,240}")
_BYTES: Final = 12
_NAMES: Final[Mapping[Kind, str]] = MappingProxyType(
    {
        Kind.PAYMENT: "pi_",
        Kind.CHECKOUT: "cs_test_",
        Kind.REFUND: "re_",
        Kind.DISPUTE: "du_",
        Kind.EVENT: "evt_",
    }
)
_REFUSALS: Final[Mapping[Refusal, tuple[int, str, str | None]]] = MappingProxyType(
    {
        Refusal.UNAUTHORIZED: (401, "invalid_request_error", None),
        Refusal.FORBIDDEN: (403, "invalid_request_error", None),
        Refusal.NOT_FOUND: (404, "invalid_request_error", "resource_missing"),
        Refusal.INVALID: (400, "invalid_request_error", "parameter_invalid"),
        Refusal.WRONG_STATE: (400, "invalid_request_error", "payment_intent_unexpected_state"),
        Refusal.TOO_MUCH: (400, "invalid_request_error", None),
        Refusal.IN_PROGRESS: (409, "idempotency_error", "idempotency_key_in_use"),
        Refusal.KEY_REUSED: (400, "idempotency_error", None),
        Refusal.RATE_LIMITED: (429, "invalid_request_error", "rate_limit"),
        Refusal.UNAVAILABLE: (503, "api_error", None),
        Refusal.BROKEN: (500, "api_error", None),
        Refusal.TIMED_OUT: (504, "api_error", None),
        Refusal.EXPIRED: (400, "invalid_request_error", None),
    }
)
_TOLD: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "captured": ("charge.succeeded", "payment_intent.succeeded", "invoice.paid"),
        "declined": ("charge.failed", "payment_intent.payment_failed", "invoice.payment_failed"),
        "requires_action": ("payment_intent.requires_action",),
        "pending": ("payment_intent.processing",),
        "authorized": ("charge.succeeded", "payment_intent.amount_capturable_updated"),
        "cancelled": ("payment_intent.canceled",),
    }
)


def account_of(headers: Mapping[str, str]) -> str:
    """Return the secret key of a Bearer or Basic authorization; raises a refusal."""
    scheme, _, value = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        value, _ = basic_credentials(headers)
    if not _KEY.fullmatch(value):
        raise BooksError(Refusal.UNAUTHORIZED, "Invalid API Key provided.")
    return value


def new_id(kind: Kind) -> str:
    """Make an id."""
    return f"{_NAMES[kind]}{secrets.token_hex(_BYTES)}"


def refuse(error: BooksError) -> Answer:
    """Say a refusal as Stripe does."""
    status, kind, code = _REFUSALS[error.refusal]
    if error.refusal is Refusal.NOT_FOUND and error.param:  # what a parameter names, not the path
        status = 400
    said: dict[str, Any] = {"type": kind, "message": error.message, "code": code, "param": error.param}
    headers = {"Retry-After": str(error.retry_after_seconds)} if error.retry_after_seconds else {}
    return Answer(status, {"error": {name: value for name, value in said.items() if value is not None}}, headers)


def sign(secret: str, body: str, *, timestamp: int) -> str:
    """Return the `Stripe-Signature` header: HMAC-SHA256 of `{timestamp}.{body}`, in hex."""
    signature = hmac.new(secret.encode(), f"{timestamp}.{body}".encode(), hashlib.sha256).hexdigest()
    return f"t={timestamp},v1={signature}"


def events(_: Conn, change: Change) -> Sequence[Event]:
    """Tell of a change as Stripe does: one failed renewal is three events."""
    told = _things(change)
    live = bool((change.payment or change.row).get("data", {}).get("live"))
    return [_event(kind, thing, created=int(change.now.timestamp()), live=live) for kind, thing in told]


def _things(change: Change) -> list[tuple[str, dict[str, Any]]]:
    row, payment = change.row, change.payment
    if change.kind is Kind.CHECKOUT:
        state = "complete" if payment else "expired"
        return [(f"checkout.session.{_ended(state)}", papers.session_view(row, payment, state=state, url=""))]
    if payment is None:
        return []
    if change.kind is Kind.REFUND:
        refund = views.refund_view(row, payment["currency"])
        return [("refund.created", refund), ("charge.refunded", views.charge_view(payment))]
    if change.kind is Kind.DISPUTE:
        word = "created" if row["status"] == "open" else "closed"
        return [(f"charge.dispute.{word}", views.dispute_view(row, payment))]
    status = "declined" if views.refused_for_payer(row) else row["status"]
    return [(kind, _thing(kind, row)) for kind in _TOLD.get(status, ()) if _is_told(kind, row)]


def _ended(state: str) -> str:
    return "completed" if state == "complete" else state


def _is_told(kind: str, row: Mapping[str, Any]) -> bool:
    return bool(row["data"].get("invoice")) or not kind.startswith("invoice.")


def _thing(kind: str, row: Any) -> dict[str, Any]:
    if kind.startswith("charge."):
        return views.charge_view(row)
    return papers.invoice_view(row) if kind.startswith("invoice.") else views.intent_view(row)


def _event(kind: str, thing: dict[str, Any], *, created: int, live: bool) -> Event:
    event_id = new_id(Kind.EVENT)
    body = {
        "id": event_id,
        "object": "event",
        "api_version": views.API_VERSION,
        "created": created,
        "data": {"object": thing},
        "livemode": live,
        "pending_webhooks": 1,
        "request": {"id": None, "idempotency_key": None},
        "type": kind,
    }
    return Event(event_id, kind, body)


def _sign(delivery: Delivery) -> Mapping[str, str]:
    signature = sign(delivery.secret, delivery.body, timestamp=int(delivery.at.timestamp()))
    return {"stripe-signature": signature}


def _router() -> APIRouter:
    router = APIRouter(prefix="/v1")
    for part in (intents.router, sessions.router, others.router):
        router.include_router(part)
    return router


SKIN: Final = Skin(
    name="stripe",
    router=_router(),
    account_of=account_of,
    new_id=new_id,
    events=events,
    sign=_sign,
    refuse=refuse,
    one_payment_per_checkout=True,
)

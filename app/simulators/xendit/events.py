"""The webhooks that Xendit sends of what happens: v3 events, and invoices' callbacks in their own shape."""

import uuid
from collections.abc import Sequence
from typing import Any, Final

from app.simulators.books.database import Conn, Row
from app.simulators.books.skin import Change, Event, Kind
from app.simulators.xendit import views
from app.simulators.xendit.words import major

_PAYMENT_EVENTS: Final = {
    "captured": "payment.capture",
    "declined": "payment.failure",
    "authorized": "payment.authorization",
}
_DISPUTES: Final = {
    "open": ("dispute.action_required", "ACTION_REQUIRED"),
    "won": ("dispute.won", "WON"),
    "lost": ("dispute.lost", "LOST"),
}
_NOWHERE: Final = "https://invoice.test/"


def events(connection: Conn, change: Change) -> Sequence[Event]:
    """Tell of payments that ended, invoices that were paid or expired, refunds and disputes; of nothing else."""
    del connection  # the change tells all
    row, paid = change.row, change.payment
    if change.kind is Kind.PAYMENT:
        # What is paid on an invoice's page is told by the invoice.
        name = None if row["checkout_id"] else _PAYMENT_EVENTS.get(row["status"])
        return [_event(name, views.payment(row), change)] if name else []
    if change.kind is Kind.CHECKOUT:
        shown = views.invoice(row, _NOWHERE, "complete" if paid else "expired", paid)
        told = views.callback(shown) | {"updated": change.now.isoformat()}
        return [_with_id(f"invoice.{shown['status'].lower()}", told)]
    if change.kind is Kind.REFUND and paid is not None:
        return [_event("refund.succeeded", views.refund(row, paid), change)]
    if change.kind is Kind.DISPUTE and paid is not None:
        return [_of_dispute(row, paid, change)]
    return []


def _event(name: str, data: dict[str, Any], change: Change) -> Event:
    body = {
        "event": name,
        "business_id": "simulated",
        "created": change.now.isoformat(),
        "data": data,
        "api_version": "v3",
    }
    return _with_id(name, body)


def _of_dispute(row: Row, paid: Row, change: Change) -> Event:
    name, status = _DISPUTES[row["status"]]
    body = {
        "event": name,
        "id": row["id"],
        "channel_code": "CARDS",
        "status": status,
        "currency": paid["currency"],
        "amount": {"initial": str(major(row["amount"], paid["currency"])), "terminal": None},
        "category": {"name": row["reason"]},
        "payment_id": views.payment_id(paid),
        "reference_id": paid["data"].get("reference_id") or paid["reference"],
        "created_at": row["created_at"].isoformat(),
        "updated_at": change.now.isoformat(),
    }
    return _with_id(name, body)


def _with_id(name: str, body: dict[str, Any]) -> Event:
    event_id = str(uuid.uuid4())
    return Event(event_id, name, body, {"webhook-id": event_id})

"""The webhooks that PayMongo sends of what happens."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from app.simulators.books.database import Conn, Row
from app.simulators.books.skin import Change, Event, Kind
from app.simulators.paymongo import views
from app.simulators.paymongo.words import is_live

_PAYMENT_EVENTS: Final = {"captured": "payment.paid", "declined": "payment.failed"}


def events(connection: Conn, change: Change) -> Sequence[Event]:
    """Tell of payments that ended, pages that were paid, refunds and disputes; of nothing else."""
    live = _is_live(connection, change.row)
    paid = change.payment
    if change.kind is Kind.PAYMENT and change.row["status"] in _PAYMENT_EVENTS:
        shown = views.payment(change.row, views.refunds_of(connection, change.row), live=live)
        return [event(_PAYMENT_EVENTS[change.row["status"]], shown, change.now, live=live)]
    if change.kind is Kind.REFUND and paid is not None:
        shown = views.payment(paid, views.refunds_of(connection, paid), live=live)
        return [event("payment.refunded", shown, change.now, live=live)]
    if change.kind is Kind.CHECKOUT and paid is not None:
        payment = views.payment(paid, views.refunds_of(connection, paid), live=live)
        page = views.page(change.row, [payment], "https://pm.test/paid", "complete", live=live)
        name = "link.payment.paid" if page["type"] == "link" else "checkout_session.payment.paid"
        return [event(name, page, change.now, live=live)]
    if change.kind is Kind.DISPUTE and paid is not None:
        return [_of_dispute(change.row, paid, change.now, live=live)]
    return []


def event(name: str, resource: dict[str, Any], now: datetime, *, live: bool) -> Event:
    """Wrap a resource as PayMongo does."""
    stamp = int(now.timestamp())
    event_id = f"evt_{secrets.token_hex(12)}"
    attributes = {
        "type": name,
        "livemode": live,
        "data": resource,
        "previous_data": {},
        "pending_webhooks": 1,
        "created_at": stamp,
        "updated_at": stamp,
    }
    return Event(event_id, name, {"data": {"id": event_id, "type": "event", "attributes": attributes}})


def _of_dispute(row: Row, paid: Row, now: datetime, *, live: bool) -> Event:
    attributes = {
        "amount": row["amount"],
        "currency": paid["currency"],
        "payment_id": views.pay_id(paid),
        "reason": row["reason"],
        "status": row["status"],
    }
    name = "dispute.created" if row["status"] == "open" else "dispute.resolved"
    return event(name, {"id": row["id"], "type": "dispute", "attributes": attributes}, now, live=live)


def _is_live(connection: Conn, row: Row) -> bool:
    found = connection.execute("SELECT name FROM accounts WHERE id = %(id)s", {"id": row["account_id"]}).fetchone()
    return found is not None and is_live(found["name"])

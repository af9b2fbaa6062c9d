"""Webhooks: what each change tells, and how it is signed."""

import hashlib
import hmac
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from app.simulators.books.database import Conn, Row
from app.simulators.books.skin import Change, Delivery, Event, Kind
from app.simulators.razorpay.names import new_id
from app.simulators.razorpay.views import dispute_view, link_view, order_view, payment_view, refund_view, seconds

Told = tuple[str, dict[str, dict[str, Any]]]
_OF_PAYMENT: Final[Mapping[str, tuple[str, ...]]] = {
    "authorized": ("payment.authorized",),
    "captured": ("payment.authorized", "payment.captured"),
    "declined": ("payment.failed",),
    "cancelled": ("payment.failed",),
}
_OF_DISPUTE: Final = {"open": "created", "won": "won", "lost": "lost"}


def events(connection: Conn, change: Change) -> Sequence[Event]:
    """Return what Razorpay tells of a change."""
    account_id, now = change.row["account_id"], change.now
    return [event_of(account_id, word, payload, now=now) for word, payload in _told(connection, change)]


def sign(delivery: Delivery) -> Mapping[str, str]:
    """Return the signature: hex HMAC-SHA256 of the body."""
    digest = hmac.new(delivery.secret.encode(), delivery.body.encode(), hashlib.sha256)
    return {"X-Razorpay-Signature": digest.hexdigest()}


def _told(connection: Conn, change: Change) -> Iterator[Told]:
    row, payment = change.row, change.payment
    paid = {"payment": payment_view(payment)} if payment else {}
    if change.kind is Kind.PAYMENT:
        for word in _OF_PAYMENT.get(row["status"], ()):
            yield word, paid
        order = _order(connection, row)
        if row["status"] == "captured" and order is not None:
            yield "order.paid", {**paid, "order": order}
    elif change.kind is Kind.CHECKOUT:
        link = link_view(row, "complete" if payment else "expired", url="", payment=payment)
        order = _order(connection, payment) if payment else None
        yield f"payment_link.{link['status']}", {"payment_link": link, **paid, **({"order": order} if order else {})}
    elif payment and change.kind is Kind.REFUND:
        refund = {"refund": refund_view(row, payment["currency"]), **paid}
        yield "refund.created", refund
        yield "refund.processed", refund
    elif payment and change.kind is Kind.DISPUTE:
        shown = {"dispute": dispute_view(row, payment["currency"]), **paid}
        yield f"payment.dispute.{_OF_DISPUTE[row['status']]}", shown


def _order(connection: Conn, payment: Row) -> dict[str, Any] | None:
    found = connection.execute("SELECT * FROM objects WHERE id = %s AND kind = 'order'", [payment["parent"]]).fetchone()
    if found is None:
        return None
    paid = connection.execute("SELECT * FROM payments WHERE parent = %s ORDER BY seq", [found["id"]]).fetchall()
    return order_view(found, paid)


def event_of(account_id: int, word: str, payload: dict[str, dict[str, Any]], *, now: datetime) -> Event:
    """Write one event; its id goes in a header."""
    event_id = new_id(Kind.EVENT).removeprefix("event_")
    body = {
        "entity": "event",
        "account_id": f"acc_{account_id:014d}",
        "event": word,
        "contains": list(payload),
        "payload": {name: {"entity": entity} for name, entity in payload.items()},
        "created_at": seconds(now),
    }
    return Event(event_id, word, body, {"X-Razorpay-Event-Id": event_id})

"""Which webhooks tell of a change, in PayPal's envelope."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from app.simulators.books.database import Conn, Row
from app.simulators.books.skin import Change, Event, Kind
from app.simulators.paypal.amounts import written
from app.simulators.paypal.orders import new_id
from app.simulators.paypal.views import capture_view, custom_id_of, is_seen, moment, order_view, refund_view, sale_view
from app.simulators.paypal.views import subscription_view as subscription_shown

_CAPTURES: Final = {
    "captured": "PAYMENT.CAPTURE.COMPLETED",
    "pending": "PAYMENT.CAPTURE.PENDING",
    "declined": "PAYMENT.CAPTURE.DENIED",
}
_SALES: Final = {"captured": "PAYMENT.SALE.COMPLETED", "declined": "PAYMENT.SALE.DENIED"}


def events(connection: Conn, change: Change) -> Sequence[Event]:
    """Return the webhooks of a change: one, or none where PayPal tells nothing."""
    del connection
    match change.kind:
        case Kind.PAYMENT:
            return _of_payment(change)
        case Kind.CHECKOUT:
            return _of_document(change)
        case Kind.REFUND if change.payment is not None:
            sale = change.payment["data"].get("is_sale")
            shown = refund_view(change.row, change.payment)
            kind = "PAYMENT.SALE.REFUNDED" if sale else "PAYMENT.CAPTURE.REFUNDED"
            return [_event(change, kind, "refund", {**shown, **({"sale_id": change.payment["id"]} if sale else {})})]
        case Kind.DISPUTE if change.payment is not None:
            return [_of_dispute(change, change.payment)]
        case _:
            return []


def _of_payment(change: Change) -> Sequence[Event]:
    row = change.row
    if row["data"].get("is_sale"):
        kind = _SALES.get(row["status"])
        return [_event(change, kind, "sale", sale_view(row))] if kind else []
    kind = _CAPTURES.get(row["status"])
    return [_event(change, kind, "capture", capture_view(row))] if kind and is_seen(row) else []


def _of_document(change: Change) -> Sequence[Event]:
    row = change.row
    if row["kind"] == "order":
        return [_event(change, "CHECKOUT.ORDER.APPROVED", "checkout-order", order_view(row, [], [], page=""))]
    told = row["data"].get("told")
    return [_event(change, str(told), "subscription", subscription_shown(row))] if told else []


def _of_dispute(change: Change, payment: Row) -> Event:
    row, ended = change.row, change.row["status"] != "open"
    outcome = {"won": "RESOLVED_SELLER_FAVOUR", "lost": "RESOLVED_BUYER_FAVOUR"}.get(row["status"])
    shown: dict[str, Any] = {
        "dispute_id": row["id"],
        "status": "RESOLVED" if ended else "OPEN",
        "reason": str(row["reason"]).upper(),
        "dispute_amount": written(row["amount"], payment["currency"]),
        "disputed_transactions": [
            {
                "seller_transaction_id": payment["id"],
                "invoice_number": payment["data"].get("invoice_id"),
                "custom": custom_id_of(payment),
            }
        ],
        **({"dispute_outcome": {"outcome_code": outcome}} if outcome else {}),
    }
    return _event(change, f"CUSTOMER.DISPUTE.{'RESOLVED' if ended else 'CREATED'}", "dispute", shown)


def _event(change: Change, kind: str, resource_type: str, resource: Mapping[str, Any]) -> Event:
    event_id = f"WH-{new_id()}-{new_id()}"
    body = {
        "id": event_id,
        "event_version": "1.0",
        "create_time": moment(change.now),
        "resource_type": resource_type,
        "event_type": kind,
        "summary": f"Simulated {kind}.",
        "resource": dict(resource),
        "links": [],
    }
    return Event(event_id, kind, body)

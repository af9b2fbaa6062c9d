"""Rows of the books as PayPal's JSON."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from app.simulators.books.database import Row
from app.simulators.paypal.amounts import written
from app.simulators.paypal.words import processor_code

_STATUSES: Final = {
    "captured": "COMPLETED",
    "pending": "PENDING",
    "declined": "DECLINED",
    "refunded": "REFUNDED",
    "cancelled": "DECLINED",
    "authorized": "PENDING",
    "requires_action": "PENDING",
    "created": "PENDING",
}
_SALE_STATES: Final = {"captured": "completed", "refunded": "refunded", "declined": "denied"}


def moment(at: datetime) -> str:
    """Write a time as PayPal does."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def is_seen(payment: Row) -> bool:
    """Tell whether a payment became a capture: what PayPal refuses before any processor, and what waits, did not."""
    if payment["status"] == "declined":
        return processor_code(payment["decline"] or "") is not None
    return payment["status"] not in {"created", "requires_action"}


def custom_id_of(payment: Row) -> str | None:
    """Return the merchant's word for a payment: as it was sent, or as the simulator's keeper said it."""
    sent = payment["data"].get("custom_id")
    reference: str = payment["reference"]
    return str(sent) if sent else None if reference == payment["id"] else reference


def capture_status(payment: Row) -> str:
    """Return PayPal's word for a capture."""
    if payment["status"] == "captured" and payment["refunded_amount"]:
        return "PARTIALLY_REFUNDED"
    return _STATUSES[payment["status"]]


def capture_view(payment: Row) -> dict[str, Any]:
    """Show a capture."""
    shown: dict[str, Any] = {
        "id": payment["id"],
        "status": capture_status(payment),
        "amount": written(payment["amount"], payment["currency"]),
        "final_capture": True,
        "custom_id": custom_id_of(payment),
        "invoice_id": payment["data"].get("invoice_id"),
        "create_time": moment(payment["created_at"]),
        "update_time": moment(payment["updated_at"]),
        "links": [{"rel": "self", "method": "GET", "href": f"/v2/payments/captures/{payment['id']}"}],
    }
    if payment["parent"]:
        shown["supplementary_data"] = {"related_ids": {"order_id": payment["parent"]}}
    if payment["status"] == "pending":
        shown["status_details"] = {"reason": "PENDING_REVIEW"}
    if payment["status"] == "declined":
        shown["processor_response"] = {"response_code": processor_code(payment["decline"] or "") or "5100"}
    return {name: value for name, value in shown.items() if value is not None}


def refund_view(refund: Row, payment: Row) -> dict[str, Any]:
    """Show a refund."""
    return {
        "id": refund["id"],
        "status": "COMPLETED",
        "amount": written(refund["amount"], payment["currency"]),
        "custom_id": custom_id_of(payment),
        "invoice_id": payment["data"].get("invoice_id"),
        "create_time": moment(refund["created_at"]),
        "links": [
            {"rel": "self", "method": "GET", "href": f"/v2/payments/refunds/{refund['id']}"},
            {"rel": "up", "method": "GET", "href": f"/v2/payments/captures/{payment['id']}"},
        ],
    }


def sale_view(payment: Row) -> dict[str, Any]:
    """Show a subscription's payment, in the words of version 1."""
    amount = written(payment["amount"], payment["currency"])
    return {
        "id": payment["id"],
        "state": _SALE_STATES.get(payment["status"], "pending"),
        "amount": {"currency": amount["currency_code"], "total": amount["value"]},
        "billing_agreement_id": payment["parent"],
        "create_time": moment(payment["created_at"]),
        "update_time": moment(payment["updated_at"]),
    }


def order_status(order: Row, payments: Sequence[Row]) -> str:
    """Return where an order stands: what was captured says it, else what the payer did."""
    if any(payment["status"] == "requires_action" for payment in payments):
        return "PAYER_ACTION_REQUIRED"
    return "COMPLETED" if any(map(is_seen, payments)) else str(order["data"]["status"])


def order_view(order: Row, payments: Sequence[Row], refunds: Sequence[tuple[Row, Row]], *, page: str) -> dict[str, Any]:
    """Show an order with its captures and refunds; `page` is where the payer approves it."""
    unit: Mapping[str, Any] = order["data"]["unit"]
    status, seen = order_status(order, payments), [payment for payment in payments if is_seen(payment)]
    relation = "payer-action" if status == "PAYER_ACTION_REQUIRED" else "approve"
    shown: dict[str, Any] = {
        "id": order["id"],
        "intent": "CAPTURE",
        "status": status,
        "create_time": moment(order["created_at"]),
        "purchase_units": [dict(unit)],
        "links": [{"rel": "self", "method": "GET", "href": f"/v2/checkout/orders/{order['id']}"}],
    }
    if seen:
        given_back = [refund_view(refund, payment) for refund, payment in refunds]
        shown["purchase_units"][0]["payments"] = {
            "captures": [capture_view(payment) for payment in seen],
            **({"refunds": given_back} if given_back else {}),
        }
    if status in {"CREATED", "PAYER_ACTION_REQUIRED"}:
        shown["links"].append({"rel": relation, "method": "GET", "href": page})
    if source := order["data"].get("source"):
        shown["payment_source"] = source
    return shown


def subscription_view(row: Row) -> dict[str, Any]:
    """Show a subscription as its document has it."""
    return {"id": row["id"], "plan_id": "P-SIMULATED", **row["data"]}

"""Rows of the books as Razorpay's JSON."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from app.simulators.books.database import Row
from app.simulators.razorpay.words import failure

_STATUSES: Final = {"declined": "failed", "cancelled": "failed", "requires_action": "created", "pending": "created"}
_MONEY_CAME: Final = frozenset({"captured", "refunded"})
_CARD: Final = {"last4": "1111", "network": "Visa", "type": "credit", "name": "", "international": False, "emi": False}


def seconds(moment: datetime) -> int:
    """Write a moment as Razorpay does."""
    return int(moment.timestamp())


def method_of(token: str | None) -> str:
    """Return the method of a token: `token_upi_…` and `token_emandate_…` say theirs, others are cards."""
    return next((method for method in ("upi", "emandate", "nach") if f"_{method}_" in (token or "")), "card")


def payment_view(row: Row) -> dict[str, Any]:
    """Show a payment as it is now."""
    data, method = row["data"], method_of(row["token"])
    saved = str(row["token"] or "").startswith("token_")
    decline = row["decline"] if row["status"] in {"declined", "cancelled"} else None
    return {
        "id": row["id"],
        "entity": "payment",
        "amount": row["amount"],
        "currency": row["currency"],
        "status": _STATUSES.get(row["status"], row["status"]),
        "order_id": row["parent"],
        "invoice_id": data.get("invoice_id"),
        "international": False,
        "method": method,
        "amount_refunded": row["refunded_amount"],
        "refund_status": _refund_status(row),
        "captured": row["status"] in _MONEY_CAME,
        "description": data.get("description"),
        "card_id": "card_" + row["id"][4:] if method == "card" else None,
        "card": {"id": "card_" + row["id"][4:], "entity": "card", **_CARD} if method == "card" else None,
        "bank": None,
        "wallet": None,
        "vpa": "gaurav.kumar@upi" if method == "upi" else None,
        "email": data.get("email", "void@razorpay.com"),
        "contact": data.get("contact", "+919000090000"),
        "customer_id": row["customer"],
        "token_id": row["token"] if saved else None,
        "notes": row["metadata"] or [],
        "fee": None,
        "tax": None,
        **failure(decline),
        "acquirer_data": {"rrn": None},
        "created_at": seconds(row["created_at"]),
    }


def _refund_status(row: Row) -> str | None:
    if not row["refunded_amount"]:
        return None
    return "full" if row["refunded_amount"] == row["amount"] else "partial"


def order_view(row: Row, payments: Sequence[Row]) -> dict[str, Any]:
    """Show an order with what was paid on it."""
    data = row["data"]
    paid = sum(payment["amount"] for payment in payments if payment["status"] in _MONEY_CAME)
    return {
        "id": row["id"],
        "entity": "order",
        "amount": data["amount"],
        "amount_paid": paid,
        "amount_due": max(data["amount"] - paid, 0),
        "currency": data["currency"],
        "receipt": data["receipt"] or None,
        "offer_id": None,
        "status": "paid" if paid else "attempted" if payments else "created",
        "attempts": len(payments),
        "notes": data["notes"] or [],
        "created_at": seconds(row["created_at"]),
    }


def refund_view(row: Row, currency: str) -> dict[str, Any]:
    """Show a refund, which is done at once."""
    return {
        "id": row["id"],
        "entity": "refund",
        "amount": row["amount"],
        "currency": currency,
        "payment_id": row["payment_id"],
        "notes": row["metadata"] or [],
        "receipt": row["reference"],
        "acquirer_data": {"arn": None},
        "status": "processed",
        "speed_processed": "normal",
        "created_at": seconds(row["created_at"]),
    }


def link_view(row: Row, state: str, *, url: str, payment: Row | None) -> dict[str, Any]:
    """Show a payment link; its payments are the captured ones."""
    data, paid = row["data"], payment if state == "complete" else None
    status = {"complete": "paid", "expired": "expired"}.get(state, "created")
    shown = (
        {
            "payment_id": paid["id"],
            "amount": paid["amount"],
            "method": method_of(paid["token"]),
            "status": "captured",
            "plink_id": row["id"],
            "created_at": seconds(paid["updated_at"]),
        }
        if paid
        else None
    )
    return {
        "id": row["id"],
        "accept_partial": False,
        "amount": row["amount"],
        "amount_paid": row["amount"] if paid else 0,
        "currency": row["currency"],
        "status": status,
        "order_id": row["parent"],
        "reference_id": data["reference_id"],
        "description": data["description"],
        "short_url": url,
        "expire_by": seconds(row["expires_at"]),
        "expired_at": seconds(row["expires_at"]) if status == "expired" else 0,
        "cancelled_at": 0,
        "callback_url": row["success_url"],
        "callback_method": "get",
        "notes": row["metadata"] or None,
        "payments": [shown] if shown else None,
        "customer": {},
        "reminder_enable": False,
        "created_at": seconds(row["created_at"]),
        "updated_at": seconds(row["created_at"]),
    }


def dispute_view(row: Row, currency: str) -> dict[str, Any]:
    """Show a dispute."""
    return {
        "id": row["id"],
        "entity": "dispute",
        "payment_id": row["payment_id"],
        "amount": row["amount"],
        "currency": currency,
        "amount_deducted": row["amount"] if row["status"] == "lost" else 0,
        "reason_code": row["reason"],
        "phase": "chargeback",
        "status": row["status"],
        "created_at": seconds(row["created_at"]),
    }


def collection(items: Sequence[dict[str, Any]], *, key: str = "items") -> dict[str, Any]:
    """Show a list."""
    if key != "items":
        return {key: list(items)}
    return {"entity": "collection", "count": len(items), "items": list(items)}

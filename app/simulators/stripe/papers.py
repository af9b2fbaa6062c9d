"""Pages and invoices as Stripe's JSON."""

from typing import Any

from app.simulators.books.database import Row
from app.simulators.stripe.views import intent_view, invoice_id


def session_view(row: Row, payment: Row | None, *, state: str, url: str, expanded: bool = False) -> dict[str, Any]:
    """Show a Checkout Session. Its own metadata is not that of its payment."""
    paid = payment is not None and state == "complete"
    shown: Any = payment and (intent_view(payment, expand_charge=True) if expanded else payment["id"])
    return {
        "id": row["id"],
        "object": "checkout.session",
        "amount_total": row["amount"],
        "cancel_url": row["cancel_url"],
        "client_reference_id": row["data"].get("client_reference_id"),
        "created": int(row["created_at"].timestamp()),
        "currency": row["currency"].lower(),
        "customer": row["data"].get("customer"),
        "expires_at": int(row["expires_at"].timestamp()),
        "livemode": bool(row["data"].get("live")),
        "metadata": row["data"].get("metadata", {}),
        "mode": "payment",
        "payment_intent": shown,
        "payment_status": "paid" if paid else "unpaid",
        "status": state,
        "success_url": row["success_url"],
        "url": url if state == "open" else None,
    }


def invoice_view(row: Row, *, expand_payments: bool = False) -> dict[str, Any]:
    """Show the invoice that a payment pays. It carries no decline code, as Stripe's does not."""
    paid = row["status"] in {"captured", "refunded"}
    again = row["data"].get("next_payment_attempt")
    view = {
        "id": invoice_id(row),
        "object": "invoice",
        "amount_due": row["amount"],
        "amount_paid": row["amount"] if paid else 0,
        "attempt_count": row["tries"],
        "attempted": row["tries"] > 0,
        "billing_reason": "subscription_cycle",
        "created": int(row["created_at"].timestamp()),
        "currency": row["currency"].lower(),
        "customer": row["customer"],
        "metadata": {},
        "next_payment_attempt": None if paid else again,
        "status": "paid" if paid else "open",
    }
    if expand_payments:
        view["payments"] = {"object": "list", "data": [invoice_payment_view(row)], "has_more": False}
    return view


def invoice_payment_view(row: Row, *, expand_invoice: bool = False) -> dict[str, Any]:
    """Show how an invoice is paid."""
    return {
        "id": f"inpay_{row['id'][3:]}",
        "object": "invoice_payment",
        "invoice": invoice_view(row) if expand_invoice else invoice_id(row),
        "payment": {"type": "payment_intent", "payment_intent": row["id"]},
        "status": "paid" if row["status"] in {"captured", "refunded"} else "open",
    }

"""Rows of the books as the JSON that callers and webhooks see."""

from typing import Any

from app.simulators.sandbox.schema import Row


def payment_view(row: Row) -> dict[str, Any]:
    """Show a payment as it is now."""
    return {
        "id": row["id"],
        "object": "payment",
        "reference": row["reference"],
        "amount": row["amount"],
        "currency": row["currency"],
        "status": row["status"],
        "decline_code": row["decline_code"],
        "network_decline_code": row["network_decline_code"],
        "network_advice_code": row["network_advice_code"],
        "message": row["message"],
        "refunded_amount": row["refunded_amount"],
        "idempotency_key": row["idempotency_key"],
        "checkout_session_id": row["session_id"],
        "method_token": row["token"] if row["session_id"] is None else None,
        "metadata": {"attempt_id": row["attempt_id"]},
        "created_at": row["created_at"].isoformat(),
    }


def first_view(row: Row) -> dict[str, Any]:
    """Show a payment as it was answered the first time."""
    return payment_view({**row, "status": row["first_status"], "refunded_amount": 0})


def charge_view(row: Row) -> dict[str, Any]:
    """Show a payment as a line of the books: what waits for anybody is `pending`."""
    return {
        "id": row["id"],
        "transaction_ref": row["reference"],
        "amount": row["amount"],
        "currency": row["currency"],
        "status": "pending" if row["status"] == "requires_action" else row["status"],
        "refunded_amount": row["refunded_amount"],
        "created_at": row["created_at"].isoformat(),
    }


def refund_view(row: Row) -> dict[str, Any]:
    """Show a refund."""
    return {
        "id": row["id"],
        "object": "refund",
        "payment_id": row["payment_id"],
        "amount": row["amount"],
        "status": "succeeded",
        "created_at": row["created_at"].isoformat(),
    }


def session_view(row: Row, payment: Row | None, *, base_url: str) -> dict[str, Any]:
    """Show a checkout session; `payment` is the one that completed it."""
    return {
        "id": row["id"],
        "object": "checkout_session",
        "reference": row["reference"],
        "amount": row["amount"],
        "currency": row["currency"],
        "status": "complete" if payment else "expired" if row["expired"] else "open",
        "url": f"{base_url}/checkout/{row['id']}",
        "idempotency_key": row["idempotency_key"],
        "metadata": {"attempt_id": row["attempt_id"]},
        "payment": payment_view(payment) if payment else None,
        "expires_at": row["expires_at"].isoformat(),
        "created_at": row["created_at"].isoformat(),
    }

"""Rows of the books as Xendit shows them. A row is a payment request; its payment has the same id under `py-`."""

from collections.abc import Mapping
from typing import Any, Final

from app.simulators.books.database import Row
from app.simulators.xendit.words import major

DECLINES: Final[Mapping[str, str]] = {
    "insufficient_funds": "INSUFFICIENT_BALANCE",
    "lost_card": "STOLEN_CARD",
    "expired_card": "EXPIRED_CARD",
    "do_not_honor": "DECLINED_BY_ISSUER",
    "generic_decline": "CARD_DECLINED",
    "invalid_method": "INVALID_TOKEN",
}
"""The books' words for declines in Xendit's; any other goes through in capitals."""
_NETWORK: Final[Mapping[str, tuple[str, str, str | None]]] = {
    "insufficient_funds": ("51", "Insufficient funds", "24"),
    "lost_card": ("41", "Lost card", "03"),
    "expired_card": ("54", "Expired card", "01"),
    "do_not_honor": ("05", "Do not honor", None),
}
_STATUSES: Final[Mapping[str, str]] = {
    "created": "PENDING",
    "captured": "SUCCEEDED",
    "refunded": "SUCCEEDED",
    "declined": "FAILED",
    "requires_action": "REQUIRES_ACTION",
    "pending": "PENDING",
    "authorized": "AUTHORIZED",
    "cancelled": "CANCELED",
}


def payment_id(row: Row) -> str:
    """Return the id of a request's payment."""
    own: str = row["id"]
    return f"py-{own.removeprefix('pr-')}"


def decline_of(row: Row) -> str:
    """Return Xendit's code for a row's decline."""
    word: str = row["decline"] or "generic_decline"
    return DECLINES.get(word, word.upper())


def request(row: Row) -> dict[str, Any]:
    """Show a payment request."""
    waits = row["status"] == "requires_action"
    action = {"type": "REDIRECT_CUSTOMER", "descriptor": "WEB_URL", "value": "https://3ds.test/"}
    return {
        **_common(row),
        "latest_payment_id": payment_id(row),
        "actions": [action] if waits else [],
        "description": row["data"].get("description"),
    }


def payment(row: Row) -> dict[str, Any]:
    """Show the payment of a request."""
    captured = row["status"] in {"captured", "refunded"}
    capture = {"capture_id": f"cap-{row['seq']}", "capture_amount": major(row["amount"], row["currency"])}
    return {
        **_common(row),
        "payment_id": payment_id(row),
        "captures": [capture] if captured else [],
        "payment_details": {"authorization_data": _network(row)} if row["status"] == "declined" else None,
    }


def refund(row: Row, paid: Row) -> dict[str, Any]:
    """Show a refund."""
    made = row["created_at"].isoformat()
    return {
        "id": row["id"],
        "payment_request_id": None if paid["checkout_id"] else paid["id"],
        "payment_id": payment_id(paid),
        "invoice_id": paid["checkout_id"],
        "reference_id": row["reference"],
        "currency": paid["currency"],
        "amount": major(row["amount"], paid["currency"]),
        "status": "SUCCEEDED",
        "reason": "OTHERS",
        "failure_code": None,
        "metadata": row["metadata"] or None,
        "created": made,
        "updated": made,
    }


def invoice(row: Row, url: str, status: str, paid: Row | None) -> dict[str, Any]:
    """Show an invoice; `status` is the books' word for it."""
    amount = major(row["amount"], row["currency"])
    shown: dict[str, Any] = {
        "id": row["id"],
        "external_id": row["data"].get("external_id"),
        "user_id": "simulated",
        "status": {"open": "PENDING", "complete": "PAID", "expired": "EXPIRED"}[status],
        "merchant_name": "Simulated merchant",
        "amount": amount,
        "currency": row["currency"],
        "description": row["data"].get("description"),
        "invoice_url": url,
        "expiry_date": row["expires_at"].isoformat(),
        "success_redirect_url": row["success_url"],
        "failure_redirect_url": row["cancel_url"],
        "metadata": row["metadata"] or None,
        "created": row["created_at"].isoformat(),
        "updated": row["created_at"].isoformat(),
    }
    if paid is not None:
        told = {"paid_amount": amount, "payment_method": "EWALLET", "payment_channel": "GCASH"}
        shown |= told | {"paid_at": paid["updated_at"].isoformat(), "payment_id": payment_id(paid)}
    return shown


def callback(shown: Mapping[str, Any]) -> dict[str, Any]:
    """Show an invoice as its callback does: without address and metadata."""
    return {name: value for name, value in shown.items() if name not in {"invoice_url", "metadata", "expiry_date"}}


def _common(row: Row) -> dict[str, Any]:
    data = row["data"]
    return {
        "business_id": "simulated",
        "reference_id": data.get("reference_id") or row["reference"],
        "payment_request_id": row["id"],
        "payment_token_id": row["token"],
        "customer_id": row["customer"],
        "type": "PAY",
        "country": data.get("country", "ID"),
        "currency": row["currency"],
        "request_amount": major(row["amount"], row["currency"]),
        "capture_method": "AUTOMATIC",
        "channel_code": data.get("channel_code", "CARDS"),
        "channel_properties": {"card_details": {"network": "VISA", "masked_card_number": "4000XXXXXXXX1091"}},
        "status": _STATUSES[row["status"]],
        "failure_code": decline_of(row) if row["status"] == "declined" else None,
        "metadata": row["metadata"] or None,
        "created": row["created_at"].isoformat(),
        "updated": row["updated_at"].isoformat(),
    }


def _network(row: Row) -> dict[str, str | None]:
    code, text, advice = _NETWORK.get(row["decline"] or "", (None, None, None))
    return {"card_network_response_code": code, "card_network_descriptor": text, "merchant_advice_code": advice}

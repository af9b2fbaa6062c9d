"""Rows of the books as PayMongo shows them. A payment's row is its intent; its payment has the same id under `pay_`."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from app.simulators.books.database import Conn, Row

DECLINES: Final[Mapping[str, str]] = {"expired_card": "card_expired", "invalid_method": "card_number_invalid"}
"""The books' words for declines where PayMongo has another; the rest goes through as it is."""
MESSAGES: Final[Mapping[str, str]] = {
    "insufficient_funds": "The card does not have enough funds.",
    "lost_card": "The card was reported lost.",
    "card_expired": "The card has expired.",
    "card_number_invalid": "There is no such card.",
}
LISTED: Final = ("captured", "declined", "refunded", "pending")
"""What there is a payment of: an intent that waits for its payer has none."""

_INTENT: Final[Mapping[str, str]] = {
    "created": "awaiting_payment_method",
    "declined": "awaiting_payment_method",
    "requires_action": "awaiting_next_action",
    "pending": "processing",
    "authorized": "awaiting_capture",
    "captured": "succeeded",
    "refunded": "succeeded",
    "cancelled": "cancelled",
}
_PAYMENT: Final[Mapping[str, str]] = {
    "captured": "paid",
    "declined": "failed",
    "refunded": "refunded",
    "pending": "pending",
}
_CARD: Final = {"id": "card_simulated", "type": "card", "brand": "visa", "country": "PH", "last4": "4345"}
_WALLET: Final = {"id": "src_simulated", "type": "gcash"}


def pay_id(row: Row) -> str:
    """Return the id of an intent's payment."""
    own: str = row["id"]
    return f"pay_{own[3:]}" if own.startswith("pi_") else own


def intent_id(payment_id: str) -> str:
    """Return the id of a payment's intent."""
    return f"pi_{payment_id[4:]}"


def decline_of(row: Row) -> tuple[str, str]:
    """Return PayMongo's code and message for a row's decline."""
    word = row["decline"] or "generic_decline"
    code = DECLINES.get(word, word)
    return code, MESSAGES.get(code, "The card was declined by its bank.")


def intent(row: Row, refunds: Sequence[Row], *, live: bool = False) -> dict[str, Any]:
    """Show a payment intent."""
    shown = [payment(row, refunds, live=live)] if row["status"] in LISTED else []
    code, message = decline_of(row)
    failed = {"payment": pay_id(row), "failed_code": code, "failed_message": message}
    waits = row["status"] == "requires_action"
    usage = {"session_type": "off_session", "customer_id": row["customer"]} if row["customer"] else None
    return _resource(
        row["id"],
        "payment_intent",
        {
            "amount": row["amount"],
            "currency": row["currency"],
            "description": row["data"].get("description"),
            "livemode": live,
            "client_key": f"{row['id']}_client",
            "last_payment_error": failed if row["status"] == "declined" else None,
            "payment_method_allowed": row["data"].get("payment_method_allowed", ["card"]),
            "payments": shown,
            "next_action": {"type": "redirect", "redirect": {"url": "https://3ds.test/"}} if waits else None,
            "metadata": row["metadata"] or None,
            "setup_future_usage": usage,
            "status": _INTENT[row["status"]],
            **_times(row),
        },
    )


def payment(row: Row, refunds: Sequence[Row], *, live: bool = False) -> dict[str, Any]:
    """Show the payment of an intent, or of a source."""
    code, message = decline_of(row)
    failed = row["status"] == "declined"
    source = row["data"].get("source")
    wallet = {"id": source, "type": "gcash"} if source else _WALLET
    return _resource(
        pay_id(row),
        "payment",
        {
            "amount": row["amount"],
            "currency": row["currency"],
            "billing": None,
            "description": row["data"].get("description"),
            "disputed": False,
            "external_reference_number": None,
            "failed_code": code if failed else None,
            "failed_message": message if failed else None,
            "fee": 0,
            "livemode": live,
            "payment_intent_id": row["id"] if row["id"].startswith("pi_") else None,
            "source": wallet if source or row["checkout_id"] else _CARD,
            "status": _PAYMENT[row["status"]],
            "metadata": row["metadata"] or None,
            "refunds": [refund(one, row, live=live) for one in refunds],
            "paid_at": int(row["updated_at"].timestamp()) if row["status"] in {"captured", "refunded"} else None,
            **_times(row),
        },
    )


def refund(row: Row, paid: Row, *, live: bool = False) -> dict[str, Any]:
    """Show a refund."""
    return _resource(
        row["id"],
        "refund",
        {
            "amount": row["amount"],
            "currency": paid["currency"],
            "livemode": live,
            "notes": row["reference"],
            "payment_id": pay_id(paid),
            "reason": "others",
            "status": "succeeded",
            "metadata": row["metadata"] or None,
            **_times(row),
        },
    )


def page(row: Row, payments: Sequence[dict[str, Any]], url: str, status: str, *, live: bool) -> dict[str, Any]:
    """Show a checkout session or a link."""
    data = row["data"]
    common = {"livemode": live, "description": data.get("description"), "metadata": row["metadata"] or None}
    if row["id"].startswith("link_"):
        own = {
            "amount": row["amount"],
            "archived": False,
            "currency": row["currency"],
            "checkout_url": url,
            "reference_number": data.get("reference_number"),
            "payments": [{"data": one} for one in payments],
            "status": "paid" if status == "complete" else "unpaid",
        }
        return _resource(row["id"], "link", {**common, **own, **_times(row)})
    own = {
        "checkout_url": url,
        "line_items": data.get("line_items", []),
        "payment_intent": None,
        "payment_method_types": data.get("payment_method_types", []),
        "payments": list(payments),
        "reference_number": data.get("reference_number"),
        "status": "expired" if status == "expired" else "active",
    }
    return _resource(row["id"], "checkout_session", {**common, **own, **_times(row)})


def refunds_of(connection: Conn, row: Row) -> list[Row]:
    """Read a payment's refunds."""
    return connection.execute(
        "SELECT * FROM refunds WHERE payment_id = %(id)s ORDER BY seq", {"id": row["id"]}
    ).fetchall()


def _times(row: Row) -> dict[str, int]:
    made = int(row["created_at"].timestamp())
    changed = row.get("updated_at")
    return {"created_at": made, "updated_at": int(changed.timestamp()) if changed else made}


def _resource(own_id: str, kind: str, attributes: dict[str, Any]) -> dict[str, Any]:
    return {"id": own_id, "type": kind, "attributes": attributes}

"""Rows of the books as Stripe's JSON."""

import hashlib
from collections.abc import Mapping
from typing import Any, Final

from app.simulators.books.database import Row
from app.simulators.stripe.words import codes_of

API_VERSION: Final = "2026-10-28.endive"
_STATUSES: Final[Mapping[str, str]] = {
    "captured": "succeeded",
    "refunded": "succeeded",
    "authorized": "requires_capture",
    "declined": "requires_payment_method",
    "pending": "processing",
    "cancelled": "canceled",
    "requires_action": "requires_action",
}
_CHARGED: Final = frozenset({"captured", "refunded", "authorized", "pending"})
_ID_LENGTH: Final = 24


def is_live(account: str) -> bool:
    """Tell whether a key is a live one."""
    return account[3:8] == "live_"


def refused_for_payer(row: Row) -> bool:
    """Tell whether the bank wanted a payer who is not there: an off-session payment ends as declined then."""
    return row["status"] == "requires_action" and bool(row["data"].get("off_session"))


def status_of(row: Row) -> str:
    """Return Stripe's word for a payment's state."""
    if row["status"] == "created":
        return "requires_confirmation" if row["token"] else "requires_payment_method"
    return "requires_payment_method" if refused_for_payer(row) else _STATUSES[row["status"]]


def charge_id(row: Row) -> str | None:
    """Return the id of a payment's latest charge; None if it was never tried."""
    return f"ch_{row['id'][3:]}t{row['tries']}" if row["tries"] or row["status"] in _CHARGED else None


def payment_of_charge(charge: str) -> str:
    """Return the id of the payment that a charge is of."""
    return f"pi_{charge[3 : 3 + _ID_LENGTH]}"


def invoice_id(row: Row) -> str | None:
    """Return the id of the invoice that a payment pays, if the books say that there is one."""
    return f"in_{row['id'][3:]}" if row["data"].get("invoice") else None


def payment_of_invoice(invoice: str) -> str:
    """Return the id of the payment of an invoice."""
    return f"pi_{invoice[3:]}"


def intent_view(row: Row, *, expand_charge: bool = False) -> dict[str, Any]:
    """Show a payment as a PaymentIntent."""
    declined = row["status"] == "declined" or refused_for_payer(row)
    paid = row["status"] in {"captured", "refunded"}
    return {
        "id": row["id"],
        "object": "payment_intent",
        "amount": row["amount"],
        "amount_capturable": row["amount"] if row["status"] == "authorized" else 0,
        "amount_received": row["amount"] if paid else 0,
        "canceled_at": None,
        "capture_method": "automatic",
        "client_secret": f"{row['id']}_secret_simulated",
        "created": int(row["created_at"].timestamp()),
        "currency": row["currency"].lower(),
        "customer": row["customer"],
        "description": None,
        "last_payment_error": last_error(row) if declined else None,
        "latest_charge": charge_view(row) if expand_charge and charge_id(row) else charge_id(row),
        "livemode": bool(row["data"].get("live")),
        "metadata": row["metadata"],
        "next_action": {"type": "use_stripe_sdk"} if status_of(row) == "requires_action" else None,
        "payment_method": None if declined else row["token"],
        "payment_method_types": ["card"],
        "receipt_email": row["data"].get("receipt_email"),
        "status": status_of(row),
    }


def last_error(row: Row) -> dict[str, Any]:
    """Show why a payment was declined the last time."""
    word = "authentication_required" if row["status"] == "requires_action" else row["decline"]
    return {**codes_of(word).said(), "charge": charge_id(row), "payment_method": method_view(row)}


def method_view(row: Row) -> dict[str, Any]:
    """Show the method that a payment was tried with."""
    return {
        "id": row["token"],
        "object": "payment_method",
        "type": "card",
        "card": _card(row["token"] or ""),
        "customer": row["customer"],
        "billing_details": _billing(row),
    }


def charge_view(row: Row) -> dict[str, Any]:
    """Show a payment's latest try as a Charge."""
    declined = row["status"] == "declined" or refused_for_payer(row)
    codes = last_error(row) if declined else {}
    status = "failed" if declined else "pending" if row["status"] == "pending" else "succeeded"
    return {
        "id": charge_id(row),
        "object": "charge",
        "amount": row["amount"],
        "amount_captured": row["amount"] if row["status"] in {"captured", "refunded"} else 0,
        "amount_refunded": row["refunded_amount"],
        "billing_details": _billing(row),
        "captured": row["status"] in {"captured", "refunded"},
        "created": int(row["updated_at"].timestamp()),
        "currency": row["currency"].lower(),
        "customer": row["customer"],
        "failure_code": codes.get("code"),
        "failure_message": codes.get("message"),
        "livemode": bool(row["data"].get("live")),
        "metadata": row["metadata"],
        "outcome": {
            "type": "issuer_declined" if declined else "authorized",
            "reason": codes.get("decline_code"),
            "network_status": "declined_by_network" if declined else "approved_by_network",
            "network_decline_code": codes.get("network_decline_code"),
            "advice_code": codes.get("advice_code"),
        },
        "paid": status != "failed",
        "payment_intent": row["id"],
        "payment_method": row["token"],
        "payment_method_details": {"type": "card", "card": _card(row["token"] or "")},
        "refunded": row["status"] == "refunded",
        "status": status,
    }


def refund_view(row: Row, currency: str) -> dict[str, Any]:
    """Show a refund."""
    return {
        "id": row["id"],
        "object": "refund",
        "amount": row["amount"],
        "created": int(row["created_at"].timestamp()),
        "currency": currency.lower(),
        "metadata": row["metadata"],
        "payment_intent": row["payment_id"],
        "status": "succeeded",
    }


def dispute_view(row: Row, payment: Row) -> dict[str, Any]:
    """Show a dispute."""
    return {
        "id": row["id"],
        "object": "dispute",
        "amount": row["amount"],
        "charge": charge_id(payment),
        "created": int(row["created_at"].timestamp()),
        "currency": payment["currency"].lower(),
        "metadata": {},
        "payment_intent": payment["id"],
        "reason": row["reason"],
        "status": {"open": "needs_response"}.get(row["status"], row["status"]),
    }


def listed(items: list[dict[str, Any]], *, url: str, more: bool) -> dict[str, Any]:
    """Show a list."""
    return {"object": "list", "url": url, "has_more": more, "data": items}


def _card(token: str) -> dict[str, Any]:
    """Make a card up from its token: another token is another card, and a suffix may name its brand."""
    digest = hashlib.sha256(token.encode()).hexdigest()
    brand = next((one for one in ("mastercard", "amex", "rupay") if token.endswith(one)), "visa")
    return {
        "brand": brand,
        "country": "US",
        "exp_month": 4,
        "exp_year": 2032,
        "fingerprint": digest[:16],
        "funding": "credit",
        "last4": str(int(digest[:8], 16) % 10_000).zfill(4),
    }


def _billing(row: Row) -> dict[str, Any]:
    data = row["data"]
    address = {"country": data.get("country")}
    return {"address": address, **{name: data.get(name) for name in ("email", "name", "phone")}}

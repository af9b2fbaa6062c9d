"""What Tinko asks PayMongo for. Amounts are centavos on both sides."""

from collections.abc import Sequence
from typing import Any, Final

from app.domain.payments.port import ChargeRequest, CheckoutRequest

CURRENCIES: Final = frozenset({"PHP", "USD"})
"""What PayMongo takes: pesos, and dollars of cards where an account may."""
PAGE_KEY: Final = "checkout_key"
"""What the metadata of a page of ours has, and of every try on it."""
_LONGEST_NOTE: Final = 255
_NAME: Final = "Payment"
_INTENT_METHODS: Final = ("card", "gcash", "grab_pay", "paymaya", "shopee_pay", "dob", "billease", "qrph")
PAGE_METHODS: Final = ("card", "gcash", "paymaya", "grab_pay")
"""What a page offers if PayMongo does not say what the account may."""


def intent_body(request: ChargeRequest) -> dict[str, Any]:
    """Write an intent, which moves no money before a method is attached."""
    kind = request.method.type if request.method.type in _INTENT_METHODS else "card"
    return {
        "amount": request.money.minor,
        "currency": request.money.currency,
        "payment_method_allowed": [kind],
        "capture_type": "automatic",
        "description": request.transaction_ref[:_LONGEST_NOTE],
        "metadata": _metadata(request),
    }


def attach_body(token: str) -> dict[str, Any]:
    """Write the attachment of a saved method, which charges it."""
    return {"payment_method": token}


def source_body(request: ChargeRequest, source_id: str) -> dict[str, Any]:
    """Write the one charge of a legacy source that its payer authorized."""
    return {
        "amount": request.money.minor,
        "currency": request.money.currency,
        "source": {"id": source_id, "type": "source"},
        "description": request.transaction_ref[:_LONGEST_NOTE],
        "metadata": _metadata(request),
    }


def page_body(request: CheckoutRequest, methods: Sequence[str]) -> dict[str, Any]:
    """Write a hosted page for one amount."""
    return {
        "line_items": [
            {"name": _NAME, "amount": request.money.minor, "currency": request.money.currency, "quantity": 1}
        ],
        "payment_method_types": list(methods),
        "success_url": request.success_url,
        "cancel_url": request.cancel_url,
        "description": request.transaction_ref[:_LONGEST_NOTE],
        "reference_number": request.attempt_id,
        "send_email_receipt": False,
        "metadata": _metadata(request) | {PAGE_KEY: request.idempotency_key},
    }


def _metadata(request: ChargeRequest | CheckoutRequest) -> dict[str, str]:
    return {"attempt_id": request.attempt_id, "transaction_ref": request.transaction_ref}

"""The port's requests in Stripe's words. Pure; what has a key is always written the same, as its key demands."""

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Any, Final

from app.domain.payments.port import ChargeRequest, CheckoutRequest, RefundRequest
from app.psp.stripe.units import amount_of

PAGE: Final = "tinko_page"
"""Metadata of an intent that was made for a hosted page: while the page is open, no decline is final."""

KEY: Final = "tinko_key"
"""Metadata of a session: the idempotency key that made it, to find it by when it is asked for again."""

MIN_EXPIRY: Final = timedelta(minutes=31)
"""Stripe's least is 30 minutes by its own clock; the rest is for ours."""
MAX_EXPIRY: Final = timedelta(hours=24)
_TYPES: Final[Mapping[str, str]] = MappingProxyType(
    {"card": "card", "us_bank_account": "us_bank_account", "sepa_debit": "sepa_debit", "bacs_debit": "bacs_debit"}
)


def charge_params(request: ChargeRequest) -> dict[str, Any]:
    """Write an off-session charge of a saved method; raises `InvalidError` for an amount that Stripe cannot charge."""
    method, kind = request.method, _TYPES.get(request.method.type or "")
    params: dict[str, Any] = {
        "amount": amount_of(request.money),
        "currency": request.money.currency.lower(),
        "payment_method": method.token or "",
        "confirm": True,
        "off_session": True,
        "metadata": {"attempt_id": request.attempt_id, "transaction_ref": request.transaction_ref},
        "expand": ["latest_charge"],
    }
    if kind:
        params["payment_method_types"] = [kind]
    else:
        params["automatic_payment_methods"] = {"enabled": True, "allow_redirects": "never"}
    if method.psp_customer_id:
        params["customer"] = method.psp_customer_id
    if method.mandate_id and method.mandate_id.startswith("mandate_"):
        params["mandate"] = method.mandate_id
    return params


def session_params(request: CheckoutRequest, *, expires_at: int) -> dict[str, Any]:
    """Write a hosted page for one payment; raises `InvalidError` for an amount that Stripe cannot charge."""
    metadata = {"attempt_id": request.attempt_id, "transaction_ref": request.transaction_ref}
    return {
        "mode": "payment",
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": request.money.currency.lower(),
                    "unit_amount": amount_of(request.money),
                    "product_data": {"name": request.transaction_ref},
                },
            }
        ],
        "success_url": request.success_url,
        "cancel_url": request.cancel_url,
        "expires_at": expires_at,
        "client_reference_id": request.attempt_id,
        "metadata": {**metadata, KEY: request.idempotency_key},
        "payment_intent_data": {"metadata": {**metadata, PAGE: "1"}},
    }


def expiry_of(request: CheckoutRequest) -> timedelta:
    """Return how long a page stays open: what was asked, within what Stripe allows."""
    return min(max(request.expires_in, MIN_EXPIRY), MAX_EXPIRY)


def refund_params(request: RefundRequest, *, payment: str) -> dict[str, Any]:
    """Write a refund of an intent, or of a charge that has none."""
    return {
        "charge" if payment.startswith(("ch_", "py_")) else "payment_intent": payment,
        "amount": amount_of(request.money),
        "metadata": {"refund_id": request.refund_id},
    }

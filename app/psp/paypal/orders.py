"""What Tinko writes to PayPal: orders, the payment source that pays one, refunds. Pure."""

from collections.abc import Mapping
from typing import Any, Final

from app.domain.payments.port import ChargeRequest, CheckoutRequest, PaymentMethod, RefundRequest
from app.psp.paypal.names import names_on, names_on_shell, paid_elsewhere
from app.psp.paypal.units import amount_of

_CARDS: Final = frozenset({"card", "credit_card", "debit_card"})
_AGREEMENT: Final = "B-"
# Source: the specification's `card_stored_credential` and `paypal_wallet_stored_credential`, which differ.
_BY_MERCHANT: Final = {"payment_initiator": "MERCHANT", "usage": "SUBSEQUENT"}
_STORED: Final = {"card": {**_BY_MERCHANT, "payment_type": "UNSCHEDULED"}, "paypal": _BY_MERCHANT}
_SHELL_AMOUNT: Final = {"currency_code": "USD", "value": "1.00"}


def charge_order(request: ChargeRequest) -> dict[str, Any]:
    """Write an order without a payment source: it moves no money. Raises `AmountUnfitError`."""
    return _order(_unit(request))


def shell_order(attempt_id: str) -> dict[str, Any]:
    """Write the order that a look-up asks for under an attempt's key: nobody can take it for the attempt's."""
    return _order({**names_on_shell(attempt_id), "amount": _SHELL_AMOUNT})


def filling(request: ChargeRequest) -> list[dict[str, Any]]:
    """Write the change that makes an attempt's order of a look-up's shell. Raises `AmountUnfitError`."""
    unit = {**_unit(request), "reference_id": "default"}  # PayPal's own word for a shell's only unit; it stays
    return [{"op": "replace", "path": "/purchase_units/@reference_id=='default'", "value": unit}]


def marking(attempt_id: str, reference_id: str) -> list[dict[str, Any]]:
    """Write the change that marks an order whose attempt was paid by an earlier one."""
    path = f"/purchase_units/@reference_id=='{reference_id}'/custom_id"
    return [{"op": "replace", "path": path, "value": paid_elsewhere(attempt_id)}]


def checkout_order(request: CheckoutRequest) -> dict[str, Any]:
    """Write an order that the payer approves on PayPal's page. Raises `AmountUnfitError`."""
    context = {
        "return_url": request.success_url,
        "cancel_url": request.cancel_url,
        "user_action": "PAY_NOW",
        "shipping_preference": "NO_SHIPPING",
        "payment_method_preference": "IMMEDIATE_PAYMENT_REQUIRED",
    }
    return {**_order(_unit(request)), "payment_source": {"paypal": {"experience_context": context}}}


def payment_source(method: PaymentMethod) -> dict[str, Any] | None:
    """Write what pays off session: a vaulted wallet or card, or an old billing agreement; None without one.

    A vault id does not say what it stands for; `method.type` does, and a wallet is meant without it.
    """
    agreement = next((one for one in (method.mandate_id, method.token) if one and one.startswith(_AGREEMENT)), None)
    if agreement:
        return {"payment_source": {"token": {"id": agreement, "type": "BILLING_AGREEMENT"}}}
    if not method.token:
        return None
    kind = "card" if method.type in _CARDS else "paypal"
    vaulted = {"vault_id": method.token, "stored_credential": dict(_STORED[kind])}
    return {"payment_source": {kind: vaulted}}


def refund_body(request: RefundRequest) -> dict[str, Any]:
    """Write a refund. Raises `AmountUnfitError`."""
    return {"amount": amount_of(request.money), "custom_id": request.refund_id}


def _unit(request: ChargeRequest | CheckoutRequest) -> dict[str, Any]:
    return {**names_on(request.attempt_id, request.transaction_ref), "amount": amount_of(request.money)}


def _order(unit: Mapping[str, Any]) -> dict[str, Any]:
    return {"intent": "CAPTURE", "purchase_units": [dict(unit)]}

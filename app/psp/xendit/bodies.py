"""What Tinko asks Xendit for. Amounts are of the major unit there."""

from collections.abc import Mapping
from typing import Any, Final

from app.domain.payments.port import ChargeRequest, CheckoutRequest, RefundRequest
from app.psp.lenient import text_of
from app.psp.xendit.amounts import major_of

CARDS: Final = "CARDS"
_LONGEST_PAGE: Final = 365 * 86_400
_LONGEST_NOTE: Final = 1000
PAGE_KEY: Final = "checkout_key"


def charge_body(request: ChargeRequest, token: Mapping[str, Any], token_id: str) -> dict[str, Any]:
    """Write an off-session charge of a saved method, where and how the method was saved.

    The attempt's id is the `reference_id`, which Xendit keeps unique for cards and lists requests by.
    """
    channel, country = text_of(token.get("channel_code")) or CARDS, text_of(token.get("country"))
    card = {"skip_three_ds": True, "card_on_file_type": "MERCHANT_UNSCHEDULED"}
    return {
        "reference_id": request.attempt_id,
        "payment_token_id": token_id,
        "type": "PAY",
        **({"country": country} if country else {}),
        "currency": request.money.currency,
        "request_amount": major_of(request.money),
        "capture_method": "AUTOMATIC",
        "channel_code": channel,
        **({"channel_properties": card} if channel == CARDS else {}),
        "description": request.transaction_ref[:_LONGEST_NOTE],
        "metadata": _metadata(request),
    }


def page_body(request: CheckoutRequest) -> dict[str, Any]:
    """Write a hosted invoice; its `external_id` is the attempt's, whose pages are told apart by their key."""
    seconds = max(1, min(int(request.expires_in.total_seconds()), _LONGEST_PAGE))
    return {
        "external_id": request.attempt_id,
        "amount": major_of(request.money),
        "currency": request.money.currency,
        "description": request.transaction_ref[:_LONGEST_NOTE],
        "invoice_duration": seconds,
        "should_send_email": False,
        "success_redirect_url": request.success_url,
        "failure_redirect_url": request.cancel_url,
        "metadata": _metadata(request) | {PAGE_KEY: request.idempotency_key},
    }


def refund_body(request: RefundRequest, named: Mapping[str, str]) -> dict[str, Any]:
    """Write a refund of a payment request or an invoice."""
    return {
        **named,
        "reference_id": request.refund_id,
        "currency": request.money.currency,
        "amount": major_of(request.money),
        "reason": "OTHERS",
    }


def _metadata(request: ChargeRequest | CheckoutRequest) -> dict[str, str]:
    return {"attempt_id": request.attempt_id, "transaction_ref": request.transaction_ref}

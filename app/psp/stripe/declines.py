"""Why Stripe refused, with every code it gave. The words are the classifier's own table of Stripe."""

from collections.abc import Mapping
from typing import Any, Final

from app.domain.payments.port import Decline
from app.psp.lenient import dict_of, text_of

AUTHENTICATE: Final = frozenset({"authentication_required", "payment_intent_action_required"})
"""Refusals that say "not without the payer"."""

OF_THE_METHOD: Final = ("payment_method_", "india_recurring_payment_", "bank_account_")
_METHOD_CODES: Final = frozenset(
    {
        "payment_intent_mandate_invalid",
        "payment_intent_incompatible_payment_method",
        "billing_invalid_mandate",
        "expired_payment_method",
    }
)
_METHOD_PARAMS: Final = frozenset({"payment_method", "customer", "mandate"})
_UNEXPECTED: Final = "payment_method_unexpected_state"
FALLBACK: Final = "card_declined"


def decline_of(error: Mapping[str, Any], charge: Mapping[str, Any] | None = None) -> Decline:
    """Read a `last_payment_error` (or an error reply), and the charge's outcome where the error is silent.

    The most telling word wins: why Radar blocked it, else the issuer's `decline_code`, else the error's code.
    Stripe's own advice stands in for the network's if that is missing; the classifier knows both.
    """
    outcome = dict_of(dict_of(charge).get("outcome"))
    blocked = text_of(outcome.get("reason")) if outcome.get("type") == "blocked" else None
    code = blocked or text_of(error.get("decline_code")) or text_of(error.get("code")) or FALLBACK

    def either(name: str) -> str | None:
        return text_of(error.get(name)) or text_of(outcome.get(name))

    return Decline(
        code=code,
        message=(text_of(error.get("message")) or text_of(outcome.get("seller_message")) or "")[:500] or None,
        network_decline_code=either("network_decline_code"),
        network_advice_code=either("network_advice_code") or either("advice_code"),
    )


def needs_payer(error: Mapping[str, Any]) -> bool:
    """Tell whether a refusal only asks for the payer's authentication."""
    return text_of(error.get("code")) in AUTHENTICATE or text_of(error.get("decline_code")) in AUTHENTICATE


def blames_method(error: Mapping[str, Any]) -> bool:
    """Tell whether a rejected request was rejected for the saved method: a verdict on it, not a mistake of ours."""
    code, param = text_of(error.get("code")) or "", text_of(error.get("param"))
    if code == "resource_missing":
        return param in _METHOD_PARAMS
    return code in _METHOD_CODES or code.startswith(OF_THE_METHOD)

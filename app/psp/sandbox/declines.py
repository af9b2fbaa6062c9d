"""The sandbox's decline codes in the words of the classifier's generic table."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

CODES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "insufficient_funds": "insufficient_funds",
        "lost_card": "lost_or_stolen",
        "invalid_payment_method": "invalid_card_data",
        "authentication_failed": "authentication_failed",
        "payer_declined": "payer_cancelled",
        "generic_decline": "generic_decline",
    }
)


def translate(code: str | None) -> str:
    """Return the classifier's word; a code that is not in the table goes through as it came."""
    if not code:
        return "generic_decline"
    return CODES.get(code, code)

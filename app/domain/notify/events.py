"""What messages are about, and the closed list of names that their texts may use."""

from enum import StrEnum
from typing import Final


class Event(StrEnum):
    """Why the payer is written to."""

    ACTION_NEEDED = "payment_failed_action_needed"
    """The payment failed, and the payer can pay with a link."""
    RETRY_SCHEDULED = "retry_scheduled"
    """The payment failed, and will be tried again by itself; the payer may pay sooner."""
    LAST_NOTICE = "last_notice"
    """Nothing else follows."""
    LINK_REISSUED = "link_reissued"
    """The payer asked for a fresh link."""
    DIGEST = "digest"
    """Several payments of one payer in one message."""
    CARD_EXPIRING = "card_expiring"
    """The saved card expires before the next automatic try; the payer may pay another way now."""


ASKED_FOR: Final = frozenset({Event.LINK_REISSUED})
"""The payer waits for these: quiet hours and the daily cap do not hold them back."""
ABOUT_THE_PLAN: Final = frozenset({Event.RETRY_SCHEDULED, Event.CARD_EXPIRING})
"""These speak of an automatic try: without one they would not be true, and are not sent."""
TRAVELS_ALONE: Final = ASKED_FOR | {Event.CARD_EXPIRING}
"""These say something that a digest does not."""

VARIABLES: Final = frozenset(
    {
        "amount",
        "card",
        "card_expires",
        "code",
        "expires_at",
        "items",
        "link_url",
        "merchant",
        "payer_name",
        "retry_at",
        "transaction_ref",
        "verify_url",
    }
)
"""`retry_at` is empty when no automatic retry is planned; `items` has entries in a digest alone.

`card` (its brand and last digits) and `card_expires` are empty where the merchant did not tell them.
"""
ITEM_VARIABLES: Final = frozenset({"amount", "expires_at", "link_url", "retry_at", "transaction_ref"})
REQUIRED: Final = frozenset({"code", "verify_url"})
"""Without these a payer could not see that a message is real."""


def required_in(event: Event) -> frozenset[str]:
    """Return the names that a text for that event has to show."""
    return REQUIRED | ({"items"} if event is Event.DIGEST else {"link_url"})

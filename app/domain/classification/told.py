"""What a payer may be told of why a payment failed: nothing that helps whoever tries cards that are not theirs.

Providers ask that these look like any other decline (`mask_to_payer` of `data/code_flags.csv`; Stripe:
https://docs.stripe.com/declines/codes). Staff and merchants' servers still see the true reason.
"""

from typing import Final

from app.domain.classification.taxonomy import Category

GENERIC: Final = "generic_decline"
KEPT_FROM_PAYERS: Final = frozenset(
    {"compliance", "legal_hold", "lost_card", "lost_or_stolen", "pickup_card", "stolen_card", "suspected_fraud"}
)
"""Groups of `data/reasons.csv` that no payer is told."""


def reason_for_payer(reason: str) -> str:
    """Return a recovery's reason as its payer may know it."""
    return GENERIC if reason in KEPT_FROM_PAYERS else reason


def category_for_payer(category: str, reason: str) -> str:
    """Return a recovery's category as its payer may know it: sentences hang on this one."""
    return Category.ISSUER_DECLINE if reason in KEPT_FROM_PAYERS else category

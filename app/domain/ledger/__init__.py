"""Double entry: which accounts each movement of money debits and credits.

`psp_clearing` is money that providers hold for the merchant; `recovered_revenue` what came back;
`duplicate_refunds` what is owed to payers who were charged by two rails at once, until it is paid.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Movement(StrEnum):
    """A kind of movement of money that is booked."""

    CAPTURE = "capture"
    """A provider captured the payment of a recovery."""
    DUPLICATE_CAPTURE = "duplicate_capture"
    """A second rail captured the same transaction; the money is owed to the payer."""
    DUPLICATE_REFUND = "duplicate_refund"
    """The duplicate went back to the payer."""


@dataclass(frozen=True, slots=True)
class Posting:
    """The two accounts of a movement: each amount is debited to one and credited to the other."""

    debit: str
    credit: str


POSTINGS: Final[Mapping[Movement, Posting]] = {
    Movement.CAPTURE: Posting(debit="psp_clearing", credit="recovered_revenue"),
    Movement.DUPLICATE_CAPTURE: Posting(debit="psp_clearing", credit="duplicate_refunds"),
    Movement.DUPLICATE_REFUND: Posting(debit="duplicate_refunds", credit="psp_clearing"),
}

"""The words of the classifier: what goes in, what comes out, and the closed sets in between."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Category(StrEnum):
    """The six coarse classes of failures."""

    FUNDS = "funds"
    ISSUER_DECLINE = "issuer_decline"
    NETWORK = "network"
    AUTH_TIMEOUT = "auth_timeout"
    UPI_PENDING = "upi_pending"
    UNKNOWN = "unknown"


class Hardness(StrEnum):
    """Whether the same method can work again (`soft`) or never will (`hard`)."""

    SOFT = "soft"
    HARD = "hard"


class Retry(StrEnum):
    """What may be done about a failure."""

    NEVER = "never"
    """No automatic charge on this credential."""
    PAYER_ACTION = "payer_action"
    """A message or a link; no automatic charge."""
    RETRY_SOON = "retry_soon"
    """Within minutes to hours."""
    RETRY_LATER = "retry_later"
    """After a day or more."""
    POLL_STATUS = "poll_status"
    """Read the final status before anything else."""


AUTOMATIC: Final = frozenset({Retry.RETRY_SOON, Retry.RETRY_LATER})
"""What lets a charge be made without the payer."""


class Recommendation(StrEnum):
    """The one next step that is worth most; a closed and stable set of words."""

    RETRY_SOON = "retry_soon"
    RETRY_LATER = "retry_later"
    POLL_STATUS = "poll_status"
    ASK_PAYER_AUTHENTICATE = "ask_payer_authenticate"
    ASK_PAYER_NEW_METHOD = "ask_payer_new_method"
    ASK_PAYER_CONTACT_BANK = "ask_payer_contact_bank"
    ASK_PAYER_LATER = "ask_payer_later"
    FIX_INTEGRATION = "fix_integration"
    """Neither payer nor bank can help: the merchant's account or request is at fault."""
    STOP = "stop"


METHODS = ("card", "upi", "netbanking", "wallet", "bank_debit")
"""The kinds of payment method that the classifier tells apart; any other counts as not known."""


@dataclass(frozen=True, slots=True)
class FailureSignals:
    """Everything that was said about a failure, in any spelling; absent facts are None.

    `reason` and `code` are the merchant's `failure_reason` and `failure_code` (either may hold the
    provider's more telling code). `network_advice_code` may be written `02`, `2` or `MAC_02`.
    """

    gateway: str | None = None
    reason: str | None = None
    code: str | None = None
    message: str | None = None
    network_decline_code: str | None = None
    network_advice_code: str | None = None
    method: str | None = None
    brand: str | None = None


@dataclass(frozen=True, slots=True)
class Classification:
    """Why a payment failed and what may be done, with the rule that says so.

    `reason` is the group that analysts count by: one of the words in `data/reasons.csv`, so that
    `stripe:insufficient_funds`, `visa:51` and `npci_upi:Z9` are one. The exact code stands in `rule`
    (`stripe:insufficient_funds`, `mastercard:MAC_03`, `message:insufficient balance`).

    `cooldown_seconds` is the table's suggested wait, or the longer wait that a network demands; where
    the status is read first, the wait until it is read, whatever a charge after it has to wait for.
    `required_wait_seconds` and `required_wait_rule` are that demand alone. `network_rule` names a
    rule that forbids any automatic retry. If `money_may_have_moved`, nothing may be charged or
    offered for payment before the provider was asked; if `stop_recovery`, it was paid already.
    `known` is False if nothing matched; `unchecked` says that the deciding row is from memory.
    """

    category: Category
    reason: str
    hardness: Hardness
    retry: Retry
    recommendation: str
    alternatives: tuple[str, ...]
    cooldown_seconds: int | None
    required_wait_seconds: int | None
    required_wait_rule: str | None
    money_may_have_moved: bool
    stop_recovery: bool
    rule: str
    title: str
    known: bool
    unchecked: bool
    network_rule: str | None

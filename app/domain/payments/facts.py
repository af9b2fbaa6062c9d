"""What a provider knows of a payment besides how it ended: enough to open a recovery for one that is not ours."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from app.domain.money import Money


class EventKind(StrEnum):
    """What a webhook is about."""

    PAYMENT = "payment"
    """A payment's state changed, or its page's, order's or invoice's: the payment is read."""
    REFUND = "refund"
    """Money went back, or failed to: the payment is read."""
    DISPUTE = "dispute"
    """The payer's bank takes the money back, or gave that up; `WebhookEvent.dispute` says what."""
    OTHER = "other"
    """Nothing that Tinko acts upon. Kept, and counted."""


@dataclass(frozen=True, slots=True)
class MethodFacts:
    """How the payer paid, as far as the provider tells. `token` can be charged again off session, if there is one."""

    type: str | None = None
    token: str | None = field(default=None, repr=False)
    psp_customer_id: str | None = None
    mandate_id: str | None = None
    brand: str | None = None
    last4: str | None = None
    issuer_country: str | None = None
    funding: str | None = None
    fingerprint: str | None = None


@dataclass(frozen=True, slots=True)
class CustomerFacts:
    """Who the payer is, as far as the provider tells; `ref` is the merchant's own word for them, else None."""

    ref: str | None = None
    email: str | None = field(default=None, repr=False)
    phone: str | None = field(default=None, repr=False)
    name: str | None = field(default=None, repr=False)
    country: str | None = None


@dataclass(frozen=True, slots=True)
class PaymentFacts:
    """A payment as its provider describes it.

    `asked` is the amount wanted, `refunded` what went back so far. `transaction_ref` is the payment's
    `transaction_ref` or `order_id` metadata, and `attempt_id` ours if Tinko made it. `other_ids` are
    further names of the same payment at the provider (its charge, order or invoice). `native_retry_at`
    is when the provider itself charges again; while it is set, nobody else may.
    """

    asked: Money | None = None
    transaction_ref: str | None = None
    attempt_id: str | None = None
    created_at: datetime | None = None
    method: MethodFacts = field(default_factory=MethodFacts)
    customer: CustomerFacts = field(default_factory=CustomerFacts)
    other_ids: tuple[str, ...] = ()
    native_retry_at: datetime | None = None
    refunded: Money | None = None


class DisputeStatus(StrEnum):
    """Where a dispute stands."""

    OPEN = "open"
    WON = "won"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class DisputeFacts:
    """A dispute as a webhook tells it."""

    dispute_id: str
    status: DisputeStatus
    money: Money | None = None
    reason: str | None = None


class FindingCode(StrEnum):
    """What a check of an account can find wrong."""

    KEY_INVALID = "key_invalid"
    KEY_MISSING = "key_missing"
    PERMISSION_MISSING = "permission_missing"
    MODE_MISMATCH = "mode_mismatch"
    """A live key in a test organization, or the other way round."""
    WEBHOOK_SECRET_MISSING = "webhook_secret_missing"  # noqa: S105  (a word, no secret)
    WEBHOOK_MISSING = "webhook_missing"
    """No webhook of the account leads here, or it lacks events."""
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with an account, and how to mend it, in a sentence."""

    code: FindingCode
    detail: str

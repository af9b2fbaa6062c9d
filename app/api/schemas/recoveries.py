"""Recoveries as the API shows them."""

from datetime import datetime
from typing import Any

from pydantic import AwareDatetime, BaseModel

from app.api.schemas.messages import NotificationView
from app.db.models import Attempt, Link, PaymentReversal
from app.db.queries.recovery_views import Brief
from app.services.recovery.read import Detail
from app.services.recovery.story import Happening

_OF_TRANSACTION = ("transaction_ref", "amount", "currency", "gateway", "held_until", "held_by", "charges_barred")


class RecoveryView(BaseModel):
    """A recovery in brief.

    Nothing is charged, and nobody asked, before `held_until`; nothing is charged where `charges_barred` says why.
    """

    id: str
    status: str
    paused: bool
    transaction_id: str
    transaction_ref: str
    amount: int
    currency: str
    gateway: str
    category: str
    reason: str
    hardness: str
    charges_made: int
    needs_attention: str | None
    recovered_via: str | None
    promised_for: datetime | None
    held_until: datetime | None
    held_by: str | None
    charges_barred: str | None
    policy_id: str
    policy_version: int
    next_attempt_at: datetime | None
    next_attempt_kind: str | None
    opened_at: datetime
    window_ends_at: datetime
    ended_at: datetime | None

    @classmethod
    def fields_of(cls, brief: Brief) -> dict[str, Any]:
        """Return the fields of a recovery's view."""
        recovery, transaction, upcoming = brief
        own = {name: getattr(recovery, name) for name in cls.model_fields if hasattr(recovery, name)}
        return {
            **own,
            **{name: getattr(transaction, name) for name in _OF_TRANSACTION},
            "paused": recovery.paused_at is not None,
            "next_attempt_at": upcoming.due_at if upcoming else None,
            "next_attempt_kind": upcoming.kind if upcoming else None,
        }

    @classmethod
    def of(cls, brief: Brief) -> "RecoveryView":
        """Return the view of a recovery."""
        return cls(**cls.fields_of(brief))


class DecisionView(BaseModel):
    """Why a step was planned."""

    rule: str
    why: str
    excluded: list[str]
    inputs: str


class AttemptView(BaseModel):
    """One planned step, and what became of it."""

    id: str
    number: int
    kind: str
    status: str
    due_at: datetime
    decision: DecisionView
    psp_account_id: str | None
    psp_payment_id: str | None
    result_code: str | None
    result_detail: str | None
    planned_at: datetime
    started_at: datetime | None
    finished_at: datetime | None

    @classmethod
    def of(cls, attempt: Attempt) -> "AttemptView":
        """Return the view of an attempt."""
        return cls(**{name: getattr(attempt, name) for name in cls.model_fields})


class LinkView(BaseModel):
    """A link that the payer was, or may be, given; its token is shown once, when it is made."""

    id: str
    attempt_id: str
    channel: str
    created_by: str
    created_at: datetime
    expires_at: datetime
    opened_at: datetime | None
    opens: int
    used_at: datetime | None
    revoked_at: datetime | None
    superseded_at: datetime | None

    @classmethod
    def of(cls, link: Link) -> "LinkView":
        """Return the view of a link."""
        return cls(**{name: getattr(link, name) for name in cls.model_fields})


class TimelineView(BaseModel):
    """What happened, when, by whom or which rule, and why."""

    id: str
    at: datetime
    what: str
    who: str
    why: str
    facts: dict[str, Any]

    @classmethod
    def of(cls, happening: Happening) -> "TimelineView":
        """Return the view of something that happened."""
        return cls(**{name: getattr(happening, name) for name in cls.model_fields})


class ReversalView(BaseModel):
    """Money of the transaction that went back: all refunds of a payment in one sum, each dispute by itself."""

    id: str
    kind: str
    status: str
    amount: int | None
    currency: str | None
    reason: str | None
    psp_account_id: str
    psp_payment_id: str
    psp_id: str
    occurred_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, reversal: PaymentReversal) -> "ReversalView":
        """Return the view of a refund or dispute."""
        return cls(**{name: getattr(reversal, name) for name in cls.model_fields})


class RecoveryDetail(RecoveryView):
    """A recovery with everything that happened to it."""

    attempts: list[AttemptView]
    links: list[LinkView]
    notifications: list[NotificationView]
    reversals: list[ReversalView]
    timeline: list[TimelineView]

    @classmethod
    def from_detail(cls, detail: Detail) -> "RecoveryDetail":
        """Return the view of a recovery with its history."""
        return cls(
            **cls.fields_of(detail.brief),
            attempts=[AttemptView.of(attempt) for attempt in detail.attempts],
            links=[LinkView.of(link) for link in detail.links],
            notifications=[NotificationView.of(message) for message in detail.messages],
            reversals=[ReversalView.of(reversal) for reversal in detail.reversals],
            timeline=[TimelineView.of(entry) for entry in detail.timeline],
        )


class MoveIn(BaseModel):
    """When the next step is to happen instead."""

    due_at: AwareDatetime


class RetryStatsView(BaseModel):
    """How an organization's attempts fare."""

    total_attempts: int
    pending_retries: int
    sent_count: int
    completed_count: int
    failed_count: int
    avg_retry_count: float

"""Recoveries as the API shows them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from pydantic import AwareDatetime, BaseModel

from app.api.schemas.messages import NotificationView
from app.db.models import Attempt, FailureEvent, Link, PaymentReversal, PspEvent
from app.db.queries.recovery_lists import COUNTED
from app.db.queries.recovery_views import Brief
from app.domain.identity.caller import Caller
from app.domain.identity.masking import mask_email, mask_json, mask_name, mask_phone, mask_text
from app.infra.log import mask
from app.services.recovery.allowed import Action, Verdict
from app.services.recovery.read import Detail
from app.services.recovery.story import Happening

_OF_TRANSACTION = ("transaction_ref", "amount", "currency", "gateway", "held_until", "held_by", "charges_barred")
# How much deeper than a log entry a merchant's metadata may nest before it is cut off.
_DEEPER: Final = -10


class RecoveryView(BaseModel):
    """A recovery in brief.

    Nothing is charged, and nobody asked, before `held_until`; nothing is charged where `charges_barred` says why.
    `payer` is their name, else their mail address or ref: masked for a caller who may not read contacts.
    """

    id: str
    status: str
    paused: bool
    transaction_id: str
    transaction_ref: str
    payer: str | None
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
    def fields_of(cls, brief: Brief, *, contacts: bool) -> dict[str, Any]:
        """Return the fields of a recovery's view."""
        recovery, transaction, upcoming = brief
        own = {name: getattr(recovery, name) for name in cls.model_fields if hasattr(recovery, name)}
        return {
            **own,
            **{name: getattr(transaction, name) for name in _OF_TRANSACTION},
            "payer": _payer(transaction.customer, contacts=contacts),
            "paused": recovery.paused_at is not None,
            "next_attempt_at": upcoming.due_at if upcoming else None,
            "next_attempt_kind": upcoming.kind if upcoming else None,
        }

    @classmethod
    def of(cls, brief: Brief, *, contacts: bool) -> "RecoveryView":
        """Return the view of a recovery."""
        return cls(**cls.fields_of(brief, contacts=contacts))


def _payer(customer: dict[str, Any], *, contacts: bool) -> str | None:
    shown = CustomerView.of(customer, contacts=contacts)
    return shown.name or shown.email or shown.ref


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


class ActionView(BaseModel):
    """What may be done with a recovery now; where it may not, `reason` says why and `rule` is what to look up."""

    action: Action
    allowed: bool
    reason: str | None
    rule: str | None

    @classmethod
    def of(cls, verdict: Verdict, caller: Caller) -> "ActionView":
        """Return the view of a verdict, for a caller who may lack the permission."""
        permission = "links:write" if verdict.action is Action.LINK else "recoveries:write"
        if not caller.may(permission):
            reason = f"This needs the permission {permission}."
            return cls(action=verdict.action, allowed=False, reason=reason, rule="permission_missing")
        return cls(**{name: getattr(verdict, name) for name in cls.model_fields})


class CustomerView(BaseModel):
    """The payer; name and addresses are `masked` for a caller who may not read contacts."""

    ref: str | None
    name: str | None
    email: str | None
    phone: str | None
    locale: str | None
    timezone: str | None
    country: str | None
    masked: bool

    @classmethod
    def of(cls, customer: dict[str, Any], *, contacts: bool) -> "CustomerView":
        """Return the view of what is known of a payer."""
        known = {name: customer.get(name) for name in cls.model_fields if name != "masked"}
        if not contacts:
            known["ref"] = known["ref"] and mask_text(known["ref"])
            known["name"], known["email"] = mask_name(known["name"]), mask_email(known["email"])
            known["phone"] = mask_phone(known["phone"])
        return cls(**known, masked=not contacts)


class ReportView(BaseModel):
    """One report of the failure, as it came and as it was understood; secrets in it are masked."""

    id: str
    gateway: str
    failure_reason: str
    failure_code: str | None
    failure_message: str | None
    network_decline_code: str | None
    network_advice_code: str | None
    psp_payment_id: str | None
    amount: int
    currency: str
    category: str
    reason: str
    hardness: str
    rule: str
    classification: dict[str, Any]
    metadata: dict[str, Any]
    occurred_at: datetime
    received_at: datetime

    @classmethod
    def of(cls, event: FailureEvent, *, contacts: bool) -> "ReportView":
        """Return the view of a report."""
        own = {name: getattr(event, name) for name in cls.model_fields if name != "metadata"}
        own |= {"failure_message": mask(event.failure_message), "metadata": mask(event.event_metadata, depth=_DEEPER)}
        return cls(**(own if contacts else mask_json(own)))


class PspEventBrief(BaseModel):
    """A provider's webhook that names the transaction; its body is at `GET /v1/psp_events/{id}`."""

    id: str
    psp_account_id: str
    event_id: str
    type: str
    status: str
    received_at: datetime
    processed_at: datetime | None

    @classmethod
    def of(cls, event: PspEvent) -> "PspEventBrief":
        """Return the view of a webhook."""
        return cls(**{name: getattr(event, name) for name in cls.model_fields})


class RecoveryDetail(RecoveryView):
    """A recovery with everything that happened to it, and what may be done now.

    `budget_url` tells what network rules leave for another charge.
    """

    actions: list[ActionView]
    customer: CustomerView
    events: list[ReportView]
    psp_events: list[PspEventBrief]
    budget_url: str
    attempts: list[AttemptView]
    links: list[LinkView]
    notifications: list[NotificationView]
    reversals: list[ReversalView]
    timeline: list[TimelineView]

    @classmethod
    def from_detail(cls, detail: Detail, verdicts: Sequence[Verdict], caller: Caller) -> "RecoveryDetail":
        """Return the view of a recovery with its history, as far as the caller may see it."""
        contacts = caller.may("contacts:read")
        return cls(
            **cls.fields_of(detail.brief, contacts=contacts),
            actions=[ActionView.of(verdict, caller) for verdict in verdicts],
            customer=CustomerView.of(detail.brief.transaction.customer, contacts=contacts),
            events=[ReportView.of(event, contacts=contacts) for event in detail.events],
            psp_events=[PspEventBrief.of(event) for event in detail.psp_events],
            budget_url=f"/v1/recoveries/{detail.brief.recovery.id}/budget",
            attempts=[AttemptView.of(attempt) for attempt in detail.attempts],
            links=[LinkView.of(link) for link in detail.links],
            notifications=[NotificationView.of(message) for message in detail.messages],
            reversals=[ReversalView.of(reversal) for reversal in detail.reversals],
            timeline=[TimelineView.of(entry) for entry in detail.timeline],
        )


class MoveIn(BaseModel):
    """When the next step is to happen instead."""

    due_at: AwareDatetime


class CountView(BaseModel):
    """How many recoveries a list has: exact up to 10,000; beyond, it is `shown` as `10000+`."""

    count: int
    exact: bool
    shown: str

    @classmethod
    def of(cls, count: int) -> "CountView":
        """Return the view of a bounded count."""
        exact = count <= COUNTED
        return cls(count=min(count, COUNTED), exact=exact, shown=str(count) if exact else f"{COUNTED}+")


class RetryStatsView(BaseModel):
    """How an organization's attempts fare."""

    total_attempts: int
    pending_retries: int
    sent_count: int
    completed_count: int
    failed_count: int
    avg_retry_count: float

"""Recoveries, read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.db.models import Attempt, FailureEvent, Link, Message, PaymentReversal, PspEvent
from app.db.queries import recovery_lists
from app.db.queries import recovery_views as queries
from app.db.queries.links import list_links
from app.db.queries.notify import list_messages_of
from app.db.queries.psp_inbound import list_reversals
from app.db.queries.recovery_lists import Filters
from app.db.queries.recovery_views import Brief
from app.domain.errors import NotFoundError
from app.services.recovery.allowed import Action, Verdict, find_situation, judge
from app.services.recovery.story import Happening, tell


@dataclass(frozen=True, slots=True)
class Detail:
    """A recovery with everything that happened to it."""

    brief: Brief
    attempts: Sequence[Attempt]
    links: Sequence[Link]
    messages: Sequence[Message]
    reversals: Sequence[PaymentReversal]
    events: Sequence[FailureEvent]
    psp_events: Sequence[PspEvent]
    timeline: Sequence[Happening]


@dataclass(frozen=True, slots=True)
class RetryStats:
    """How an organization's attempts fare; counts of charges, and of links for `sent_count`."""

    total_attempts: int
    pending_retries: int
    sent_count: int
    completed_count: int
    failed_count: int
    avg_retry_count: float


def list_recoveries(
    session: Session, *, organization_id: str, filters: Filters, after: str | None, limit: int
) -> list[Brief]:
    """Return recoveries, the newest first, and one more than `limit` if there are more."""
    return queries.list_recoveries(session, organization_id=organization_id, filters=filters, after=after, limit=limit)


def count_recoveries(session: Session, *, organization_id: str, filters: Filters) -> int:
    """Count recoveries: exact up to ten thousand, and one more than that where there are more."""
    return recovery_lists.count_recoveries(session, organization_id=organization_id, filters=filters)


def get_recovery(session: Session, *, organization_id: str, recovery_id: str) -> Detail:
    """Return one recovery; raises `NotFoundError`."""
    brief = queries.find_recovery(session, organization_id=organization_id, recovery_id=recovery_id)
    return _detail(session, brief)


def get_recovery_by_ref(session: Session, *, organization_id: str, transaction_ref: str) -> Detail:
    """Return the newest recovery of a transaction; raises `NotFoundError`."""
    brief = queries.find_latest_by_ref(session, organization_id=organization_id, transaction_ref=transaction_ref)
    return _detail(session, brief)


def get_verdicts(session: Session, *, organization_id: str, recovery_id: str, now: datetime) -> list[Verdict]:
    """Tell for each act whether it may be done with a recovery now, and else which rule forbids it.

    `now` is the organization's time. Raises `NotFoundError`.
    """
    situation = find_situation(session, organization_id=organization_id, recovery_id=recovery_id)
    return [judge(situation, action, now=now) for action in Action]


def get_retry_stats(session: Session, *, organization_id: str) -> RetryStats:
    """Count an organization's attempts."""
    counts = queries.attempt_counts(session, organization_id=organization_id)
    average = queries.average_charges(session, organization_id=organization_id)
    return RetryStats(**counts._asdict(), avg_retry_count=round(average, 2))


def _detail(session: Session, brief: Brief | None) -> Detail:
    if brief is None:
        raise NotFoundError("There is no such recovery.")
    recovery = brief.recovery
    attempts = queries.list_attempts(session, recovery_id=recovery.id)
    events = queries.list_reports(session, recovery=recovery)
    return Detail(
        brief,
        attempts,
        list_links(session, recovery_id=recovery.id),
        list_messages_of(session, recovery_id=recovery.id),
        list_reversals(session, transaction_id=recovery.transaction_id),
        events,
        queries.list_psp_events(session, transaction=brief.transaction),
        tell(
            recovery,
            events=events,
            attempts=attempts,
            noted=queries.list_timeline(session, recovery_id=recovery.id),
        ),
    )

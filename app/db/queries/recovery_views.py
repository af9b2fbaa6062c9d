"""Recoveries as people read them: lists, and one with all that happened."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Row, func, select, text
from sqlalchemy.orm import Session

from app.db.models import Attempt, FailureEvent, PspEvent, PspPayment, Recovery, TimelineEntry, Transaction
from app.db.queries import recovery_lists
from app.db.queries.recovery_lists import Filters
from app.db.queries.scoped import owned
from app.domain.recovery.states import AttemptStatus


class Brief(NamedTuple):
    """A recovery with its transaction and its next planned attempt."""

    recovery: Recovery
    transaction: Transaction
    next_attempt: Attempt | None


def list_recoveries(
    session: Session, *, organization_id: str, filters: Filters, after: str | None, limit: int
) -> list[Brief]:
    """Return an organization's recoveries, the newest first, one more than `limit`."""
    recoveries = recovery_lists.list_recoveries(
        session, organization_id=organization_id, filters=filters, after=after, limit=limit
    )
    return _briefs(session, recoveries)


def find_recovery(session: Session, *, organization_id: str, recovery_id: str) -> Brief | None:
    """Return one recovery of the organization."""
    rows = session.execute(owned(Recovery, organization_id).where(Recovery.id == recovery_id)).scalars().all()
    return next(iter(_briefs(session, rows)), None)


def find_latest_by_ref(session: Session, *, organization_id: str, transaction_ref: str) -> Brief | None:
    """Return the newest recovery of one of the organization's transactions."""
    statement = (
        owned(Recovery, organization_id)
        .join(Transaction, Transaction.id == Recovery.transaction_id)
        .where(Transaction.organization_id == organization_id, Transaction.transaction_ref == transaction_ref)
        .order_by(Recovery.id.desc())
        .limit(1)
    )
    return next(iter(_briefs(session, session.execute(statement).scalars().all())), None)


def list_attempts(session: Session, *, recovery_id: str) -> Sequence[Attempt]:
    """Return a recovery's attempts, in their order."""
    statement = select(Attempt).where(Attempt.recovery_id == recovery_id).order_by(Attempt.number).limit(500)
    return session.execute(statement).scalars().all()


def list_reports(session: Session, *, recovery: Recovery) -> Sequence[FailureEvent]:
    """Return the reports of a recovery, the oldest first; the first five hundred."""
    reports = select(FailureEvent).where(
        FailureEvent.transaction_id == recovery.transaction_id, FailureEvent.recovery_id == recovery.id
    )
    return session.execute(reports.order_by(FailureEvent.id).limit(500)).scalars().all()


def list_psp_events(session: Session, *, transaction: Transaction) -> Sequence[PspEvent]:
    """Return what providers told of a transaction by its reference, the oldest first; the newest hundred."""
    newest = (
        owned(PspEvent, transaction.organization_id)
        .where(PspEvent.transaction_ref.in_(_references(session, transaction)))
        .order_by(PspEvent.id.desc())
        .limit(100)
    )
    return session.execute(newest).scalars().all()[::-1]


def _references(session: Session, transaction: Transaction) -> list[str]:
    """Return the transaction's reference, and what stood for it before the merchant said theirs."""
    earlier = select(PspPayment.placeholder).where(
        PspPayment.transaction_id == transaction.id, PspPayment.placeholder.is_not(None)
    )
    found = session.scalars(earlier.distinct().limit(100))
    return [transaction.transaction_ref, *(each for each in found if each is not None)]


def list_timeline(session: Session, *, recovery_id: str) -> Sequence[TimelineEntry]:
    """Return what was noted of a recovery, the oldest first; the newest thousand entries."""
    newest = (
        select(TimelineEntry)
        .where(TimelineEntry.recovery_id == recovery_id)
        .order_by(TimelineEntry.at.desc(), TimelineEntry.id.desc())
        .limit(1000)
    )
    return session.execute(newest).scalars().all()[::-1]


_STATS = text("""
    SELECT count(*) FILTER (WHERE kind = 'charge') AS total_attempts,
           count(*) FILTER (WHERE kind = 'charge' AND status = 'scheduled') AS pending_retries,
           count(*) FILTER (WHERE kind = 'link' AND status NOT IN ('cancelled', 'expired')) AS sent_count,
           count(*) FILTER (WHERE status = 'succeeded') AS completed_count,
           count(*) FILTER (WHERE status IN ('declined', 'requires_action', 'error')) AS failed_count
    FROM attempts WHERE organization_id = :organization_id
""")


def attempt_counts(session: Session, *, organization_id: str) -> Row[Any]:
    """Return how many attempts of an organization stand where."""
    return session.execute(_STATS, {"organization_id": organization_id}).one()


def average_charges(session: Session, *, organization_id: str) -> float:
    """Return the mean number of charges per recovery, 0 when there is none."""
    statement = select(func.coalesce(func.avg(Recovery.charges_made), 0))
    return float(session.execute(statement.where(Recovery.organization_id == organization_id)).scalar_one())


def _briefs(session: Session, recoveries: Sequence[Recovery]) -> list[Brief]:
    """Add to each recovery what a list shows of it: two statements, whatever the number of rows."""
    transaction_ids = [recovery.transaction_id for recovery in recoveries]
    found = session.execute(select(Transaction).where(Transaction.id.in_(transaction_ids))).scalars()
    transactions = {transaction.id: transaction for transaction in found}
    planned = session.execute(
        select(Attempt)
        .where(
            Attempt.recovery_id.in_([recovery.id for recovery in recoveries]),
            Attempt.status == AttemptStatus.SCHEDULED,
        )
        .order_by(Attempt.due_at.desc())
    ).scalars()
    earliest = {attempt.recovery_id: attempt for attempt in planned}
    return [Brief(r, transactions[r.transaction_id], earliest.get(r.id)) for r in recoveries]

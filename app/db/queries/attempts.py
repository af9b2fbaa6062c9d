"""Attempts: which are due, who has them, and which stand in each other's way."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.db.models import Attempt, Organization, Recovery, Transaction
from app.domain.recovery.states import IN_FLIGHT, AttemptKind, AttemptStatus


class Claimed(NamedTuple):
    """An attempt in hand: only the holder of this fence may work on it."""

    id: str
    organization_id: str
    fence: int


# The recursion touches one index entry per organization that waits for something, so the cost
# follows the number of busy merchants and not the number of rows. Each due organization gets an
# equal share of the batch; more of them than places are drawn by lot.
_CLAIM = text("""
    WITH RECURSIVE busy AS (
        (SELECT organization_id AS id FROM attempts WHERE wake_at IS NOT NULL AND leased_until IS NULL
         ORDER BY organization_id, wake_at LIMIT 1)
        UNION ALL
        SELECT (SELECT a.organization_id FROM attempts a
                WHERE a.wake_at IS NOT NULL AND a.leased_until IS NULL AND a.organization_id > busy.id
                ORDER BY a.organization_id, a.wake_at LIMIT 1)
        FROM busy WHERE busy.id IS NOT NULL
    ), due AS MATERIALIZED (
        SELECT o.id, CAST(:now AS timestamptz) + o.clock_offset AS now
        FROM busy JOIN organizations o ON o.id = busy.id
        WHERE o.clock_target_at IS NULL AND EXISTS (
            SELECT FROM attempts a
            WHERE a.organization_id = o.id AND a.leased_until IS NULL
              AND a.wake_at <= CAST(:now AS timestamptz) + o.clock_offset
        )
        ORDER BY random() LIMIT :batch
    ), picked AS MATERIALIZED (
        SELECT a.id FROM due CROSS JOIN LATERAL (
            SELECT id FROM attempts
            WHERE organization_id = due.id AND leased_until IS NULL AND wake_at <= due.now
            ORDER BY wake_at LIMIT (SELECT greatest(1, :batch / count(*)) FROM due)
            FOR UPDATE SKIP LOCKED
        ) a
    )
    UPDATE attempts SET leased_until = :lease, fence = fence + 1
    FROM picked WHERE attempts.id = picked.id
    RETURNING attempts.id, attempts.organization_id, attempts.fence
""")

_CLAIM_NEXT = text("""
    UPDATE attempts SET leased_until = :lease, fence = fence + 1
    WHERE id = (
        SELECT id FROM attempts
        WHERE organization_id = :organization_id AND leased_until IS NULL AND wake_at <= :until
        ORDER BY wake_at, id LIMIT 1 FOR UPDATE SKIP LOCKED
    )
    RETURNING id, organization_id, fence, wake_at
""")

_RELEASE = text("""
    UPDATE attempts SET leased_until = NULL
    WHERE id IN (
        SELECT id FROM attempts WHERE leased_until < :now ORDER BY leased_until LIMIT :batch FOR UPDATE SKIP LOCKED
    )
""")


def claim_due(session: Session, *, now: datetime, lease: datetime, batch: int) -> list[Claimed]:
    """Take up to `batch` due attempts in hand until `lease`, fairly between organizations."""
    rows = session.execute(_CLAIM, {"now": now, "lease": lease, "batch": batch})
    return [Claimed(*row) for row in rows]


def claim_next_of(
    session: Session, *, organization_id: str, until: datetime, lease: datetime
) -> tuple[Claimed, datetime] | None:
    """Take the organization's earliest attempt that wakes by `until` in hand; with the time it wakes at."""
    row = session.execute(
        _CLAIM_NEXT, {"organization_id": organization_id, "until": until, "lease": lease}
    ).one_or_none()
    return (Claimed(row[0], row[1], row[2]), row[3]) if row else None


def next_wake(session: Session, *, organization_id: str, until: datetime) -> datetime | None:
    """Return when the organization's next attempt wakes, if one does by `until`."""
    statement = select(func.min(Attempt.wake_at)).where(
        Attempt.organization_id == organization_id, Attempt.leased_until.is_(None), Attempt.wake_at <= until
    )
    return session.execute(statement).scalar_one()


def release_expired(session: Session, *, now: datetime, batch: int) -> int:
    """Let go of attempts whose worker did not come back in time; return how many."""
    return session.execute(_RELEASE, {"now": now, "batch": batch}).rowcount  # type: ignore[attr-defined, no-any-return]


def count_leased(session: Session, *, organization_id: str | None = None) -> int:
    """Return how many attempts are in workers' hands."""
    statement = select(func.count()).where(Attempt.leased_until.is_not(None))
    if organization_id:
        statement = statement.where(Attempt.organization_id == organization_id)
    return session.execute(statement).scalar_one()


class Work(NamedTuple):
    """An attempt with all that surrounds it; transaction, attempt and recovery are locked, in this order."""

    attempt: Attempt
    recovery: Recovery
    transaction: Transaction
    organization: Organization


def lock_work(session: Session, *, attempt_id: str) -> Work | None:
    """Lock an attempt's transaction, then the attempt and its recovery: one order everywhere."""
    transaction = session.execute(
        select(Transaction)
        .join(Attempt, Attempt.transaction_id == Transaction.id)
        .where(Attempt.id == attempt_id)
        .with_for_update(of=Transaction)
    ).scalar_one_or_none()
    if transaction is None:
        return None
    attempt, recovery, organization = session.execute(
        select(Attempt, Recovery, Organization)
        .join(Recovery, Recovery.id == Attempt.recovery_id)
        .join(Organization, Organization.id == Attempt.organization_id)
        .where(Attempt.id == attempt_id)
        .with_for_update(of=(Attempt, Recovery))
        .execution_options(populate_existing=True)
    ).one()
    return Work(attempt, recovery, transaction, organization)


def in_flight_of(session: Session, *, transaction_id: str) -> Attempt | None:
    """Return the attempt that holds a transaction's charge lease."""
    return session.execute(
        select(Attempt).where(Attempt.transaction_id == transaction_id, Attempt.status.in_(IN_FLIGHT))
    ).scalar_one_or_none()


def accounts_that_declined(session: Session, *, recovery_id: str) -> frozenset[str]:
    """Return the accounts at which charges of a recovery were declined."""
    statement = select(Attempt.psp_account_id).where(
        Attempt.recovery_id == recovery_id,
        Attempt.status == AttemptStatus.DECLINED,
        Attempt.psp_account_id.is_not(None),
    )
    return frozenset(each for each in session.scalars(statement) if each is not None)


def account_of_payment(session: Session, *, transaction_id: str, psp_payment_id: str) -> str | None:
    """Return the account at which one of our attempts made a payment; None if it was not one of them."""
    statement = select(Attempt.psp_account_id).where(
        Attempt.transaction_id == transaction_id, Attempt.psp_payment_id == psp_payment_id
    )
    return session.scalars(statement.order_by(Attempt.number.desc()).limit(1)).one_or_none()


def scheduled_of(session: Session, *, recovery_id: str) -> Sequence[Attempt]:
    """Return a recovery's planned attempts, the earliest first."""
    return (
        session.execute(
            select(Attempt)
            .where(Attempt.recovery_id == recovery_id, Attempt.status == AttemptStatus.SCHEDULED)
            .order_by(Attempt.due_at)
        )
        .scalars()
        .all()
    )


def link_attempt_of(session: Session, *, recovery_id: str) -> Attempt | None:
    """Return the attempt through which the payer of a recovery may pay: planned, or with a payment page open."""
    return session.execute(
        select(Attempt).where(
            Attempt.recovery_id == recovery_id,
            Attempt.kind == AttemptKind.LINK,
            Attempt.status.in_((AttemptStatus.SCHEDULED, AttemptStatus.AWAITING_PAYER)),
        )
    ).scalar_one_or_none()


def last_number(session: Session, *, recovery_id: str) -> int:
    """Return the number of a recovery's latest attempt, 0 if it has none."""
    statement = select(func.coalesce(func.max(Attempt.number), 0)).where(Attempt.recovery_id == recovery_id)
    return session.execute(statement).scalar_one()

"""Walks through providers' payments: which are due, who has them, and the open recoveries they look after."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.db.models import PspReading, Recovery, Transaction
from app.db.queries.scoped import newest_first, owned

_CLAIM: Final = text("""
    UPDATE psp_readings SET wake_at = :lease, fence = fence + 1
    WHERE id IN (
        SELECT id FROM psp_readings WHERE wake_at <= :now ORDER BY wake_at LIMIT :batch FOR UPDATE SKIP LOCKED
    )
    RETURNING id, fence
""")

_CLAIM_ONE: Final = text("""
    UPDATE psp_readings SET wake_at = :lease, fence = fence + 1
    WHERE id = :id AND wake_at <= :now RETURNING id, fence
""")

_UNREAD: Final = text("""
    SELECT a.id, a.organization_id FROM psp_accounts a
    WHERE a.is_enabled AND a.deleted_at IS NULL AND NOT EXISTS (
        SELECT FROM psp_readings r
        WHERE r.psp_account_id = a.id AND r.kind = 'reconcile' AND r.status = 'running'
    )
    ORDER BY a.id LIMIT :batch
""")


class ClaimedReading(NamedTuple):
    """A walk in hand: only the holder of this fence may go on with it."""

    id: str
    fence: int


def accounts_without_walk(session: Session, *, batch: int) -> list[tuple[str, str]]:
    """Return (account, organization) of enabled accounts that nobody reconciles yet."""
    return [(row[0], row[1]) for row in session.execute(_UNREAD, {"batch": batch})]


def insert_reading(session: Session, *, values: dict[str, Any]) -> bool:
    """Begin a walk; False if one of that kind goes through the account already."""
    statement = insert(PspReading).values(values).on_conflict_do_nothing().returning(PspReading.id)
    return session.execute(statement).scalar_one_or_none() is not None


def claim_readings(session: Session, *, now: datetime, lease: datetime, batch: int) -> list[ClaimedReading]:
    """Take up to `batch` due walks in hand until `lease`, the longest waiting first."""
    rows = session.execute(_CLAIM, {"now": now, "lease": lease, "batch": batch})
    return [ClaimedReading(row[0], row[1]) for row in rows]


def claim_one(session: Session, *, reading_id: str, now: datetime, lease: datetime) -> ClaimedReading | None:
    """Take one walk in hand, if it is due."""
    row = session.execute(_CLAIM_ONE, {"id": reading_id, "now": now, "lease": lease}).one_or_none()
    return ClaimedReading(row[0], row[1]) if row else None


def lock_reading(session: Session, *, reading_id: str, fence: int | None = None) -> PspReading | None:
    """Lock a walk, if it still goes on and this fence is its newest."""
    statement = select(PspReading).where(PspReading.id == reading_id, PspReading.status == "running")
    if fence is not None:
        statement = statement.where(PspReading.fence == fence)
    return session.execute(statement.with_for_update()).scalar_one_or_none()


def running_reading(session: Session, *, account_id: str, kind: str) -> PspReading | None:
    """Return the walk of that kind that goes through an account."""
    return session.execute(
        select(PspReading).where(
            PspReading.psp_account_id == account_id, PspReading.kind == kind, PspReading.status == "running"
        )
    ).scalar_one_or_none()


def list_readings(
    session: Session, *, organization_id: str, account_id: str, after: str | None, limit: int
) -> list[PspReading]:
    """Return an account's walks, the newest first, one more than `limit`."""
    statement = owned(PspReading, organization_id).where(PspReading.psp_account_id == account_id)
    return list(session.scalars(newest_first(statement, PspReading.id, after=after, limit=limit)))


def open_payments(
    session: Session, *, organization_id: str, psp: str, after: str | None, limit: int
) -> Sequence[tuple[str, str]]:
    """Return (recovery, payment id) of open recoveries whose failed payment this provider knows, in their order."""
    statement = (
        select(Recovery.id, Transaction.psp_payment_id)
        .join(Transaction, Transaction.id == Recovery.transaction_id)
        .where(
            Recovery.organization_id == organization_id,
            Recovery.status == "open",
            Transaction.gateway == psp,
            Transaction.psp_payment_id.is_not(None),
        )
        .order_by(Recovery.id)
        .limit(limit)
    )
    if after is not None:
        statement = statement.where(Recovery.id > after)
    return [(row[0], row[1]) for row in session.execute(statement) if row[1] is not None]

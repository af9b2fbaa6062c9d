"""The outbox: messages in hand, and old ones."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from app.db.models import OutboxMessage, Recovery


def claim(session: Session, *, now: datetime, lease: datetime, batch: int) -> Sequence[OutboxMessage]:
    """Take up to `batch` due messages in hand until `lease`, the longest waiting first."""
    due = (
        select(OutboxMessage.id)
        .where(OutboxMessage.wake_at <= now)
        .order_by(OutboxMessage.wake_at)
        .limit(batch)
        .with_for_update(skip_locked=True)
    )
    statement = (
        update(OutboxMessage)
        .where(OutboxMessage.id.in_(due.scalar_subquery()))
        .values(wake_at=lease, tries=OutboxMessage.tries + 1)
        .returning(OutboxMessage)
    )
    return session.execute(statement).scalars().all()


def count_in_hand(session: Session, *, now: datetime, lease: datetime, most: int) -> int:
    """Return how many messages wait in the broker or are worked on, counted up to `most`; not those that failed."""
    held = (
        select(OutboxMessage.id)
        .where(OutboxMessage.wake_at > now, OutboxMessage.wake_at <= lease)
        .where(OutboxMessage.tries > 0, OutboxMessage.error.is_(None))
        .limit(most)
    )
    return session.execute(select(func.count()).select_from(held.subquery())).scalar_one()


def lock_plans(session: Session, *, topic: str, organization_id: str) -> Sequence[OutboxMessage]:
    """Lock what waits under that topic for an organization's recoveries, the oldest first."""
    recovery_id = OutboxMessage.payload["recovery_id"].astext
    statement = (
        select(OutboxMessage)
        .join(Recovery, Recovery.id == recovery_id)
        .where(OutboxMessage.topic == topic, OutboxMessage.wake_at.is_not(None))
        .where(Recovery.organization_id == organization_id)
        .order_by(OutboxMessage.id)
        .limit(500)
        .with_for_update(of=OutboxMessage)
    )
    return session.scalars(statement).all()


def count_dead(session: Session) -> int:
    """Return how many messages want a person."""
    statement = select(func.count()).select_from(OutboxMessage).where(OutboxMessage.dead_at.is_not(None))
    return session.execute(statement).scalar_one()


def delete_done(session: Session, *, before: datetime, batch: int) -> int:
    """Delete up to `batch` messages that were done before; return how many."""
    statement = text(
        "DELETE FROM outbox WHERE id IN (SELECT id FROM outbox WHERE done_at < :before ORDER BY done_at LIMIT :batch)"
    )
    return session.execute(statement, {"before": before, "batch": batch}).rowcount  # type: ignore[attr-defined, no-any-return]

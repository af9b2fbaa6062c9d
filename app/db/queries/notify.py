"""Messages: which are due, who has them, what a payer got today, and who is not written to any more."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import distinct, func, or_, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.db.models import DeadAddress, Message
from app.db.queries.scoped import newest_first, owned
from app.domain.notify.states import HANDED_OVER, MAY_HAVE_REACHED, MessageStatus


class ClaimedMessage(NamedTuple):
    """A message in hand: only the holder of this fence may work on it."""

    id: str
    organization_id: str
    fence: int


# As attempts are claimed: one index entry per organization that waits, and an equal share for each.
_CLAIM = text("""
    WITH RECURSIVE busy AS (
        (SELECT organization_id AS id FROM messages WHERE wake_at IS NOT NULL AND leased_until IS NULL
         ORDER BY organization_id, wake_at LIMIT 1)
        UNION ALL
        SELECT (SELECT m.organization_id FROM messages m
                WHERE m.wake_at IS NOT NULL AND m.leased_until IS NULL AND m.organization_id > busy.id
                ORDER BY m.organization_id, m.wake_at LIMIT 1)
        FROM busy WHERE busy.id IS NOT NULL
    ), due AS MATERIALIZED (
        SELECT o.id, CAST(:now AS timestamptz) + o.clock_offset AS now
        FROM busy JOIN organizations o ON o.id = busy.id
        WHERE o.clock_target_at IS NULL AND EXISTS (
            SELECT FROM messages m
            WHERE m.organization_id = o.id AND m.leased_until IS NULL
              AND m.wake_at <= CAST(:now AS timestamptz) + o.clock_offset
        )
        ORDER BY random() LIMIT :batch
    ), picked AS MATERIALIZED (
        SELECT m.id FROM due CROSS JOIN LATERAL (
            SELECT id FROM messages
            WHERE organization_id = due.id AND leased_until IS NULL AND wake_at <= due.now
            ORDER BY wake_at, id LIMIT (SELECT greatest(1, :batch / count(*)) FROM due)
            FOR UPDATE SKIP LOCKED
        ) m
    )
    UPDATE messages SET leased_until = :lease, fence = fence + 1
    FROM picked WHERE messages.id = picked.id
    RETURNING messages.id, messages.organization_id, messages.fence
""")

_CLAIM_NEXT = text("""
    UPDATE messages SET leased_until = :lease, fence = fence + 1
    WHERE id = (
        SELECT id FROM messages
        WHERE organization_id = :organization_id AND leased_until IS NULL AND wake_at <= :until
        ORDER BY wake_at, id LIMIT 1 FOR UPDATE SKIP LOCKED
    )
    RETURNING id, organization_id, fence, wake_at
""")

_RELEASE = text("""
    UPDATE messages SET leased_until = NULL
    WHERE id IN (
        SELECT id FROM messages WHERE leased_until < :now ORDER BY leased_until LIMIT :batch FOR UPDATE SKIP LOCKED
    )
""")


def claim_due(session: Session, *, now: datetime, lease: datetime, batch: int) -> list[ClaimedMessage]:
    """Take up to `batch` due messages in hand until `lease`, fairly between organizations."""
    return [ClaimedMessage(*row) for row in session.execute(_CLAIM, {"now": now, "lease": lease, "batch": batch})]


def next_wake(session: Session, *, organization_id: str, until: datetime) -> datetime | None:
    """Return when the organization's next message wakes, if one does by `until`."""
    statement = select(func.min(Message.wake_at)).where(
        Message.organization_id == organization_id,
        Message.wake_at.is_not(None),
        Message.leased_until.is_(None),
        Message.wake_at <= until,
    )
    return session.execute(statement).scalar_one()


def claim_next_of(
    session: Session, *, organization_id: str, until: datetime, lease: datetime
) -> tuple[ClaimedMessage, datetime] | None:
    """Take the organization's earliest message that wakes by `until` in hand; with the time it wakes at."""
    parameters = {"organization_id": organization_id, "until": until, "lease": lease}
    row = session.execute(_CLAIM_NEXT, parameters).one_or_none()
    return (ClaimedMessage(row[0], row[1], row[2]), row[3]) if row else None


def release_expired(session: Session, *, now: datetime, batch: int) -> int:
    """Let go of messages whose worker did not come back in time; return how many."""
    return session.execute(_RELEASE, {"now": now, "batch": batch}).rowcount  # type: ignore[attr-defined, no-any-return]


def count_leased(session: Session, *, organization_id: str | None = None) -> int:
    """Return how many messages are in workers' hands."""
    statement = select(func.count()).where(Message.leased_until.is_not(None))
    if organization_id:
        statement = statement.where(Message.organization_id == organization_id)
    return session.execute(statement).scalar_one()


def lock_payer(session: Session, *, message: Message) -> None:
    """Let one transaction at a time decide what a payer, and an address, is sent: none overlooks another's message."""
    for name in sorted({message.payer_hash, message.recipient_hash}):
        digest = hashlib.sha256(message.organization_id.encode() + name).digest()
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": int.from_bytes(digest[:8], signed=True)})


def lock_message(session: Session, *, message_id: str) -> Message | None:
    """Lock one message, read afresh."""
    statement = select(Message).where(Message.id == message_id).with_for_update()
    return session.execute(statement.execution_options(populate_existing=True)).scalar_one_or_none()


def lock_companions(session: Session, *, message: Message, now: datetime, most: int) -> Sequence[Message]:
    """Lock other messages that are due for the same payer at the same address, the oldest first."""
    statement = (
        owned(Message, message.organization_id)
        .where(
            Message.status == MessageStatus.QUEUED,
            Message.recipient_hash == message.recipient_hash,
            Message.payer_hash == message.payer_hash,
            Message.channel == message.channel,
            Message.wake_at <= now,
            Message.id != message.id,
        )
        .order_by(Message.id)
        .limit(most)
        .with_for_update()
    )
    return session.scalars(statement.execution_options(populate_existing=True)).all()


def lock_members(session: Session, *, message_id: str) -> Sequence[Message]:
    """Lock the messages whose news travels with that one."""
    statement = select(Message).where(Message.digest_id == message_id).order_by(Message.id).with_for_update()
    return session.scalars(statement.execution_options(populate_existing=True)).all()


def count_since(
    session: Session, *, message: Message, addresses: Sequence[bytes], payers: Sequence[bytes], since: datetime
) -> int:
    """Return how many other messages may have reached this payer, or this address, since then; a digest counts once."""
    statement = select(func.count(distinct(func.coalesce(Message.digest_id, Message.id)))).where(
        Message.organization_id == message.organization_id,
        or_(Message.payer_hash.in_(payers), Message.recipient_hash.in_(addresses)),
        Message.started_at >= since,
        Message.status.in_(MAY_HAVE_REACHED),
        Message.id != message.id,
    )
    return session.execute(statement).scalar_one()


def is_dead(session: Session, *, organization_id: str, channel: str, hashes: Sequence[bytes]) -> bool:
    """Tell whether one of these addresses is dead."""
    statement = select(DeadAddress.recipient_hash).where(
        DeadAddress.organization_id == organization_id,
        DeadAddress.channel == channel,
        DeadAddress.recipient_hash.in_(hashes),
    )
    return session.execute(statement.limit(1)).first() is not None


def insert_dead(session: Session, *, message: Message, error_code: str | None, now: datetime) -> None:
    """Write the message's address down as dead, once."""
    values = {
        "organization_id": message.organization_id,
        "channel": message.channel,
        "recipient_hash": message.recipient_hash,
        "recipient_hint": message.recipient_hint,
        "error_code": error_code,
        "created_at": now,
    }
    session.execute(insert(DeadAddress).values(values).on_conflict_do_nothing())


def insert_message(session: Session, *, values: dict[str, object]) -> bool:
    """Write a message down; False if its recovery has one for that step already."""
    statement = insert(Message).values(values).on_conflict_do_nothing(index_elements=["recovery_id", "step"])
    return session.execute(statement.returning(Message.id)).first() is not None


def find_by_code(session: Session, *, code: str) -> Message | None:
    """Return the message that carries that code and may have reached somebody."""
    statement = select(Message).where(Message.code == code, Message.status.in_(HANDED_OVER))
    return session.execute(statement).scalar_one_or_none()


def find_by_provider_id(session: Session, *, channel: str, provider_id: str) -> Message | None:
    """Lock and return the message that a provider knows by that id; of a digest, the one that carries it."""
    statement = select(Message).where(
        Message.channel == channel, Message.provider_id == provider_id, Message.digest_id.is_(None)
    )
    return session.execute(statement.order_by(Message.id).limit(1).with_for_update()).scalar_one_or_none()


def list_messages(
    session: Session,
    *,
    organization_id: str,
    recovery_id: str | None,
    status: str | None,
    after: str | None,
    limit: int,
) -> Sequence[Message]:
    """Return an organization's messages, the newest first, one more than `limit`."""
    statement = owned(Message, organization_id)
    if recovery_id is not None:
        statement = statement.where(Message.recovery_id == recovery_id)
    if status is not None:
        statement = statement.where(Message.status == status)
    return session.scalars(newest_first(statement, Message.id, after=after, limit=limit)).all()


def list_messages_of(session: Session, *, recovery_id: str) -> Sequence[Message]:
    """Return a recovery's messages, the oldest first; the newest two hundred."""
    statement = select(Message).where(Message.recovery_id == recovery_id).order_by(Message.id.desc()).limit(200)
    return session.scalars(statement).all()[::-1]

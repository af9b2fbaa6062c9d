"""Answers kept for repeated requests."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.db.models import IdempotencyKey


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """What was answered, and to which request."""

    fingerprint: bytes
    status: int
    body: bytes
    sealed: bool


def try_lock(session: Session, *, organization_id: str, key: str) -> bool:
    """Take the key until the transaction ends; False when another transaction has it."""
    digest = hashlib.sha256(f"idempotency\0{organization_id}\0{key}".encode()).digest()
    lock = int.from_bytes(digest[:8], signed=True)
    return bool(session.scalar(select(func.pg_try_advisory_xact_lock(lock))))


def find_answer(session: Session, *, organization_id: str, key: str, now: datetime) -> KeptAnswer | None:
    """Return the kept answer, unless it has expired."""
    statement = select(
        IdempotencyKey.fingerprint, IdempotencyKey.status, IdempotencyKey.body, IdempotencyKey.sealed
    ).where(
        IdempotencyKey.organization_id == organization_id,
        IdempotencyKey.key == key,
        IdempotencyKey.expires_at > now,
    )
    row = session.execute(statement).one_or_none()
    return None if row is None else KeptAnswer(*row)


def keep_answer(
    session: Session,
    *,
    organization_id: str,
    key: str,
    answer: KeptAnswer,
    now: datetime,
    expires_at: datetime,
) -> bool:
    """Keep the answer, in place of an expired one if there is; False when a live one is there already."""
    values = {
        "fingerprint": answer.fingerprint,
        "status": answer.status,
        "body": answer.body,
        "sealed": answer.sealed,
        "expires_at": expires_at,
    }
    statement = (
        insert(IdempotencyKey)
        .values(organization_id=organization_id, key=key, **values)
        .on_conflict_do_update(
            index_elements=["organization_id", "key"],
            set_=values,
            where=or_(IdempotencyKey.expires_at <= now),
        )
        .returning(IdempotencyKey.key)
    )
    return session.scalar(statement) is not None

"""Inbound events."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

import orjson
from sqlalchemy import Select, select, text
from sqlalchemy.orm import Session

from app.db.models import PspEvent
from app.domain.ids import PSP_EVENT, first_id


class EventFilters(NamedTuple):
    """What a list of events, or a replay, is narrowed to; `received_to` is exclusive."""

    status: str | None = None
    type: str | None = None
    psp_account_id: str | None = None
    received_from: datetime | None = None
    received_to: datetime | None = None


# One statement, so that the provider's answer waits for one round trip.
_INSERT: Final = text("""
    WITH stored AS (
        INSERT INTO psp_events
            (id, organization_id, psp_account_id, event_id, type, transaction_ref, body, status,
             received_at, processed_at)
        VALUES (:id, :organization_id, :psp_account_id, :event_id, :type, :transaction_ref, :body, :status,
                :received_at, :processed_at)
        ON CONFLICT DO NOTHING RETURNING id, status
    ), waiting AS (
        INSERT INTO outbox (topic, payload, created_at, wake_at)
        SELECT :topic, jsonb_build_object('psp_event_id', id), now(), now() FROM stored WHERE status = 'pending'
    )
    SELECT id FROM stored
""")

_REPLAY: Final = text("""
    WITH again AS (
        UPDATE psp_events SET status = 'pending', error = NULL, processed_at = NULL
        WHERE id IN (SELECT jsonb_array_elements_text(CAST(:ids AS jsonb)))
        RETURNING id
    )
    INSERT INTO outbox (topic, payload, created_at, wake_at)
    SELECT :topic, jsonb_build_object('psp_event_id', id), now(), now() FROM again ORDER BY id
""")


def insert_event(session: Session, *, values: dict[str, Any], topic: str) -> bool:
    """Store an inbound event, and have it processed if it is pending; False if the provider sent it before."""
    return session.execute(_INSERT, {**values, "topic": topic}).scalar_one_or_none() is not None


def lock_event(session: Session, *, event_id: str, organization_id: str | None = None) -> PspEvent | None:
    """Lock one inbound event by our id for it."""
    statement = select(PspEvent).where(PspEvent.id == event_id)
    if organization_id is not None:
        statement = statement.where(PspEvent.organization_id == organization_id)
    return session.execute(statement.with_for_update()).scalar_one_or_none()


def list_events(
    session: Session, *, organization_id: str, filters: EventFilters, before: str | None, limit: int
) -> Sequence[PspEvent]:
    """Return an organization's inbound events, the newest first."""
    statement = _filtered(select(PspEvent).where(PspEvent.organization_id == organization_id), filters)
    if before:
        statement = statement.where(PspEvent.id < before)
    return session.execute(statement.order_by(PspEvent.id.desc()).limit(limit)).scalars().all()


def replay(session: Session, *, organization_id: str, filters: EventFilters, limit: int, topic: str) -> int:
    """Set up to `limit` events, the oldest first, to pending and have them processed; return how many."""
    statement = select(PspEvent.id).where(PspEvent.organization_id == organization_id, PspEvent.status != "pending")
    chosen = _filtered(statement, filters).order_by(PspEvent.id).limit(limit).with_for_update(skip_locked=True)
    ids = list(session.execute(chosen).scalars())
    if ids:
        session.execute(_REPLAY, {"ids": orjson.dumps(ids).decode(), "topic": topic})
    return len(ids)


def wake_referring(session: Session, *, organization_id: str, transaction_ref: str, topic: str) -> int:
    """Have events processed again that named a reference before anything was known of it; return how many."""
    chosen = (
        select(PspEvent.id)
        .where(
            PspEvent.organization_id == organization_id,
            PspEvent.transaction_ref == transaction_ref,
            PspEvent.status.in_(("ignored", "pending")),
        )
        .order_by(PspEvent.id.desc())
        .limit(20)
        .with_for_update()
    )
    ids = list(session.execute(chosen).scalars())
    if ids:
        session.execute(_REPLAY, {"ids": orjson.dumps(ids).decode(), "topic": topic})
    return len(ids)


def _filtered(statement: Select[Any], filters: EventFilters) -> Select[Any]:
    if filters.status:
        statement = statement.where(PspEvent.status == filters.status)
    if filters.type:
        statement = statement.where(PspEvent.type == filters.type)
    if filters.psp_account_id:
        statement = statement.where(PspEvent.psp_account_id == filters.psp_account_id)
    # Ids sort by the time they were made at, so that one index serves every range.
    if filters.received_from:
        statement = statement.where(PspEvent.id >= first_id(PSP_EVENT, at=filters.received_from))
    if filters.received_to:
        statement = statement.where(PspEvent.id < first_id(PSP_EVENT, at=filters.received_to))
    return statement

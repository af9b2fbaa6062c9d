"""Inbound webhooks as staff see them: listed, looked at, and processed again, one or many."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from app.db.models import PspEvent
from app.db.queries import psp as queries
from app.db.queries.psp import EventFilters, lock_event
from app.db.queries.scoped import get_owned
from app.domain.errors import FieldError, InvalidError, NotFoundError
from app.services.outbox import Topic, enqueue

MOST_REPLAYED: Final = 1000
"""How many events one call has processed again."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """How many events are processed again, and whether as many were left for the next call."""

    count: int
    more: bool


def list_events(
    session: Session, *, organization_id: str, filters: EventFilters, after: str | None, limit: int
) -> Sequence[PspEvent]:
    """Return an organization's inbound events, the newest first, and one more than `limit` if there are more."""
    return queries.list_events(session, organization_id=organization_id, filters=filters, before=after, limit=limit + 1)


def get_event(session: Session, *, organization_id: str, psp_event_id: str) -> PspEvent:
    """Return one inbound event; raises `NotFoundError`."""
    return get_owned(session, PspEvent, organization_id=organization_id, row_id=psp_event_id)


def replay_event(session: Session, *, organization_id: str, psp_event_id: str) -> PspEvent:
    """Have a stored event processed again; raises `NotFoundError`."""
    event = lock_event(session, event_id=psp_event_id, organization_id=organization_id)
    if event is None:
        raise NotFoundError("There is no such event.")
    event.status, event.error, event.processed_at = "pending", None, None
    enqueue(session, topic=Topic.PROCESS_PSP_EVENT, payload={"psp_event_id": event.id})
    return event


def replay_events(
    session: Session, *, organization_id: str, filters: EventFilters, limit: int = MOST_REPLAYED
) -> Replayed:
    """Have a range of stored events processed again, the oldest first, up to `limit` in one call.

    What waits already is left out, so calling again goes on where this ended. Raises `InvalidError` for a
    range whose end is not after its beginning.
    """
    check_range(filters.received_from, filters.received_to)
    most = max(1, min(limit, MOST_REPLAYED))
    count = queries.replay(
        session,
        organization_id=organization_id,
        filters=filters,
        limit=most,
        topic=Topic.PROCESS_PSP_EVENT,
    )
    return Replayed(count, more=count == most)


def check_range(begins: datetime | None, ends: datetime | None) -> None:
    """Raise `InvalidError` for a range whose end is not after its beginning."""
    if begins is not None and ends is not None and ends <= begins:
        detail = "must be after the beginning of the range"
        raise InvalidError(f"The end {detail}.", errors=(FieldError("/to", detail),))

"""Failure events, read."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from app.db.models import UnknownCode
from app.db.queries import events as queries
from app.db.queries.events import EventRow
from app.domain.errors import NotFoundError


def list_events(
    session: Session,
    *,
    organization_id: str,
    after: str | None,
    limit: int,
    transaction_ref: str | None = None,
    category: str | None = None,
) -> Sequence[EventRow]:
    """Return an organization's events, the newest first, and one more than `limit` if there are more."""
    return queries.list_events(
        session,
        organization_id=organization_id,
        after=after,
        limit=limit,
        transaction_ref=transaction_ref,
        category=category,
    )


def get_event(session: Session, *, organization_id: str, event_id: str) -> EventRow:
    """Return one event; raises `NotFoundError`."""
    row = queries.find_event(session, organization_id=organization_id, event_id=event_id)
    if row is None:
        raise NotFoundError("There is no such event.")
    return row


def require_transaction(session: Session, *, organization_id: str, transaction_ref: str) -> None:
    """Raise `NotFoundError` unless the organization has such a transaction."""
    if not queries.transaction_exists(session, organization_id=organization_id, transaction_ref=transaction_ref):
        raise NotFoundError("There is no such transaction.")


def list_unknown_codes(session: Session, *, organization_id: str, limit: int) -> Sequence[UnknownCode]:
    """Return the codes of an organization's failures that no rule knows, the most frequent first."""
    return queries.list_unknown_codes(session, organization_id=organization_id, limit=limit)

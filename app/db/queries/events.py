"""Failure events, as they were understood."""

from collections.abc import Sequence

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.db.models import FailureEvent, Transaction, UnknownCode
from app.db.queries.scoped import newest_first, owned

EventRow = tuple[FailureEvent, str]


def list_events(
    session: Session,
    *,
    organization_id: str,
    after: str | None,
    limit: int,
    transaction_ref: str | None = None,
    category: str | None = None,
) -> Sequence[EventRow]:
    """Return an organization's events with their transaction's reference, the newest first, one more than `limit`."""
    statement = newest_first(owned(FailureEvent, organization_id), FailureEvent.id, after=after, limit=limit)
    if category is not None:
        statement = statement.where(FailureEvent.category == category)
    with_ref = _with_ref(statement)
    if transaction_ref is not None:
        with_ref = with_ref.where(
            Transaction.organization_id == organization_id, Transaction.transaction_ref == transaction_ref
        )
    return [(row[0], row[1]) for row in session.execute(with_ref)]


def find_event(session: Session, *, organization_id: str, event_id: str) -> EventRow | None:
    """Return one event of the organization with its transaction's reference."""
    statement = _with_ref(owned(FailureEvent, organization_id).where(FailureEvent.id == event_id))
    row = session.execute(statement).one_or_none()
    return (row[0], row[1]) if row else None


def transaction_exists(session: Session, *, organization_id: str, transaction_ref: str) -> bool:
    """Tell whether the organization reported such a transaction."""
    statement = owned(Transaction, organization_id).where(Transaction.transaction_ref == transaction_ref)
    return session.execute(statement.with_only_columns(Transaction.id)).one_or_none() is not None


def list_unknown_codes(session: Session, *, organization_id: str, limit: int) -> Sequence[UnknownCode]:
    """Return the codes that no rule knows, the most frequent first."""
    statement = (
        select(UnknownCode)
        .where(UnknownCode.organization_id == organization_id)
        .order_by(UnknownCode.count.desc(), UnknownCode.gateway, UnknownCode.code)
        .limit(limit)
    )
    return session.execute(statement).scalars().all()


def _with_ref(statement: Select[FailureEvent]) -> Select[FailureEvent, str]:
    return statement.join(Transaction, Transaction.id == FailureEvent.transaction_id).add_columns(
        Transaction.transaction_ref
    )

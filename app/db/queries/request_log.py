"""Requests that were answered: written in batches, read newest first, gone after some days."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Select, text
from sqlalchemy.orm import Session

from app.db.models import RequestLogEntry
from app.db.queries.bulk import Row, insert_together
from app.db.queries.scoped import newest_first, owned
from app.domain.ids import REQUEST, first_id

# Ids sort by time: what is older than a moment is what sorts before an id of that moment.
_OLD = text("""
    DELETE FROM request_log WHERE id IN (
        SELECT id FROM request_log WHERE id < :before_id ORDER BY id LIMIT :batch FOR UPDATE SKIP LOCKED
    )
""")
_NO_WAIT = text("SET LOCAL synchronous_commit = off")


class RequestFilters(NamedTuple):
    """What a list of requests is narrowed to: statuses from `least` to `most`; `before` is exclusive."""

    least: int | None = None
    most: int | None = None
    method: str | None = None
    path: str | None = None
    actor: str | None = None
    since: datetime | None = None
    before: datetime | None = None


def insert_requests(session: Session, rows: Sequence[Row]) -> None:
    """Write requests down. The transaction is not waited for at its commit: a crash may lose the last moment."""
    session.execute(_NO_WAIT)
    insert_together(session, (RequestLogEntry, rows))


def list_requests(
    session: Session, *, organization_id: str, filters: RequestFilters, after: str | None, limit: int
) -> Sequence[RequestLogEntry]:
    """Return an organization's requests, the newest first, one more than `limit`."""
    entry = RequestLogEntry
    statement: Select[RequestLogEntry] = owned(entry, organization_id)
    if filters.least is not None:
        statement = statement.where(entry.status >= filters.least)
    if filters.most is not None:
        statement = statement.where(entry.status <= filters.most)
    if filters.method is not None:
        statement = statement.where(entry.method == filters.method)
    if filters.path is not None:
        statement = statement.where(entry.path.startswith(filters.path, autoescape=True))
    if filters.actor is not None:
        statement = statement.where(entry.actor == filters.actor)
    if filters.since is not None:
        statement = statement.where(entry.id >= first_id(REQUEST, at=filters.since))
    if filters.before is not None:
        statement = statement.where(entry.id < first_id(REQUEST, at=filters.before))
    return session.scalars(newest_first(statement, entry.id, after=after, limit=limit)).all()


def delete_old_requests(session: Session, *, before: datetime, batch: int) -> int:
    """Delete requests that were answered before; return how many."""
    return session.execute(_OLD, {"before_id": first_id(REQUEST, at=before), "batch": batch}).rowcount  # type: ignore[attr-defined, no-any-return]

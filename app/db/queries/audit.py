"""What people and keys did: read newest first."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy.orm import Session

from app.db.models import AuditEntry
from app.db.queries.scoped import newest_first, owned
from app.domain.ids import AUDIT, first_id


class AuditFilters(NamedTuple):
    """What the audit log is narrowed to; `action` may be its beginning (`api_key.`), `before` is exclusive."""

    action: str | None = None
    actor: str | None = None
    subject: str | None = None
    since: datetime | None = None
    before: datetime | None = None


EVERYTHING: Final = AuditFilters()


def list_audit(
    session: Session, *, organization_id: str, filters: AuditFilters, after: str | None, limit: int
) -> Sequence[AuditEntry]:
    """Return the organization's entries, newest first, and one more than `limit` if there are more."""
    entry = AuditEntry
    statement = owned(entry, organization_id)
    if filters.action is not None:
        statement = statement.where(entry.action.startswith(filters.action, autoescape=True))
    if filters.actor is not None:
        statement = statement.where(entry.actor == filters.actor)
    if filters.subject is not None:
        statement = statement.where(entry.subject == filters.subject)
    if filters.since is not None:
        statement = statement.where(entry.id >= first_id(AUDIT, at=filters.since))
    if filters.before is not None:
        statement = statement.where(entry.id < first_id(AUDIT, at=filters.before))
    return session.scalars(newest_first(statement, entry.id, after=after, limit=limit)).all()

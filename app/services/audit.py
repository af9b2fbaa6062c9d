"""Who did what: a row in the transaction of the deed."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.db.models import AuditEntry
from app.db.queries.scoped import newest_first, owned
from app.domain.ids import AUDIT, new_id


def record_audit(  # noqa: PLR0913  (one row's columns, all of them named)
    session: Session,
    *,
    organization_id: str | None,
    actor: str,
    action: str,
    subject: str,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    request_id: str | None = None,
    now: datetime,
) -> None:
    """Write that `actor` did `action` (such as `api_key.revoke`) to `subject`; never put a secret or contact in.

    `now` is the machine's time: what people did is not moved by a test clock.
    """
    entry = AuditEntry(
        id=new_id(AUDIT, now=now),
        organization_id=organization_id,
        at=now,
        actor=actor,
        action=action,
        subject=subject,
        before=before,
        after=after,
        request_id=request_id,
    )
    session.add(entry)


def list_audit(session: Session, *, organization_id: str, after: str | None, limit: int) -> list[AuditEntry]:
    """Return the organization's entries, newest first, and one more than `limit` if there are more."""
    statement = newest_first(owned(AuditEntry, organization_id), AuditEntry.id, after=after, limit=limit)
    return list(session.scalars(statement))

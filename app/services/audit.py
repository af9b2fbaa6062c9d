"""Who did what: a row in the transaction of the deed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.db.models import AuditEntry
from app.db.queries import audit as queries
from app.db.queries.audit import EVERYTHING, AuditFilters
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


def list_audit(
    session: Session, *, organization_id: str, filters: AuditFilters = EVERYTHING, after: str | None, limit: int
) -> Sequence[AuditEntry]:
    """Return the organization's entries, newest first, and one more than `limit` if there are more."""
    return queries.list_audit(session, organization_id=organization_id, filters=filters, after=after, limit=limit)

"""How walks through a provider's payments begin, and how far they are."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from app.db.models import PspReading
from app.db.queries.psp_readings import accounts_without_walk, insert_reading, list_readings, running_reading
from app.domain.errors import FieldError, InvalidError
from app.domain.ids import READING, new_id
from app.services.audit import record_audit
from app.services.payments.connect import Actor, get_psp_account

FIRST_WINDOW: Final = timedelta(hours=24)
"""How far back the reconciling walk looks at first."""
LONGEST_BACKFILL: Final = timedelta(days=366)


def begin_reconciling(session: Session, *, now: datetime, batch: int) -> int:
    """Let a walk begin for each enabled account that has none; return how many. `now` is the machine's time."""
    begun = 0
    for account_id, organization_id in accounts_without_walk(session, batch=batch):
        values = _values(
            organization_id, account_id, kind="reconcile", since=now - FIRST_WINDOW, until=now, by="tinko", now=now
        )
        begun += insert_reading(session, values=values)
    return begun


def begin_backfill(
    session: Session, *, account_id: str, since: datetime, until: datetime | None, actor: Actor
) -> PspReading:
    """Read an account's earlier payments, and open recoveries for those that failed; the one that runs, if one does.

    Raises `NotFoundError`, and `InvalidError` for a range that is empty, in the future, or longer than a year.
    """
    account = get_psp_account(session, organization_id=actor.organization_id, account_id=account_id)
    end = min(until or actor.now, actor.now)
    if not timedelta(0) < end - since <= LONGEST_BACKFILL:
        detail = f"must be before the end of the range, by at most {LONGEST_BACKFILL.days} days"
        raise InvalidError(f"since {detail}.", errors=(FieldError("/since", detail),))
    values = _values(
        actor.organization_id, account.id, kind="backfill", since=since, until=end, by=actor.name, now=actor.now
    )
    if insert_reading(session, values=values):
        record_audit(
            session,
            organization_id=actor.organization_id,
            actor=actor.name,
            action="psp_account.backfill",
            subject=account.id,
            after={"since": since.isoformat(), "until": end.isoformat()},
            request_id=actor.request_id,
            now=actor.now,
        )
    running = running_reading(session, account_id=account.id, kind="backfill")
    if running is None:
        raise AssertionError("a walk that neither began nor goes on")
    return running


def get_account_readings(
    session: Session, *, organization_id: str, account_id: str, after: str | None, limit: int
) -> list[PspReading]:
    """Return an account's walks, the newest first, and one more than `limit` if there are more."""
    account = get_psp_account(session, organization_id=organization_id, account_id=account_id)
    return list_readings(session, organization_id=organization_id, account_id=account.id, after=after, limit=limit)


def _values(
    organization_id: str, account_id: str, *, kind: str, since: datetime, until: datetime, by: str, now: datetime
) -> dict[str, object]:
    return {
        "id": new_id(READING, now=now),
        "organization_id": organization_id,
        "psp_account_id": account_id,
        "kind": kind,
        "status": "running",
        "since": since,
        "until": until,
        "phase": "payments",
        "wake_at": now,
        "created_by": by,
        "created_at": now,
    }

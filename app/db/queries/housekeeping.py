"""Rows that have served their time."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain.ids import PSP_EVENT, new_id

_EXPIRED_KEYS = text("""
    DELETE FROM idempotency_keys WHERE (organization_id, key) IN (
        SELECT organization_id, key FROM idempotency_keys WHERE expires_at < :before
        ORDER BY expires_at LIMIT :batch FOR UPDATE SKIP LOCKED
    )
""")

_OLD_SESSIONS = text("""
    DELETE FROM user_sessions WHERE id IN (
        SELECT id FROM user_sessions WHERE expires_at < :before
        ORDER BY expires_at LIMIT :batch FOR UPDATE SKIP LOCKED
    )
""")

# Ids sort by time: what is older than a moment is what sorts before an id of that moment.
_OLD_PSP_EVENTS = text("""
    DELETE FROM psp_events WHERE id IN (
        SELECT id FROM psp_events WHERE id < :before_id AND status IN ('processed', 'ignored')
        ORDER BY id LIMIT :batch FOR UPDATE SKIP LOCKED
    )
""")


def delete_expired_keys(session: Session, *, before: datetime, batch: int) -> int:
    """Delete answers whose time is over; return how many."""
    return session.execute(_EXPIRED_KEYS, {"before": before, "batch": batch}).rowcount  # type: ignore[attr-defined, no-any-return]


def delete_old_sessions(session: Session, *, before: datetime, batch: int) -> int:
    """Delete sign-ins that ended long ago; return how many."""
    return session.execute(_OLD_SESSIONS, {"before": before, "batch": batch}).rowcount  # type: ignore[attr-defined, no-any-return]


def delete_old_psp_events(session: Session, *, before: datetime, batch: int) -> int:
    """Delete processed webhooks that came in before; return how many. Dead ones stay until somebody looked."""
    parameters = {"before_id": new_id(PSP_EVENT, now=before), "batch": batch}
    return session.execute(_OLD_PSP_EVENTS, parameters).rowcount  # type: ignore[attr-defined, no-any-return]

"""A person's sign-ins, as they see and end them."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from app.db.models import UserSession
from app.db.queries import people as queries
from app.db.queries.scoped import newest_first
from app.domain.errors import NotFoundError
from app.domain.identity.caller import Caller
from app.services.audit import record_audit


def list_sessions(
    session: Session, *, user_id: str, after: str | None, limit: int, now: datetime
) -> Sequence[UserSession]:
    """Return a person's sign-ins that have not ended, newest first, and one more than `limit` if there are more."""
    statement = queries.sessions_of(user_id, now=now)
    return session.scalars(newest_first(statement, UserSession.id, after=after, limit=limit)).all()


def revoke_session(session: Session, *, caller: Caller, session_id: str, request_id: str | None, now: datetime) -> None:
    """End one of the caller's sign-ins; it opens nothing from now on. Raises NotFoundError."""
    statement = queries.sessions_of(caller.actor, now=now).where(UserSession.id == session_id).with_for_update()
    found = session.scalars(statement).one_or_none()
    if found is None:
        raise NotFoundError("You have no such sign-in, or it has ended.")
    found.revoked_at = now
    _audit(session, caller, [found.id], request_id=request_id, now=now)


def revoke_others(session: Session, *, caller: Caller, request_id: str | None, now: datetime) -> int:
    """End every sign-in of the caller's but the present one; return how many ended."""
    ended = queries.end_sessions(session, user_id=caller.actor, but=caller.session_id, now=now)
    _audit(session, caller, ended, request_id=request_id, now=now)
    return len(ended)


def _audit(session: Session, caller: Caller, ended: list[str], *, request_id: str | None, now: datetime) -> None:
    for session_id in ended:
        record_audit(
            session,
            organization_id=caller.organization_id,
            actor=caller.actor,
            action="session.revoke",
            subject=session_id,
            before={"ended": False},
            after={"ended": True, "by": caller.session_id},
            request_id=request_id,
            now=now,
        )

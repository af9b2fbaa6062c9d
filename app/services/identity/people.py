"""Looking up who somebody is, and where they belong; what they are called."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.db.models import Organization, User
from app.db.queries.members import organizations_of
from app.services.audit import record_audit


def find_person(session: Session, *, user_id: str) -> tuple[User, list[tuple[Organization, str]]]:
    """Return a person who is known to exist, and their organizations with the role in each."""
    return session.get_one(User, user_id), organizations_of(session, user_id=user_id)


def find_organization(session: Session, *, organization_id: str) -> Organization:
    """Return an organization that is known to exist."""
    return session.get_one(Organization, organization_id)


def rename_person(
    session: Session, *, user_id: str, organization_id: str, full_name: str, request_id: str | None, now: datetime
) -> None:
    """Change what a person is called, in all their organizations."""
    user = session.get_one(User, user_id, with_for_update=True)
    before, user.full_name = user.full_name, full_name
    if before == full_name:
        return
    record_audit(
        session,
        organization_id=organization_id,
        actor=user_id,
        action="user.rename",
        subject=user_id,
        before={"full_name": before},
        after={"full_name": full_name},
        request_id=request_id,
        now=now,
    )
    session.flush()

"""Looking up who somebody is, and where they belong."""

from sqlalchemy.orm import Session

from app.db.models import Organization, User
from app.db.queries.members import organizations_of


def find_person(session: Session, *, user_id: str) -> tuple[User, list[tuple[Organization, str]]]:
    """Return a person who is known to exist, and their organizations with the role in each."""
    return session.get_one(User, user_id), organizations_of(session, user_id=user_id)


def find_organization(session: Session, *, organization_id: str) -> Organization:
    """Return an organization that is known to exist."""
    return session.get_one(Organization, organization_id)

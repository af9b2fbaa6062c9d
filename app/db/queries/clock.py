"""Organizations' clocks."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.models import Organization


def lock_organization(session: Session, *, organization_id: str) -> Organization:
    """Lock an organization that is known to exist; rows that refer to it may still be written."""
    return session.execute(
        select(Organization)
        .where(Organization.id == organization_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).scalar_one()


def organizations_on_their_way(session: Session) -> list[str]:
    """Return up to 100 organizations whose clock is to go somewhere."""
    statement = select(Organization.id).where(Organization.clock_target_at.is_not(None)).limit(100)
    return list(session.execute(statement).scalars())

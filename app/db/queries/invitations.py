"""Who was asked to join, as an organization and its twin see it."""

from datetime import datetime

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session, aliased

from app.db.models import Invitation, Membership, Organization, User
from app.domain.errors import NotFoundError


def invitations_of(organization_id: str) -> Select[Invitation]:
    """Start a select of the invitations that lead into that organization, written there or in its twin."""
    return select(Invitation).where(
        or_(Invitation.organization_id == organization_id, Invitation.twin_id == organization_id)
    )


def pending_of(organization_id: str) -> Select[Invitation]:
    """Start a select of those that were neither accepted nor taken back; expired ones too."""
    return invitations_of(organization_id).where(Invitation.accepted_at.is_(None), Invitation.revoked_at.is_(None))


def lock_invitation(session: Session, *, organization_id: str, invitation_id: str) -> Invitation:
    """Return one invitation that leads into that organization, locked; raises NotFoundError."""
    statement = invitations_of(organization_id).where(Invitation.id == invitation_id).with_for_update()
    found = session.scalars(statement).one_or_none()
    if found is None:
        raise NotFoundError("There is no such invitation.")
    return found


def find_by_token(session: Session, *, token_hash: bytes, lock: bool = False) -> Invitation | None:
    """Return the invitation with that token."""
    statement = select(Invitation).where(Invitation.token_hash == token_hash)
    return session.scalars(statement.with_for_update() if lock else statement).one_or_none()


def count_pending(session: Session, *, organization_id: str, now: datetime) -> int:
    """Count the invitations that can still be accepted."""
    pending = pending_of(organization_id).where(Invitation.expires_at > now).subquery()
    return session.scalar(select(func.count()).select_from(pending)) or 0


def twin_role(session: Session, *, organization_id: str, user_id: str) -> tuple[str, str] | None:
    """Return the other organization of the pair and what a person is there; None if they are no member of it."""
    own = aliased(Organization)
    statement = (
        select(Organization.id, Membership.role)
        .join(own, own.pair_id == Organization.pair_id)
        .join(Membership, Membership.organization_id == Organization.id)
        .where(own.id == organization_id, Organization.id != organization_id, Membership.user_id == user_id)
    )
    found = session.execute(statement).one_or_none()
    return None if found is None else (found[0], found[1])


def role_of(session: Session, *, organization_id: str, user_id: str) -> str | None:
    """Return what a person is in an organization."""
    statement = select(Membership.role).where(
        Membership.organization_id == organization_id, Membership.user_id == user_id
    )
    return session.scalars(statement).one_or_none()


def belongs(session: Session, *, organization_id: str, email: str) -> bool:
    """Tell whether whoever has that address is a member."""
    statement = (
        select(Membership.id)
        .join(User, User.id == Membership.user_id)
        .where(Membership.organization_id == organization_id, User.email == email)
    )
    return session.scalars(statement).first() is not None

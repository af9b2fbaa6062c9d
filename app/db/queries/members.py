"""People and where they belong."""

from sqlalchemy import Select, exists, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.db.models import Membership, Organization, User, UserSession
from app.domain.identity.access import Role


def find_user_by_email(session: Session, *, email: str) -> User | None:
    """Return the user with that (normalised) address."""
    return session.scalars(select(User).where(User.email == email)).one_or_none()


def insert_user(session: Session, *, user: User) -> bool:
    """Insert the user, unless the address is taken."""
    values = {
        "id": user.id,
        "email": user.email,
        "password_hash": user.password_hash,
        "full_name": user.full_name,
        "created_at": user.created_at,
    }
    statement = insert(User).values(values).on_conflict_do_nothing(index_elements=["email"]).returning(User.id)
    return session.scalar(statement) is not None


def organizations_of(session: Session, *, user_id: str) -> list[tuple[Organization, str]]:
    """Return the user's organizations, oldest first and live before test, each with the user's role."""
    statement = (
        select(Organization, Membership.role)
        .join(Membership, Membership.organization_id == Organization.id)
        .where(Membership.user_id == user_id)
        .order_by(Organization.pair_id, Organization.mode)
    )
    return [(row[0], row[1]) for row in session.execute(statement)]


def members_of(organization_id: str) -> Select[Membership, User]:
    """Start a select of the organization's members, each with the person."""
    return (
        select(Membership, User)
        .join(User, User.id == Membership.user_id)
        .where(Membership.organization_id == organization_id)
    )


def lock_organization(session: Session, *, organization_id: str) -> None:
    """Let changes of an organization's members happen one after the other."""
    session.execute(select(Organization.id).where(Organization.id == organization_id).with_for_update())


def count_owners(session: Session, *, organization_id: str) -> int:
    """Count the owners of an organization."""
    statement = select(func.count()).where(
        Membership.organization_id == organization_id, Membership.role == Role.OWNER.value
    )
    return session.scalar(statement) or 0


def is_member(session: Session, *, organization_id: str, user_id: str) -> bool:
    """Tell whether the user belongs to the organization."""
    belongs = exists().where(Membership.organization_id == organization_id, Membership.user_id == user_id)
    return bool(session.scalar(select(belongs)))


def is_owner(session: Session, *, organization_id: str, user_id: str) -> bool:
    """Tell whether the user owns the organization."""
    owns = exists().where(
        Membership.organization_id == organization_id,
        Membership.user_id == user_id,
        Membership.role == Role.OWNER.value,
    )
    return bool(session.scalar(select(owns)))


def lock_session_by_refresh(session: Session, *, refresh_hash: bytes) -> UserSession | None:
    """Return, locked, the sign-in whose present or last spent refresh token has that hash."""
    statement = (
        select(UserSession)
        .where(or_(UserSession.refresh_hash == refresh_hash, UserSession.spent_refresh_hash == refresh_hash))
        .with_for_update()
    )
    return session.scalars(statement).one_or_none()


def lock_session_by_secret(session: Session, *, secret_hash: bytes) -> UserSession | None:
    """Return, locked, the sign-in whose cookie has the secret with that hash."""
    return session.scalars(
        select(UserSession).where(UserSession.secret_hash == secret_hash).with_for_update()
    ).one_or_none()

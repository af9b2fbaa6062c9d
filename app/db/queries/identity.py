"""Who is calling: one round trip for each kind of credential."""

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Row, or_, select, update
from sqlalchemy.orm import Session

from app.db.models import ApiKey, Membership, Organization, UserSession

LAST_USED_RESOLUTION = timedelta(minutes=1)
SESSION_RESOLUTION = timedelta(minutes=5)


class SignedIn(NamedTuple):
    """Whose sign-in a cookie is of, and what they are in the organization that it is in now."""

    session_id: str
    user_id: str
    organization_id: str
    last_used_at: datetime
    role: str
    mode: str
    clock_offset: timedelta


def find_api_key(session: Session, *, secret_hash: bytes) -> tuple[ApiKey, Organization] | None:
    """Return the key with that hash and its organization, whatever its state."""
    statement = (
        select(ApiKey, Organization)
        .join(Organization, Organization.id == ApiKey.organization_id)
        .where(ApiKey.secret_hash == secret_hash)
    )
    found = session.execute(statement).one_or_none()
    return None if found is None else (found[0], found[1])


def touch_api_key(session: Session, *, key_id: str, now: datetime) -> None:
    """Note that the key was used, at most once a minute, without waiting for whoever is noting it now."""
    due = (
        select(ApiKey.id)
        .where(
            ApiKey.id == key_id,
            or_(ApiKey.last_used_at.is_(None), ApiKey.last_used_at < now - LAST_USED_RESOLUTION),
        )
        .with_for_update(skip_locked=True)
    )
    session.execute(
        update(ApiKey).where(ApiKey.id.in_(due)).values(last_used_at=now),
        execution_options={"synchronize_session": False},
    )


def find_member(
    session: Session, *, user_id: str, organization_id: str, session_id: str, now: datetime
) -> Row[str, str, timedelta] | None:
    """Return (role, mode, clock offset) of a signed-in member, or None if any of the three no longer holds."""
    statement = (
        select(Membership.role, Organization.mode, Organization.clock_offset)
        .join(Organization, Organization.id == Membership.organization_id)
        .join(UserSession, UserSession.user_id == Membership.user_id)
        .where(
            Membership.user_id == user_id,
            Membership.organization_id == organization_id,
            UserSession.id == session_id,
            UserSession.revoked_at.is_(None),
            UserSession.expires_at > now,
        )
    )
    return session.execute(statement).one_or_none()


def find_signed_in(session: Session, *, secret_hash: bytes, now: datetime) -> SignedIn | None:
    """Return whose sign-in has that secret, or None if it has ended, or they are no member there any more."""
    statement = (
        select(
            UserSession.id,
            UserSession.user_id,
            UserSession.organization_id,
            UserSession.last_used_at,
            Membership.role,
            Organization.mode,
            Organization.clock_offset,
        )
        .join(Organization, Organization.id == UserSession.organization_id)
        .join(
            Membership,
            (Membership.user_id == UserSession.user_id) & (Membership.organization_id == UserSession.organization_id),
        )
        .where(
            UserSession.secret_hash == secret_hash,
            UserSession.revoked_at.is_(None),
            UserSession.expires_at > now,
        )
    )
    found = session.execute(statement).one_or_none()
    return None if found is None else SignedIn(*found)


def touch_session(session: Session, *, session_id: str, expires_at: datetime, now: datetime) -> None:
    """Note that a sign-in was used and lasts on, without waiting for whoever is noting it now."""
    due = (
        select(UserSession.id)
        .where(UserSession.id == session_id, UserSession.revoked_at.is_(None))
        .with_for_update(skip_locked=True)
    )
    session.execute(
        update(UserSession).where(UserSession.id.in_(due)).values(last_used_at=now, expires_at=expires_at),
        execution_options={"synchronize_session": False},
    )


def find_clock_offset(session: Session, *, organization_id: str) -> timedelta:
    """Return how far the organization's time is ahead of the machine's."""
    return session.scalars(select(Organization.clock_offset).where(Organization.id == organization_id)).one()


def lock_organization(session: Session, *, organization_id: str) -> Organization:
    """Lock an organization that is known to exist."""
    return session.get_one(Organization, organization_id, with_for_update=True, populate_existing=True)


def lock_pair(session: Session, *, organization_id: str) -> list[Organization]:
    """Lock an organization and its twin in the other mode, in one order."""
    pair = select(Organization.pair_id).where(Organization.id == organization_id).scalar_subquery()
    statement = select(Organization).where(Organization.pair_id == pair).order_by(Organization.id)
    return list(session.scalars(statement.with_for_update().execution_options(populate_existing=True)))


def find_logo(session: Session, *, name: str) -> bytes | None:
    """Return the logo of that name, which is its content's hash: several organizations may have the same."""
    return session.scalars(select(Organization.logo).where(Organization.logo_name == name).limit(1)).one_or_none()

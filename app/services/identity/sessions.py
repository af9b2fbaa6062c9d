"""Signing in, staying signed in, and signing out."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from app.db.models import Organization, User, UserSession
from app.db.queries import members as queries
from app.domain.errors import ForbiddenError, NotFoundError, UnauthenticatedError
from app.domain.identity.secrets import is_well_formed, new_refresh_token, new_session_secret
from app.domain.ids import SESSION, new_id
from app.infra.crypto import hash_secret
from app.infra.tokens import AccessTokens
from app.services.audit import record_audit

_USER_AGENT_MOST: Final = 300


class RefreshTokenInvalidError(UnauthenticatedError):
    """The refresh token is unknown, spent or expired, or its sign-in was ended."""

    default_code = "refresh_token_invalid"


class OrganizationMissingError(ForbiddenError):
    """The person belongs to no organization (any more)."""

    default_code = "no_organization"


@dataclass(frozen=True, slots=True)
class Client:
    """From where somebody signs in."""

    user_agent: str | None = None
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class SignIn:
    """What somebody who signed in gets. `organizations` are pairs of an organization and the role there.

    `refresh_token` and `cookie_secret` are None where those that they have stay.
    """

    access_token: str
    expires_in: int
    refresh_token: str | None
    cookie_secret: str | None
    user: User
    organization: Organization
    organizations: list[tuple[Organization, str]]


def open_session(
    session: Session, *, tokens: AccessTokens, user: User, client: Client, lifetime: timedelta, now: datetime
) -> SignIn:
    """Start a sign-in for a person who has proved who they are; raises OrganizationMissingError."""
    organizations = queries.organizations_of(session, user_id=user.id)
    if not organizations:
        raise OrganizationMissingError("You belong to no organization.")
    by_id = {organization.id: organization for organization, _ in organizations}
    organization = by_id.get(user.last_organization_id or "", organizations[0][0])
    refresh_token, cookie_secret = new_refresh_token(), new_session_secret()
    started = UserSession(
        id=new_id(SESSION, now=now),
        user_id=user.id,
        organization_id=organization.id,
        refresh_hash=hash_secret(refresh_token),
        secret_hash=hash_secret(cookie_secret),
        user_agent=client.user_agent and client.user_agent[:_USER_AGENT_MOST],
        created_at=now,
        last_used_at=now,
        expires_at=now + lifetime,
    )
    session.add(started)
    user.last_organization_id = organization.id
    record_audit(
        session,
        organization_id=organization.id,
        actor=user.id,
        action="session.start",
        subject=started.id,
        request_id=client.request_id,
        now=now,
    )
    session.flush()
    return _sign_in(
        tokens,
        user=user,
        organization=organization,
        organizations=organizations,
        session_id=started.id,
        refresh_token=refresh_token,
        cookie_secret=cookie_secret,
        now=now,
    )


def refresh_session(
    session: Session, *, tokens: AccessTokens, refresh_token: str, lifetime: timedelta, now: datetime
) -> SignIn | None:
    """Turn a refresh token into new tokens; it is spent then, and the sign-in lasts `lifetime` from now.

    None when it is not valid. A token that comes a second time was stolen from one of its two users:
    the sign-in is ended, which the caller has to commit. That is why nothing is raised here.
    """
    if not is_well_formed(refresh_token):
        return None
    digest = hash_secret(refresh_token)
    found = queries.lock_session_by_refresh(session, refresh_hash=digest)
    if found is None or found.revoked_at is not None or found.expires_at <= now:
        return None
    organizations = queries.organizations_of(session, user_id=found.user_id)
    organization = next((each for each, _ in organizations if each.id == found.organization_id), None)
    if found.refresh_hash != digest or organization is None:
        _end(session, found, action="session.refresh_reused", now=now)
        return None
    replacement = new_refresh_token()
    found.spent_refresh_hash, found.refresh_hash = digest, hash_secret(replacement)
    found.last_used_at, found.expires_at = now, now + lifetime
    session.flush()
    return _sign_in(
        tokens,
        user=session.get_one(User, found.user_id),
        organization=organization,
        organizations=organizations,
        session_id=found.id,
        refresh_token=replacement,
        now=now,
    )


def log_out(session: Session, *, session_id: str, now: datetime) -> None:
    """End a sign-in; its tokens stop working at once. Ending it again changes nothing."""
    found = session.get(UserSession, session_id, with_for_update=True)
    if found is not None and found.revoked_at is None:
        _end(session, found, action="session.end", now=now)


def log_out_by_refresh(session: Session, *, refresh_token: str, now: datetime) -> None:
    """End the sign-in of a refresh token, if there is one."""
    found = queries.lock_session_by_refresh(session, refresh_hash=hash_secret(refresh_token))
    if found is not None and found.revoked_at is None:
        _end(session, found, action="session.end", now=now)


def log_out_by_secret(session: Session, *, secret: str, now: datetime) -> None:
    """End the sign-in of a cookie's secret, if there is one."""
    found = queries.lock_session_by_secret(session, secret_hash=hash_secret(secret))
    if found is not None and found.revoked_at is None:
        _end(session, found, action="session.end", now=now)


def switch_organization(
    session: Session,
    *,
    tokens: AccessTokens,
    user_id: str,
    session_id: str,
    organization_id: str,
    request_id: str | None,
    now: datetime,
) -> SignIn:
    """Go on in another organization of the person's; raises NotFoundError if it is none of theirs."""
    organizations = queries.organizations_of(session, user_id=user_id)
    organization = next((each for each, _ in organizations if each.id == organization_id), None)
    if organization is None:
        raise NotFoundError("You belong to no such organization.")
    user = session.get_one(User, user_id)
    user.last_organization_id = organization.id
    session.get_one(UserSession, session_id).organization_id = organization.id
    record_audit(
        session,
        organization_id=organization.id,
        actor=user_id,
        action="session.switch",
        subject=session_id,
        request_id=request_id,
        now=now,
    )
    session.flush()
    return _sign_in(
        tokens,
        user=user,
        organization=organization,
        organizations=organizations,
        session_id=session_id,
        refresh_token=None,
        now=now,
    )


def _end(session: Session, found: UserSession, *, action: str, now: datetime) -> None:
    found.revoked_at = now
    record_audit(
        session,
        organization_id=found.organization_id,
        actor=found.user_id,
        action=action,
        subject=found.id,
        now=now,
    )


def _sign_in(
    tokens: AccessTokens,
    *,
    user: User,
    organization: Organization,
    organizations: list[tuple[Organization, str]],
    session_id: str,
    refresh_token: str | None,
    cookie_secret: str | None = None,
    now: datetime,
) -> SignIn:
    access_token = tokens.issue(user_id=user.id, organization_id=organization.id, session_id=session_id, now=now)
    return SignIn(
        access_token=access_token,
        expires_in=int(tokens.lifetime.total_seconds()),
        refresh_token=refresh_token,
        cookie_secret=cookie_secret,
        user=user,
        organization=organization,
        organizations=organizations,
    )

"""From a credential to a caller: API keys (with a short memory, for the hot path) and access tokens."""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Final

from sqlalchemy.orm import Session

from app.db.queries import identity as queries
from app.domain.errors import UnauthenticatedError
from app.domain.identity.access import role_permissions, scope_permissions
from app.domain.identity.caller import Caller
from app.domain.identity.secrets import is_well_formed
from app.infra.crypto import hash_secret
from app.infra.tokens import AccessTokens, TokenInvalidError

KNOWN_FOR: Final = timedelta(seconds=5)
_MOST: Final = 10_000


class ApiKeyInvalidError(UnauthenticatedError):
    """No such API key, or it was revoked, or it has expired."""

    default_code = "api_key_invalid"


class AccessTokenInvalidError(UnauthenticatedError):
    """The access token is not valid (any more), or its sign-in has ended."""

    default_code = "access_token_invalid"


class SessionEndedError(UnauthenticatedError):
    """The cookie's sign-in has ended: it expired, was signed out or revoked, or its member was taken out."""

    default_code = "session_ended"


@dataclass(frozen=True, slots=True)
class _Known:
    caller: Caller
    until: datetime


class ApiKeyCache:
    """Remembers valid keys for five seconds, so that a revoked key works at most that much longer."""

    def __init__(self) -> None:
        self._known: OrderedDict[bytes, _Known] = OrderedDict()
        self._lock = Lock()

    def get(self, secret: str, *, now: datetime) -> Caller | None:
        """Return the caller if the key was seen a moment ago; never waits, so that an event loop may ask."""
        known = self._known.get(hash_secret(secret))
        return known.caller if known is not None and now < known.until else None

    def put(self, secret: str, caller: Caller, *, now: datetime, expires_at: datetime | None) -> None:
        """Remember a valid key, never beyond its own expiry."""
        until = now + KNOWN_FOR if expires_at is None else min(now + KNOWN_FOR, expires_at)
        with self._lock:
            self._known[hash_secret(secret)] = _Known(caller, until)
            while len(self._known) > _MOST:
                self._known.popitem(last=False)

    def forget(self, organization_id: str) -> None:
        """Forget the organization's keys in this process: one was revoked, or its clock was moved."""
        with self._lock:
            for key in [key for key, known in self._known.items() if known.caller.organization_id == organization_id]:
                del self._known[key]


def authenticate_api_key(session: Session, cache: ApiKeyCache, *, secret: str, now: datetime) -> Caller:
    """Return the key's caller, asking the database only when the cache does not know; raises ApiKeyInvalidError."""
    known = cache.get(secret, now=now)
    if known is not None:
        return known
    found = queries.find_api_key(session, secret_hash=hash_secret(secret)) if is_well_formed(secret) else None
    if found is None:
        raise ApiKeyInvalidError("This API key is not valid.")
    key, organization = found
    if key.revoked_at is not None and key.revoked_at <= now:
        raise ApiKeyInvalidError("This API key was revoked.")
    if key.expires_at is not None and key.expires_at <= now:
        raise ApiKeyInvalidError("This API key has expired.")
    queries.touch_api_key(session, key_id=key.id, now=now)
    caller = Caller(
        organization_id=organization.id,
        mode=organization.mode,
        actor=key.id,
        permissions=scope_permissions(key.scopes),
        clock_offset=organization.clock_offset,
    )
    cache.put(secret, caller, now=now, expires_at=key.expires_at)
    return caller


def authenticate_access_token(session: Session, tokens: AccessTokens, *, token: str, now: datetime) -> Caller:
    """Return the member who signed in, with the role of this moment; raises AccessTokenInvalidError."""
    try:
        claims = tokens.read(token, now=now)
    except TokenInvalidError as error:
        raise AccessTokenInvalidError("This access token is not valid, or has expired.") from error
    member = queries.find_member(
        session,
        user_id=claims.user_id,
        organization_id=claims.organization_id,
        session_id=claims.session_id,
        now=now,
    )
    if member is None:
        raise AccessTokenInvalidError("This sign-in has ended.")
    role, mode, clock_offset = member
    return Caller(
        organization_id=claims.organization_id,
        mode=mode,
        actor=claims.user_id,
        permissions=role_permissions(role),
        clock_offset=clock_offset,
        role=role,
        session_id=claims.session_id,
    )


def authenticate_cookie(session: Session, *, secret: str, lifetime: timedelta, touch: bool, now: datetime) -> Caller:
    """Return who signed in with that secret, with the role of this moment; raises SessionEndedError.

    With `touch` the sign-in lasts `lifetime` from now; that is written at most once in five minutes.
    """
    found = (
        queries.find_signed_in(session, secret_hash=hash_secret(secret), now=now) if is_well_formed(secret) else None
    )
    if found is None:
        raise SessionEndedError("This sign-in has ended. Sign in again.")
    if touch and found.last_used_at <= now - queries.SESSION_RESOLUTION:
        queries.touch_session(session, session_id=found.session_id, expires_at=now + lifetime, now=now)
    return Caller(
        organization_id=found.organization_id,
        mode=found.mode,
        actor=found.user_id,
        permissions=role_permissions(found.role),
        clock_offset=found.clock_offset,
        role=found.role,
        session_id=found.session_id,
    )

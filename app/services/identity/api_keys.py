"""Keys of merchants' servers: made, shown once, rotated, revoked."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy.orm import Session

from app.db.models import ApiKey
from app.db.queries.scoped import get_owned, newest_first, owned
from app.domain.errors import ConflictError, FieldError, InvalidError
from app.domain.identity.access import check_scopes
from app.domain.identity.secrets import HINT_LENGTH, new_api_key
from app.domain.ids import API_KEY, new_id
from app.infra.crypto import hash_secret
from app.services.audit import record_audit

LONGEST_OVERLAP: Final = timedelta(days=7)


class KeyEndedError(ConflictError):
    """The key was revoked, or has expired."""

    default_code = "api_key_ended"


@dataclass(frozen=True, slots=True)
class NewKey:
    """A new key with its secret, which nobody can read again."""

    key: ApiKey
    secret: str


@dataclass(frozen=True, slots=True)
class KeyWish:
    """What a new key is to be."""

    name: str
    scopes: tuple[str, ...]
    expires_at: datetime | None = None


def list_api_keys(session: Session, *, organization_id: str, after: str | None, limit: int) -> list[ApiKey]:
    """Return the keys, newest first, revoked ones too, and one more than `limit` if there are more."""
    return list(session.scalars(newest_first(owned(ApiKey, organization_id), ApiKey.id, after=after, limit=limit)))


def create_api_key(
    session: Session,
    *,
    organization_id: str,
    mode: str,
    wish: KeyWish,
    actor: str,
    request_id: str | None,
    now: datetime,
) -> NewKey:
    """Make a key; raises ScopeUnknownError, and InvalidError for an expiry that is not ahead."""
    if wish.expires_at is not None and wish.expires_at <= now:
        error = FieldError("/expires_at", "must be in the future")
        raise InvalidError("The expiry is not valid.", errors=(error,))
    scopes = check_scopes(wish.scopes)
    secret = new_api_key(mode)
    key = ApiKey(
        id=new_id(API_KEY, now=now),
        organization_id=organization_id,
        name=wish.name,
        hint=secret[-HINT_LENGTH:],
        secret_hash=hash_secret(secret),
        scopes=list(scopes),
        created_by=actor,
        created_at=now,
        expires_at=wish.expires_at,
    )
    session.add(key)
    _audit(session, key, actor=actor, action="api_key.create", request_id=request_id, now=now)
    session.flush()
    return NewKey(key, secret)


def rotate_api_key(
    session: Session,
    *,
    organization_id: str,
    mode: str,
    key_id: str,
    overlap: timedelta,
    actor: str,
    request_id: str | None,
    now: datetime,
) -> NewKey:
    """Make a successor with the same name, scopes and expiry; the old key works for `overlap` longer.

    Raises NotFoundError, and KeyEndedError if the old key works no more.
    """
    old = get_owned(session, ApiKey, organization_id=organization_id, row_id=key_id, lock=True)
    if old.revoked_at is not None or (old.expires_at is not None and old.expires_at <= now):
        raise KeyEndedError("This key was revoked or has expired; make a new one.")
    wish = KeyWish(old.name, tuple(old.scopes), old.expires_at)
    made = create_api_key(
        session,
        organization_id=organization_id,
        mode=mode,
        wish=wish,
        actor=actor,
        request_id=request_id,
        now=now,
    )
    ends_at = now + overlap
    old.expires_at = ends_at if old.expires_at is None else min(ends_at, old.expires_at)
    _audit(session, old, actor=actor, action="api_key.rotate", request_id=request_id, now=now, successor=made.key.id)
    return made


def revoke_api_key(
    session: Session, *, organization_id: str, key_id: str, actor: str, request_id: str | None, now: datetime
) -> None:
    """End a key; revoking it again changes nothing. Raises NotFoundError."""
    key = get_owned(session, ApiKey, organization_id=organization_id, row_id=key_id, lock=True)
    if key.revoked_at is not None:
        return
    key.revoked_at = now
    _audit(session, key, actor=actor, action="api_key.revoke", request_id=request_id, now=now)


def _audit(
    session: Session,
    key: ApiKey,
    *,
    actor: str,
    action: str,
    request_id: str | None,
    now: datetime,
    **more: Any,
) -> None:
    record_audit(
        session,
        organization_id=key.organization_id,
        actor=actor,
        action=action,
        subject=key.id,
        after={"name": key.name, "scopes": list(key.scopes), **more},
        request_id=request_id,
        now=now,
    )

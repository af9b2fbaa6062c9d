"""Passwords that are forgotten, reset and changed."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.db.models import User
from app.db.queries import people as queries
from app.db.session import Begin
from app.domain.errors import FieldError, InvalidError, TinkoError
from app.domain.identity.caller import Caller
from app.domain.identity.credentials import check_password
from app.domain.identity.errors import TokenGoneError
from app.domain.identity.mails import Kind
from app.infra.crypto import Crypto
from app.infra.passwords import hash_password, verify_password
from app.services.audit import record_audit
from app.services.identity.log_in import Door, account_of, count_try, note_refusal
from app.services.identity.mails import wish_mail
from app.services.identity.reset_tokens import is_good, user_id_in
from app.services.identity.second_factor import TotpRequiredError, check_second_factor
from app.services.identity.sessions import Client, SignIn, open_session
from app.services.identity.tries import TooManyTriesError, begin_try, forget_tries, take_back_try, tries_key


class ResetTokenGoneError(TokenGoneError):
    """The token was used, has expired, or is none of ours."""

    default_code = "reset_token_gone"


class PasswordWrongError(InvalidError):
    """Who is signed in did not say their present password."""

    default_code = "password_wrong"


def ask_reset(session: Session, *, crypto: Crypto, email: str) -> None:
    """Have a link mailed to whoever has an account with that address; nobody is looked up here."""
    wish_mail(session, crypto=crypto, kind=Kind.RESET, email=account_of(email))


def reset_password(
    begin: Begin, *, door: Door, token: str, password: str, code: str | None, client: Client, now: datetime
) -> SignIn:
    """Choose a new password with a mailed token: every sign-in ends, and a new one begins.

    Raises ResetTokenGoneError, PasswordWeakError, TotpRequiredError, TotpInvalidError and TooManyTriesError.
    """
    user_id = user_id_in(token)
    with begin() as session:
        user = queries.lock_user(session, user_id=user_id) if user_id else None
        if user is None or not is_good(door.crypto, token, user=user, now=now):
            raise ResetTokenGoneError("This link was used, or has expired. Ask for a new one.")
        check_password(password, email=user.email)
        refusal = _second_factor(session, door=door, user=user, code=code, client=client, now=now)
        if refusal is None:
            return _reset(session, door=door, user=user, password=password, client=client, now=now)
    raise refusal


def prove_password(
    begin: Begin, *, crypto: Crypto, caller: Caller, password: str, field: str, client: Client, now: datetime
) -> None:
    """Ask somebody who is signed in for their password; raises PasswordWrongError and TooManyTriesError.

    Counted for that sign-in alone: who took it over cannot guess on, and keeps nobody else out.
    """
    key = _own_key(crypto, caller, now=now)
    count_try(begin, key=key, now=now)
    with begin() as session:
        user = session.get_one(User, caller.actor)
        right = verify_password(password, user.password_hash)
        if right:
            forget_tries(session, key)
        else:
            note_refusal(session, crypto=crypto, user=user, email=user.email, why="password", client=client, now=now)
    if not right:
        error = FieldError(f"/{field}", "not your password")
        raise PasswordWrongError("The password is wrong.", errors=(error,))


def change_password(
    session: Session, *, crypto: Crypto, caller: Caller, password: str, client: Client, now: datetime
) -> None:
    """Give somebody who proved the old one another password; their other sign-ins end. Raises PasswordWeakError."""
    user = session.get_one(User, caller.actor, with_for_update=True, populate_existing=True)
    check_password(password, email=user.email)
    user.password_hash = hash_password(password)
    ended = queries.end_sessions(session, user_id=user.id, but=caller.session_id, now=now)
    _told(session, crypto=crypto, user=user, action="password.change", ended=ended, client=client, now=now)
    session.flush()


def _reset(session: Session, *, door: Door, user: User, password: str, client: Client, now: datetime) -> SignIn:
    user.password_hash = hash_password(password)
    ended = queries.end_sessions(session, user_id=user.id, but=None, now=now)
    strangers = tries_key(door.crypto, email=user.email, browser=None, now=now)
    forget_tries(session, strangers, _reset_key(door.crypto, user, now=now))
    _told(session, crypto=door.crypto, user=user, action="password.reset", ended=ended, client=client, now=now)
    return open_session(session, tokens=door.tokens, user=user, client=client, lifetime=door.lifetime, now=now)


def _second_factor(
    session: Session, *, door: Door, user: User, code: str | None, client: Client, now: datetime
) -> TinkoError | None:
    """Return why the mailbox alone does not do, counted for resets by themselves; the user's row is locked."""
    if not user.has_totp:
        return None
    key = _reset_key(door.crypto, user, now=now)
    wait = begin_try(session, key=key, now=now)
    if wait is not None:
        return TooManyTriesError("Too many codes; see Retry-After.", retry_after=wait)
    refusal = check_second_factor(session, crypto=door.crypto, user=user, code=code, now=now)
    if isinstance(refusal, TotpRequiredError):
        take_back_try(session, key=key, now=now)
    elif refusal is not None:
        note_refusal(session, crypto=door.crypto, user=user, email=user.email, why="totp", client=client, now=now)
    return refusal


def _told(
    session: Session, *, crypto: Crypto, user: User, action: str, ended: list[str], client: Client, now: datetime
) -> None:
    record_audit(
        session,
        organization_id=user.last_organization_id,
        actor=user.id,
        action=action,
        subject=user.id,
        after={"sessions_ended": len(ended)},
        request_id=client.request_id,
        now=now,
    )
    wish_mail(session, crypto=crypto, kind=Kind.PASSWORD_CHANGED, email=user.email)


def _own_key(crypto: Crypto, caller: Caller, *, now: datetime) -> bytes:
    return tries_key(crypto, email=f"{caller.actor} {caller.session_id}", browser=None, now=now)


def _reset_key(crypto: Crypto, user: User, *, now: datetime) -> bytes:
    return tries_key(crypto, email=f"{user.id} reset", browser=None, now=now)

"""Signing in with a password, and with a code where one is asked for."""

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from app.db.models import User
from app.db.queries import members as queries
from app.db.session import Begin
from app.domain.errors import TinkoError, UnauthenticatedError
from app.domain.identity.credentials import EmailInvalidError, normalise_email
from app.infra.crypto import Crypto
from app.infra.passwords import hash_password, is_outdated, verify_password
from app.infra.tokens import AccessTokens
from app.services.audit import record_audit
from app.services.identity.second_factor import TotpRequiredError, check_second_factor
from app.services.identity.sessions import Client, SignIn, open_session
from app.services.identity.tries import TooManyTriesError, begin_try, forget_tries, take_back_try, tries_key

NOBODY: Final = "nobody"
First = Callable[[Session, User], None]


class CredentialsInvalidError(UnauthenticatedError):
    """No such user, or the wrong password: the caller cannot tell which."""

    default_code = "invalid_credentials"


@dataclass(frozen=True, slots=True)
class Door:
    """What letting people in takes: keys, and how long a sign-in lasts that is not used."""

    crypto: Crypto
    tokens: AccessTokens
    lifetime: timedelta


@dataclass(frozen=True, slots=True)
class Claim:
    """Who somebody says they are. `browser` is what a browser shows that signed in to the account before."""

    email: str
    password: str = field(repr=False)
    code: str | None = field(default=None, repr=False)
    browser: str | None = field(default=None, repr=False)


def log_in(
    begin: Begin, *, door: Door, claim: Claim, client: Client, now: datetime, first: First | None = None
) -> SignIn:
    """Sign in with a password; the same is done for any wrong pair, and every refusal is written down.

    `first` is done with who proved to be the person, before they are let in.
    Raises CredentialsInvalidError, TotpRequiredError, TotpInvalidError, TooManyTriesError and
    OrganizationMissingError. No transaction may be open: what is refused is committed too.
    """
    email = account_of(claim.email)
    key = tries_key(door.crypto, email=email, browser=claim.browser, now=now)
    count_try(begin, key=key, now=now)
    with begin() as session:
        outcome = _judge(session, door=door, claim=claim, email=email, key=key, client=client, now=now)
        if isinstance(outcome, User):
            if first is not None:
                first(session, outcome)
            return open_session(
                session, tokens=door.tokens, user=outcome, client=client, lifetime=door.lifetime, now=now
            )
    raise outcome


def account_of(text: str) -> str:
    """Return the address that tries are counted for; what is no address is counted as it is."""
    try:
        return normalise_email(text)
    except EmailInvalidError:
        return text.strip().lower()


def count_try(begin: Begin, *, key: bytes, now: datetime) -> None:
    """Count a try, in a transaction of its own; raises TooManyTriesError if it comes too early."""
    with begin() as session:
        wait = begin_try(session, key=key, now=now)
    if wait is not None:
        raise TooManyTriesError("Too many tries for this account; see Retry-After.", retry_after=wait)


def _judge(
    session: Session, *, door: Door, claim: Claim, email: str, key: bytes, client: Client, now: datetime
) -> User | TinkoError:
    user = queries.find_user_by_email(session, email=email)
    if not verify_password(claim.password, user.password_hash if user else None) or user is None:
        note_refusal(session, crypto=door.crypto, user=user, email=email, why="password", client=client, now=now)
        return CredentialsInvalidError("The email address or the password is wrong.")
    refusal = check_second_factor(session, crypto=door.crypto, user=user, code=claim.code, now=now)
    if isinstance(refusal, TotpRequiredError):
        take_back_try(session, key=key, now=now)
        return refusal
    if refusal is not None:
        note_refusal(session, crypto=door.crypto, user=user, email=email, why="totp", client=client, now=now)
        return refusal
    forget_tries(session, key)
    if is_outdated(user.password_hash):
        user.password_hash = hash_password(claim.password)
    return user


def note_refusal(
    session: Session, *, crypto: Crypto, user: User | None, email: str, why: str, client: Client, now: datetime
) -> None:
    """Write a try in vain down: for a person by their id, else by a mark that does not tell the address."""
    mark = hmac.new(crypto.keys_for("refused-address")[0], email.encode("utf-8", "replace"), hashlib.sha256)
    record_audit(
        session,
        organization_id=user.last_organization_id if user else None,
        actor=user.id if user else NOBODY,
        action="session.refused",
        subject=user.id if user else f"address:{mark.hexdigest()[:16]}",
        after={"why": why},
        request_id=client.request_id,
        now=now,
    )

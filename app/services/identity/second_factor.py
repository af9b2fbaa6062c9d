"""The second factor: an app's codes, or a recovery code in their place."""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from app.db.models import User
from app.db.queries import people as queries
from app.domain.errors import ConflictError, FieldError, InvalidError, UnauthenticatedError
from app.domain.identity.mails import Kind
from app.domain.identity.totp import (
    as_text,
    matching_step,
    new_recovery_codes,
    new_secret,
    otpauth_uri,
    plain_recovery_code,
)
from app.infra.crypto import Crypto
from app.services.audit import record_audit
from app.services.identity.mails import wish_mail

ISSUER: Final = "Tinko"


class TotpRequiredError(UnauthenticatedError):
    """The password is right, and a code is wanted too."""

    default_code = "totp_required"


class TotpInvalidError(UnauthenticatedError):
    """The code is wrong, too old, or was used before."""

    default_code = "totp_invalid"


class TotpCodeWrongError(InvalidError):
    """The code does not prove that the app has the secret."""

    default_code = "totp_invalid"


class TotpStateError(ConflictError):
    """The second factor is on already, or was not begun."""

    default_code = "totp_state"


@dataclass(frozen=True, slots=True)
class TotpOffer:
    """What an authenticator app is given, as text and as an address for a picture."""

    secret: str
    otpauth_uri: str


def check_second_factor(
    session: Session, *, crypto: Crypto, user: User, code: str | None, now: datetime
) -> UnauthenticatedError | None:
    """Return why a person who proved their password is not let in yet; None if they are. A code is used up."""
    if not user.has_totp:
        return None
    if not code or not code.strip():
        return TotpRequiredError("Send `totp_code`: what the authenticator app shows, or a recovery code.")
    step = matching_step(_secret_of(crypto, user), code, now=now)
    if step is not None and queries.use_step(session, user_id=user.id, step=step):
        return None
    if step is None and queries.use_recovery_code(session, user_id=user.id, hashes=_hashes(crypto, code), now=now):
        _audit(session, user, "recovery_code_used", request_id=None, now=now)
        return None
    return TotpInvalidError("The code is wrong, too old, or was used before.")


def offer_totp(session: Session, *, crypto: Crypto, user_id: str) -> TotpOffer:
    """Make a secret for an app; nothing is asked for until it is confirmed. Raises TotpStateError."""
    user = _locked(session, user_id)
    if user.has_totp:
        raise TotpStateError("Two-step sign-in is on already.")
    secret = new_secret()
    user.totp_sealed, user.totp_last_step = crypto.seal(secret, about=_about(user)), None
    return TotpOffer(as_text(secret), otpauth_uri(secret, account=user.email, issuer=ISSUER))


def confirm_totp(
    session: Session, *, crypto: Crypto, user_id: str, code: str, request_id: str | None, now: datetime
) -> list[str]:
    """Ask for codes from now on; return the recovery codes, which nobody can read again.

    Raises TotpStateError and TotpCodeWrongError.
    """
    user = _locked(session, user_id)
    if user.has_totp or user.totp_sealed is None:
        raise TotpStateError("Two-step sign-in is on already, or was not begun.")
    step = matching_step(_secret_of(crypto, user), code, now=now)
    if step is None:
        error = FieldError("/code", "not what the app shows now")
        raise TotpCodeWrongError("The code is wrong. Is the clock of the device right?", errors=(error,))
    user.totp_confirmed_at, user.totp_last_step = now, step
    codes = new_recovery_codes()
    queries.replace_recovery_codes(session, user_id=user.id, hashes=[_hashes(crypto, each)[0] for each in codes])
    _audit(session, user, "enable", request_id=request_id, now=now)
    wish_mail(session, crypto=crypto, kind=Kind.TOTP_ENABLED, email=user.email)
    session.flush()
    return codes


def disable_totp(session: Session, *, crypto: Crypto, user_id: str, request_id: str | None, now: datetime) -> None:
    """Ask for no codes any more; the password was proved before. Raises TotpStateError."""
    user = _locked(session, user_id)
    if user.totp_sealed is None:
        raise TotpStateError("Two-step sign-in is not on.")
    was_on = user.has_totp
    user.totp_sealed = user.totp_confirmed_at = user.totp_last_step = None
    queries.replace_recovery_codes(session, user_id=user.id, hashes=[])
    if was_on:
        _audit(session, user, "disable", request_id=request_id, now=now)
        wish_mail(session, crypto=crypto, kind=Kind.TOTP_DISABLED, email=user.email)
    session.flush()


def _locked(session: Session, user_id: str) -> User:
    user = queries.lock_user(session, user_id=user_id)
    assert user is not None  # noqa: S101  (who signed in is there)
    return user


def _secret_of(crypto: Crypto, user: User) -> bytes:
    return crypto.open(user.totp_sealed or b"", about=_about(user))


def _about(user: User) -> str:
    return f"{user.id}:totp"


def _hashes(crypto: Crypto, code: str) -> tuple[bytes, ...]:
    plain = plain_recovery_code(code).encode("utf-8", "replace")
    return tuple(hmac.new(key, plain, hashlib.sha256).digest() for key in crypto.keys_for("recovery-code"))


def _audit(session: Session, user: User, deed: str, *, request_id: str | None, now: datetime) -> None:
    on = {"enable": (False, True), "disable": (True, False)}.get(deed)
    record_audit(
        session,
        organization_id=user.last_organization_id,
        actor=user.id,
        action=f"totp.{deed}",
        subject=user.id,
        before=None if on is None else {"totp": on[0]},
        after=None if on is None else {"totp": on[1]},
        request_id=request_id,
        now=now,
    )

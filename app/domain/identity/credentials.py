"""What an email address and a password must be."""

import re
import unicodedata
from typing import Final

from app.domain.errors import FieldError, InvalidError
from app.domain.identity.breached import is_guessed_first

SHORTEST: Final = 10
# Argon2 reads every byte: without a bound, long passwords would be a way to keep us busy.
LONGEST: Final = 256
_LOCAL: Final = r"[^\s@\x00-\x1f\x7f\"(),:;<>\[\\\]]{1,64}"
# Any letter, digit or mark of any script; of the ASCII punctuation only the hyphen, and not at the ends.
_EDGE: Final = r"[^\s@\x00-\x2f\x3a-\x40\x5b-\x60\x7b-\x7f]"
_LABEL: Final = rf"{_EDGE}(?:(?:{_EDGE}|-){{0,61}}{_EDGE})?"
_EMAIL: Final = re.compile(rf"{_LOCAL}@(?:{_LABEL}\.)*{_LABEL}")
# Control, format, private, and what this Unicode does not know: PostgreSQL's may, and lower it otherwise.
_ODD: Final = frozenset({"Cc", "Cf", "Cn", "Co", "Cs"})
_LONGEST_EMAIL: Final = 254


class EmailInvalidError(InvalidError):
    """The text is not an email address."""

    default_code = "email_invalid"


class PasswordWeakError(InvalidError):
    """The password is too short, too long, too common, or the email address."""

    default_code = "password_weak"


def normalise_email(text: str) -> str:
    """Return the address as it is kept: NFC, trimmed, in lower case; raises EmailInvalidError."""
    email = unicodedata.normalize("NFC", text).strip().lower()
    local = email.partition("@")[0]
    fits = _EMAIL.fullmatch(email) is not None and not any(unicodedata.category(letter) in _ODD for letter in email)
    dots_fit = not (local.startswith(".") or local.endswith(".") or ".." in local)
    if len(email) > _LONGEST_EMAIL or not fits or not dots_fit:
        raise EmailInvalidError("This is not an email address.", errors=(FieldError("/email", "not an email address"),))
    return email


def check_password(password: str, *, email: str) -> None:
    """Raise PasswordWeakError unless the password will do for that (normalised) address.

    Length and a list of common ones, no rules about kinds of characters (NIST SP 800-63B, 5.1.1.2).
    """
    plain = unicodedata.normalize("NFKC", password).lower()
    if len(password) < SHORTEST:
        why = f"at least {SHORTEST} characters"
    elif len(password) > LONGEST:
        why = f"at most {LONGEST} characters"
    elif plain in {email, email.partition("@")[0]}:
        why = "not your email address"
    elif is_guessed_first(plain) or len(set(plain)) <= 2:  # noqa: PLR2004  ("aaaaaaaaaa", "ababababab")
        why = "one that is harder to guess"
    else:
        return
    raise PasswordWeakError(f"Choose a better password: {why}.", errors=(FieldError("/password", why),))

"""Codes of authenticator apps (RFC 6238: HMAC-SHA1, six digits, steps of thirty seconds)."""

import base64
import hashlib
import hmac
import re
import secrets
import string
from datetime import datetime
from typing import Final
from urllib.parse import quote

STEP_SECONDS: Final = 30
RECOVERY_CODES: Final = 10
_DIGITS: Final = 6
_SECRET_BYTES: Final = 20
_STEPS_AROUND: Final = (0, -1, 1)
# Without letters and digits that are read as one another.
_LETTERS: Final = "".join(sorted(set(string.ascii_lowercase + string.digits) - set("il1o0u")))
_HALF: Final = 6
_SPACES: Final = re.compile(r"[\s-]+")


def new_secret() -> bytes:
    """Return a new shared secret of 160 bits (RFC 4226, section 4)."""
    return secrets.token_bytes(_SECRET_BYTES)


def as_text(secret: bytes) -> str:
    """Return a secret as apps take it: base32."""
    return base64.b32encode(secret).decode().rstrip("=")


def otpauth_uri(secret: bytes, *, account: str, issuer: str) -> str:
    """Return the address that apps read from a picture."""
    label = f"{quote(issuer, safe='')}:{quote(account, safe='')}"
    return f"otpauth://totp/{label}?secret={as_text(secret)}&issuer={quote(issuer, safe='')}&digits=6&period=30"


def code_at(secret: bytes, step: int) -> str:
    """Return the code of a step (RFC 4226, section 5.3)."""
    digest = hmac.new(secret, step.to_bytes(8, "big"), hashlib.sha1).digest()
    offset = digest[-1] & 0x0F
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
    return str(number % 10**_DIGITS).zfill(_DIGITS)


def step_at(now: datetime) -> int:
    """Return the number of the step that a moment is in."""
    return int(now.timestamp()) // STEP_SECONDS


def matching_step(secret: bytes, code: str, *, now: datetime) -> int | None:
    """Return the step whose code this is, of the present one and those beside it; None if it is of none."""
    given = _SPACES.sub("", code).encode("utf-8", "replace")
    steps = [step_at(now) + around for around in _STEPS_AROUND]
    fits = [step for step in steps if hmac.compare_digest(code_at(secret, step).encode(), given)]
    return fits[0] if fits else None


def new_recovery_codes() -> list[str]:
    """Return ten codes of about 58 random bits each, such as `k7m2qd-x4hp9w`."""
    return ["-".join(_drawn() for _ in range(2)) for _ in range(RECOVERY_CODES)]


def plain_recovery_code(text: str) -> str:
    """Return a recovery code as it is compared: without hyphens, spaces and capitals."""
    return _SPACES.sub("", text).lower()


def _drawn() -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(_HALF))

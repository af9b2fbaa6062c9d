"""Guessing is slow: tries to sign in are counted before they are judged, per address, known or not.

A stranger's tries share one count per address, and browsers that signed in to the account before have counts
of their own (`tinko_browser`, a signed cookie): whoever makes the strangers' count wait does not keep the owner
out. The rows hold keyed hashes alone, and addresses without an account are counted alike.
"""

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from app.db.queries import people as queries
from app.domain.errors import RateLimitedError
from app.domain.identity.lockout import FORGOTTEN_AFTER, wait_after
from app.infra.crypto import Crypto, same

_PARTS: Final = 3
_LIFETIME: Final = timedelta(days=365)


class TooManyTriesError(RateLimitedError):
    """Too many wrong passwords or codes for this account; even the right one has to wait."""

    default_code = "too_many_tries"


def new_browser_token(crypto: Crypto, *, email: str, now: datetime) -> str:
    """Return what a browser shows later, to be known as one that signed in to that account."""
    name, ends = secrets.token_hex(8), str(int((now + _LIFETIME).timestamp()))
    return f"{name}.{ends}.{_marks(crypto, email, name, ends)[0]}"


def tries_key(crypto: Crypto, *, email: str, browser: str | None, now: datetime) -> bytes:
    """Return what tries for that address are counted under: by the browser, if it is known there, else together."""
    known = browser if browser and _is_known(crypto, email, browser, now=now) else ""
    name = known.partition(".")[0]
    return hmac.new(crypto.keys_for("sign-in-tries")[0], f"{email}\0{name}".encode(), hashlib.sha256).digest()


def begin_try(session: Session, *, key: bytes, now: datetime) -> timedelta | None:
    """Count a try before it is judged, so that tries at once count too; return how long to wait, if it has to.

    The caller commits before it judges.
    """
    row = queries.lock_tries(session, account_hash=key, now=now)
    if row.wait_until is not None and now < row.wait_until:
        return row.wait_until - now
    row.tries = 1 if row.last_at <= now - FORGOTTEN_AFTER else row.tries + 1
    wait = wait_after(row.tries)
    row.last_at, row.wait_until = now, None if wait is None else now + wait
    return None


def take_back_try(session: Session, *, key: bytes, now: datetime) -> None:
    """Let a try count for nothing: it was right as far as it went."""
    row = queries.lock_tries(session, account_hash=key, now=now)
    row.tries, row.wait_until = max(row.tries - 1, 0), None


def forget_tries(session: Session, *keys: bytes) -> None:
    """Start counting anew: the person has proved who they are."""
    queries.delete_tries(session, account_hashes=keys)


def _is_known(crypto: Crypto, email: str, token: str, *, now: datetime) -> bool:
    parts = token.split(".")
    if len(parts) != _PARTS or not parts[1].isdecimal() or len(token) > 200:  # noqa: PLR2004  (ours are shorter)
        return False
    marks = _marks(crypto, email, parts[0], parts[1])
    return any(same(mark.encode(), parts[2].encode()) for mark in marks) and now.timestamp() < int(parts[1])


def _marks(crypto: Crypto, email: str, name: str, ends: str) -> list[str]:
    text = f"{email}\0{name}\0{ends}".encode()
    return [hmac.new(key, text, hashlib.sha256).hexdigest() for key in crypto.keys_for("known-browser")]

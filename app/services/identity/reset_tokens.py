"""Tokens that reset a password: signed, not stored; each dies with the password that it replaces."""

import hashlib
import hmac
from datetime import datetime, timedelta
from typing import Final

from app.db.models import User
from app.infra.crypto import Crypto, same

RESET_LIFETIME: Final = timedelta(minutes=30)
_PARTS: Final = 3


def new_reset_token(crypto: Crypto, *, user: User, now: datetime) -> str:
    """Return a token that is good for half an hour, and until the password is another."""
    ends = str(int((now + RESET_LIFETIME).timestamp()))
    return f"{user.id}.{ends}.{_marks(crypto, user, ends)[0]}"


def user_id_in(token: str) -> str | None:
    """Return whose token this claims to be."""
    parts = token.split(".")
    return parts[0] if len(parts) == _PARTS and token.isascii() and parts[1].isdecimal() else None


def is_good(crypto: Crypto, token: str, *, user: User, now: datetime) -> bool:
    """Tell whether this is the user's own token and can be used still; lock the user first."""
    _, ends, mark = token.split(".")
    fits = any(same(each.encode(), mark.encode()) for each in _marks(crypto, user, ends))
    return fits and now.timestamp() < int(ends)


def _marks(crypto: Crypto, user: User, ends: str) -> list[str]:
    text = f"{user.id}\0{ends}\0{user.password_hash}".encode()
    return [hmac.new(key, text, hashlib.sha256).hexdigest() for key in crypto.keys_for("password-reset")]

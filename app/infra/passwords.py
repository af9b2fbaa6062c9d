"""Passwords: argon2id through passlib, and a check that costs the same for a user who is not there."""

import unicodedata
from functools import cache
from typing import Final

from passlib.context import CryptContext

# OWASP's Password Storage Cheat Sheet (2025): argon2id with at least 19 MiB, 2 passes, 1 lane.
_CONTEXT: Final = CryptContext(
    schemes=["argon2"], argon2__type="ID", argon2__memory_cost=19_456, argon2__rounds=2, argon2__parallelism=1
)


def hash_password(password: str) -> str:
    """Return a salted argon2id hash in the PHC format."""
    return str(_CONTEXT.hash(_one_form(password)))


def verify_password(password: str, hashed: str | None) -> bool:
    """Tell whether the password is right; with no hash (unknown user) do the same work, and say no."""
    known = bool(_CONTEXT.verify(_one_form(password), hashed or _nobodys_hash()))
    return known and hashed is not None


def is_outdated(hashed: str) -> bool:
    """Tell whether the hash was made at another cost, and should be made anew at the next login."""
    return bool(_CONTEXT.needs_update(hashed))


def _one_form(password: str) -> str:
    # Keyboards spell the same letter in different ways (NIST SP 800-63B, 5.1.1.2).
    return unicodedata.normalize("NFKC", password)


@cache
def _nobodys_hash() -> str:
    return hash_password("a password that nobody has")

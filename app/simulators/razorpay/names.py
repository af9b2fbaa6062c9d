"""Ids, and accounts by their key."""

import re
import secrets
import string
from collections.abc import Mapping
from typing import Final

from app.simulators.books.basic import basic_credentials
from app.simulators.books.errors import BooksError, Refusal
from app.simulators.books.skin import Kind

_LETTERS: Final = string.ascii_letters + string.digits
_LENGTH: Final = 14
_KEY: Final = re.compile(r"rzp_(test|live)_[A-Za-z0-9]{4,60}")
_PREFIXES: Final[Mapping[Kind, str]] = {
    Kind.PAYMENT: "pay",
    Kind.CHECKOUT: "plink",
    Kind.REFUND: "rfnd",
    Kind.DISPUTE: "disp",
    Kind.EVENT: "event",
}


def fresh(prefix: str) -> str:
    """Return a new id."""
    return f"{prefix}_{''.join(secrets.choice(_LETTERS) for _ in range(_LENGTH))}"


def new_id(kind: Kind) -> str:
    """Return a new id of a kind."""
    return fresh(_PREFIXES[kind])


def account_of(headers: Mapping[str, str]) -> str:
    """Return the `key_id` of Basic authentication; any secret will do."""
    key, secret = basic_credentials(headers)
    if not _KEY.fullmatch(key) or not secret:
        raise BooksError(Refusal.UNAUTHORIZED, "Authentication failed")
    return key

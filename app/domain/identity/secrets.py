"""The formats of the secrets that Tinko hands out.

An API key is `tk_test_` or `tk_live_`, then 40 characters of base 62 (238 random bits) and a checksum
of 6, so that garbage is refused without asking the database, and scanners can tell a leaked key.
"""

import secrets
import string
import zlib
from typing import Final

_BASE62: Final = string.digits + string.ascii_uppercase + string.ascii_lowercase
_BODY: Final = 40
_CHECK: Final = 6
_API_KEY_PREFIXES: Final = {"test": "tk_test_", "live": "tk_live_"}
_REFRESH_PREFIX: Final = "tkr_"
_SESSION_PREFIX: Final = "tks_"
_INVITATION_PREFIX: Final = "tki_"
HINT_LENGTH: Final = 4


def new_api_key(mode: str) -> str:
    """Return a new secret API key for an organization of that mode."""
    return _with_checksum(_API_KEY_PREFIXES[mode])


def new_refresh_token() -> str:
    """Return a new opaque refresh token."""
    return _with_checksum(_REFRESH_PREFIX)


def new_session_secret() -> str:
    """Return a new opaque secret for the cookie of a sign-in."""
    return _with_checksum(_SESSION_PREFIX)


def new_invitation_token() -> str:
    """Return a new opaque token for the link of an invitation."""
    return _with_checksum(_INVITATION_PREFIX)


def looks_like_api_key(text: str) -> bool:
    """Tell whether the text was meant as an API key (rather than as an access token)."""
    return text.startswith(tuple(_API_KEY_PREFIXES.values()))


def is_well_formed(text: str) -> bool:
    """Tell whether a key or token of ours has its length and checksum right; says nothing of its existence."""
    head, check = text[:-_CHECK], text[-_CHECK:]
    prefixes = (*_API_KEY_PREFIXES.values(), _REFRESH_PREFIX, _SESSION_PREFIX, _INVITATION_PREFIX)
    sizes = {len(prefix) + _BODY for prefix in prefixes if text.startswith(prefix)}
    return text.isascii() and len(head) in sizes and _checksum(head) == check


def _with_checksum(prefix: str) -> str:
    head = prefix + "".join(secrets.choice(_BASE62) for _ in range(_BODY))
    return head + _checksum(head)


def _checksum(head: str) -> str:
    value = zlib.crc32(head.encode())
    return "".join(_BASE62[value // 62**place % 62] for place in range(_CHECK - 1, -1, -1))

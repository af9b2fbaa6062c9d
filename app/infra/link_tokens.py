"""Tokens of recovery links: JWTs (HS256) that carry ids only. What a link is good for is in the database."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import jwt

ISSUER: Final = "tinko"
AUDIENCE: Final = "tinko:payer"
LONGEST: Final = 1024


@dataclass(frozen=True, slots=True)
class LinkClaims:
    """What a link's token says."""

    link_id: str
    organization_id: str


class LinkTokens:
    """Issues and reads the tokens of links; reads also those signed with a previous key."""

    def __init__(self, keys: tuple[bytes, ...]) -> None:
        self._keys = {hashlib.sha256(key).hexdigest()[:8]: key for key in keys}
        self._current = next(iter(self._keys))

    def issue(self, *, link_id: str, organization_id: str, now: datetime, expires_at: datetime) -> str:
        """Return a link's token; `exp` is for the reader, the database decides."""
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "jti": link_id,
            "org": organization_id,
            "iat": int(now.timestamp()),
            "exp": int(expires_at.timestamp()),
        }
        return jwt.encode(claims, self._keys[self._current], algorithm="HS256", headers={"kid": self._current})

    def read(self, token: str) -> LinkClaims | None:
        """Return the claims, or None: not ours, tampered with, cut short, for somebody else, or no token at all."""
        if not token.isascii() or len(token) > LONGEST:
            return None
        try:
            kid = str(jwt.get_unverified_header(token).get("kid"))
            claims = jwt.decode(
                token,
                # An unknown key costs as much as a known one that does not fit.
                self._keys.get(kid, self._keys[self._current]),
                algorithms=["HS256"],
                issuer=ISSUER,
                audience=AUDIENCE,
                options={
                    "require": ["jti", "org"],
                    "verify_exp": False,
                    "verify_iat": False,
                    "verify_nbf": False,
                },
            )
        except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
            return None
        link_id, organization_id = claims["jti"], claims["org"]
        if not isinstance(link_id, str) or not isinstance(organization_id, str):
            return None
        return LinkClaims(link_id, organization_id)

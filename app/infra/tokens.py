"""Access tokens: short-lived JWTs (HS256) that say who and where, never what they may do."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import jwt

ISSUER: Final = "tinko"
AUDIENCE: Final = "tinko-api"
LEEWAY: Final = timedelta(seconds=5)


class TokenInvalidError(Exception):
    """The token is not ours, not well-formed, or expired."""


@dataclass(frozen=True, slots=True)
class AccessClaims:
    """What a valid access token says."""

    user_id: str
    organization_id: str
    session_id: str
    expires_at: datetime


class AccessTokens:
    """Issues and reads access tokens; reads also those signed with a previous key."""

    def __init__(self, keys: tuple[bytes, ...], *, lifetime: timedelta) -> None:
        self._keys = {hashlib.sha256(key).hexdigest()[:8]: key for key in keys}
        self._current = next(iter(self._keys))
        self.lifetime = lifetime

    def issue(self, *, user_id: str, organization_id: str, session_id: str, now: datetime) -> str:
        """Return a token for that sign-in, good for `lifetime` from `now`."""
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": user_id,
            "org": organization_id,
            "sid": session_id,
            "iat": int(now.timestamp()),
            "exp": int((now + self.lifetime).timestamp()),
        }
        return jwt.encode(claims, self._keys[self._current], algorithm="HS256", headers={"kid": self._current})

    def read(self, token: str, *, now: datetime) -> AccessClaims:
        """Return the claims; raises TokenInvalidError."""
        try:
            key = self._keys[str(jwt.get_unverified_header(token).get("kid"))]
            claims = jwt.decode(
                token,
                key,
                algorithms=["HS256"],
                issuer=ISSUER,
                audience=AUDIENCE,
                # Time is compared below, with the caller's `now`.
                options={
                    "require": ["exp", "iat", "sub", "org", "sid"],
                    "verify_exp": False,
                    "verify_iat": False,
                    "verify_nbf": False,
                },
            )
            expires_at = datetime.fromtimestamp(claims["exp"], UTC)
        except (jwt.PyJWTError, KeyError, ValueError, TypeError, OverflowError, OSError, RecursionError) as error:
            raise TokenInvalidError("not a valid access token") from error
        if now >= expires_at + LEEWAY:
            raise TokenInvalidError("the access token has expired")
        return AccessClaims(str(claims["sub"]), str(claims["org"]), str(claims["sid"]), expires_at)

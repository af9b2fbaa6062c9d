"""The cookies of signed-in browsers, and what keeps other sites from using them.

`tinko_session` is the credential, and no script reads it; `tinko_csrf` is bound to it and comes back in
`X-CSRF-Token` with everything that changes something. Both are `SameSite=Strict`: pages that mails link to
are static, and ask for what is the reader's by themselves, from our own site.
"""

import hashlib
import hmac
from datetime import timedelta
from typing import Final, Literal
from urllib.parse import urlsplit

from fastapi import Request, Response
from fastapi.security import APIKeyCookie

from app.bootstrap import Container
from app.domain.errors import ForbiddenError
from app.infra.crypto import Crypto, hash_secret, same

SESSION: Final = "tinko_session"
CSRF: Final = "tinko_csrf"
CSRF_HEADER: Final = "x-csrf-token"
REFRESH: Final = "tinko_refresh"
BROWSER: Final = "tinko_browser"
AUTH_PATH: Final = "/v1/auth"
READS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
BROWSER_LIFETIME: Final = timedelta(days=365)
COOKIE: Final = APIKeyCookie(
    name=SESSION,
    auto_error=False,
    scheme_name="SessionCookie",
    description="A browser's sign-in. What is no GET also needs `X-CSRF-Token`: the value of the cookie `tinko_csrf`.",
)


class CsrfFailedError(ForbiddenError):
    """The request came from another site, or without the token that belongs to the browser's sign-in."""

    default_code = "csrf_failed"


def csrf_token(crypto: Crypto, secret: str) -> str:
    """Return the token that belongs to a sign-in's secret."""
    return _tokens(crypto, secret)[0]


def refuse_forged(request: Request, container: Container, secret: str) -> None:
    """Raise CsrfFailedError unless the request reads only, or was made by a page of ours for that sign-in."""
    if request.method in READS:
        return
    refuse_other_sites(request, container)
    given = request.headers.get(CSRF_HEADER, "").encode()
    if not any(same(given, token.encode()) for token in _tokens(container.crypto, secret)):
        raise CsrfFailedError("Send the value of the cookie tinko_csrf as X-CSRF-Token.")


def refuse_other_sites(request: Request, container: Container) -> None:
    """Raise CsrfFailedError for what a browser says that a page of another site asks for."""
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site is not None:
        ours = site in {"same-origin", "none"}
    else:
        ours = origin is None or _is_ours(origin, request, container)
    if not ours:
        raise CsrfFailedError("This may only be asked by Tinko's own pages.")


def set_session(response: Response, container: Container, secret: str) -> None:
    """Give a browser the cookies of its sign-in, or make them last on."""
    lifetime = timedelta(days=container.settings.session_days)
    set_cookie(response, container, SESSION, secret, lifetime=lifetime)
    set_cookie(response, container, CSRF, csrf_token(container.crypto, secret), lifetime=lifetime, httponly=False)


def set_cookie(
    response: Response,
    container: Container,
    name: str,
    value: str,
    *,
    lifetime: timedelta,
    path: Literal["/", "/v1/auth"] = "/",
    httponly: bool = True,
) -> None:
    """Set one cookie; over https, it comes back over https alone."""
    response.set_cookie(
        name,
        value,
        max_age=int(lifetime.total_seconds()),
        path=path,
        httponly=httponly,
        secure=container.settings.public_base_url.startswith("https://"),
        samesite="strict",
    )


def clear_session(response: Response) -> None:
    """Take the cookies of a sign-in away; that the browser is known stays."""
    response.delete_cookie(REFRESH, path=AUTH_PATH)
    response.delete_cookie(SESSION, path="/")
    response.delete_cookie(CSRF, path="/")


def _tokens(crypto: Crypto, secret: str) -> list[str]:
    return [hmac.new(key, hash_secret(secret), hashlib.sha256).hexdigest() for key in crypto.keys_for("csrf")]


def _is_ours(origin: str, request: Request, container: Container) -> bool:
    # The host that was asked is the page's own, or the one that a proxy before us answers for.
    own = {request.headers.get("host", ""), urlsplit(container.settings.public_base_url).netloc}
    return urlsplit(origin).netloc in own - {""}

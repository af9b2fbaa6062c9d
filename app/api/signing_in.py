"""What every way to sign in shares: what it takes, and the cookies that it gives."""

from datetime import timedelta
from typing import Annotated

from fastapi import Cookie, Depends, Header, Request, Response

from app.api.cookies import (
    AUTH_PATH,
    BROWSER,
    BROWSER_LIFETIME,
    REFRESH,
    refuse_other_sites,
    set_cookie,
    set_session,
)
from app.api.deps import RequestId, require_staff
from app.api.schemas.accounts import SignInOut
from app.bootstrap import Container
from app.domain.identity.caller import Caller
from app.services.identity.log_in import Door
from app.services.identity.sessions import Client, SignIn
from app.services.identity.tries import new_browser_token

Staff = Annotated[Caller, Depends(require_staff)]
UserAgent = Annotated[str | None, Header(include_in_schema=False)]
RefreshCookie = Annotated[str | None, Cookie(alias=REFRESH, include_in_schema=False)]
BrowserCookie = Annotated[str | None, Cookie(alias=BROWSER, include_in_schema=False)]


async def get_client(request_id: RequestId, user_agent: UserAgent = None) -> Client:
    """Return from where somebody signs in."""
    return Client(user_agent, request_id)


Visitor = Annotated[Client, Depends(get_client)]


async def own_page(request: Request) -> None:
    """Refuse pages of other sites: they may not sign a browser in, whoever they sign in; raises CsrfFailedError."""
    refuse_other_sites(request, request.app.state.container)


OWN_PAGE = Depends(own_page)


def lifetime_of(container: Container) -> timedelta:
    """Return how long a sign-in lasts that is not used."""
    return timedelta(days=container.settings.session_days)


def door_of(container: Container) -> Door:
    """Return what letting people in takes."""
    return Door(container.crypto, container.tokens, lifetime_of(container))


def signed_in(response: Response, container: Container, sign_in: SignIn) -> SignInOut:
    """Answer a sign-in, with its cookies; what stays as it is gets none."""
    if sign_in.refresh_token is not None:
        lifetime = lifetime_of(container)
        set_cookie(response, container, REFRESH, sign_in.refresh_token, lifetime=lifetime, path=AUTH_PATH)
    if sign_in.cookie_secret is not None:
        set_session(response, container, sign_in.cookie_secret)
        known = new_browser_token(container.crypto, email=sign_in.user.email, now=container.clock.now())
        set_cookie(response, container, BROWSER, known, lifetime=BROWSER_LIFETIME, path=AUTH_PATH)
    return SignInOut.of(sign_in)

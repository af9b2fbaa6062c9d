"""What routers ask for: container, session, time, and the caller with permission and rate limit checked.

The session's transaction is committed when the endpoint function has returned and before the
reply is sent (`scope="function"`), so that an answer is never about something that was lost.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, Final

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from app.api.cookies import COOKIE, SESSION, CsrfFailedError, refuse_forged
from app.bootstrap import Container
from app.db.queries.identity import find_clock_offset
from app.domain.errors import ConflictError, ForbiddenError, RateLimitedError, UnauthenticatedError
from app.domain.identity.caller import Caller
from app.domain.identity.secrets import looks_like_api_key
from app.infra.log import bind
from app.infra.metrics import RATE_LIMITED
from app.services.identity.authenticate import (
    authenticate_access_token,
    authenticate_api_key,
    authenticate_cookie,
)

MINUTE: Final = timedelta(minutes=1)
_READS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_ORGANIZATION: Final = "x-tinko-organization"
BEARER: Final = HTTPBearer(
    auto_error=False, description="An API key (tk_test_…, tk_live_…) or an access token of a sign-in."
)


async def get_container(request: Request) -> Container:
    """Return what the process shares."""
    container = request.app.state.container
    assert isinstance(container, Container)  # noqa: S101  (set once by build_api)
    return container


Shared = Annotated[Container, Depends(get_container)]


def get_session(container: Shared) -> Iterator[Session]:
    """Open the request's transaction; no connection is taken before the first statement."""
    with container.database.begin() as session:
        yield session


Db = Annotated[Session, Depends(get_session, scope="function")]


async def get_now(container: Shared) -> datetime:
    """Return the machine's time: for accounts, sign-ins, keys and everything that no test clock moves."""
    return container.clock.now()


Now = Annotated[datetime, Depends(get_now)]


async def get_request_id(request: Request) -> str:
    """Return the request's id, for audit rows."""
    return str(request.state.request_id)


RequestId = Annotated[str, Depends(get_request_id)]


async def get_client_ip(request: Request) -> str:
    """Return the caller's address (behind a proxy: as uvicorn's trusted proxies report it)."""
    return request.client.host if request.client else "unknown"


ClientIp = Annotated[str, Depends(get_client_ip)]


def authenticate(container: Container, credential: str) -> Caller:
    """Return the caller of a bearer credential; raises UnauthenticatedError. May ask the database.

    A transaction of its own, ended before the request's begins: a connection must not be held
    while the request waits for a thread, or threads and connections would wait for each other.
    """
    now = container.clock.now()
    if not looks_like_api_key(credential):
        with container.database.begin() as session:
            return authenticate_access_token(session, container.tokens, token=credential, now=now)
    with container.database.begin() as session:
        return authenticate_api_key(session, container.api_keys, secret=credential, now=now)


class OrganizationChangedError(ConflictError):
    """The sign-in went on in another organization than the page that asks believes, as in another tab."""

    default_code = "organization_changed"


def authenticate_browser(container: Container, request: Request, secret: str) -> Caller:
    """Return the caller of a session cookie; raises SessionEndedError and CsrfFailedError. Asks the database."""
    forged: CsrfFailedError | None = None
    try:
        refuse_forged(request, container, secret)
    except CsrfFailedError as error:
        forged = error
    lifetime = timedelta(days=container.settings.session_days)
    with container.database.begin() as session:
        caller = authenticate_cookie(
            session, secret=secret, lifetime=lifetime, touch=forged is None, now=container.clock.now()
        )
    if forged is not None:  # said only to whom it matters: a sign-in that has ended is told as that
        raise forged
    if request.headers.get(_ORGANIZATION, caller.organization_id) != caller.organization_id:
        raise OrganizationChangedError("You went on in another organization since this page was loaded.")
    return caller


async def get_caller(
    request: Request,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(BEARER)],
    cookie: Annotated[str | None, Depends(COOKIE)],
) -> Caller:
    """Return the caller, within the rate limit; raises UnauthenticatedError or RateLimitedError."""
    return await identify(request, bearer.credentials if bearer else "", cookie)


async def identify(request: Request, credential: str, cookie: str | None) -> Caller:
    """Return the caller of a bearer credential, else of a session cookie, within the rate limit."""
    container: Container = request.app.state.container
    caller = container.api_keys.get(credential, now=container.clock.now()) if credential else None
    if caller is not None:
        pass
    elif credential:
        caller = await run_in_threadpool(authenticate, container, credential)
    elif cookie and "authorization" not in request.headers:
        caller = await run_in_threadpool(authenticate_browser, container, request, cookie)
    else:
        raise UnauthenticatedError("Send an API key or an access token (`Authorization: Bearer …`), or sign in.")
    bind(organization_id=caller.organization_id, actor=caller.actor)
    request.state.caller = caller  # for the log of requests
    await throttle(container, caller, reads=request.method in _READS)
    return caller


async def admit(request: Request, permission: str) -> Caller:
    """Do what `require(permission)` does, for a route that FastAPI resolves no dependencies for."""
    scheme, _, credential = request.headers.get("authorization", "").partition(" ")
    bearer = credential.strip() if scheme.lower() == "bearer" else ""
    caller = await identify(request, bearer, None if bearer else request.cookies.get(SESSION))
    caller.must(permission)
    return caller


async def throttle(container: Container, caller: Caller, *, reads: bool) -> None:
    """Count the request against the caller's limit of reads or writes; raises RateLimitedError."""
    settings, now = container.settings, container.clock.now()
    kind, limit = (
        ("reads", settings.rate_limit_reads_per_minute) if reads else ("writes", settings.rate_limit_writes_per_minute)
    )
    key = f"{kind}:{caller.actor}"
    limiter = container.leased_limiter
    if limiter.spend(key, now=now):
        return
    wait = await run_in_threadpool(limiter.take, key, limit=limit, per=MINUTE, now=now)
    if wait is not None:
        refuse_rate(kind, wait)


def throttle_auth(container: Container, *, client_ip: str, account: str) -> None:
    """Count one try to sign in or up; raises RateLimitedError. Holds also while Redis is down.

    The limit is per address and account together, so that a stranger cannot lock somebody out; ten
    times as much per account from everywhere, and per address over all accounts, against guessing.
    """
    limit, now = container.settings.rate_limit_auth_per_minute, container.clock.now()
    keys = ((f"auth:{client_ip}:{account}", limit), (f"auth:{account}", 10 * limit), (f"auth:{client_ip}", 10 * limit))
    for key, most in keys:
        wait = container.limiter.take(key, limit=most, per=MINUTE, now=now, strict=True)
        if wait is not None:
            refuse_rate("auth", wait)


def refuse_rate(kind: str, wait: timedelta) -> None:
    """Raise RateLimitedError, and count it."""
    RATE_LIMITED.labels(kind).inc()
    raise RateLimitedError("Too many requests; see Retry-After.", retry_after=wait)


def require(permission: str) -> Any:
    """Depend on a caller who has that permission.

    Use as `Reader = Annotated[Caller, require("events:read")]`.
    """
    return Depends(Permitted(permission))


@dataclass(frozen=True, slots=True)
class Permitted:
    """Lets a caller in who has the permission; `app.api.access` reads off which one."""

    permission: str

    async def __call__(self, caller: Annotated[Caller, Depends(get_caller)]) -> Caller:
        """Return the caller; raises PermissionMissingError."""
        caller.must(self.permission)
        return caller


AnyCaller = Annotated[Caller, Depends(get_caller)]


async def get_caller_if_any(
    request: Request,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(BEARER)],
    cookie: Annotated[str | None, Depends(COOKIE)],
) -> Caller | None:
    """Return the caller, if one came with credentials that hold; for public routes that know members."""
    try:
        return await get_caller(request, bearer, cookie)
    except UnauthenticatedError:
        return None


CallerIfAny = Annotated[Caller | None, Depends(get_caller_if_any)]


class StaffOnlyError(ForbiddenError):
    """An API key came where a signed-in person is needed."""

    default_code = "staff_only"


def require_staff(caller: AnyCaller) -> Caller:
    """Return the caller if it is a signed-in person; raises StaffOnlyError."""
    if caller.session_id is None:
        raise StaffOnlyError("This needs the access token of a signed-in person.")
    return caller


def clock_offset_now(container: Container, caller: Caller) -> timedelta:
    """Return how far the caller's organization is ahead, as of this moment (a remembered key may not know)."""
    if caller.mode != "test":
        return timedelta()
    with container.database.begin() as session:
        return find_clock_offset(session, organization_id=caller.organization_id)


async def org_now(caller: AnyCaller, container: Shared) -> datetime:
    """Return the time in the caller's organization: the machine's, plus what its test clock was moved."""
    if caller.mode != "test":
        return container.clock.now()
    offset = await run_in_threadpool(clock_offset_now, container, caller)
    return container.clock.now() + offset


OrgNow = Annotated[datetime, Depends(org_now)]

"""What routers ask for: container, session, time, and the caller with permission and rate limit checked.

The session's transaction is committed when the endpoint function has returned and before the
reply is sent (`scope="function"`), so that an answer is never about something that was lost.
"""

from collections.abc import Callable, Coroutine, Iterator
from datetime import datetime, timedelta
from typing import Annotated, Any, Final

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from app.bootstrap import Container
from app.db.queries.identity import find_clock_offset
from app.domain.errors import ForbiddenError, RateLimitedError, UnauthenticatedError
from app.domain.identity.caller import Caller
from app.domain.identity.secrets import looks_like_api_key
from app.infra.log import bind
from app.infra.metrics import RATE_LIMITED
from app.services.identity.authenticate import authenticate_access_token, authenticate_api_key

MINUTE: Final = timedelta(minutes=1)
_READS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
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


async def get_caller(
    request: Request,
    container: Shared,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(BEARER)],
) -> Caller:
    """Return the caller, within the rate limit; raises UnauthenticatedError or RateLimitedError."""
    return await _admit(request, container, bearer.credentials if bearer else "")


async def _admit(request: Request, container: Container, credential: str) -> Caller:
    if not credential:
        raise UnauthenticatedError("Send an API key or an access token: `Authorization: Bearer …`.")
    caller = container.api_keys.get(credential, now=container.clock.now())
    if caller is None:
        caller = await run_in_threadpool(authenticate, container, credential)
    bind(organization_id=caller.organization_id, actor=caller.actor)
    await throttle(container, caller, reads=request.method in _READS)
    return caller


async def admit(request: Request, permission: str) -> Caller:
    """Do what `require(permission)` does, for a route that FastAPI resolves no dependencies for."""
    scheme, _, credential = request.headers.get("authorization", "").partition(" ")
    container: Container = request.app.state.container
    caller = await _admit(request, container, credential.strip() if scheme.lower() == "bearer" else "")
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
    return Depends(_permitted(permission))


def _permitted(permission: str) -> Callable[[Caller], Coroutine[Any, Any, Caller]]:
    async def permitted(caller: Annotated[Caller, Depends(get_caller)]) -> Caller:
        caller.must(permission)
        return caller

    return permitted


AnyCaller = Annotated[Caller, Depends(get_caller)]


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

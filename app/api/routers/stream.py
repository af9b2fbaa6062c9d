"""Live changes as server-sent events (HTML Living Standard, 9.2): what to load again, never the data itself."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any, Final

import orjson
from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool
from starlette.types import Receive, Scope, Send

from app.api.deps import Shared, admit, require
from app.api.live import Listener, Live
from app.bootstrap import Container
from app.domain.errors import TinkoError
from app.domain.identity.caller import Caller
from app.services.live import require_recovery

router = APIRouter(prefix="/v1/stream", tags=["stream"])
Reader = Annotated[Caller, require("recoveries:read")]

_HEADERS: Final = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
_HINT: Final = "retry: 3000\n\n"
_PING: Final = ": ping\n\n"
# Who may read recoveries may hear that any of these changed, but for:
_NEEDS: Final = {"audit_log": "audit_log:read", "psp_events": "psp_events:read", "events": "events:read"}


@dataclass(frozen=True, slots=True)
class Pace:
    """How often a silent stream sends something, and how often it asks whether its caller may still listen."""

    ping_seconds: float = 15.0
    recheck_seconds: float = 30.0


class EventStream(StreamingResponse):
    """A stream of one listener, which is closed with it however it ends."""

    media_type = "text/event-stream"

    def __init__(self, live: Live, listener: Listener, content: AsyncIterator[str]) -> None:
        super().__init__(content, headers=_HEADERS)
        self._live, self._listener = live, listener

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send until somebody ends it."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._live.close(self._listener)


_DOCUMENTED: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "Server-sent events, until one side ends it.",
        "content": {"text/event-stream": {"schema": {"type": "string"}}},
    }
}


@router.get("", response_class=StreamingResponse, responses=_DOCUMENTED)
async def stream(
    request: Request,
    container: Shared,
    caller: Reader,
    recovery_id: Annotated[str | None, Query(max_length=64)] = None,
) -> EventStream:
    """Tell which topics changed, about once a second: `event: changed`, `data: {"topics": ["recoveries"]}`.

    What changes after the answer has begun is told. `recovery_id` narrows to one recovery. A comment comes
    every 15 seconds; the stream ends when the sign-in or key does, and when the server ends.
    """
    live: Live = request.app.state.live
    if recovery_id is not None:
        await run_in_threadpool(_check_recovery, container, caller.organization_id, recovery_id)

    async def still_allowed() -> bool:
        try:
            now = await admit(request, "recoveries:read")
        except TinkoError:
            return False
        return now.organization_id == caller.organization_id and now.permissions >= caller.permissions

    listener = await live.open(caller.organization_id, recovery_id=recovery_id)
    pace: Pace = request.app.state.stream_pace
    return EventStream(live, listener, _told(listener, caller, still_allowed, pace))


async def _told(
    listener: Listener, caller: Caller, still_allowed: Callable[[], Awaitable[bool]], pace: Pace
) -> AsyncIterator[str]:
    yield _HINT
    loop = asyncio.get_running_loop()
    check_at = loop.time() + pace.recheck_seconds
    while True:
        topics = await listener.wait(pace.ping_seconds)
        if loop.time() >= check_at and not listener.ended:
            if not await still_allowed():
                return
            check_at = loop.time() + pace.recheck_seconds
        if listener.ended:
            return
        shown = sorted(topic for topic in topics if _NEEDS.get(topic) is None or caller.may(_NEEDS[topic]))
        if shown:
            yield f"event: changed\ndata: {orjson.dumps({'topics': shown}).decode()}\n\n"
        elif not topics:
            yield _PING


def _check_recovery(container: Container, organization_id: str, recovery_id: str) -> None:
    with container.database.begin() as session:
        require_recovery(session, organization_id=organization_id, recovery_id=recovery_id)

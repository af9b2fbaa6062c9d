"""Takes note of answered requests, and never makes one wait: a bounded queue, and one thread that writes."""

from collections.abc import Callable, Mapping, Sequence
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic
from typing import Any, Final

import structlog

from app.api.bodies import BATCH_PATH
from app.domain.identity.caller import Caller
from app.domain.request_log.masking import MOST_BYTES
from app.infra.clock import Clock
from app.infra.metrics import REQUESTS_NOT_KEPT
from app.services.request_log import Answered

Keep = Callable[[Sequence[Answered]], None]

MOST_WAITING: Final = 1000
MOST_TOGETHER: Final = 100
MOST_PER_SECOND: Final = 100
"""Of all organizations together, in one process."""
GATHERING: Final = 0.2
"""For how many seconds the thread gathers what it writes together."""
_ERROR: Final = 400
_READS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
# Passwords, codes and secrets go in and out there.
_WITHOUT_BODIES: Final = ("/v1/auth/", "/v1/invitations", BATCH_PATH)
_OVER_BUDGET: Final = REQUESTS_NOT_KEPT.labels("budget")  # looked up once: ingest comes by here
_LOG = structlog.get_logger(__name__)


class RequestLog:
    """What API keys asked, and what people changed. Offers come from one event loop.

    Each organization has `per_second` requests kept per second, and beyond that as many errors again; 0 keeps none.
    """

    def __init__(
        self,
        keep: Keep,
        *,
        clock: Clock,
        per_second: int,
        most_waiting: int = MOST_WAITING,
        seconds: Callable[[], float] = monotonic,
    ) -> None:
        self._keep, self._clock, self._per_second, self._most_waiting = keep, clock, per_second, most_waiting
        self._seconds = seconds
        self._waiting: SimpleQueue[Answered | None] = SimpleQueue()
        self._thread: Thread | None = None
        self._closed = False
        self._second = 0
        self._spent: dict[str, int] = {}
        self._all = 0

    def wants(self, caller: Caller, *, method: str, status: int) -> bool:
        """Tell whether this request is to be kept, and count it against the budget."""
        if self._per_second == 0 or self._closed or (caller.session_id is not None and method in _READS):
            return False
        second = int(self._seconds())
        if second != self._second:
            self._second, self._spent, self._all = second, {}, 0
        spent = self._spent.get(caller.organization_id, 0)
        most = self._per_second if status < _ERROR else 2 * self._per_second
        if spent >= most or self._all >= MOST_PER_SECOND:
            _OVER_BUDGET.inc()
            return False
        self._spent[caller.organization_id] = spent + 1
        self._all += 1
        return True

    def put(
        self,
        caller: Caller,
        scope: Mapping[str, Any],
        *,
        status: int,
        seconds: float,
        request_body: bytes,
        response_body: bytes,
    ) -> None:
        """Take note of a request that is wanted; when too many wait to be written, only count it."""
        if self._waiting.qsize() >= self._most_waiting:
            REQUESTS_NOT_KEPT.labels("full").inc()
            return
        path, client = scope["path"], scope.get("client")
        bodies = not path.startswith(_WITHOUT_BODIES)
        self._waiting.put(
            Answered(
                organization_id=caller.organization_id,
                at=self._clock.now(),
                actor=caller.actor,
                method=scope["method"],
                path=path,
                query=scope["query_string"],
                status=status,
                seconds=seconds,
                request_id=scope["state"]["request_id"],
                ip=client[0] if client else "unknown",
                request_body=request_body[: MOST_BYTES + 1] if bodies else b"",
                response_body=response_body[: MOST_BYTES + 1] if bodies or status >= _ERROR else b"",
            )
        )
        if self._thread is None:
            self._thread = Thread(target=self._work, name="request-log", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Take nothing more, write what waits, and end the thread."""
        self._closed = True
        self._waiting.put(None)
        if self._thread is not None:
            self._thread.join(timeout=5)

    def _work(self) -> None:
        going_on = True
        while going_on:
            group, going_on = self._gather()
            if not group:
                continue
            try:
                self._keep(group)
            except Exception as error:  # noqa: BLE001  (whatever it is, the next group may be written)
                REQUESTS_NOT_KEPT.labels("failed").inc(len(group))
                _LOG.warning("request_log.not_written", count=len(group), error=type(error).__name__)

    def _gather(self) -> tuple[list[Answered], bool]:
        """Wait for the first, gather what follows soon, and tell whether more may come."""
        group: list[Answered] = []
        until = None
        while len(group) < MOST_TOGETHER:
            try:
                answered = self._waiting.get(timeout=None if until is None else max(0.0, until - monotonic()))
            except Empty:
                break
            if answered is None:
                return group, False
            group.append(answered)
            until = until or monotonic() + GATHERING
        return group, True

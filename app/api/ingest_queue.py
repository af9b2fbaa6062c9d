"""Group commit: events that arrive while a transaction is in flight go together into the next one."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Final

from app.domain.errors import UnavailableError
from app.services.ingest import Incoming, Outcome

MOST_WAITING: Final = 5000
MOST_PER_GROUP: Final = 256

Record = Callable[[Sequence[Incoming]], list[Outcome]]


class IngestFullError(UnavailableError):
    """More events wait than can be recorded soon."""

    default_code = "ingest_full"


class IngestQueue:
    """A bounded queue in front of one thread that records groups; each waiter is answered after the commit."""

    def __init__(
        self, record: Record, *, most_waiting: int = MOST_WAITING, most_per_group: int = MOST_PER_GROUP
    ) -> None:
        self._record = record
        self._most_waiting = most_waiting
        self._most_per_group = most_per_group
        self._waiting: deque[tuple[Incoming, asyncio.Future[Outcome]]] = deque()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ingest")
        self._running: asyncio.Task[None] | None = None

    async def put(self, item: Incoming) -> Outcome:
        """Have an event recorded, and wait for its commit; raises `IngestFullError` at once when the queue is full."""
        if len(self._waiting) >= self._most_waiting:
            raise IngestFullError("Too many events wait to be recorded.", retry_after=timedelta(seconds=1))
        future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        if self._running is None:
            self._running = asyncio.create_task(self._drain())
        return await future

    async def close(self) -> None:
        """Record what still waits, and end the thread."""
        if self._running is not None:
            await self._running
        self._thread.shutdown(wait=True)

    async def _drain(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while self._waiting:
                group = [self._waiting.popleft() for _ in range(min(len(self._waiting), self._most_per_group))]
                try:
                    outcomes = await loop.run_in_executor(self._thread, self._record, [item for item, _ in group])
                except Exception as error:  # noqa: BLE001  (whatever it is, those who wait must hear of it)
                    _fail(group, error)
                    continue
                for (_, future), outcome in zip(group, outcomes, strict=True):
                    if not future.done():
                        future.set_result(outcome)
        finally:
            self._running = None


def _fail(group: list[tuple[Incoming, asyncio.Future[Outcome]]], error: Exception) -> None:
    for _, future in group:
        if not future.done():
            future.set_exception(error)

"""Group commit: events that arrive while a transaction is in flight go together into the next one."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta
from queue import SimpleQueue
from threading import Thread
from typing import Final

from app.domain.errors import UnavailableError
from app.services.ingest import Incoming, Outcome

MOST_WAITING: Final = 5000
MOST_PER_GROUP: Final = 256

Record = Callable[[Sequence[Incoming]], list[Outcome]]
_Waiter = tuple[Incoming, asyncio.Future[Outcome]]


class IngestFullError(UnavailableError):
    """More events wait than can be recorded soon."""

    default_code = "ingest_full"


class IngestQueue:
    """A bounded queue in front of one thread that records groups; each waiter is answered after the commit.

    The thread takes its next group itself and leaves the answers to the event loop, so that the database
    works on one group while the loop answers the last and reads the next.
    """

    def __init__(
        self, record: Record, *, most_waiting: int = MOST_WAITING, most_per_group: int = MOST_PER_GROUP
    ) -> None:
        self._record = record
        self._most_waiting = most_waiting
        self._most_per_group = most_per_group
        self._waiting: SimpleQueue[_Waiter | None] = SimpleQueue()
        self._thread: Thread | None = None
        self._closed = False

    async def put(self, item: Incoming) -> Outcome:
        """Have an event recorded, and wait for its commit; raises `IngestFullError` at once when the queue is full."""
        if self._closed or self._waiting.qsize() >= self._most_waiting:
            raise IngestFullError("Too many events wait to be recorded.", retry_after=timedelta(seconds=1))
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Outcome] = loop.create_future()
        self._waiting.put((item, future))
        if self._thread is None:
            self._thread = Thread(target=self._work, args=(loop,), name="ingest", daemon=True)
            self._thread.start()
        return await future

    async def close(self) -> None:
        """Take nothing more, record what still waits, and end the thread."""
        self._closed = True
        self._waiting.put(None)
        if self._thread is not None:
            await asyncio.to_thread(self._thread.join)

    def _work(self, loop: asyncio.AbstractEventLoop) -> None:
        while group := self._next_group():
            try:
                outcomes = self._record([item for item, _ in group])
            except Exception as error:  # noqa: BLE001  (whatever it is, those who wait must hear of it)
                loop.call_soon_threadsafe(_fail, group, error)
            else:
                loop.call_soon_threadsafe(_answer, group, outcomes)

    def _next_group(self) -> list[_Waiter]:
        """Wait for the first, and take along all who wait by then; nobody once the queue is closed and empty."""
        group: list[_Waiter] = []
        while len(group) < self._most_per_group and not (group and self._waiting.empty()):
            waiter = self._waiting.get()
            if waiter is None:
                self._waiting.put(None)  # for the next time
                break
            group.append(waiter)
        return group


def _answer(group: list[_Waiter], outcomes: list[Outcome]) -> None:
    for (_, future), outcome in zip(group, outcomes, strict=True):
        if not future.done():
            future.set_result(outcome)


def _fail(group: list[_Waiter], error: Exception) -> None:
    for _, future in group:
        if not future.done():
            future.set_exception(error)

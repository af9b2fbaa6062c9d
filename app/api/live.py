"""Who watches which organization, and the one thread of this process that looks for them."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from threading import Condition, Thread
from typing import Final

import structlog

from app.domain.errors import RateLimitedError, UnavailableError
from app.services.live import Change

MOST_PER_ORGANIZATION: Final = 50
MOST: Final = 1000
_RETRY_AFTER: Final = timedelta(seconds=30)
_LOG = structlog.get_logger(__name__)

Look = Callable[[Iterable[str]], Mapping[str, Change]]
"""Returns what changed in these organizations since it last looked at each."""


class TooManyStreamsError(RateLimitedError):
    """An organization watches as often as it may."""

    default_code = "too_many_streams"


class StreamsFullError(UnavailableError):
    """This process serves as many streams as it can, or is about to end."""

    default_code = "streams_full"


@dataclass(eq=False)
class Listener:
    """One open stream. Everything here happens on its event loop."""

    organization_id: str
    recovery_id: str | None
    loop: asyncio.AbstractEventLoop
    ended: bool = False
    _pending: set[str] = field(default_factory=set)
    _woken: asyncio.Event = field(default_factory=asyncio.Event)

    def tell(self, topics: Iterable[str]) -> None:
        """Wake the stream with topics that changed; with none, only wake it."""
        self._pending |= set(topics)
        self._woken.set()

    def end(self) -> None:
        """Have the stream end."""
        self.ended = True
        self._woken.set()

    async def wait(self, seconds: float) -> frozenset[str]:
        """Return the topics that changed, as soon as there are some; none when the time is over or the stream ends."""
        try:
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        except TimeoutError:
            return frozenset()
        self._woken.clear()
        topics, self._pending = frozenset(self._pending), set()
        return topics


class Live:
    """Listeners by organization. The thread looks once per `every` seconds, and only while somebody listens."""

    def __init__(
        self, look: Look, *, every: float = 1.0, most: int = MOST, most_each: int = MOST_PER_ORGANIZATION
    ) -> None:
        self._look, self._every, self._most, self._most_each = look, every, most, most_each
        self._listeners: dict[str, set[Listener]] = {}
        self._fresh: set[str] = set()
        self._changed = Condition()
        self._thread: Thread | None = None
        self._closed = False

    async def open(self, organization_id: str, *, recovery_id: str | None = None) -> Listener:
        """Begin to listen; returns when every later change will be told.

        Raises TooManyStreamsError, or StreamsFullError.
        """
        listener = Listener(organization_id, recovery_id, asyncio.get_running_loop())
        with self._changed:
            self._require_room(organization_id)
            if organization_id not in self._listeners:
                self._fresh.add(organization_id)
            self._listeners.setdefault(organization_id, set()).add(listener)
            if self._thread is None:
                self._thread = Thread(target=self._work, name="live", daemon=True)
                self._thread.start()
            waits = organization_id in self._fresh
            self._changed.notify()
        try:
            if waits:
                await listener.wait(self._every)  # the thread's first look; if it fails, the next one comes soon
        except BaseException:
            self.close(listener)
            raise
        return listener

    def _require_room(self, organization_id: str) -> None:
        if self._closed or self._count() >= self._most:
            raise StreamsFullError("No further stream can be served here now.", retry_after=_RETRY_AFTER)
        if len(self._listeners.get(organization_id, ())) >= self._most_each:
            raise TooManyStreamsError("Too many streams are open for this organization.", retry_after=_RETRY_AFTER)

    def close(self, listener: Listener) -> None:
        """Stop listening."""
        with self._changed:
            listeners = self._listeners.get(listener.organization_id, set())
            listeners.discard(listener)
            if not listeners:
                self._listeners.pop(listener.organization_id, None)
                self._fresh.discard(listener.organization_id)

    def count(self) -> int:
        """Return how many streams are open."""
        with self._changed:
            return self._count()

    def _count(self) -> int:
        return sum(map(len, self._listeners.values()))

    def shut(self) -> None:
        """End every stream, and take no more. May be called again."""
        with self._changed:
            self._closed = True
            everybody = [listener for listeners in self._listeners.values() for listener in listeners]
            self._changed.notify()
        for listener in everybody:
            _call(listener, listener.end)

    async def join(self) -> None:
        """Wait for the thread's end, after `shut`."""
        if self._thread is not None:
            await asyncio.to_thread(self._thread.join)

    def _work(self) -> None:
        failing = False
        while True:
            with self._changed:
                # Who is new is looked at without delay, so that nothing that happens from now on is missed.
                pause = self._every if self._listeners else None
                self._changed.wait_for(lambda: self._closed or self._fresh, timeout=pause)
                if self._closed:
                    return
                fresh, watched = set(self._fresh), set(self._listeners)
            try:
                changes = self._look(watched)
            except Exception as error:  # noqa: BLE001  (whatever it is, the next look may go well)
                if not failing:
                    _LOG.warning("live.look_failed", error=type(error).__name__)
                failing, changes = True, {}
            else:
                failing = False
            self._tell(changes, fresh)

    def _tell(self, changes: Mapping[str, Change], fresh: set[str]) -> None:
        nothing = Change(frozenset())
        with self._changed:
            self._fresh -= fresh
            told = [
                (listener, changes.get(organization_id, nothing))
                for organization_id in {*changes, *fresh}
                for listener in self._listeners.get(organization_id, ())
            ]
        for listener, change in told:
            concerned = listener.recovery_id is None or change.concerns(listener.recovery_id)
            if concerned or listener.organization_id in fresh:
                _call(listener, partial(listener.tell, change.topics if concerned else ()))


def _call(listener: Listener, act: Callable[[], None]) -> None:
    try:
        listener.loop.call_soon_threadsafe(act)
    except RuntimeError:  # its loop is closed, and the stream with it
        listener.ended = True

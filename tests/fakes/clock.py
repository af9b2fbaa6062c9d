"""A clock that stands still until it is told to go on."""

from datetime import UTC, datetime, timedelta
from threading import Lock


class FakeClock:
    """Has the names of `app.infra.clock.Clock`; only ever goes forward."""

    def __init__(self, start: datetime = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)) -> None:
        self._now = start
        self._lock = Lock()

    def now(self) -> datetime:
        with self._lock:
            return self._now

    def advance(self, step: timedelta) -> datetime:
        with self._lock:
            self._now += step
            return self._now

"""What operators and their machines ask: does it live, may it have traffic, how is it doing."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Generic, Protocol, TypeVar

import redis
import structlog
from sqlalchemy.exc import ProgrammingError, SQLAlchemyError

from app.db.queries.ops import Gauges, limit_statements, read_gauges
from app.db.schema import applied_revisions, head_revisions
from app.db.session import Database
from app.domain.errors import UnavailableError
from app.domain.payments.breaker import Tripped

QUEUES: Final = ("control", "work")
"""Celery's queues: the names of their lists at the broker."""

_PATIENCE_MS: Final = 2000
_READY_FOR: Final = timedelta(seconds=1)
_GAUGES_FOR: Final = timedelta(seconds=5)
_RETRY_AFTER: Final = timedelta(seconds=2)
_MOST_BREAKERS: Final = 1000
_log = structlog.get_logger(__name__)

T = TypeVar("T")


class TrippedBreakers(Protocol):
    """Knows which circuit breakers do not let every call pass."""

    def tripped(self, *, now: datetime, limit: int) -> Sequence[Tripped]:
        """Return them; raises `redis.RedisError`."""


class NotReadyError(UnavailableError):
    """Something that requests need is missing."""

    default_code = "not_ready"


@dataclass(frozen=True, slots=True)
class Check:
    """How one dependency answered: None if it is well, else what is wrong; and how long it took."""

    problem: str | None
    latency_ms: float


@dataclass(frozen=True, slots=True)
class Status:
    """How everything is doing. What could not be asked is None.

    `breakers` are `(psp, lane, state)` with their number; `tripped` names whose they are, for operators alone.
    """

    checks: Mapping[str, Check]
    gauges: Gauges | None
    queues: Mapping[str, int] | None
    breakers: Mapping[tuple[str, str, str], int] | None
    tripped: Sequence[Tripped] | None


class Remembered(Generic[T]):
    """A value that is read again when it has grown old, by one thread at a time."""

    def __init__(self, read: Callable[[datetime], T], *, keep_for: timedelta, monotonic: Callable[[], float]) -> None:
        self._read, self._monotonic, self._keep_for = read, monotonic, keep_for.total_seconds()
        self._lock = threading.Lock()
        self._kept: tuple[float, T] | None = None

    def get(self, now: datetime) -> T:
        """Return the value; `now` goes to whoever reads it."""
        with self._lock:
            if self._kept is None or self._monotonic() >= self._kept[0]:
                value = self._read(now)
                self._kept = (self._monotonic() + self._keep_for, value)
            return self._kept[1]


class Ops:
    """Answers operators' questions, with connections of its own: it answers also while requests wait for theirs.

    What it finds is remembered for a moment, so that asking often costs nothing.
    """

    def __init__(
        self,
        *,
        database: Database,
        broker: redis.Redis,
        breakers: TrippedBreakers,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database, self._broker, self._breakers = database, broker, breakers
        self._monotonic = monotonic
        self._checks = Remembered(self._check, keep_for=_READY_FOR, monotonic=monotonic)
        self._gauges = Remembered(self._read_gauges, keep_for=_GAUGES_FOR, monotonic=monotonic)

    def close(self) -> None:
        """Let go of the connections."""
        self._database.dispose()

    def require_ready(self, *, now: datetime) -> None:
        """Raise `NotReadyError`, which says what is missing, unless requests can be served."""
        problems = [check.problem for check in self._checks.get(now).values() if check.problem]
        if problems:
            raise NotReadyError(f"Not ready: {'; '.join(problems)}.", retry_after=_RETRY_AFTER)

    def status(self, *, now: datetime) -> Status:
        """Return how everything is doing; never raises for a dependency that does not answer."""
        checks = self._checks.get(now)
        tripped = self._tripped(now=now)
        return Status(checks, self.gauges(now=now), self._queues(), _counted(tripped), tripped)

    def gauges(self, *, now: datetime) -> Gauges | None:
        """Return what is counted in the database; None if it does not answer in time."""
        return self._gauges.get(now)

    def breakers(self, *, now: datetime) -> Mapping[tuple[str, str, str], int] | None:
        """Count the breakers that are not closed by provider, lane and state; None if Redis does not answer."""
        return _counted(self._tripped(now=now))

    def _tripped(self, *, now: datetime) -> Sequence[Tripped] | None:
        try:
            return self._breakers.tripped(now=now, limit=_MOST_BREAKERS)
        except redis.RedisError:
            return None

    def _queues(self) -> Mapping[str, int] | None:
        try:
            return {name: int(self._broker.llen(name)) for name in QUEUES}
        except redis.RedisError:
            return None

    def _check(self, _: datetime) -> Mapping[str, Check]:
        began = self._monotonic()
        database, schema = self._check_database()
        took = self._since(began)
        began = self._monotonic()
        broker = self._check_broker()
        return {
            "database": Check(database, took),
            "schema": Check(schema, took),
            "broker": Check(broker, self._since(began)),
        }

    def _check_database(self) -> tuple[str | None, str | None]:
        """Return what is wrong with the database and with its schema."""
        heads = head_revisions()
        try:
            with self._database.begin() as session:
                limit_statements(session, milliseconds=_PATIENCE_MS)
                applied = applied_revisions(session)
        except ProgrammingError:
            applied = frozenset()
        except SQLAlchemyError as error:
            _log.warning("database_unreachable", error=type(error).__name__)
            return "the database does not answer", "the schema cannot be read"
        return None, None if heads and applied == heads else "the schema is not at head; run `tinko migrate`"

    def _check_broker(self) -> str | None:
        try:
            self._broker.ping()
        except redis.RedisError as error:
            _log.warning("broker_unreachable", error=type(error).__name__)
            return "the broker does not answer"
        return None

    def _read_gauges(self, now: datetime) -> Gauges | None:
        try:
            with self._database.begin() as session:
                limit_statements(session, milliseconds=_PATIENCE_MS)
                return read_gauges(session, now=now)
        except SQLAlchemyError as error:
            _log.warning("gauges_unreadable", error=type(error).__name__)
            return None

    def _since(self, began: float) -> float:
        return round((self._monotonic() - began) * 1000, 2)


def _counted(tripped: Sequence[Tripped] | None) -> Mapping[tuple[str, str, str], int] | None:
    return None if tripped is None else Counter((each.psp, each.lane, each.state.value) for each in tripped)

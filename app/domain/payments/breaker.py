"""The circuit breaker as a pure state machine: which calls may pass to a provider that fails.

closed    -> open       when at least `minimum_volume` calls of one window failed at `failure_ratio` or more
open      -> half_open  when the pause is over; the next call is the probe, and only that one
half_open -> closed     when the probe went well
half_open -> open       when it did not; the pause doubles, up to `open_cap`
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum


class BreakerState(StrEnum):
    """Whether calls pass (closed), none does (open), or one at a time tries (half_open)."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


@dataclass(frozen=True, slots=True)
class BreakerRules:
    """When a breaker opens, and for how long."""

    window: timedelta = timedelta(seconds=60)
    minimum_volume: int = 10
    failure_ratio: float = 0.5
    open_for: timedelta = timedelta(seconds=30)
    open_cap: timedelta = timedelta(minutes=5)
    probe_lease: timedelta = timedelta(seconds=60)
    """After this long a probe that never reported counts as dead, and the next call may probe."""

    def pause(self, trips: int) -> timedelta:
        """Return how long the breaker stays open after that many openings in a row (from 1)."""
        doublings = min(trips - 1, 16)  # far beyond the cap already; keeps the product small
        return min(self.open_for * (1 << doublings), self.open_cap)


@dataclass(frozen=True, slots=True)
class Breaker:
    """The state of one breaker. `until` ends the pause (open) or the probe's lease (half_open).

    `since` is when calls stopped passing freely: it opened then, and has not been closed again.
    """

    state: BreakerState = BreakerState.CLOSED
    calls: int = 0
    failures: int = 0
    window_ends_at: datetime | None = None
    trips: int = 0
    until: datetime | None = None
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Tripped:
    """A breaker that does not let every call pass: whose it is, which `lane` of calls it guards, and since when."""

    psp: str
    account_id: str
    lane: str
    state: BreakerState
    since: datetime | None


@dataclass(frozen=True, slots=True)
class Permission:
    """The answer to "may I call?", with the breaker as it is from now on.

    `retry_after` is None if the call may be made. `probe` goes back into `record`.
    """

    breaker: Breaker
    retry_after: timedelta | None = None
    probe: bool = False

    @property
    def allowed(self) -> bool:
        """Tell whether the call may be made."""
        return self.retry_after is None


def permit(breaker: Breaker, *, rules: BreakerRules, now: datetime) -> Permission:
    """Decide whether one call may pass."""
    if breaker.state is BreakerState.CLOSED:
        return Permission(breaker)
    if breaker.until is not None and now < breaker.until:
        return Permission(breaker, retry_after=breaker.until - now)
    probing = replace(breaker, state=BreakerState.HALF_OPEN, until=now + rules.probe_lease)
    return Permission(probing, probe=True)


def record(breaker: Breaker, *, failed: bool, probe: bool, rules: BreakerRules, now: datetime) -> Breaker:
    """Return the breaker after a permitted call has ended.

    In half-open only the probe's word counts, and in open nobody's: calls that began earlier and
    end late say nothing new.
    """
    if breaker.state is BreakerState.CLOSED:
        return _count(breaker, failed=failed, rules=rules, now=now)
    if breaker.state is BreakerState.OPEN or not probe:
        return breaker
    return _open(breaker, rules=rules, now=now) if failed else Breaker()


def _count(breaker: Breaker, *, failed: bool, rules: BreakerRules, now: datetime) -> Breaker:
    if breaker.window_ends_at is None or now >= breaker.window_ends_at:
        breaker = Breaker(window_ends_at=now + rules.window)
    counted = replace(breaker, calls=breaker.calls + 1, failures=breaker.failures + failed)
    if counted.calls >= rules.minimum_volume and counted.failures >= rules.failure_ratio * counted.calls:
        return _open(counted, rules=rules, now=now)
    return counted


def _open(breaker: Breaker, *, rules: BreakerRules, now: datetime) -> Breaker:
    trips = breaker.trips + 1
    until, since = now + rules.pause(trips), breaker.since or now
    return Breaker(state=BreakerState.OPEN, trips=trips, until=until, since=since)

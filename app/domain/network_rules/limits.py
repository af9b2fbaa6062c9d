"""Rules that hang on numbers: how many charges, how far apart, at which hours, up to which amount."""

from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from app.domain.network_rules.facts import Budget, ChargeFacts, History, Hold, Level
from app.domain.network_rules.rules import Rule, Scope


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CapRule(Rule):
    """No more than so many charges that failed, or may yet, in a window that moves along (or at all).

    `plan` is how many of them automatic charges use, `stop` how many anybody may; None for a rule that
    binds plans alone. The failed payment that it began with counts too.
    """

    scope: Scope
    plan: int
    stop: int | None
    window: timedelta | None

    def counted(self, charge: ChargeFacts, history: History, *, at: datetime) -> list[datetime]:
        """Return the times of the charges that count, in order."""
        since = None if self.window is None else at - self.window
        mine = self.scope.of(charge, history)
        return sorted(past.at for past in mine if past.counts and (since is None or past.at > since))

    def _hold(self, charge: ChargeFacts, history: History, at: datetime, level: Level) -> Hold | None:
        if self.scope is Scope.ENTRY and any(
            (past.amount, past.currency) != (charge.amount, charge.currency) for past in self.scope.of(charge, history)
        ):
            return self._held(None)
        limit = self.plan if level is Level.PLAN else self.stop
        if limit is None or len(history) < limit:
            return None
        counted = self.counted(charge, history, at=at)
        if len(counted) < limit:
            return None
        return self._held(None if self.window is None else counted[-limit] + self.window)

    def _budget(self, charge: ChargeFacts, history: History, at: datetime) -> Budget | None:
        counted = self.counted(charge, history, at=at)
        resets_at = counted[0] + self.window if counted and self.window is not None else None
        cap, level = (self.plan, Level.PLAN) if self.stop is None else (self.stop, Level.STOP)
        blocks = self._hold(charge, history, at, level) is not None
        left = self._left(used=len(counted), cap=cap, plan=self.plan, resets_at=resets_at, blocks=blocks)
        return replace(left, window_seconds=None if self.window is None else int(self.window.total_seconds()))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AgeRule(Rule):
    """No charge once so much time has passed since the first one."""

    scope: Scope
    age: timedelta

    def _hold(self, charge: ChargeFacts, history: History, at: datetime, level: Level) -> Hold | None:
        del level
        first = min((past.at for past in self.scope.of(charge, history)), default=at)
        return self._held(None) if at > first + self.age else None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GapRule(Rule):
    """So much time between one charge and the next: by law `least`, in plans `plan`.

    As a notice before each debit: it cannot be given before the one that failed.
    """

    scope: Scope
    least: timedelta
    plan: timedelta

    def _hold(self, charge: ChargeFacts, history: History, at: datetime, level: Level) -> Hold | None:
        last = max((past.at for past in self.scope.of(charge, history)), default=None)
        if last is None:
            return None
        ends = last + (self.plan if level is Level.PLAN else self.least)
        return self._held(ends) if at < ends else None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HoursRule(Rule):
    """Only within these hours of the day, local time of the zone."""

    zone: ZoneInfo
    hours: tuple[tuple[time, time], ...]

    def _hold(self, charge: ChargeFacts, history: History, at: datetime, level: Level) -> Hold | None:
        del charge, history, level
        local = at.astimezone(self.zone)
        clock = local.time()
        # A window that ends at midnight ends at `time.max`'s day, written as 00:00.
        if any(begin <= clock and (clock < end or end == time(0)) for begin, end in self.hours):
            return None
        opens = min((begin for begin, _ in self.hours if begin > clock), default=self.hours[0][0])
        day = local.date() if opens > clock else local.date() + timedelta(days=1)
        return self._held(datetime.combine(day, opens, self.zone).astimezone(at.tzinfo))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LimitRule(Rule):
    """Above this amount only the payer can complete a charge."""

    limit: int
    currency: str

    def _hold(self, charge: ChargeFacts, history: History, at: datetime, level: Level) -> Hold | None:
        del history, at, level
        above = charge.currency == self.currency and charge.amount > self.limit
        return self._held(None) if above else None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FeeRule(Rule):
    """What a charge beyond other rules costs; it forbids nothing."""

    priced: frozenset[str]
    fee: str

    def _hold(self, charge: ChargeFacts, history: History, at: datetime, level: Level) -> Hold | None:
        del charge, history, at, level
        return None

"""The days that a figure is about."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from app.domain.errors import FieldError, InvalidError

LONGEST: Final = timedelta(days=3 * 366)
LONGEST_BY_DAY: Final = timedelta(days=400)
USUAL: Final = timedelta(days=30)
FIRST: Final = date(2000, 1, 1)
LAST: Final = date(2200, 1, 1)


class Step(StrEnum):
    """How long each group of days is; weeks begin on Monday."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class PeriodInvalidError(InvalidError):
    """The dates make no period, or one that is too long."""

    default_code = "period_invalid"


@dataclass(frozen=True, slots=True)
class Period:
    """Days in UTC of the organization's time: from `since` until before `until`."""

    since: date
    until: date

    @property
    def length(self) -> timedelta:
        """Return how long the period is."""
        return self.until - self.since

    def before(self) -> "Period":
        """Return the period of the same length that ends where this one begins."""
        return Period(self.since - self.length, self.since)

    def starts(self, step: Step) -> list[date]:
        """Return the first day of each group of days that the period touches."""
        starts, start = [], start_of(self.since, step)
        while start < self.until:
            starts.append(start)
            start = start_after(start, step)
        return starts


def period_of(since: date | None, until: date | None, *, today: date) -> Period:
    """Return the wanted period; without dates the last thirty days, today included. Raises `PeriodInvalidError`."""
    for field, given in (("from", since), ("to", until)):
        if given is not None and not FIRST <= given <= LAST:
            raise _refusal(field, f"Days are from {FIRST} to {LAST}.")
    end = until or max(today, since or today) + timedelta(days=1)
    begin = since or end - USUAL
    if begin > end:
        raise _refusal("to", "The period ends before it begins.")
    if end - begin > LONGEST:
        raise _refusal("from", "A period is no longer than three years.")
    return Period(begin, end)


def check_step(period: Period, step: Step) -> None:
    """Raise `PeriodInvalidError` if the period has too many groups of days."""
    if step is Step.DAY and period.length > LONGEST_BY_DAY:
        raise _refusal("group_by", f"More than {LONGEST_BY_DAY.days} days are told by week or month.")


def start_of(day: date, step: Step) -> date:
    """Return the first day of the group of days that `day` is in."""
    match step:
        case Step.DAY:
            return day
        case Step.WEEK:
            return day - timedelta(days=day.weekday())
        case _:
            return day.replace(day=1)


def start_after(start: date, step: Step) -> date:
    """Return the first day of the group of days after the one that begins on `start`."""
    match step:
        case Step.DAY:
            return start + timedelta(days=1)
        case Step.WEEK:
            return start + timedelta(days=7)
        case _:
            return (start + timedelta(days=31)).replace(day=1)


def day_of(at: datetime) -> date:
    """Return the day in UTC of a time that is given in UTC."""
    return at.date()


def _refusal(field: str, detail: str) -> PeriodInvalidError:
    return PeriodInvalidError(detail, errors=(FieldError(f"/query/{field}", detail),))

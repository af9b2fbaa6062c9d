"""Figures of one organization for a period, in one currency or in all that it has."""

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, Generic, TypeVar

from sqlalchemy.orm import Session

from app.db.queries.analytics import GroupBy, Sums, currencies_of, read_sums
from app.domain.analytics.figures import (
    Cohort,
    Income,
    Stage,
    TimeToRecover,
    Total,
    cohort_of,
    funnel_of,
    income_of,
    share,
    time_of,
    total_of,
)
from app.domain.analytics.measures import MEASURES, TOOK
from app.domain.analytics.periods import Period, Step, check_step, day_of, period_of
from app.domain.money import exponent_of

_COHORT: Final = (
    "opened",
    "opened_amount",
    "recovered",
    "recovered_amount",
    "exhausted",
    "exhausted_amount",
    "cancelled",
    "cancelled_amount",
)
_INCOME: Final = (
    "received",
    "received_amount",
    "received_external",
    "received_external_amount",
    "refunds",
    "refunds_amount",
    "disputes",
    "disputes_amount",
    "duplicates",
    "duplicates_amount",
    "duplicates_returned",
    "duplicates_returned_amount",
)
_REPORTS: Final = ("reports", "reported_amount")
_FUNNEL: Final = ("opened", "retried", "messaged", "link_opened", "recovered")
_STEPS: Final = {GroupBy.DAY: Step.DAY, GroupBy.WEEK: Step.WEEK, GroupBy.MONTH: Step.MONTH}

T = TypeVar("T")
Stages = tuple[Stage, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """Whose figures, of which days, in which currency; None asks for every one of `currencies`, which they have."""

    organization_id: str
    period: Period
    currency: str | None
    currencies: Sequence[str]

    @property
    def wanted(self) -> Sequence[str]:
        """Return the currencies to read."""
        return self.currencies if self.currency is None else [self.currency]


@dataclass(frozen=True, slots=True)
class Group(Generic[T]):
    """The figures of a group; its key is a first day (ISO 8601), a category, a gateway or a currency."""

    key: str
    figures: T


@dataclass(frozen=True, slots=True)
class Kpis:
    """The figures that one looks at first; what is about a cohort is about the recoveries opened in the period."""

    cohort: Cohort
    reports: Total
    income: Income
    time_to_recover: TimeToRecover
    funnel: tuple[Stage, ...]


@dataclass(frozen=True, slots=True)
class Share:
    """Reports of failures, and the recoveries opened, with the part of all reports that this is."""

    reports: Total
    failed: Total
    share: float | None


@dataclass(frozen=True, slots=True)
class Point:
    """What happened from one day until before another."""

    since: date
    until: date
    cohort: Cohort
    reports: Total
    income: Income


def question_of(
    session: Session,
    *,
    organization_id: str,
    since: date | None,
    until: date | None,
    currency: str | None,
    now: datetime,
) -> Question:
    """Return what is asked for; raises `PeriodInvalidError` or `CurrencyUnknownError`. `now` is the organization's."""
    if currency is not None:
        exponent_of(currency)
    period = period_of(since, until, today=day_of(now))
    return Question(organization_id, period, currency, currencies_of(session, organization_id=organization_id))


def kpis(session: Session, question: Question, *, period: Period | None = None) -> Kpis:
    """Return the first figures of the question's period, or of another."""
    sums = _read(session, question, MEASURES, period=period).get(None, {})
    return Kpis(cohort_of(sums), total_of(sums, *_REPORTS), income_of(sums), time_of(sums), funnel_of(sums))


def cohorts(session: Session, question: Question, *, by: GroupBy) -> tuple[Cohort, list[Group[Cohort]]]:
    """Return the cohort of the period, and its parts."""
    return _grouped(session, question, _COHORT, by, cohort_of)


def income(session: Session, question: Question, *, by: GroupBy) -> tuple[Income, list[Group[Income]]]:
    """Return the money of the period by the day that it moved, and its parts."""
    return _grouped(session, question, _INCOME, by, income_of)


def funnels(session: Session, question: Question, *, by: GroupBy) -> tuple[Stages, list[Group[Stages]]]:
    """Return how far the period's cohort came, and each of its parts."""
    return _grouped(session, question, _FUNNEL, by, funnel_of)


def times(session: Session, question: Question, *, by: GroupBy) -> tuple[TimeToRecover, list[Group[TimeToRecover]]]:
    """Return how long the money of the period's cohort took, and of each of its parts."""
    return _grouped(session, question, TOOK, by, time_of)


def distribution(session: Session, question: Question, *, by: GroupBy) -> tuple[Share, list[Group[Share]]]:
    """Return the failures of the period, and its parts, the largest first unless they are days."""
    whole = _totals_of(_read(session, question, (*_REPORTS, "opened", "opened_amount")).get(None, {}))

    def figures(sums: Sums) -> Share:
        part = _totals_of(sums)
        return Share(part[0], part[1], share(part[0].count, whole[0].count))

    _, groups = _grouped(session, question, (*_REPORTS, "opened", "opened_amount"), by, figures)
    if by not in _STEPS:
        groups.sort(key=lambda group: (-group.figures.reports.count, group.key))
    return Share(*whole, share(whole[0].count, whole[0].count)), groups


def timeseries(session: Session, question: Question, *, by: GroupBy) -> list[Point]:
    """Return the period in steps, also those in which nothing happened."""
    step = _STEPS[by]
    check_step(question.period, step)
    found = _read(session, question, (*_REPORTS, *_COHORT, *_INCOME), by=by)
    starts = [*question.period.starts(step), question.period.until]
    points = []
    for start, following in itertools.pairwise(starts):
        sums = found.get(start, {})
        since, until = max(start, question.period.since), min(following, question.period.until)
        points.append(Point(since, until, cohort_of(sums), total_of(sums, *_REPORTS), income_of(sums)))
    return points


def _totals_of(sums: Sums) -> tuple[Total, Total]:
    return total_of(sums, *_REPORTS), total_of(sums, "opened", "opened_amount")


def _grouped(
    session: Session, question: Question, measures: tuple[str, ...], by: GroupBy, figures: Callable[[Sums], T]
) -> tuple[T, list[Group[T]]]:
    """Return the figures of all, and of each group that has anything, in order."""
    if by in _STEPS:
        check_step(question.period, _STEPS[by])
    found = _read(session, question, measures, by=by)
    groups = [
        Group(str(key), figures(sums))
        for key, sums in sorted(found.items())
        if any(value for each in sums.values() for value in each.values())
    ]
    return figures(_together(list(found.values()), measures)), groups


def _together(parts: Sequence[Sums], measures: tuple[str, ...]) -> Sums:
    """Add groups up, currency by currency."""
    whole: dict[str, dict[str, int]] = {}
    for part in parts:
        for currency, values in part.items():
            into = whole.setdefault(currency, dict.fromkeys(measures, 0))
            for name in measures:
                into[name] += values[name]
    return whole


def _read(
    session: Session,
    question: Question,
    measures: tuple[str, ...],
    *,
    by: GroupBy | None = None,
    period: Period | None = None,
) -> Mapping[Any, Sums]:
    days = period or question.period
    return read_sums(
        session,
        organization_id=question.organization_id,
        currencies=question.wanted,
        since=days.since,
        until=days.until,
        measures=measures,
        by=by,
    )

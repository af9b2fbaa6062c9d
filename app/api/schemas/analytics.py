"""Figures, as the API tells them. Rates are from 0 to 1, null where there is nothing to take a part of."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final, Self
from urllib.parse import quote

import orjson
from fastapi import Response
from pydantic import BaseModel, ConfigDict, Field

from app.db.queries.analytics import GroupBy
from app.domain.analytics.periods import Period, Step, start_after
from app.services.analytics import Attention, Question

_STATUSES: Final[Mapping[str, str]] = {
    "recovered": "recovered",
    "still_open": "open",
    "exhausted": "exhausted",
    "cancelled": "cancelled",
}
_STEPS: Final[Mapping[GroupBy | None, Step]] = {
    GroupBy.DAY: Step.DAY,
    GroupBy.WEEK: Step.WEEK,
    GroupBy.MONTH: Step.MONTH,
}
_LISTS: Final[Mapping[str, str]] = {
    "recoveries": "/v1/recoveries?needs_attention=true",
    "psp_events_dead": "/v1/psp_events?status=dead",
    "messages_failed": "/v1/messages?status=failed",
    "messages_unknown": "/v1/messages?status=unknown",
    "psp_accounts_failing": "/v1/psp_accounts",
    "api_keys_expiring": "/v1/api_keys",
}


class Figures(BaseModel):
    """Read from the figures of the same names."""

    model_config = ConfigDict(from_attributes=True)


class AmountView(Figures):
    """Money, in the currency's minor unit."""

    currency: str
    amount: int


class TotalView(Figures):
    """How many, and how much in each currency that has any; never added up across currencies."""

    count: int
    amounts: list[AmountView]


class CohortView(Figures):
    """Recoveries opened in the period, and where they stand now.

    `recovery_rate` is recovered of all that failed, and grows while some are still open;
    `settled_recovery_rate` is recovered of those that are not open any more.
    """

    failed: TotalView
    recovered: TotalView
    still_open: TotalView
    exhausted: TotalView
    cancelled: TotalView
    recovery_rate: float | None
    still_open_rate: float | None
    settled_recovery_rate: float | None


class IncomeView(Figures):
    """Money by the day that it moved. What went back is shown apart, never subtracted.

    `received` are first captures, `external` those of them that Tinko did not make. `duplicates` are second
    captures, which are no income; `duplicates_returned` those that went back.
    """

    received: TotalView
    external: TotalView
    refunded: TotalView
    disputed: TotalView
    duplicates: TotalView
    duplicates_returned: TotalView


class StageView(Figures):
    """How many recoveries came as far as this; `rate` is of those that failed. Nobody has to pass every stage."""

    stage: str
    count: int
    rate: float | None


class BucketView(Figures):
    """Recoveries whose money took from so long until less than that; null has no end."""

    from_seconds: int
    to_seconds: int | None
    count: int


class TimeView(Figures):
    """From the first failure to the money. The median is read from the buckets."""

    count: int
    median_seconds: int | None
    buckets: list[BucketView]


class ShareView(Figures):
    """Reports of failures by the day that they came in, recoveries that were opened, and the part of all reports."""

    reports: TotalView
    failed: TotalView
    share: float | None


class KpiFigures(Figures):
    """The figures of one period."""

    cohort: CohortView
    reports: TotalView
    income: IncomeView
    time_to_recover: TimeView
    funnel: list[StageView]


class Asked(BaseModel):
    """What was asked for: days in UTC of the organization's time, from `from` until before `to`."""

    currency: str | None = Field(description="Null: every currency that there is.")
    since: date = Field(alias="from")
    until: date = Field(alias="to")

    @classmethod
    def answer(cls, question: Question, **figures: Any) -> Self:
        """Return the answer to a question."""
        period = question.period
        days = {"from": period.since, "to": period.until}
        return cls.model_validate({"currency": question.currency, **days, **figures})


class PreviousView(BaseModel):
    """The period of the same length before."""

    since: date = Field(alias="from")
    until: date = Field(alias="to")
    figures: KpiFigures


class KpisView(Asked):
    """The first figures; `currencies` are all that the organization has anything in, whatever was asked for."""

    currencies: list[str]
    figures: KpiFigures
    previous: PreviousView | None
    lists: dict[str, str] = Field(description="Figure of the cohort -> the path of the list behind it.")


class Grouped(Asked):
    """What the groups are."""

    group_by: GroupBy


class CohortGroup(BaseModel):
    """One part of the cohort."""

    key: str
    figures: CohortView
    lists: dict[str, str]


class RecoveryRateView(Grouped):
    """The cohort and its parts."""

    total: CohortView
    groups: list[CohortGroup]
    lists: dict[str, str]


class ShareGroup(BaseModel):
    """One part of the failures."""

    key: str
    figures: ShareView
    lists: dict[str, str]


class DistributionView(Grouped):
    """Failures and their parts, the largest first unless they are days."""

    total: ShareView
    groups: list[ShareGroup]


class IncomeGroup(BaseModel):
    """One part of the money."""

    key: str
    figures: IncomeView


class RevenueView(Grouped):
    """Money and its parts."""

    total: IncomeView
    groups: list[IncomeGroup]


class FunnelGroup(BaseModel):
    """One part of the funnel."""

    key: str
    stages: list[StageView]


class FunnelView(Asked):
    """How far the cohort came; groups only where they were asked for."""

    group_by: GroupBy | None
    stages: list[StageView]
    groups: list[FunnelGroup]
    lists: dict[str, str]


class TimeGroup(BaseModel):
    """One part of the recovered."""

    key: str
    figures: TimeView


class TimeToRecoverView(Asked):
    """How long money took; groups only where they were asked for."""

    group_by: GroupBy | None
    total: TimeView
    groups: list[TimeGroup]


class PointView(BaseModel):
    """What happened from one day until before another."""

    model_config = ConfigDict(from_attributes=True)

    since: date = Field(alias="from")
    until: date = Field(alias="to")
    cohort: CohortView
    reports: TotalView
    income: IncomeView


class TimeseriesView(Grouped):
    """The period in steps, also those in which nothing happened."""

    points: list[PointView]


class AttentionItem(BaseModel):
    """How many of one kind wait for a person: at least so many where `more` is true. `list` names them, if one does."""

    name: str
    count: int
    more: bool
    reasons: dict[str, int] = Field(description="For recoveries: how many by what is the matter.")
    list: str | None

    @classmethod
    def of(cls, attention: Attention) -> Self:
        """Return it as the API tells it."""
        return cls(
            name=attention.name,
            count=attention.count,
            more=attention.more,
            reasons=attention.reasons,
            list=_LISTS.get(attention.name),
        )


class AttentionView(BaseModel):
    """What waits for a person."""

    count: int
    items: list[AttentionItem]


def told(question: Question, **figures: Any) -> Response:
    """Return an answer whose figures are told as they are: a year of days is thousands of small objects.

    It has the shape of the route's model, which the tests hold it to.
    """
    period = question.period
    answer = {"currency": question.currency, "from": period.since, "to": period.until, **figures}
    return Response(orjson.dumps(answer), media_type="application/json")


def lists_of(question: Question, *, by: GroupBy | None = None, key: str = "") -> dict[str, str]:
    """Return the paths of the lists of recoveries behind the figures of a cohort, or of one of its groups."""
    period, filters = question.period, {"currency": question.currency or ""}
    if by in _STEPS:
        start = date.fromisoformat(key)
        period = Period(max(start, period.since), min(start_after(start, _STEPS[by]), period.until))
    elif by is not None:
        filters[by] = key
    chosen = "".join(f"&{name}={quote(value, safe='')}" for name, value in filters.items() if value)
    days = f"from={period.since}T00:00:00Z&to={period.until}T00:00:00Z{chosen}"
    paths = {name: f"/v1/recoveries?status={status}&{days}" for name, status in _STATUSES.items()}
    return {"failed": f"/v1/recoveries?{days}"} | paths

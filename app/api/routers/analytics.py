"""What failures and recoveries add up to."""

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Response

from app.api.deps import Db, Now, OrgNow, require
from app.api.schemas.analytics import (
    AttentionItem,
    AttentionView,
    DistributionView,
    FunnelGroup,
    FunnelView,
    KpiFigures,
    KpisView,
    PreviousView,
    RecoveryRateView,
    RevenueView,
    TimeGroup,
    TimeseriesView,
    TimeToRecoverView,
    lists_of,
    told,
)
from app.db.queries.analytics import GroupBy
from app.domain.identity.caller import Caller
from app.services import analytics
from app.services.analytics import Question, question_of

router = APIRouter(prefix="/v1/analytics", tags=["analytics"])

Analyst = Annotated[Caller, require("analytics:read")]
Steps = Literal[GroupBy.DAY, GroupBy.WEEK, GroupBy.MONTH]
Parts = Literal[GroupBy.CATEGORY, GroupBy.GATEWAY, GroupBy.CURRENCY]
MoneyParts = Literal[GroupBy.DAY, GroupBy.WEEK, GroupBy.MONTH, GroupBy.GATEWAY, GroupBy.CURRENCY]


def wanted(
    db: Db,
    caller: Analyst,
    now: OrgNow,
    since: Annotated[
        date | None, Query(alias="from", description="First day; by default thirty days before `to`.")
    ] = None,
    until: Annotated[date | None, Query(alias="to", description="Exclusive; by default tomorrow.")] = None,
    currency: Annotated[str | None, Query(max_length=8, description="ISO 4217; without it every one apart.")] = None,
) -> Question:
    """Read whose figures of which days are asked for."""
    return question_of(db, organization_id=caller.organization_id, since=since, until=until, currency=currency, now=now)


Asked = Annotated[Question, Depends(wanted, scope="function")]


@router.get("/kpis", response_model=KpisView)
def get_kpis(db: Db, question: Asked, compare: Literal["previous"] | None = None) -> KpisView:
    """Return the first figures of a period, and of the one before where they are to be compared."""
    previous = None
    if compare:
        before = question.period.before()
        figures = KpiFigures.model_validate(analytics.kpis(db, question, period=before))
        previous = PreviousView.model_validate({"from": before.since, "to": before.until, "figures": figures})
    return KpisView.answer(
        question,
        currencies=list(question.currencies),
        figures=KpiFigures.model_validate(analytics.kpis(db, question)),
        previous=previous,
        lists=lists_of(question),
    )


@router.get("/recovery-rate", response_model=RecoveryRateView)
def get_recovery_rate(db: Db, question: Asked, group_by: GroupBy = GroupBy.DAY) -> Response:
    """Return how much of what failed came back, by when it failed first; what is still open is shown apart."""
    total, groups = analytics.cohorts(db, question, by=group_by)
    parts = [
        {"key": each.key, "figures": each.figures, "lists": lists_of(question, by=group_by, key=each.key)}
        for each in groups
    ]
    return told(question, group_by=group_by, total=total, groups=parts, lists=lists_of(question))


@router.get("/failure-distribution", response_model=DistributionView)
def get_failure_distribution(db: Db, question: Asked, group_by: GroupBy = GroupBy.CATEGORY) -> Response:
    """Return what fails, by the day that it was reported, with the category and the gateway of the report."""
    total, groups = analytics.distribution(db, question, by=group_by)
    lists = [lists_of(question, by=group_by, key=each.key)["failed"] for each in groups]
    parts = [
        {"key": each.key, "figures": each.figures, "lists": {"failed": path}}
        for each, path in zip(groups, lists, strict=True)
    ]
    return told(question, group_by=group_by, total=total, groups=parts)


@router.get("/revenue-recovered", response_model=RevenueView)
def get_revenue_recovered(db: Db, question: Asked, group_by: MoneyParts = GroupBy.DAY) -> Response:
    """Return the money that came back, by the day that it came; what was given back again is shown apart."""
    total, groups = analytics.income(db, question, by=group_by)
    return told(question, group_by=group_by, total=total, groups=groups)


@router.get("/funnel", response_model=FunnelView)
def get_funnel(db: Db, question: Asked, group_by: Parts | None = None) -> FunnelView:
    """Return how many of a cohort were retried, written to, opened their link, and paid."""
    stages, groups = analytics.funnels(db, question, by=group_by or GroupBy.CURRENCY)
    parts = [FunnelGroup.model_validate({"key": each.key, "stages": each.figures}) for each in groups]
    paths = lists_of(question)
    return FunnelView.answer(
        question,
        group_by=group_by,
        stages=stages,
        groups=parts if group_by else [],
        lists={"failed": paths["failed"], "paid": paths["recovered"]},
    )


@router.get("/time-to-recover", response_model=TimeToRecoverView)
def get_time_to_recover(db: Db, question: Asked, group_by: Parts | None = None) -> TimeToRecoverView:
    """Return how long the money of a cohort took, in buckets."""
    total, groups = analytics.times(db, question, by=group_by or GroupBy.CURRENCY)
    parts = [TimeGroup.model_validate({"key": each.key, "figures": each.figures}) for each in groups]
    return TimeToRecoverView.answer(question, group_by=group_by, total=total, groups=parts if group_by else [])


@router.get("/timeseries", response_model=TimeseriesView)
def get_timeseries(db: Db, question: Asked, group_by: Steps = GroupBy.DAY) -> Response:
    """Return a period in steps: reports and money by the day of each, cohorts by their first failure."""
    points = [
        {"from": each.since, "to": each.until, "cohort": each.cohort, "reports": each.reports, "income": each.income}
        for each in analytics.timeseries(db, question, by=group_by)
    ]
    return told(question, group_by=group_by, points=points)


@router.get("/attention", response_model=AttentionView)
def get_attention(db: Db, caller: Analyst, org_now: OrgNow, now: Now) -> AttentionView:
    """Return what waits for a person now."""
    found = analytics.get_attention(db, organization_id=caller.organization_id, org_now=org_now, now=now)
    return AttentionView(count=sum(each.count for each in found), items=[AttentionItem.of(each) for each in found])

"""What operators are shown. Nothing here names an organization or holds a secret."""

from dataclasses import asdict
from datetime import datetime
from typing import Literal, Self

from pydantic import BaseModel

from app.db.queries.ops import Gauges
from app.services.ops import Status


class Alive(BaseModel):
    """It is."""

    ok: Literal[True] = True


class DependencyView(BaseModel):
    """How one dependency answered."""

    ok: bool
    latency_ms: float
    problem: str | None


class BreakerView(BaseModel):
    """How many accounts' breakers at a provider are not closed; `lane` is what they guard."""

    psp: str
    lane: str
    state: str
    accounts: int


class AccountBreakerView(BaseModel):
    """One account's breaker that is not closed, and since when calls do not pass freely."""

    psp: str
    account_id: str
    lane: str
    state: str
    since: datetime | None


class StatusView(BaseModel):
    """How everything is doing; null is what could not be asked.

    `account_breakers` is null as well for who may not read metrics.
    """

    ok: bool
    dependencies: dict[str, DependencyView]
    queues: dict[str, int] | None
    oldest_due_attempt_age_seconds: float | None
    unknown_outcomes: int | None
    outbox_pending: int | None
    outbox_dead: int | None
    psp_events_dead: int | None
    recoveries_open: int | None
    rollups_behind_seconds: float | None
    breakers: list[BreakerView] | None
    account_breakers: list[AccountBreakerView] | None

    @classmethod
    def of(cls, status: Status, *, for_operator: bool) -> Self:
        """Show a status; whose breakers are open, to operators alone."""
        dependencies = {
            name: DependencyView(ok=check.problem is None, latency_ms=check.latency_ms, problem=check.problem)
            for name, check in status.checks.items()
        }
        gauges = dict.fromkeys(Gauges._fields) if status.gauges is None else status.gauges._asdict()
        breakers = None
        if status.breakers is not None:
            counted = sorted(status.breakers.items())
            breakers = [BreakerView(psp=p, lane=lane, state=s, accounts=n) for (p, lane, s), n in counted]
        accounts = None
        if for_operator and status.tripped is not None:
            listed = sorted(status.tripped, key=lambda each: (each.psp, each.account_id, each.lane))
            accounts = [AccountBreakerView(**asdict(each)) for each in listed]
        return cls(
            ok=all(each.ok for each in dependencies.values()),
            dependencies=dependencies,
            queues=None if status.queues is None else dict(status.queues),
            breakers=breakers,
            account_breakers=accounts,
            **gauges,
        )

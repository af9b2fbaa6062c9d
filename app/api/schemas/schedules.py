"""The schedule that a policy makes for sample failures."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.api.schemas.classification import Verdict
from app.api.schemas.common import Body
from app.api.schemas.events import Amount, Blankable, Currency, CustomerIn, PaymentMethodIn, Text, Time
from app.api.schemas.policies import PolicyTermsIn
from app.domain.classification import Category, Hardness
from app.domain.ingest.report import FailureReport
from app.domain.recovery.foresee import Foreseen, charges_of
from app.domain.recovery.plan import Wait
from app.domain.recovery.policy import DEFAULT_POLICY, Policy
from app.domain.recovery.policy_rules import changed
from app.services.recovery.look_ahead import Sample, Schedule
from app.services.recovery.samples import USUAL

MOST_SAMPLES = 30
Key = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64)]


class SampleIn(Body):
    """A failure to plan for, in the words of a failure event; it is not stored."""

    model_config = ConfigDict(extra="forbid", coerce_numbers_to_str=True)

    name: Key
    gateway: Key = "sandbox"
    failure_reason: Text
    failure_code: Blankable = None
    failure_message: Annotated[str, StringConstraints(max_length=2000)] | None = None
    network_decline_code: Blankable = None
    network_advice_code: Blankable = None
    amount: Amount = 1000
    currency: Currency = "USD"
    psp_payment_id: Blankable = None
    occurred_at: Time | None = None
    customer: CustomerIn | None = None
    payment_method: Annotated[
        PaymentMethodIn | None, Field(description="Without a token or mandate there is nothing to charge.")
    ] = None

    def sample(self) -> Sample:
        """Return what the service takes."""
        said = self.model_dump(exclude={"name"})
        return Sample(self.name, FailureReport(transaction_ref=self.name, **said))


def terms_of(settings: PolicyTermsIn) -> Policy:
    """Return a policy that is only tried out, from the default one; raises `PolicyInvalidError`."""
    return changed(DEFAULT_POLICY, settings.wish().terms, at="/settings")


class SchedulePreviewIn(Body):
    """A policy's settings (what is left out is as in the default one), and failures to hold it against."""

    settings: PolicyTermsIn = PolicyTermsIn()
    samples: Annotated[
        list[SampleIn] | None,
        Field(max_length=MOST_SAMPLES, description="Left out: a usual set, each category soft and hard."),
    ] = None
    now: Annotated[Time | None, Field(description="When the failures arrive; left out: now.")] = None

    def policy(self) -> Policy:
        """Return the policy; raises `PolicyInvalidError`."""
        return terms_of(self.settings)

    def wanted(self) -> tuple[Sample, ...]:
        """Return the failures."""
        return USUAL if self.samples is None else tuple(sample.sample() for sample in self.samples)


class StepView(BaseModel):
    """A step that would be planned. `offset_seconds` counts from the failure's arrival.

    `excluded` names constraints and network rules that moved it or ruled others out; `jitter_seconds` is the most
    that jitter adds to the delay (the offset holds the preview's own draw).
    """

    kind: Literal["charge", "link"]
    number: int
    due_at: datetime
    offset_seconds: int
    rule: str
    why: str
    check_first: bool
    excluded: list[str]
    jitter_seconds: int


class EndView(BaseModel):
    """What comes after the last step: `waits` for the payer or a person, or `gives_up`."""

    outcome: Literal["waits", "gives_up"]
    at: datetime
    offset_seconds: int
    rule: str
    why: str


class ScheduleView(BaseModel):
    """What a policy leads to for one failure, if every charge fails again for the same reason."""

    name: str
    category: Category
    hardness: Hardness
    verdict: Verdict
    failure: dict[str, Any]
    begins_at: datetime
    window_ends_at: datetime
    charges: int
    steps: list[StepView]
    end: EndView | None
    excluded: list[str]

    @classmethod
    def of(cls, schedule: Schedule) -> Self:
        """Show a schedule."""
        verdict = schedule.judged.verdict
        steps = list(_steps(schedule))
        return cls(
            name=schedule.sample.name,
            category=verdict.category,
            hardness=verdict.hardness,
            verdict=Verdict.of(verdict),
            failure=_told(schedule.sample.report),
            begins_at=schedule.begins_at,
            window_ends_at=schedule.window_ends_at,
            charges=len(charges_of(schedule.foreseen)),
            steps=steps,
            end=_end(schedule),
            excluded=list(dict.fromkeys(name for step in steps for name in step.excluded)),
        )


class SchedulesView(BaseModel):
    """The schedules that the settings make, and the settings as a whole."""

    now: datetime
    settings: dict[str, Any]
    items: list[ScheduleView]


def _steps(schedule: Schedule) -> Iterable[StepView]:
    for number, (foreseen, step) in enumerate(
        ((each, each.step) for each in schedule.foreseen if each.step is not None), start=1
    ):
        jitter = schedule.policy.delay(foreseen.charges_made) * schedule.policy.jitter
        yield StepView(
            kind=step.kind.value,
            number=number,
            due_at=step.due_at,
            offset_seconds=_offset(schedule, step.due_at),
            rule=step.rule,
            why=step.why,
            check_first=step.check_first,
            excluded=list(step.excluded),
            jitter_seconds=int(jitter.total_seconds()) if step.kind == "charge" else 0,
        )


def _end(schedule: Schedule) -> EndView | None:
    last: Foreseen = schedule.foreseen[-1]
    decision = last.decision
    if last.step is not None:
        return None
    return EndView(
        outcome="waits" if isinstance(decision, Wait) else "gives_up",
        at=last.decided_at,
        offset_seconds=_offset(schedule, last.decided_at),
        rule=decision.rule,
        why=decision.why,
    )


def _offset(schedule: Schedule, at: datetime) -> int:
    return int((at - schedule.begins_at).total_seconds())


def _told(report: FailureReport) -> dict[str, Any]:
    names = ("gateway", "failure_reason", "failure_code", "failure_message", "amount", "currency", "payment_method")
    return {name: value for name in names if (value := getattr(report, name)) is not None}

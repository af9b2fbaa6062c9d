"""The schedule that a policy would make for sample failures: planned by the same functions as real ones."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from app.domain.classification import marks_of
from app.domain.ingest.report import FailureReport
from app.domain.own_rules import Failure, Judged, country_of
from app.domain.recovery.foresee import Foreseen, foresee
from app.domain.recovery.policy import Policy
from app.domain.recovery.reported import Payment, facts_after_report
from app.services.rules.current import rulebook_of

_SEED: Final = "preview"


@dataclass(frozen=True, slots=True)
class Sample:
    """A failure to plan for; its report says the amount, its currency, and when it failed (None: now)."""

    name: str
    report: FailureReport


@dataclass(frozen=True, slots=True)
class Schedule:
    """What a policy leads to for a sample, if every charge fails again."""

    sample: Sample
    judged: Judged
    policy: Policy
    begins_at: datetime
    window_ends_at: datetime
    foreseen: tuple[Foreseen, ...]


def look_ahead(
    session: Session, *, organization_id: str, policy: Policy, samples: tuple[Sample, ...], now: datetime
) -> list[Schedule]:
    """Return the schedule of each sample, as ingest and follow-up would plan it from `now` on.

    The organization's own rules classify. Jitter is drawn from a fixed seed: real recoveries have each their own.
    """
    rules = rulebook_of(session, organization_id=organization_id)
    return [_schedule(sample, rules.classify(_failure(sample.report)), policy, now=now) for sample in samples]


def _failure(report: FailureReport) -> Failure:
    country = country_of(report.payment_method or {}, report.customer or {})
    return Failure(report.signals(), report.amount, report.currency, country)


def _schedule(sample: Sample, judged: Judged, policy: Policy, *, now: datetime) -> Schedule:
    report = sample.report
    payment = Payment(
        transaction_id=_SEED,
        gateway=report.gateway,
        amount=report.amount or 0,
        currency=report.currency or "",
        method=report.payment_method or {},
        psp_payment_id=report.psp_payment_id,
    )
    ends_at = now + policy.window
    facts = facts_after_report(
        payment,
        verdict=judged.verdict,
        policy=policy,
        failed_at=min(report.occurred_at or now, now),
        window_ends_at=ends_at,
        seed=_SEED,
    )
    found = foresee(facts, marks=marks_of(report.signals()), now=now)
    return Schedule(sample, judged, facts.policy, now, ends_at, found)

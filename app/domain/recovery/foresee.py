"""All that a plan leads to if every charge fails again as the payment did, by the same functions that plan for real."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from app.domain.network_rules import Past, concerns_any
from app.domain.recovery.plan import Decision, Facts, Step, plan, plan_all
from app.domain.recovery.states import AttemptKind


@dataclass(frozen=True, slots=True)
class Foreseen:
    """One decision, when it would be made, and after how many charges."""

    decision: Decision
    decided_at: datetime
    charges_made: int

    @property
    def step(self) -> Step | None:
        """Return the decision if it is a step; None if it ends the plan or waits."""
        return self.decision if isinstance(self.decision, Step) else None


def foresee(facts: Facts, *, marks: frozenset[str], now: datetime) -> tuple[Foreseen, ...]:
    """Return every decision from a report at `now` on, as if each charge were declined at its time for the same reason.

    `facts` are those right after the report, `marks` the networks' codes that came with it and come again. A link
    stays unpaid. What is tried on the instrument for other payments is not foreseen.
    """
    found: list[Foreseen] = []
    at = now
    decisions: tuple[Decision, ...] = (plan(facts, now=now),)
    begun = False
    while True:
        found += (Foreseen(decision, at, facts.charges_made) for decision in decisions)
        link_planned = facts.link_planned or _step(decisions, AttemptKind.LINK) is not None
        charge = _step(decisions, AttemptKind.CHARGE)
        if charge is None:
            return tuple(found)
        at = charge.due_at
        history = _tried(facts, at, marks, begun=begun)
        begun = True
        facts = replace(
            facts, charges_made=facts.charges_made + 1, link_planned=link_planned, failed_at=at, history=history
        )
        decisions = plan_all(facts, now=at)


def charges_of(found: Iterable[Foreseen]) -> list[Step]:
    """Return the automatic charges among them, in order."""
    return [each.step for each in found if each.step is not None and each.step.kind is AttemptKind.CHARGE]


def links_of(found: Iterable[Foreseen]) -> list[Step]:
    """Return the links among them, in order."""
    return [each.step for each in found if each.step is not None and each.step.kind is AttemptKind.LINK]


def _step(decisions: Iterable[Decision], kind: AttemptKind) -> Step | None:
    return next((each for each in decisions if isinstance(each, Step) and each.kind is kind), None)


def _tried(facts: Facts, at: datetime, marks: frozenset[str], *, begun: bool) -> tuple[Past, ...]:
    """Return what was tried once the charge at that time is declined too, as the next plan finds it in the books."""
    charge = facts.charge
    if charge is None or not concerns_any(charge):
        return ()
    before = facts.history if begun else tuple(replace(past, marks=marks) for past in facts.history)
    declined = Past(at, charge.transaction_id, charge.amount, charge.currency, marks=marks, ours=True)
    return (*before, declined)

"""One act on many recoveries: looked at beforehand, and done in transactions of a few each."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Final

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app.db.queries.situations import find_around
from app.db.session import Begin
from app.infra.clock import Clock
from app.services.audit import record_audit
from app.services.recovery import act
from app.services.recovery.allowed import Action, Situation, Verdict, judge

MOST: Final = 500
"""How many recoveries one call acts upon."""
_AT_ONCE: Final = 50
_GONE: Final = ("not_found", "There is no such recovery.")
_BUSY: Final = ("busy", "Something else is being done with it at this moment; try again.")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What may be, or was, done with one recovery; else the rule that forbids it, and the reason in words.

    `amount` and `currency` are those of its transaction, None where there is no such recovery.
    """

    id: str
    allowed: bool
    reason: str | None = None
    rule: str | None = None
    amount: int | None = None
    currency: str | None = None


def preview(
    session: Session, *, organization_id: str, action: Action, ids: Sequence[str], now: datetime
) -> list[Outcome]:
    """Tell for each recovery whether the act is allowed now; nothing is changed. `now` is the organization's time."""
    found = find_around(session, organization_id=organization_id, recovery_ids=ids)
    situations = {each: Situation(session, around) for each, around in found.items()}
    return [
        _outcome(each, situations[each], judge(situations[each], action, now=now))
        if each in situations
        else Outcome(each, allowed=False, rule=_GONE[0], reason=_GONE[1])
        for each in ids
    ]


def act_on_many(
    begin: Begin,
    *,
    organization_id: str,
    action: Action,
    ids: Sequence[str],
    actor: str,
    request_id: str | None,
    clock: Clock,
    now: datetime,
) -> list[Outcome]:
    """Do the act with each recovery that allows it; `now` is the organization's time, audit rows have the machine's.

    Each few are one transaction, checked again under their locks: what forbids one leaves the others alone,
    and what was done stays done whatever comes after.
    """
    done: list[Outcome] = []
    for some in _few(ids):
        try:
            with begin() as session:
                outcomes = _act_on(session, organization_id, action, some, actor, now)
                for outcome in outcomes:
                    if outcome.allowed:
                        _audit(session, organization_id, action, outcome.id, actor, request_id, clock.now())
        except OperationalError:
            outcomes = [Outcome(each, allowed=False, rule=_BUSY[0], reason=_BUSY[1]) for each in some]
        done += outcomes
    return done


def refusals(outcomes: Iterable[Outcome]) -> list[tuple[str, str, int]]:
    """Return (rule, reason, how many) of what is not allowed, the most frequent first."""
    counted: Counter[str] = Counter()
    reasons: dict[str, str] = {}
    for outcome in outcomes:
        if not outcome.allowed and outcome.rule is not None:
            counted[outcome.rule] += 1
            reasons.setdefault(outcome.rule, outcome.reason or "")
    return [(rule, reasons[rule], count) for rule, count in counted.most_common()]


def sums(outcomes: Iterable[Outcome]) -> list[tuple[str, int]]:
    """Return (currency, sum in minor units) of what is allowed; currencies are never added up."""
    total: Counter[str] = Counter()
    for outcome in outcomes:
        if outcome.allowed and outcome.currency is not None and outcome.amount is not None:
            total[outcome.currency] += outcome.amount
    return sorted(total.items())


def _act_on(
    session: Session, organization_id: str, action: Action, ids: Sequence[str], actor: str, now: datetime
) -> list[Outcome]:
    found = find_around(session, organization_id=organization_id, recovery_ids=ids, lock=True)
    outcomes = []
    for each in ids:
        if each not in found:
            outcomes.append(Outcome(each, allowed=False, rule=_GONE[0], reason=_GONE[1]))
            continue
        situation = Situation(session, found[each])
        verdict = judge(situation, action, now=now)
        if verdict.allowed:
            act.do(session, situation, action, actor=actor, now=now)
        outcomes.append(_outcome(each, situation, verdict))
    return outcomes


def _outcome(recovery_id: str, situation: Situation, verdict: Verdict) -> Outcome:
    transaction = situation.transaction
    return Outcome(recovery_id, verdict.allowed, verdict.reason, verdict.rule, transaction.amount, transaction.currency)


def _audit(
    session: Session,
    organization_id: str,
    action: Action,
    recovery_id: str,
    actor: str,
    request_id: str | None,
    now: datetime,
) -> None:
    record_audit(
        session,
        organization_id=organization_id,
        actor=actor,
        action=f"recovery.{action}",
        subject=recovery_id,
        after={"bulk": True},
        request_id=request_id,
        now=now,
    )


def _few(ids: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(ids)
    while some := list(islice(rest, _AT_ONCE)):
        yield some

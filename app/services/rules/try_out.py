"""What a draft of a rule would do: to one failure, and to those of the last thirty days."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy.orm import Session

from app.db.queries.rules import newest_events
from app.domain.classification import Classification, FailureSignals, classify
from app.domain.errors import FieldError
from app.domain.own_rules import Failure, Judged, OwnRule, Rulebook, RuleInvalidError, checked, country_of
from app.services.rules.current import rulebook_of

PERIOD: Final = timedelta(days=30)
MOST_EVENTS: Final = 10_000
MOST_EXAMPLES: Final = 10


@dataclass(frozen=True, slots=True)
class Trial:
    """One failure by the tables alone, by the rules that hold now, and by those that are tried."""

    tables: Classification
    now: Judged
    tried: Judged
    rules: Rulebook


@dataclass(frozen=True, slots=True)
class Example:
    """A failure that a draft would decide, as it is now and as it would be."""

    event: Any
    before: Classification
    after: Judged


@dataclass(slots=True)
class Sum:
    """How many failures of one currency a draft would decide and change, and of how much; in minor units."""

    matched: int = 0
    matched_amount: int = 0
    changed: int = 0
    changed_amount: int = 0


@dataclass(slots=True)
class LookBack:
    """A draft held against what failed lately. `hidden` failures fit it too, but an earlier rule decides them."""

    since: datetime
    seen: int = 0
    reaches_back_to: datetime | None = None
    matched: int = 0
    hidden: int = 0
    category_changes: int = 0
    hardness_changes: int = 0
    retry_changes: int = 0
    moves: Counter[tuple[str, str, str, str]] = field(default_factory=Counter)
    kept: Counter[str] = field(default_factory=Counter)
    by_currency: defaultdict[str, Sum] = field(default_factory=lambda: defaultdict(Sum))
    examples: list[Example] = field(default_factory=list)

    @property
    def is_bounded(self) -> bool:
        """Tell whether there may be older failures of the period that were not looked at."""
        return self.seen >= MOST_EVENTS


def checked_draft(draft: OwnRule, *, at: str) -> OwnRule:
    """Return the draft; raises `RuleInvalidError` that names fields below `at`."""
    try:
        return checked(draft)
    except RuleInvalidError as wrong:
        errors = tuple(FieldError(at + error.pointer, error.detail) for error in wrong.errors)
        raise RuleInvalidError(wrong.detail, errors=errors) from wrong


def try_on(
    session: Session,
    *,
    organization_id: str,
    failure: Failure,
    draft: OwnRule | None,
    position: int | None,
    instead: Sequence[OwnRule] | None,
) -> Trial:
    """Hold rules against one failure: those that hold now with a draft, or `instead` of them all."""
    current = rulebook_of(session, organization_id=organization_id)
    tried = current if instead is None else Rulebook(tuple(instead), current.version)
    if draft is not None:
        tried = tried.with_draft(draft, position=position)
    return Trial(classify(failure.signals), current.classify(failure), tried.classify(failure), tried)


def look_back(
    session: Session, *, organization_id: str, draft: OwnRule, position: int | None, now: datetime
) -> LookBack:
    """Hold a draft against the newest failures of the last thirty days; `now` is the organization's time.

    What a failure is without the draft is told by the rules that hold now, not by those of its time.
    """
    current = rulebook_of(session, organization_id=organization_id)
    tried = current.with_draft(draft, position=position)
    alone = Rulebook((draft,))
    found = LookBack(since=now - PERIOD)
    for event in newest_events(session, organization_id=organization_id, since=found.since, most=MOST_EVENTS):
        found.seen += 1
        found.reaches_back_to = event.received_at
        failure = failure_of(event)
        if alone.first(failure) is None:
            continue
        after = tried.classify(failure)
        if after.applied is None or after.applied.rule.id != draft.id:
            found.hidden += 1
            continue
        _count(found, event, current.classify(failure).verdict, after)
    return found


def failure_of(event: Any) -> Failure:
    """Return a stored failure as rules ask about it; its method and payer are the transaction's of today."""
    method = event.payment_method
    signals = FailureSignals(
        gateway=event.gateway,
        reason=event.failure_reason,
        code=event.failure_code,
        message=event.failure_message,
        network_decline_code=event.network_decline_code,
        network_advice_code=event.network_advice_code,
        method=method.get("type"),
        brand=method.get("brand"),
    )
    return Failure(signals, event.amount, event.currency, country_of(method, event.customer))


def _count(found: LookBack, event: Any, before: Classification, after: Judged) -> None:
    verdict = after.verdict
    found.matched += 1
    category, hardness = verdict.category != before.category, verdict.hardness != before.hardness
    retry = verdict.retry != before.retry
    found.category_changes += category
    found.hardness_changes += hardness
    found.retry_changes += retry
    money = found.by_currency[event.currency]
    money.matched += 1
    money.matched_amount += event.amount
    if category or hardness or retry:
        money.changed += 1
        money.changed_amount += event.amount
        found.moves[before.category, before.hardness, verdict.category, verdict.hardness] += 1
    found.kept.update(after.applied.kept if after.applied else ())
    if len(found.examples) < MOST_EXAMPLES:
        found.examples.append(Example(event, before, after))

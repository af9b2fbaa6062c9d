"""A recovery's timeline: what was noted, and what reports and planned steps tell by their own rows."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app.db.models import Attempt, FailureEvent, Recovery, TimelineEntry
from app.domain.ids import PSP_ACCOUNT, is_id


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happened: what, when, by whom or which rule, why, and from which facts."""

    id: str
    at: datetime
    what: str
    who: str
    why: str
    facts: dict[str, Any] = field(default_factory=dict)


def tell(
    recovery: Recovery, *, events: Iterable[FailureEvent], attempts: Iterable[Attempt], noted: Iterable[TimelineEntry]
) -> list[Happening]:
    """Put together what happened to a recovery, the oldest first."""
    told = [*_reports(recovery, events), *map(_planned, attempts), *map(_noted, noted)]
    # Behind its prefix an id sorts by the moment when it was made.
    return sorted(told, key=lambda each: (each.at, each.id.partition("_")[2]))


def _reports(recovery: Recovery, events: Iterable[FailureEvent]) -> Iterator[Happening]:
    for number, event in enumerate(sorted(events, key=lambda event: event.id)):
        opened = number == 0 and event.received_at == recovery.opened_at
        title = event.classification.get("title") or event.reason
        yield Happening(
            id=event.id,
            at=event.received_at,
            what="recovery_opened" if opened else "failure_reported",
            who=_teller(event),
            why=f"{title} ({event.hardness}, {event.category}).",
            facts={
                "failure_reason": event.failure_reason,
                "rule": event.rule,
                "amount": event.amount,
                "currency": event.currency,
            },
        )


def _teller(event: FailureEvent) -> str:
    """Return who told of a failure: the merchant, unless `psp_events` wrote the report down."""
    account_id = event.event_metadata.get("psp_account_id")
    told = set(event.event_metadata) == {"psp_account_id"} and is_id(str(account_id), PSP_ACCOUNT)
    return f"psp:{account_id}" if told else "merchant"


def _planned(attempt: Attempt) -> Happening:
    decision = attempt.decision.get("earlier") or attempt.decision
    return Happening(
        id=attempt.id,
        at=attempt.planned_at,
        what="attempt_planned",
        who=f"rule:{decision['rule']}",
        why=decision["why"],
        facts={
            "attempt_id": attempt.id,
            "kind": attempt.kind,
            "due_at": decision.get("due_at") or attempt.due_at.isoformat(),
            "excluded": decision["excluded"],
        },
    )


def _noted(entry: TimelineEntry) -> Happening:
    return Happening(entry.id, entry.at, entry.what, entry.who, entry.why, entry.facts)

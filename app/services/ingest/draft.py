"""The rows that a group of reports leads to, gathered first and written together."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.db.models import Attempt, FailureEvent, IdempotencyKey, Recovery, TimelineEntry, Transaction
from app.db.queries.bulk import Row, breaks_uniqueness_of, insert_together, update_rows
from app.db.queries.ingest import count_unknown_codes
from app.domain.ids import ATTEMPT, TIMELINE, new_id
from app.domain.recovery.plan import Step
from app.domain.recovery.states import AttemptStatus
from app.infra.metrics import UNKNOWN_CODES

_CHANGES = (
    "id",
    "status",
    "category",
    "reason",
    "hardness",
    "last_failure",
    "needs_attention",
    "paused_at",
    "ended_at",
)


class RacedError(Exception):
    """Another process wrote the same transaction or key first; roll back and record the group again."""


@dataclass(slots=True)
class Draft:
    """Rows to write: what changes first, then all that is new in one statement."""

    transactions: list[Row] = field(default_factory=list)
    changed_transactions: list[Row] = field(default_factory=list)
    recoveries: list[Row] = field(default_factory=list)
    changed_recoveries: list[Row] = field(default_factory=list)
    events: list[Row] = field(default_factory=list)
    changed_attempts: list[Row] = field(default_factory=list)
    cancelled_attempts: list[Row] = field(default_factory=list)
    asked_attempts: list[Row] = field(default_factory=list)
    attempts: list[Row] = field(default_factory=list)
    timeline: list[Row] = field(default_factory=list)
    unknown_codes: list[Row] = field(default_factory=list)
    answers: list[Row] = field(default_factory=list)

    def write(self, session: Session) -> None:
        """Write everything; raises `RacedError` where somebody else was faster."""
        update_rows(session, Transaction, self.changed_transactions)
        update_rows(session, Recovery, [{name: row[name] for name in _CHANGES} for row in self.changed_recoveries])
        update_rows(session, Attempt, self.changed_attempts)
        update_rows(session, Attempt, self.cancelled_attempts)
        update_rows(session, Attempt, self.asked_attempts)
        try:
            insert_together(
                session,
                (Transaction, self.transactions),
                (Recovery, self.recoveries),
                (FailureEvent, self.events),
                (Attempt, self.attempts),
                (TimelineEntry, self.timeline),
                (IdempotencyKey, self.answers),
            )
        except IntegrityError as conflict:
            if breaks_uniqueness_of(conflict, Transaction, IdempotencyKey):
                raise RacedError from conflict
            raise
        count_unknown_codes(session, rows=self.unknown_codes)
        UNKNOWN_CODES.inc(len(self.unknown_codes))

    def note(self, recovery: Row, *, what: str, who: str, why: str, facts: dict[str, Any], now: datetime) -> None:
        """Add an entry to a recovery's timeline."""
        self.timeline.append(
            {
                "id": new_id(TIMELINE, now=now),
                "organization_id": recovery["organization_id"],
                "recovery_id": recovery["id"],
                "at": now,
                "what": what,
                "who": who,
                "why": why,
                "facts": facts,
            }
        )

    def plan(self, recovery: Row, step: Step, *, number: int, fingerprint: str, now: datetime) -> None:
        """Add a step's attempt."""
        self.attempts.append(
            {
                "id": new_id(ATTEMPT, now=now),
                "organization_id": recovery["organization_id"],
                "recovery_id": recovery["id"],
                "transaction_id": recovery["transaction_id"],
                "kind": step.kind,
                "number": number,
                "status": AttemptStatus.SCHEDULED,
                "due_at": step.due_at,
                "wake_at": None if recovery["paused_at"] else step.due_at,
                "check_first": step.check_first,
                "fence": 0,
                "tries": 0,
                "checks_done": 0,
                "decision": step.recorded(inputs=fingerprint),
                "planned_at": now,
            }
        )

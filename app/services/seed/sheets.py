"""The rows of a history, gathered first and written together."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from app.db.base import Base
from app.db.models import (
    Attempt,
    Charge,
    Checkout,
    FailureEvent,
    LedgerEntry,
    LedgerLine,
    Link,
    Message,
    PspEvent,
    Recovery,
    RuleAttempt,
    TimelineEntry,
    Transaction,
)
from app.db.queries.bulk import Row, insert_together
from app.db.queries.ingest import count_unknown_codes
from app.domain.ids import TIMELINE
from app.services.seed.dice import Dice

TABLES: Final[tuple[type[Base], ...]] = (
    Transaction, Recovery, FailureEvent, Attempt, RuleAttempt, TimelineEntry, Link, Checkout, Message, Charge,
    LedgerEntry, LedgerLine, PspEvent,
)  # fmt: skip


class Sheets:
    """Rows by table; the rows of one table name the same columns."""

    def __init__(self, organization_id: str, dice: Dice) -> None:
        self.organization_id = organization_id
        self.dice = dice
        self.rows: dict[type[Base], list[Row]] = defaultdict(list)
        self.unknown_codes: list[Row] = []

    def add(self, model: type[Base], **values: Any) -> Row:
        """Add a row of the organization, and return it: it may change until it is written."""
        row: Row = {"organization_id": self.organization_id, **values}
        self.rows[model].append(row)
        return row

    def add_lines(self, *lines: Row) -> None:
        """Add legs of a movement of money, which belong to an organization by their entry alone."""
        self.rows[LedgerLine] += lines

    def note(
        self, recovery_id: str, what: str, *, at: datetime, who: str, why: str, facts: Mapping[str, Any] | None = None
    ) -> None:
        """Add an entry to a recovery's timeline."""
        self.add(
            TimelineEntry,
            id=self.dice.id(TIMELINE, at),
            recovery_id=recovery_id,
            at=at,
            what=what,
            who=who,
            why=why,
            facts=facts or {},
        )

    def take(self, other: "Sheets") -> None:
        """Take over the rows of another."""
        for model, rows in other.rows.items():
            self.rows[model] += rows
        self.unknown_codes += other.unknown_codes

    def write(self, session: Session) -> None:
        """Write everything in one statement, and begin afresh."""
        insert_together(session, *((model, self.rows[model]) for model in TABLES))
        self.rows.clear()

    def count_unknown_codes(self, session: Session) -> None:
        """Count the codes that no rule knows; once, since the last count says when each was seen last."""
        count_unknown_codes(session, rows=self.unknown_codes)
        self.unknown_codes = []

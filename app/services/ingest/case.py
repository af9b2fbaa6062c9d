"""A report on its way through ingest."""

from dataclasses import dataclass
from datetime import datetime

from app.db.queries.bulk import Row
from app.db.queries.ingest import Known, Merchant
from app.domain.classification import Classification, FailureSignals
from app.domain.ingest.report import FailureReport
from app.domain.own_rules import Judged


@dataclass(slots=True)
class Case:
    """A report on its way: what it says, what is known, and the rows that stand for it."""

    report: FailureReport
    signals: FailureSignals
    judged: Judged
    merchant: Merchant
    known: Known | None
    amount: int
    currency: str
    transaction: Row
    now: datetime

    @property
    def verdict(self) -> Classification:
        """Why it failed."""
        return self.judged.verdict

    @property
    def failed_at(self) -> datetime:
        """When the payment failed: as the merchant says, but never in the organization's future."""
        occurred_at = self.report.occurred_at
        return self.now if occurred_at is None else min(occurred_at, self.now)

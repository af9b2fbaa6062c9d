"""What goes into ingest, and what comes out for each report."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from app.db.queries.bulk import Row
from app.domain.errors import TinkoError
from app.domain.ingest.report import FailureReport


@dataclass(frozen=True, slots=True)
class Incoming:
    """One report of one organization; `key` is its idempotency key, `fingerprint` a hash of its content."""

    organization_id: str
    report: FailureReport
    key: str | None = None
    fingerprint: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Recorded:
    """An accepted report: the body of the answer, and whether it is the answer of an earlier request."""

    body: bytes
    replayed: bool


Outcome = Recorded | TinkoError
ANSWER_STATUS: Final = 201


def answer_row(item: Incoming, body: bytes, *, expires_at: datetime) -> Row:
    """Return the row that gives the same answer to a repeat of this report."""
    return {
        "organization_id": item.organization_id,
        "key": item.key,
        "fingerprint": item.fingerprint,
        "status": ANSWER_STATUS,
        "body": body,
        "sealed": False,
        "expires_at": expires_at,
    }

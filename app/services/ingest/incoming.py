"""What goes into ingest, and what comes out for each report."""

from dataclasses import dataclass, field

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

"""What waits for a person."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.db.queries.attention import MOST, count_waiting

NAMES = (
    "recoveries",
    "unknown_outcomes",
    "duplicate_charges",
    "psp_events_dead",
    "messages_failed",
    "messages_unknown",
    "outbox_dead",
    "psp_accounts_failing",
    "api_keys_expiring",
)


@dataclass(frozen=True, slots=True)
class Attention:
    """How many of one kind wait; `more` says that there are more than were counted."""

    name: str
    count: int
    more: bool
    reasons: dict[str, int]


def get_attention(session: Session, *, organization_id: str, org_now: datetime, now: datetime) -> list[Attention]:
    """Return every kind, also those of which none waits; `org_now` is the organization's time, `now` the machine's."""
    counts = dict.fromkeys(NAMES, 0)
    reasons: dict[str, int] = {}
    for each in count_waiting(session, organization_id=organization_id, org_now=org_now, now=now):
        counts[each.name] += each.waiting
        if each.reason is not None:
            reasons[each.reason] = each.waiting
    return [
        Attention(name, count, count >= MOST, reasons if name == "recoveries" else {}) for name, count in counts.items()
    ]

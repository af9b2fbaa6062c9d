"""What changed in organizations that somebody watches, found by comparing what is newest with what was."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from app.db.models import Recovery
from app.db.queries.scoped import get_owned
from app.db.queries.stream import MOST, Newest, read_newest

TOPICS: Final = ("recoveries", "events", "charges", "psp_events", "messages", "audit_log", "clock")


@dataclass(frozen=True, slots=True)
class Change:
    """Which topics changed, and for which recoveries; `everywhere` says that it may be any."""

    topics: frozenset[str]
    recovery_ids: frozenset[str] = frozenset()
    everywhere: bool = False

    def concerns(self, recovery_id: str) -> bool:
        """Tell whether a recovery may have changed."""
        return self.everywhere or recovery_id in self.recovery_ids


class Watch:
    """Remembers what was newest in each watched organization. Belongs to one thread."""

    def __init__(self) -> None:
        self._seen: dict[str, Newest] = {}

    def look(self, session: Session, *, organization_ids: Iterable[str], now: datetime) -> dict[str, Change]:
        """Return what changed since the last look, by organization; `now` is the machine's time.

        An organization that was not among those of the last look has no changes.
        """
        since = {each: self._seen[each].read_at if each in self._seen else None for each in organization_ids}
        changes, seen = {}, {}
        for organization_id, newest in read_newest(session, since=since, now=now).items():
            before = self._seen.get(organization_id)
            change = None if before is None else _difference(before, newest)
            if change is not None:
                changes[organization_id] = change
            seen[organization_id] = newest
        self._seen = seen
        return changes


def _difference(before: Newest, now: Newest) -> Change | None:
    topics, recovery_ids, everywhere = set[str](), set[str](), False
    for topic, items in now.items.items():
        fresh = items - before.items[topic]
        if fresh:
            topics.add(topic)
            recovery_ids |= {recovery_id for item in fresh if (recovery_id := item.partition(" ")[2])}
            everywhere |= topic == "events" and len(fresh) >= MOST
    if before.clock_offset != now.clock_offset:
        topics.add("clock")
        everywhere = True
    if now.all_entries:
        topics.add("recoveries")
        everywhere = True
    if topics & {"events", "messages"}:
        topics.add("recoveries")
    return Change(frozenset(topics), frozenset(recovery_ids), everywhere) if topics else None


def require_recovery(session: Session, *, organization_id: str, recovery_id: str) -> None:
    """Raise NotFoundError unless the organization has such a recovery."""
    get_owned(session, Recovery, organization_id=organization_id, row_id=recovery_id)

"""What is newest in organizations that somebody watches: a few entries of an index each, however large its table."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final, NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.domain.ids import TIMELINE, new_id

MOST: Final = 20
"""How many of the newest rows are compared; if all of them are new, there may be more."""
MOST_ENTRIES: Final = 2000
"""How many of the newest entries of all timelines are looked through for those that are watched."""
_MARGIN: Final = timedelta(seconds=10)
"""Ids sort by when they were made, and show when that was committed: a little later, and not in that order."""

# An item is what would be written differently after a change, then the recovery that it is about.
_NEWEST = text("""
    SELECT o.id, o.clock_offset, array(
        SELECT e.id || ' ' || e.recovery_id FROM failure_events e
        WHERE e.organization_id = o.id ORDER BY e.id DESC LIMIT :most
    ) AS events, array(
        SELECT c.id || c.status || ' ' FROM charges c
        WHERE c.organization_id = o.id ORDER BY c.id DESC LIMIT :most
    ) AS charges, array(
        SELECT p.id || p.status || ' ' FROM psp_events p
        WHERE p.organization_id = o.id ORDER BY p.id DESC LIMIT :most
    ) || array(
        SELECT p.id || p.status || ' ' FROM psp_events p
        WHERE p.organization_id = o.id AND p.status = 'dead' ORDER BY p.id DESC LIMIT :most
    ) AS psp_events, array(
        SELECT m.id || m.status || ' ' || m.recovery_id FROM messages m
        WHERE m.organization_id = o.id ORDER BY m.id DESC LIMIT :most
    ) AS messages, array(
        SELECT a.id || ' ' FROM audit_log a
        WHERE a.organization_id = o.id ORDER BY a.id DESC LIMIT 1
    ) AS audit_log
    FROM unnest(CAST(:organizations AS text[])) AS w(id) JOIN organizations o ON o.id = w.id
""")

# Timelines have no index by organization, and need none: their ids sort by time, and what is new is last.
_ENTRIES = text("""
    SELECT organization_id, id || ' ' || recovery_id FROM (
        SELECT organization_id, id, recovery_id FROM timeline
        WHERE id > :after AND id < :until ORDER BY id DESC LIMIT :most
    ) t
""")

Items = Mapping[str, frozenset[str]]
"""Per topic, what is newest."""


class Newest(NamedTuple):
    """What is newest in an organization; `read_at` is the organization's time."""

    read_at: datetime
    clock_offset: timedelta
    items: Items
    all_entries: bool
    """Whether so much happened everywhere that entries of this organization may be missing."""


def read_newest(session: Session, *, since: Mapping[str, datetime | None], now: datetime) -> dict[str, Newest]:
    """Return what is newest in each organization, by its id.

    `since` says until when (in its own time) an organization's timeline was read before, None if it was not.
    """
    found = {row.id: row for row in session.execute(_NEWEST, {"organizations": list(since), "most": MOST})}
    ranges = {
        row.id: (min(since[row.id] or now + row.clock_offset, now + row.clock_offset), now + row.clock_offset)
        for row in found.values()
    }
    newest: dict[str, Newest] = {}
    for (begin, end), organization_ids in _alike(ranges):
        entries, complete = _entries(session, organization_ids, begin=begin, end=end)
        for organization_id in organization_ids:
            row = found[organization_id]
            items = {topic: frozenset(getattr(row, topic)) for topic in _TOPICS}
            items["recoveries"] = frozenset(entries[organization_id])
            newest[organization_id] = Newest(end, row.clock_offset, items, not complete)
    return newest


_TOPICS: Final = ("events", "charges", "psp_events", "messages", "audit_log")


def _alike(ranges: Mapping[str, tuple[datetime, datetime]]) -> Iterator[tuple[tuple[datetime, datetime], list[str]]]:
    """Put together those whose time runs alike (all live organizations): one look serves them."""
    in_order = sorted(ranges, key=lambda organization_id: ranges[organization_id])
    for times, organization_ids in groupby(in_order, key=lambda organization_id: ranges[organization_id]):
        yield times, list(organization_ids)


def _entries(
    session: Session, organization_ids: Sequence[str], *, begin: datetime, end: datetime
) -> tuple[dict[str, list[str]], bool]:
    after, until = new_id(TIMELINE, now=begin - _MARGIN), new_id(TIMELINE, now=end + _MARGIN)
    rows = session.execute(_ENTRIES, {"after": after, "until": until, "most": MOST_ENTRIES}).all()
    entries: dict[str, list[str]] = {organization_id: [] for organization_id in organization_ids}
    for organization_id, item in rows:
        if organization_id in entries:
            entries[organization_id].append(item)
    return entries, len(rows) < MOST_ENTRIES

"""Sums of rollups: what was added up, and what waits to be, in one statement, so that they are exact at any moment."""

from collections.abc import Mapping, Sequence
from datetime import date
from enum import StrEnum
from functools import cache
from typing import Any, Final

from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

from app.domain.analytics.measures import Level
from app.domain.analytics.periods import Step, start_after, start_of


class GroupBy(StrEnum):
    """What sums are told apart by."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    CATEGORY = "category"
    GATEWAY = "gateway"
    CURRENCY = "currency"


Sums = Mapping[str, Mapping[str, int]]
"""Currency -> measure -> what it adds up to."""

_KEYS: Final[Mapping[GroupBy | None, str]] = {
    None: "NULL",
    GroupBy.DAY: "day",
    GroupBy.WEEK: "CAST(date_trunc('week', CAST(day AS timestamp)) AS date)",
    GroupBy.MONTH: "CAST(date_trunc('month', CAST(day AS timestamp)) AS date)",
    GroupBy.CATEGORY: "category",
    GroupBy.GATEWAY: "gateway",
    GroupBy.CURRENCY: "currency",
}

# One look into the index for each currency that there is, however many days there are.
_CURRENCIES: Final = text("""
    WITH RECURSIVE kept AS (
        (SELECT currency FROM rollups WHERE organization_id = :organization_id AND level = 1 ORDER BY currency LIMIT 1)
        UNION ALL
        SELECT (SELECT r.currency FROM rollups r
                WHERE r.organization_id = :organization_id AND r.level = 1 AND r.currency > kept.currency
                ORDER BY r.currency LIMIT 1)
        FROM kept WHERE kept.currency IS NOT NULL
    )
    SELECT currency FROM kept WHERE currency IS NOT NULL
    UNION SELECT currency FROM rollup_deltas WHERE organization_id = :organization_id
    ORDER BY currency
""")


def currencies_of(session: Session, *, organization_id: str) -> list[str]:
    """Return the currencies in which the organization has, or had, anything."""
    return list(session.execute(_CURRENCIES, {"organization_id": organization_id}).scalars())


def read_sums(
    session: Session,
    *,
    organization_id: str,
    currencies: Sequence[str],
    since: date,
    until: date,
    measures: tuple[str, ...],
    by: GroupBy | None = None,
) -> Mapping[Any, Sums]:
    """Return sums of days from `since` until before `until`, by group; without `by` under the key None."""
    found: dict[Any, dict[str, Mapping[str, int]]] = {}
    if not currencies or since >= until:
        return found
    levels, given = _levels(since, until, by)
    wanted = {"organization_id": organization_id, "currencies": list(currencies), "since": since, "until": until}
    for row in session.execute(_sums(measures, by, levels), given | wanted):
        found.setdefault(row[0], {})[row[1]] = dict(zip(measures, map(int, row[2:]), strict=True))
    return found


def _levels(since: date, until: date, by: GroupBy | None) -> tuple[tuple[Level, ...], dict[str, date]]:
    """Return which levels to read, and from when until when each: the fewest rows that answer the question."""
    if by not in {GroupBy.CATEGORY, GroupBy.GATEWAY}:
        return (Level.DAY,), {"since_0": since, "until_0": until}
    first = since if since.day == 1 else start_after(start_of(since, Step.MONTH), Step.MONTH)
    last = start_of(until, Step.MONTH)
    if first >= last:
        return (Level.DETAIL,), {"since_0": since, "until_0": until}
    edges = {"since_0": since, "until_0": first, "since_2": last, "until_2": until}
    return (Level.DETAIL, Level.MONTH, Level.DETAIL), edges | {"since_1": first, "until_1": last}


@cache
def _sums(measures: tuple[str, ...], by: GroupBy | None, levels: tuple[Level, ...]) -> TextClause:
    names = ", ".join(measures)
    sums = ", ".join(f"coalesce(sum({name}), 0)" for name in measures)
    mine = "organization_id = :organization_id AND currency = ANY(:currencies)"
    rows = [
        f"SELECT day, currency, category, gateway, {names} FROM rollups"  # noqa: S608  (names of our own)
        f" WHERE {mine} AND level = {level:d} AND day >= :since_{n} AND day < :until_{n}"
        for n, level in enumerate(levels)
    ]
    rows.append(
        f"SELECT day, currency, category, gateway, {names} FROM rollup_deltas"  # noqa: S608  (as above)
        f" WHERE {mine} AND day >= :since AND day < :until"
    )
    return text(f"SELECT {_KEYS[by]}, currency, {sums} FROM ({' UNION ALL '.join(rows)}) r GROUP BY 1, 2")  # noqa: S608  (as above)

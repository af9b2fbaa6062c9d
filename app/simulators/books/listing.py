"""Lists of payments, checkouts and documents: bounded, by time of creation, filtered."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from app.simulators.books.database import Row
from app.simulators.books.unit import Unit

MAX_LIMIT: Final = 100

_TABLES: Final = {"payments": "payments", "checkouts": "checkouts", "refunds": "refunds", "objects": "objects"}
_COLUMNS: Final = frozenset(
    {"reference", "attempt_id", "customer", "parent", "checkout_id", "status", "payment_id", "kind", "token"}
)
_SELECT: Final = """
SELECT * FROM {table}
WHERE account_id = %(account_id)s
  AND (%(since)s::timestamptz IS NULL OR created_at >= %(since)s)
  AND (%(until)s::timestamptz IS NULL OR created_at < %(until)s)
  AND (%(after)s::bigint IS NULL OR seq > %(after)s)
  AND (%(before)s::bigint IS NULL OR seq < %(before)s)
"""


@dataclass(frozen=True, slots=True)
class Window:
    """Which part of a list is wanted.

    `since` is in, `until` is not. `after` and `before` are rows' `seq`, for cursors by place; `offset` is for
    providers that count. `newest_first` turns the list round.
    """

    since: datetime | None = None
    until: datetime | None = None
    after: int | None = None
    before: int | None = None
    offset: int = 0
    limit: int = 25
    newest_first: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of a list, and whether more follow."""

    rows: list[Row]
    more: bool


def rows_of(unit: Unit, table: str, window: Window, **filters: str | None) -> Page:
    """List rows of `payments`, `checkouts`, `refunds` or `objects`; a filter that is None does not filter."""
    wanted = {column: value for column, value in filters.items() if value is not None}
    if not wanted.keys() <= _COLUMNS:
        raise ValueError(f"no filters {sorted(wanted.keys() - _COLUMNS)}")
    conditions = "".join(f" AND {column} = %({column})s" for column in wanted)
    order = " ORDER BY seq DESC" if window.newest_first else " ORDER BY seq"
    limit = min(window.limit, MAX_LIMIT)
    rows = unit.rows(
        _SELECT.format(table=_TABLES[table]) + conditions + order + " LIMIT %(limit)s OFFSET %(offset)s",
        since=window.since,
        until=window.until,
        after=window.after,
        before=window.before,
        offset=window.offset,
        limit=limit + 1,
        **wanted,
    )
    return Page(rows[:limit], more=len(rows) > limit)

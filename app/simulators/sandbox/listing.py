"""Lists of what the sandbox booked, oldest first, bounded."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from app.simulators.sandbox.errors import invalid
from app.simulators.sandbox.schema import Database, Row

MAX_LIMIT: Final = 100
_CURSOR_DIGITS: Final = 18

# One fixed statement per filter, so that each has its index.
_PAYMENTS: Final = "SELECT * FROM sandbox_psp.payments WHERE account_id = %(account_id)s AND seq > %(after)s "
_FILTERS: Final = {
    "reference": "AND reference = %(value)s ",
    "idempotency_key": "AND idempotency_key = %(value)s ",
    "all": "",
}
_WINDOW: Final = (
    "AND (%(created_from)s::timestamptz IS NULL OR created_at >= %(created_from)s) "
    "AND (%(created_to)s::timestamptz IS NULL OR created_at < %(created_to)s) "
)
_ORDER: Final = "ORDER BY seq LIMIT %(limit)s"


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of a list is wanted; what was made in `[created_from, created_to)`, if they are given."""

    limit: int = 25
    cursor: str | None = None
    created_from: datetime | None = None
    created_to: datetime | None = None

    def after(self) -> int:
        """Return the sequence number after which the page begins; raises a 422."""
        if self.cursor is None:
            return 0
        if not (self.cursor.isascii() and self.cursor.isdigit() and len(self.cursor) <= _CURSOR_DIGITS):
            raise invalid("That is no cursor of this list.")
        return int(self.cursor)


def payments(
    database: Database,
    account_id: int,
    page: Page,
    *,
    reference: str | None = None,
    idempotency_key: str | None = None,
    view: Callable[[Row], dict[str, Any]],
) -> dict[str, Any]:
    """List payments of an account, by reference or by idempotency key (the narrower one, if both)."""
    by = "idempotency_key" if idempotency_key is not None else "reference" if reference is not None else "all"
    value = idempotency_key if idempotency_key is not None else reference
    rows = database.run(
        _PAYMENTS + _FILTERS[by] + _WINDOW + _ORDER,
        {
            "account_id": account_id,
            "after": page.after(),
            "value": value,
            "limit": page.limit + 1,
            "created_from": page.created_from,
            "created_to": page.created_to,
        },
    )
    if idempotency_key is not None and reference is not None:
        rows = [row for row in rows if row["reference"] == reference]
    shown = rows[: page.limit]
    more = len(rows) > page.limit
    return {"items": [view(row) for row in shown], "next_cursor": str(shown[-1]["seq"]) if more else None}

"""Lists: `{"items", "next_cursor"}`, newest first, stable under inserts because ids sort by time."""

import base64
import binascii
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Final, Generic, Protocol, TypeVar

from fastapi import Depends, Query
from pydantic import BaseModel

from app.domain.errors import FieldError, InvalidError

MOST: Final = 100
USUAL: Final = 25
_ID: Final = re.compile(r"[a-z]{2,4}_[0-9a-z]{26}|[0-9]{1,19}")

Item = TypeVar("Item", bound=BaseModel)


class Listing(BaseModel, Generic[Item]):
    """One page of a list."""

    items: list[Item]
    next_cursor: str | None


class HasId(Protocol):
    """A row with an id that sorts by time."""

    @property
    def id(self) -> str:
        """Return the id."""
        ...


Row = TypeVar("Row", bound=HasId)


class CursorInvalidError(InvalidError):
    """The cursor is not one that a list gave."""

    default_code = "cursor_invalid"


@dataclass(frozen=True, slots=True)
class Page:
    """Which page is wanted: up to `limit` rows after the row with that id."""

    limit: int
    after: str | None


def page_of(
    limit: Annotated[int, Query(ge=1, le=MOST)] = USUAL, cursor: Annotated[str | None, Query(max_length=200)] = None
) -> Page:
    """Read `limit` and `cursor`; raises CursorInvalidError."""
    return Page(limit, None if cursor is None else read_cursor(cursor))


PageParams = Annotated[Page, Depends(page_of)]


def write_cursor(row_id: str) -> str:
    """Return the opaque cursor that continues after that id."""
    return base64.urlsafe_b64encode(row_id.encode()).decode().rstrip("=")


def read_cursor(cursor: str) -> str:
    """Return the id in a cursor; raises CursorInvalidError."""
    try:
        row_id = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        row_id = ""
    if _ID.fullmatch(row_id) is None:
        error = FieldError("/query/cursor", "take `next_cursor` of the page before")
        raise CursorInvalidError("The cursor is not valid.", errors=(error,))
    return row_id


def listing(rows: Sequence[Row], page: Page, view: Callable[[Row], Item]) -> Listing[Item]:
    """Return the page; `rows` holds up to one row more than `page.limit` (see `newest_first`)."""
    shown = rows[: page.limit]
    more = len(rows) > page.limit
    return Listing(items=[view(row) for row in shown], next_cursor=write_cursor(shown[-1].id) if more else None)

"""What the routes read of a request."""

from datetime import UTC, datetime
from typing import Annotated, Any, Final

from fastapi import Depends, Header, Path, Request

from app.simulators.books import listing
from app.simulators.books.core import RawBody
from app.simulators.books.errors import not_found
from app.simulators.books.unit import Unit
from app.simulators.stripe import forms

_DEFAULT_LIMIT: Final = 10


def _form(body: RawBody) -> dict[str, Any]:
    return forms.decode(body.decode("utf-8", "replace"))


def _query(request: Request) -> dict[str, Any]:
    return forms.decode(request.url.query)


Form = Annotated[dict[str, Any], Depends(_form)]
Query = Annotated[dict[str, Any], Depends(_query)]
Key = Annotated[str | None, Header(alias="Idempotency-Key", max_length=255)]
Id = Annotated[str, Path(pattern=r"^[A-Za-z0-9_]{1,255}$")]


def window(unit: Unit, table: str, query: dict[str, Any]) -> listing.Window:
    """Return the part of a list that is asked for: Stripe lists the newest first."""
    created = forms.fields(query, "created")
    after = query.get("starting_after")
    limit = forms.integer(query, "limit") if "limit" in query else _DEFAULT_LIMIT
    return listing.Window(
        since=_moment(created, "gte"),
        until=_moment(created, "lt"),
        before=_place(unit, table, after) if isinstance(after, str) else None,
        limit=max(1, min(limit, listing.MAX_LIMIT)),
        newest_first=True,
    )


def _moment(created: dict[str, Any], name: str) -> datetime | None:
    return datetime.fromtimestamp(forms.integer(created, name), UTC) if name in created else None


def _place(unit: Unit, table: str, item_id: str) -> int:
    statements = {
        "payments": "SELECT seq FROM payments WHERE account_id = %(account_id)s AND id = %(id)s",
        "checkouts": "SELECT seq FROM checkouts WHERE account_id = %(account_id)s AND id = %(id)s",
    }
    row = unit.row(statements[table], id=item_id)
    if row is None:
        raise not_found("object to start after")
    return int(row["seq"])

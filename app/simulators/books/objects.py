"""Things of the provider that carry no state of money: customers, saved methods, orders, invoices. Documents by id."""

from collections.abc import Mapping
from typing import Any

from psycopg.types.json import Jsonb

from app.simulators.books.database import Row
from app.simulators.books.errors import not_found
from app.simulators.books.unit import Unit


def put(unit: Unit, kind: str, object_id: str, data: Mapping[str, Any], *, parent: str | None = None) -> Row:
    """Write a document, or add to it if it is there."""
    return unit.written(
        """
        INSERT INTO objects (id, account_id, kind, parent, data, created_at)
        VALUES (%(id)s, %(account_id)s, %(kind)s, %(parent)s, %(data)s, %(now)s)
        ON CONFLICT (id) DO UPDATE SET data = objects.data || excluded.data,
            parent = coalesce(excluded.parent, objects.parent)
        RETURNING *
        """,
        id=object_id,
        kind=kind,
        parent=parent,
        data=Jsonb(dict(data)),
    )


def find(unit: Unit, kind: str, object_id: str) -> Row | None:
    """Return a document of the account, or None."""
    return unit.row(
        "SELECT * FROM objects WHERE account_id = %(account_id)s AND kind = %(kind)s AND id = %(id)s",
        kind=kind,
        id=object_id,
    )


def get(unit: Unit, kind: str, object_id: str) -> Row:
    """Return a document of the account; raises `NOT_FOUND`."""
    row = find(unit, kind, object_id)
    if row is None:
        raise not_found(kind)
    return row


def of_parent(unit: Unit, kind: str, parent: str) -> list[Row]:
    """Return the documents of a kind that belong to something, oldest first."""
    return unit.rows(
        """
        SELECT * FROM objects WHERE account_id = %(account_id)s AND kind = %(kind)s AND parent = %(parent)s
        ORDER BY seq
        """,
        kind=kind,
        parent=parent,
    )

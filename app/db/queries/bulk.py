"""Many rows in one statement and one round trip: rows travel as one JSON parameter.

The statements are made from the models, once per table and set of columns.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

import orjson
from sqlalchemy import TextClause, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session

from app.db.base import Base

Row = dict[str, Any]


def insert_rows(session: Session, model: type[Base], rows: Sequence[Row], *, ignore_conflicts: bool = False) -> int:
    """Insert rows that name the same columns; return how many were inserted.

    With `ignore_conflicts`, rows that break a unique constraint are left out, and the caller compares counts.
    """
    if not rows:
        return 0
    statement = _insert(model, tuple(rows[0]), ignore_conflicts)
    return session.execute(statement, {"rows": _as_json(rows)}).rowcount  # type: ignore[attr-defined, no-any-return]


def update_rows(session: Session, model: type[Base], rows: Sequence[Row]) -> int:
    """Set the named columns of the rows with these ids; return how many there were."""
    if not rows:
        return 0
    statement = _update(model, tuple(rows[0]))
    return session.execute(statement, {"rows": _as_json(rows)}).rowcount  # type: ignore[attr-defined, no-any-return]


def _as_json(rows: Sequence[Row]) -> str:
    return orjson.dumps(rows, default=_plain).decode()


def _plain(value: object) -> str:
    if isinstance(value, bytes):
        return "\\x" + value.hex()
    raise TypeError(f"{type(value).__name__} has no place in a row.")


@cache
def _insert(model: type[Base], names: tuple[str, ...], ignore_conflicts: bool) -> TextClause:  # noqa: FBT001  (a cache key)
    columns = ", ".join(names)
    conflict = " ON CONFLICT DO NOTHING" if ignore_conflicts else ""
    return text(
        f"INSERT INTO {model.__tablename__} ({columns}) SELECT {columns}"  # noqa: S608  (names come from the models)
        f" FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r({_typed(model, names)}){conflict}"
    )


@cache
def _update(model: type[Base], names: tuple[str, ...]) -> TextClause:
    assignments = ", ".join(f"{name} = r.{name}" for name in names if name != "id")
    return text(
        f"UPDATE {model.__tablename__} AS t SET {assignments}"  # noqa: S608  (names come from the models)
        f" FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r({_typed(model, names)}) WHERE t.id = r.id"
    )


def _typed(model: type[Base], names: tuple[str, ...]) -> str:
    columns = model.metadata.tables[model.__tablename__].columns
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    return ", ".join(f"{name} {columns[name].type.compile(dialect).partition(' COLLATE')[0]}" for name in names)

"""Many rows in one statement and one round trip: rows travel as one JSON parameter.

The statements are made from the models, once per table and set of columns.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any, Final

import orjson
from sqlalchemy import TextClause, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.db.base import Base

Row = dict[str, Any]
_UNIQUE: Final = "23505"


def insert_together(session: Session, *tables: tuple[type[Base], Sequence[Row]]) -> None:
    """Insert rows of several tables in one statement; the rows of one table name the same columns.

    Foreign keys are checked at its end, so the tables may come in any order.
    """
    filled = [(model, rows) for model, rows in tables if rows]
    if filled:
        statement = _insert(tuple((model, tuple(rows[0])) for model, rows in filled))
        session.execute(statement, {model.__tablename__: as_json(rows) for model, rows in filled})


def update_rows(session: Session, model: type[Base], rows: Sequence[Row]) -> int:
    """Set the named columns of the rows with these ids; return how many there were."""
    if not rows:
        return 0
    statement = _update(model, tuple(rows[0]))
    return session.execute(statement, {"rows": as_json(rows)}).rowcount  # type: ignore[attr-defined, no-any-return]


def breaks_uniqueness_of(error: IntegrityError, *models: type[Base]) -> bool:
    """Tell whether the error says that a row like it is in one of these tables already."""
    said = getattr(error.orig, "diag", None)
    return said is not None and said.sqlstate == _UNIQUE and said.table_name in {m.__tablename__ for m in models}


def as_json(rows: Sequence[Row]) -> str:
    """Return rows as the one parameter that they travel in."""
    try:
        return orjson.dumps(rows, default=_plain).decode()
    except TypeError:  # a whole number of more than 64 bits: jsonb keeps it, and gives large floats back as such too
        return json.dumps(json.loads(json.dumps(rows, default=_plain), parse_constant=lambda _: None))


def _plain(value: object) -> str:
    if isinstance(value, datetime):  # orjson writes these by itself
        return value.isoformat()
    if isinstance(value, bytes):
        return "\\x" + value.hex()
    raise TypeError(f"{type(value).__name__} has no place in a row.")


@cache
def _insert(tables: tuple[tuple[type[Base], tuple[str, ...]], ...]) -> TextClause:
    parts = []
    for model, names in tables:
        table, columns = model.__tablename__, ", ".join(names)
        source = f"jsonb_to_recordset(CAST(:{table} AS jsonb)) AS r({typed_columns(model, names)})"
        parts.append(f"new_{table} AS (INSERT INTO {table} ({columns}) SELECT {columns} FROM {source})")  # noqa: S608  (names come from the models)
    return text(f"WITH {', '.join(parts)} SELECT")


@cache
def _update(model: type[Base], names: tuple[str, ...]) -> TextClause:
    assignments = ", ".join(f"{name} = r.{name}" for name in names if name != "id")
    return text(
        f"UPDATE {model.__tablename__} AS t SET {assignments}"  # noqa: S608  (names come from the models)
        f" FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r({typed_columns(model, names)}) WHERE t.id = r.id"
    )


def typed_columns(model: type[Base], names: Sequence[str]) -> str:
    """Return columns with their types, as a record set names them."""
    columns = model.metadata.tables[model.__tablename__].columns
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    return ", ".join(f"{name} {columns[name].type.compile(dialect).partition(' COLLATE')[0]}" for name in names)

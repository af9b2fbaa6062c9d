"""Rows of transactions that nobody reported before: checked and written in one statement."""

from collections.abc import Iterable, Sequence
from functools import cache

from sqlalchemy import Connection, TextClause, text

from app.db.base import Base
from app.db.queries.bulk import Row, as_json, typed_columns

_FRESH = """
    merchants AS (
        SELECT m.o FROM jsonb_to_recordset(CAST(:merchants AS jsonb))
                        AS m(o text, clock bigint, p text, v integer, r integer)
        JOIN organizations o ON o.id = m.o AND o.clock_offset = m.clock * interval '1 microsecond'
             AND o.rules_version = m.r
        JOIN policies p ON p.id = m.p AND p.organization_id = m.o AND p.version = m.v AND p.is_active
    ),
    fresh AS MATERIALIZED (
        SELECT w.t FROM jsonb_to_recordset(CAST(:wanted AS jsonb)) AS w(t text, o text, r text, p text, k text)
        JOIN merchants m ON m.o = w.o
        -- With a limit each is a look-up in an index for each row; without, a join that may read a whole table.
        WHERE (SELECT t.id FROM transactions t WHERE t.organization_id = w.o AND t.transaction_ref = w.r LIMIT 1)
              IS NULL
          AND (SELECT n.psp_id FROM psp_payments n WHERE n.organization_id = w.o AND n.psp_id = w.p LIMIT 1) IS NULL
          AND (SELECT k.key FROM idempotency_keys k WHERE k.organization_id = w.o AND k.key = w.k LIMIT 1) IS NULL
    )
"""


def insert_fresh(
    connection: Connection,
    *,
    wanted: Sequence[Row],
    merchants: Sequence[Row],
    tables: Iterable[tuple[type[Base], Sequence[Row]]],
) -> set[str]:
    """Insert the rows of those wanted transactions that are new and whose merchant is as said; return their ids.

    `wanted` names each new transaction's id `t`, organization `o`, reference `r`, the provider's id of its payment
    `p` (new, too, if it is known), and the idempotency key `k`;
    `merchants` each organization `o`, its clock's offset in microseconds, its active policy `p` of version `v`, and
    the version `r` of its own rules.
    All other rows name the transaction that they stand or fall with: `transactions` in `id`, the rest in
    `transaction_id`. Raises `IntegrityError` where another process was faster.
    """
    filled = [(model, rows) for model, rows in tables if rows]
    statement = _insert(tuple((model, tuple(rows[0])) for model, rows in filled))
    rows = {model.__tablename__: as_json(rows) for model, rows in filled}
    found = connection.execute(statement, {"wanted": as_json(wanted), "merchants": as_json(merchants), **rows})
    return set(found.scalars())


@cache
def _insert(tables: tuple[tuple[type[Base], tuple[str, ...]], ...]) -> TextClause:
    parts = [_FRESH]
    for model, names in tables:
        table = model.__tablename__
        own = [name for name in names if name in model.__table__.columns]
        columns, source = ", ".join(own), typed_columns(model, own)
        of = "id" if table == "transactions" else "transaction_id"
        if of not in own:
            source += f", {of} text"
        parts.append(
            f"new_{table} AS (INSERT INTO {table} ({columns}) SELECT {columns}"  # noqa: S608  (names come from the models)
            f" FROM jsonb_to_recordset(CAST(:{table} AS jsonb)) AS r({source}) WHERE {of} IN (SELECT t FROM fresh))"
        )
    return text(f"WITH {', '.join(parts)} SELECT t FROM fresh")  # noqa: S608  (as above)

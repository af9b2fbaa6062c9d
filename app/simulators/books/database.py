"""A simulator's database: one schema of its own, found by the search path, so that statements name tables only."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from psycopg import Connection, sql
from psycopg.rows import DictRow, dict_row
from psycopg_pool import ConnectionPool

Row = DictRow
Conn = Connection[Row]


class Database:
    """A bounded pool of connections to one schema."""

    def __init__(self, url: str, *, schema: str, ddl: str, pool_size: int, wait_seconds: float) -> None:
        self._schema = schema
        self._ddl = ddl
        self._pool: ConnectionPool[Conn] = ConnectionPool(
            url.replace("postgresql+psycopg://", "postgresql://", 1),
            min_size=1,
            max_size=pool_size,
            timeout=wait_seconds,
            open=False,
            kwargs={
                "row_factory": dict_row,
                "connect_timeout": 5,
                "options": f"-c statement_timeout=10000 -c search_path={schema}",
            },
            name=schema,
        )

    def open(self) -> None:
        """Connect, and make the schema and its tables if they are not there; several may start at once."""
        self._pool.open(wait=True, timeout=15.0)
        with self.transaction() as connection:
            connection.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [self._schema])
            connection.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(self._schema)))
            connection.execute(self._ddl.encode())

    def close(self) -> None:
        """Let go of all connections."""
        self._pool.close(timeout=2.0)

    @contextmanager
    def transaction(self) -> Iterator[Conn]:
        """Lend a connection for one transaction: committed at the end, rolled back by an exception.

        Raises `psycopg_pool.PoolTimeout` if none can be had.
        """
        with self._pool.connection() as connection:
            yield connection

    def run(self, statement: str, parameters: dict[str, Any]) -> list[Row]:
        """Run one statement in a transaction of its own, and return its rows."""
        with self.transaction() as connection:
            cursor = connection.execute(statement.encode(), parameters)
            return cursor.fetchall() if cursor.description else []

"""The sweep at ten thousand and at a million planned attempts: its cost must follow what is due, not what there is."""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Engine, event, text

from app.cli.bench.results import Result, Target, paired
from app.cli.bench.stage import Stage
from app.db.queries.attempts import claim_due
from app.db.session import Database
from app.infra.clock import SystemClock

BATCH: Final = 200
SMALL, LARGE = 10_000, 1_000_000
_TARGET: Final = Target(1.3, at_most=True)
_LEASE: Final = timedelta(minutes=2)

# Rows as ingest writes them. Their foreign keys hold by the way they are made, so checking is left out.
_FILL: Final = (
    "SET LOCAL session_replication_role = replica",
    "SET LOCAL statement_timeout = 0",
    """
    INSERT INTO organizations (id, pair_id, mode, name, created_at)
    SELECT id, id, 'live', id, :now
    FROM (SELECT 'org_' || lpad(n::text, 26, '0') AS id FROM generate_series(1, :merchants) n) merchant
    """,
    """
    INSERT INTO policies (id, organization_id, name, version, is_active, created_at)
    SELECT 'pol' || substr(id, 4), id, 'Default', 1, true, :now FROM organizations WHERE name = id
    """,
    """
    INSERT INTO policy_versions (policy_id, version, settings, created_by, created_at)
    SELECT 'pol' || substr(id, 4), 1, '{}', 'bench', :now FROM organizations WHERE name = id
    """,
    """
    CREATE TEMPORARY TABLE plan ON COMMIT DROP AS
    SELECT n, lpad(n::text, 26, '0') AS id, lpad((n % :merchants + 1)::text, 26, '0') AS merchant,
           CASE WHEN n <= :due THEN :now - n * interval '1 ms'
                ELSE :now + (1 + n % 43200) * interval '1 minute' END AS due_at
    FROM generate_series(1, :rows) n
    """,
    """
    INSERT INTO transactions (id, organization_id, transaction_ref, amount, currency, gateway, payment_method,
                              created_at)
    SELECT 'txn_' || id, 'org_' || merchant, id, 5000, 'INR', 'stripe', '{"type": "card", "token": "pm"}', :now
    FROM plan
    """,
    """
    INSERT INTO recoveries (id, organization_id, transaction_id, status, category, reason, hardness, policy_id,
                            policy_version, last_failure, opened_at, window_ends_at)
    SELECT 'rec_' || id, 'org_' || merchant, 'txn_' || id, 'open', 'funds', 'insufficient_funds', 'soft',
           'pol_' || merchant, 1, '{}', :now, :now + interval '30 days' FROM plan
    """,
    """
    INSERT INTO attempts (id, organization_id, recovery_id, transaction_id, kind, number, status, due_at, wake_at,
                          decision, planned_at)
    SELECT 'att_' || id, 'org_' || merchant, 'rec_' || id, 'txn_' || id, 'charge', 1, 'scheduled', due_at, due_at,
           '{}', :now FROM plan
    """,
)
_PUT_BACK: Final = text("UPDATE attempts SET leased_until = NULL WHERE leased_until IS NOT NULL")


@dataclass(frozen=True, slots=True)
class Table:
    """A database whose attempts are `rows` planned ones, of which `due` are due at `now`."""

    database: Database
    rows: int
    due: int
    now: datetime


def measure(
    stage: Stage, *, rounds: int = 15, sizes: tuple[int, int] = (SMALL, LARGE), due: int = 4_000, merchants: int = 200
) -> Iterator[Result]:
    """Claim all that is due, a batch at a time, in both tables alternately; print how the larger one is read."""
    urls = [stage.clone_database(f"sweep_{rows}") for rows in sizes]
    now = SystemClock().now()
    tables = []
    for url, rows in zip(urls, sizes, strict=True):
        tables.append(Table(Database(url, pool_size=1), rows, due, now))
        fill(tables[-1], merchants=merchants)
    small, large = tables
    seen = [(claims_per_second(small), claims_per_second(large)) for _ in range(rounds)]
    print(f"  how the sweep reads {large.rows:,} rows: {explain(large)}")
    names = [f"sweep_{table.rows}" for table in tables]
    yield from paired(names[0], "claims/s", seen, against=names[1], target=_TARGET)
    for table in tables:
        table.database.dispose()


def fill(table: Table, *, merchants: int) -> None:
    """Write the rows, and have the database count them as its own vacuum would."""
    wanted = {"now": table.now, "merchants": merchants, "rows": table.rows, "due": table.due}
    with table.database.begin() as session:
        for statement in _FILL:
            session.execute(text(statement), wanted)
    with _outside_transactions(table.database.engine) as connection:
        connection.execute(text("VACUUM (ANALYZE) attempts, organizations"))
        connection.execute(text("CHECKPOINT"))


def claims_per_second(table: Table) -> float:
    """Claim all that is due in batches, each in a transaction of its own, and put it back afterwards."""
    claimed = 0
    began = time.perf_counter()
    while True:
        with table.database.begin() as session:
            batch = claim_due(session, now=table.now, lease=table.now + _LEASE, batch=BATCH)
        if not batch:
            break
        claimed += len(batch)
    seconds = time.perf_counter() - began
    with table.database.begin() as session:
        session.execute(_PUT_BACK)
    with _outside_transactions(table.database.engine) as connection:
        connection.execute(text("VACUUM attempts"))
    return claimed / seconds


def explain(table: Table) -> str:
    """Return in a line which indexes a claim reads, and how many pages; nothing is claimed."""
    caught: list[tuple[str, Any]] = []

    def catch(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        caught.append((statement, parameters))

    with table.database.begin() as session:
        event.listen(table.database.engine, "before_cursor_execute", catch)
        claim_due(session, now=table.now, lease=table.now + _LEASE, batch=BATCH)
        event.remove(table.database.engine, "before_cursor_execute", catch)
        session.rollback()
    with table.database.engine.connect() as connection:
        statement, parameters = caught[0]
        plan = connection.exec_driver_sql(
            f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}", parameters
        ).scalar_one()[0]
        connection.rollback()
    return _summary(plan)


def _summary(plan: dict[str, Any]) -> str:
    nodes = list(_nodes(plan["Plan"]))
    read = sorted({node["Index Name"] for node in nodes if "Index Name" in node})
    whole = sorted({node["Relation Name"] for node in nodes if node["Node Type"] == "Seq Scan"})
    pages = plan["Plan"]["Shared Hit Blocks"] + plan["Plan"]["Shared Read Blocks"]
    scans = f"read as a whole: {', '.join(whole)}" if whole else "no table is read as a whole"
    return f"{', '.join(read)}; {scans}; {pages:,} pages in {plan['Execution Time']:.1f} ms"


def _nodes(node: dict[str, Any]) -> Iterable[dict[str, Any]]:
    yield node
    for child in node.get("Plans", ()):
        yield from _nodes(child)


@contextmanager
def _outside_transactions(engine: Engine) -> Iterator[Connection]:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("SET statement_timeout = 0"))
        yield connection
        connection.execute(text("RESET statement_timeout"))

"""Figures over five million reports of failures: how long a rebuild takes, and each answer over HTTP.

The rows are as ingest and workers leave them after two years at fifty merchants, of whom the largest has two fifths;
that one asks.
"""

import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from datetime import time as clock_time
from itertools import product
from typing import Any, Final

import httpx
from sqlalchemy import text

from app.cli.bench.results import Result, Target
from app.cli.bench.stage import Stage
from app.cli.errors import CommandError
from app.cli.processes import api_arguments
from app.db.session import Database
from app.infra.clock import SystemClock
from app.services.analytics import upkeep

REPORTS: Final = 5_000_000
_DAYS: Final = 730
_FOLD: Final = 50_000
_TARGET: Final = Target(50, at_most=True)
_ENDPOINTS: Final = (
    "kpis",
    "recovery-rate",
    "failure-distribution",
    "revenue-recovered",
    "funnel",
    "time-to-recover",
    "timeseries",
    "attention",
)
_BY_STEP: Final = frozenset({"recovery-rate", "revenue-recovered", "timeseries"})

# As in the sweep: foreign keys hold by the way the rows are made, and triggers are what the rebuild stands in for.
# Of the indexes, only those are kept that a rebuild reads: the others would take most of the time.
_FILL: Final = (
    "SET LOCAL session_replication_role = replica",
    "SET LOCAL statement_timeout = 0",
    "SET LOCAL work_mem = '64MB'",
    """
    DO $$ DECLARE name text; BEGIN
        FOR name IN SELECT indexname FROM pg_indexes
            WHERE schemaname = 'public' AND tablename IN ('transactions', 'recoveries', 'failure_events', 'charges')
              AND indexname LIKE 'ix\\_%' AND indexname NOT LIKE '%\\_organization\\_id\\_id'
              AND indexdef NOT LIKE '% WHERE %'
        LOOP EXECUTE format('DROP INDEX %I', name); END LOOP;
    END $$
    """,
    """
    INSERT INTO organizations (id, pair_id, mode, name, created_at)
    SELECT 'org_' || lpad(n::text, 26, '0'), 'org_' || lpad(n::text, 26, '0'), 'live', 'Bench', :now
    FROM generate_series(1, :merchants - 1) n
    """,
    """
    INSERT INTO psp_accounts (id, organization_id, psp, label, sealed_credentials, sealed_webhook_secrets, created_at)
    SELECT 'psp_' || gateway || substr(o.id, 5), o.id, gateway, gateway, '', '', :now
    FROM organizations o CROSS JOIN unnest(CAST(:gateways AS text[])) gateway
    """,
    # Every fifth report is the second of its transaction. The largest merchant has five currencies and providers,
    # the others one and two. Multipliers are primes, so that nothing goes in step.
    """
    CREATE TEMPORARY TABLE cases ON COMMIT DROP AS
    SELECT lpad(n::text, 26, '0') AS id, n,
           CASE WHEN n % 5 < 2 THEN :largest
                ELSE 'org_' || lpad(merchant::text, 26, '0') END AS organization_id,
           CAST(:since AS timestamptz) + n::double precision / :cases * :days * interval '1 day' AS at,
           (CAST(:currencies AS text[]))[1 + CASE WHEN n % 5 < 2 THEN n::bigint * 7927 % 11 ELSE merchant END % 5]
               AS currency,
           (CAST(:gateways AS text[]))[1 + n::bigint * 7933 % 13 % CASE WHEN n % 5 < 2 THEN 5 ELSE 2 END] AS gateway,
           (CAST(:categories AS text[]))[1 + n::bigint * 7937 % 17 % 6] AS category,
           100 + n::bigint * 7949 % 100000 AS amount,
           n::bigint * 7951 % 100 AS luck
    FROM generate_series(1, :cases) n
    CROSS JOIN LATERAL (SELECT n::bigint * 7919 % (:merchants - 1) + 1 AS merchant) m
    """,
    """
    INSERT INTO transactions (id, organization_id, transaction_ref, amount, currency, gateway, created_at)
    SELECT 'txn_' || id, organization_id, 'analytics-' || n, amount, currency, gateway, at FROM cases
    """,
    """
    INSERT INTO recoveries (id, organization_id, transaction_id, status, category, reason, hardness, policy_id,
                            policy_version, last_failure, opened_at, window_ends_at, ended_at, recovered_via,
                            retried_at, messaged_at, link_opened_at)
    SELECT 'rec_' || id, organization_id, 'txn_' || id,
           CASE WHEN luck < 45 THEN 'recovered' WHEN luck < 80 THEN 'exhausted' WHEN luck < 85 THEN 'cancelled'
                ELSE 'open' END,
           category, 'insufficient_funds', 'soft', '-', 1, '{}', at, at + interval '30 days',
           CASE WHEN luck < 85 THEN at + luck * luck * interval '10 minutes' END,
           CASE WHEN luck < 30 THEN 'retry' WHEN luck < 40 THEN 'payer_link' WHEN luck < 45 THEN 'external' END,
           CASE WHEN luck < 90 THEN at END, CASE WHEN luck % 2 = 0 THEN at END, CASE WHEN luck % 4 = 0 THEN at END
    FROM cases
    """,
    """
    INSERT INTO failure_events (id, organization_id, transaction_id, recovery_id, gateway, failure_reason, amount,
                                currency, category, reason, hardness, rule, classification, occurred_at, received_at)
    SELECT 'evt_' || id || k, organization_id, 'txn_' || id, 'rec_' || id, gateway, 'insufficient_funds', amount,
           currency, category, 'insufficient_funds', 'soft', '-', '{}', at, at
    FROM cases CROSS JOIN LATERAL generate_series(1, CASE WHEN n % 4 = 0 THEN 2 ELSE 1 END) k
    """,
    """
    INSERT INTO charges (id, organization_id, transaction_id, attempt_id, psp_account_id, psp_payment_id, amount,
                         currency, is_duplicate, status, captured_at)
    SELECT 'chg_' || id, organization_id, 'txn_' || id, CASE WHEN luck < 40 THEN 'att_' || id END,
           'psp_' || gateway || substr(organization_id, 5), id, amount, currency, false, 'captured',
           at + luck * luck * interval '10 minutes'
    FROM cases WHERE luck < 45
    """,
)


def measure(stage: Stage, *, reports: int = REPORTS, merchants: int = 50, rounds: int = 4) -> Iterator[Result]:
    """Fill the database, recount everything, and ask for every figure over short and long periods."""
    database = Database(stage.database_url, pool_size=1)
    began = time.perf_counter()
    largest = fill(database, reports=reports, merchants=merchants)
    _vacuum(database, "ANALYZE failure_events, recoveries, transactions, charges, psp_accounts, organizations")
    print(f"  {reports:,} reports at {merchants} merchants were written in {time.perf_counter() - began:.0f} s")
    began = time.perf_counter()
    for organization_id in upkeep.every_organization(database.begin):
        upkeep.rebuild(database.begin, organization_id=organization_id, batch=_FOLD)
    yield Result("analytics_rebuild", time.perf_counter() - began, "s")
    _vacuum(database, "VACUUM (ANALYZE) rollups, rollup_deltas", "CHECKPOINT")
    print(f"  the rollups have {_rows(database):,} rows, {_rows(database, largest):,} of the merchant that asks")
    database.dispose()
    stage.serve("api", api_arguments(stage.settings), stage.settings.port)
    yield from ask(stage, rounds=rounds)


def fill(database: Database, *, reports: int, merchants: int) -> str:
    """Write the rows; return the largest merchant's id, which is the one that is there already."""
    now = SystemClock().now()
    midnight = datetime.combine(now.date(), clock_time(), UTC)
    with database.begin() as session:
        largest: str = session.execute(text("SELECT id FROM organizations WHERE mode = 'test'")).scalar_one()
        wanted = {
            "now": now,
            "since": midnight - timedelta(days=_DAYS),
            "days": _DAYS,
            "cases": reports * 4 // 5,
            "merchants": merchants,
            "largest": largest,
            "currencies": ["INR", "PHP", "USD", "EUR", "JPY"],
            "gateways": ["stripe", "razorpay", "paypal", "paymongo", "xendit"],
            "categories": ["funds", "issuer_decline", "network", "auth_timeout", "upi_pending", "unknown"],
        }
        for statement in _FILL:
            session.execute(text(statement), wanted)
    return largest


def ask(stage: Stage, *, rounds: int) -> Iterator[Result]:
    """Ask one question after the other, all of them in each round; what comes first only warms up."""
    with httpx.Client(
        base_url=f"http://127.0.0.1:{stage.settings.port}/v1/analytics",
        headers={"Authorization": f"Bearer {stage.demo.api_key}"},
        timeout=60,
    ) as client:
        for endpoint in _ENDPOINTS:
            questions = list(_questions(endpoint))
            for question in questions:
                _time(client, endpoint, question)
            seen = sorted(_time(client, endpoint, each) for _ in range(rounds) for each in questions)
            name = f"analytics_{endpoint.replace('-', '_')}"
            yield Result(f"{name}_p50", _at(seen, 0.5), "ms")
            yield Result(f"{name}_p95", _at(seen, 0.95), "ms", target=_TARGET)


def _questions(endpoint: str) -> Iterator[dict[str, str]]:
    """Yield a week, a month, a quarter, a year and two years, in one currency and in all."""
    if endpoint == "attention":
        yield from ({} for _ in range(10))
        return
    tomorrow = SystemClock().now().date() + timedelta(days=1)
    for days, currency in product((7, 30, 90, 365, _DAYS), ("INR", "JPY", None)):
        question = {"from": str(tomorrow - timedelta(days=days)), "to": str(tomorrow)}
        question |= {"currency": currency} if currency else {}
        question |= {"compare": "previous"} if endpoint == "kpis" else {}
        question |= {"group_by": "day" if days < _DAYS else "month"} if endpoint in _BY_STEP else {}
        yield question


def _time(client: httpx.Client, endpoint: str, question: dict[str, str]) -> float:
    """Return how many milliseconds an answer took; raises `CommandError` if it is none."""
    began = time.perf_counter()
    answer = client.get(f"/{endpoint}", params=question)
    took = (time.perf_counter() - began) * 1000
    if answer.status_code != httpx.codes.OK:
        raise CommandError(f"{answer.url} answered {answer.status_code}; nothing of this can be compared.")
    return took


def _at(seen: Sequence[float], part: float) -> float:
    return seen[min(int(len(seen) * part), len(seen) - 1)]


def _vacuum(database: Database, *statements: str) -> None:
    """Do what the database's own upkeep would have done by then."""
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("SET statement_timeout = 0"))
        for statement in statements:
            connection.execute(text(statement))


def _rows(database: Database, organization_id: str | None = None) -> int:
    wanted: dict[str, Any] = {"id": organization_id}
    statement = "SELECT count(*) FROM rollups WHERE CAST(:id AS text) IS NULL OR organization_id = :id"
    with database.begin() as session:
        counted: int = session.execute(text(statement), wanted).scalar_one()
    return counted

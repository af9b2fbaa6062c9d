"""Rollups added up, and held against a recount of the rows that they are made of."""

from collections.abc import Mapping
from functools import cache
from typing import Any, Final, NamedTuple

from sqlalchemy import Row, TextClause, text
from sqlalchemy.orm import Session

from app.domain.analytics.measures import KEY, MEASURES, TOOK, TOOK_BOUNDS, Level

_LOCK: Final = text("SELECT pg_try_advisory_xact_lock(hashtextextended('analytics.fold', 0))")
_ALONE: Final = text("SELECT pg_advisory_xact_lock(hashtextextended('analytics.rebuild', 0))")
_WAIT: Final = text("SELECT pg_advisory_xact_lock(hashtextextended('analytics.fold', 0))")
_KEY: Final = ", ".join(KEY)
_COARSER: Final = f"""
    ({Level.DAY:d}, g.day, '', ''),
    ({Level.MONTH:d}, CAST(date_trunc('month', CAST(g.day AS timestamp)) AS date), g.category, g.gateway)
"""
_LEVELS: Final = f"VALUES ({Level.DETAIL:d}, g.day, g.category, g.gateway), {_COARSER}"


class Difference(NamedTuple):
    """Measures of one organization, currency, day, category and gateway that a recount finds otherwise.

    `missing` is what the rollups lack of each; negative where they have too much.
    """

    key: tuple[Any, ...]
    missing: Mapping[str, int]


def fold(session: Session, *, batch: int) -> int:
    """Add up to `batch` deltas to the rollups; return how many went. 0 as well while somebody else does it."""
    if not session.execute(_LOCK).scalar_one():
        return 0
    count: int = session.execute(_fold(), {"batch": batch}).scalar_one()
    return count


@cache
def _fold() -> TextClause:
    sums = ", ".join(f"coalesce(sum({name}), 0) AS {name}" for name in MEASURES)
    added = ", ".join(f"{name} = r.{name} + excluded.{name}" for name in MEASURES)
    names = ", ".join(MEASURES)
    return text(f"""
        WITH gone AS (
            DELETE FROM rollup_deltas WHERE ctid = ANY(ARRAY(SELECT ctid FROM rollup_deltas LIMIT :batch)) RETURNING *
        ), kept AS (
            INSERT INTO rollups AS r (level, {_KEY}, {names})
            SELECT l.level, g.organization_id, g.currency, l.day, l.category, l.gateway, {sums}
            FROM gone g CROSS JOIN LATERAL ({_LEVELS}) l (level, day, category, gateway)
            GROUP BY 1, 2, 3, 4, 5, 6
            ON CONFLICT (organization_id, level, currency, day, category, gateway) DO UPDATE SET {added}
        )
        SELECT count(*) FROM gone
    """)  # noqa: S608  (names of our own)


_TOOK_BOUNDS: Final = ", ".join(map(str, TOOK_BOUNDS))

# What each kind of row adds up to. Written apart from the triggers, so that each holds the other to account.
_SOURCES: Final[tuple[tuple[str, str, Mapping[str, str]], ...]] = (
    (
        "e.organization_id, e.currency, (e.received_at AT TIME ZONE 'UTC')::date, e.category, e.gateway",
        "failure_events e WHERE {e}",
        {"reports": "1", "reported_amount": "e.amount"},
    ),
    (
        "e.organization_id, t.currency, (e.opened_at AT TIME ZONE 'UTC')::date, e.category, t.gateway",
        (
            "recoveries e JOIN transactions t ON t.id = e.transaction_id"
            " CROSS JOIN LATERAL (SELECT CASE e.status WHEN 'recovered' THEN"
            " (SELECT count(*) FROM unnest(CAST(:bounds AS bigint[])) b"
            " WHERE b <= extract(epoch FROM e.ended_at - e.opened_at)) END AS bucket) k WHERE {e}"
        ),
        {
            "opened": "1",
            "opened_amount": "t.amount",
            "retried": "(e.retried_at IS NOT NULL)::integer",
            "messaged": "(e.messaged_at IS NOT NULL)::integer",
            "link_opened": "(e.link_opened_at IS NOT NULL)::integer",
            "recovered": "(e.status = 'recovered')::integer",
            "recovered_amount": "CASE e.status WHEN 'recovered' THEN t.amount END",
            "by_retry": "(e.status = 'recovered' AND e.recovered_via IS NOT DISTINCT FROM 'retry')::integer",
            "by_link": "(e.status = 'recovered' AND e.recovered_via IS NOT DISTINCT FROM 'payer_link')::integer",
            "exhausted": "(e.status = 'exhausted')::integer",
            "exhausted_amount": "CASE e.status WHEN 'exhausted' THEN t.amount END",
            "cancelled": "(e.status = 'cancelled')::integer",
            "cancelled_amount": "CASE e.status WHEN 'cancelled' THEN t.amount END",
            **{name: f"(k.bucket = {n})::integer" for n, name in enumerate(TOOK)},
        },
    ),
    (
        "e.organization_id, e.currency, (e.captured_at AT TIME ZONE 'UTC')::date, '', a.psp",
        "charges e JOIN psp_accounts a ON a.id = e.psp_account_id WHERE NOT e.is_duplicate AND {e}",
        {
            "received": "1",
            "received_amount": "e.amount",
            "received_external": "(e.attempt_id IS NULL)::integer",
            "received_external_amount": "CASE WHEN e.attempt_id IS NULL THEN e.amount END",
        },
    ),
    (
        "e.organization_id, e.currency, (e.captured_at AT TIME ZONE 'UTC')::date, '', a.psp",
        "charges e JOIN psp_accounts a ON a.id = e.psp_account_id WHERE e.is_duplicate AND {e}",
        {"duplicates": "1", "duplicates_amount": "e.amount"},
    ),
    (
        "e.organization_id, e.currency, (e.refunded_at AT TIME ZONE 'UTC')::date, '', a.psp",
        (
            "charges e JOIN psp_accounts a ON a.id = e.psp_account_id"
            " WHERE e.status = 'refunded' AND e.refunded_at IS NOT NULL AND {e}"
        ),
        {"duplicates_returned": "1", "duplicates_returned_amount": "e.amount"},
    ),
    (
        "e.organization_id, e.currency, (e.occurred_at AT TIME ZONE 'UTC')::date, '', a.psp",
        (
            "payment_reversals e JOIN psp_accounts a ON a.id = e.psp_account_id"
            " WHERE e.amount IS NOT NULL AND e.kind = 'refund' AND e.status = 'succeeded' AND {e}"
        ),
        {"refunds": "1", "refunds_amount": "e.amount"},
    ),
    (
        "e.organization_id, e.currency, (e.occurred_at AT TIME ZONE 'UTC')::date, '', a.psp",
        (
            "payment_reversals e JOIN psp_accounts a ON a.id = e.psp_account_id"
            " WHERE e.amount IS NOT NULL AND e.kind = 'dispute' AND e.status IN ('open', 'lost') AND {e}"
        ),
        {"disputes": "1", "disputes_amount": "e.amount"},
    ),
)
_MINE: Final = "e.organization_id = :organization_id"


@cache
def _missing(first: str, last: str) -> TextClause:
    """Return the statement that recounts an organization and takes away what is there: one snapshot of all."""
    parts = [_part(key, source.format(e=_MINE), told) for key, source, told in _SOURCES]
    there = {name: f"-e.{name}" for name in MEASURES}
    key = ", ".join(f"e.{name}" for name in KEY)
    kept = (f"rollups e WHERE e.level = {Level.DETAIL:d} AND {_MINE}", f"rollup_deltas e WHERE {_MINE}")
    parts += [_part(key, source, there) for source in kept]
    sums = ", ".join(f"sum({name}) AS {name}" for name in MEASURES)
    wrong = " OR ".join(f"sum({name}) <> 0" for name in MEASURES)
    counted = f"SELECT {_KEY}, {sums} FROM ({' UNION ALL '.join(parts)}) c GROUP BY {_KEY} HAVING {wrong}"  # noqa: S608  (names of our own)
    return text(f"{first} {counted} {last}")


def _part(key: str, source: str, told: Mapping[str, str]) -> str:
    """Return the sums of one source, in the columns that all of them have."""
    keys = ", ".join(f"{part.strip()} AS {name}" for part, name in zip(_columns(key), KEY, strict=True))
    sums = ", ".join(
        f"CAST(sum({told[name]}) AS numeric) AS {name}" if name in told else f"CAST(NULL AS numeric) AS {name}"
        for name in MEASURES
    )
    return f"SELECT {keys}, {sums} FROM {source} GROUP BY 1, 2, 3, 4, 5"  # noqa: S608  (names of our own)


def _columns(key: str) -> list[str]:
    return key.split(", ")


@cache
def _coarser() -> tuple[TextClause, TextClause, TextClause]:
    """Return what counts coarser rows that are not what the fine ones add up to, removes them, and makes them."""
    names, sums = ", ".join(MEASURES), ", ".join(f"sum(g.{name}) AS {name}" for name in MEASURES)
    made = (
        f"SELECT l.level, g.organization_id, g.currency, l.day, l.category, l.gateway, {sums} FROM rollups g"  # noqa: S608  (names of our own)
        f" CROSS JOIN LATERAL (VALUES {_COARSER}) l (level, day, category, gateway)"
        f" WHERE g.organization_id = :organization_id AND g.level = {Level.DETAIL:d} GROUP BY 1, 2, 3, 4, 5, 6"
    )
    coarse = f"FROM rollups WHERE organization_id = :organization_id AND level > {Level.DETAIL:d}"
    there = f"SELECT level, {_KEY}, {', '.join(f'-{name}' for name in MEASURES)} {coarse}"
    wrong = " OR ".join(f"sum({name}) <> 0" for name in MEASURES)
    both = f"SELECT FROM ({made} UNION ALL {there}) c GROUP BY level, {_KEY} HAVING {wrong}"
    return (
        text(f"SELECT count(*) FROM ({both}) w"),  # noqa: S608  (as above)
        text(f"DELETE {coarse}"),
        text(f"INSERT INTO rollups (level, {_KEY}, {names}) {made}"),
    )


def count_coarser_differences(session: Session, *, organization_id: str) -> int:
    """Count an organization's rows of days and months that are not what the fine ones add up to."""
    counted: int = session.execute(_coarser()[0], {"organization_id": organization_id}).scalar_one()
    return counted


def make_coarser(session: Session, *, organization_id: str) -> None:
    """Make an organization's rows of days and months from the fine ones; nobody folds meanwhile."""
    session.execute(_WAIT)
    for statement in _coarser()[1:]:
        session.execute(statement, {"organization_id": organization_id})


def find_differences(session: Session, *, organization_id: str, limit: int) -> list[Difference]:
    """Recount an organization's rows; return where the rollups and what waits to be added differ from them."""
    rows = session.execute(_missing("", "LIMIT :limit"), _given(organization_id) | {"limit": limit})
    return [_difference(row) for row in rows]


def _difference(row: Row[Any]) -> Difference:
    missing = zip(MEASURES, row[len(KEY) :], strict=True)
    return Difference(tuple(row[: len(KEY)]), {name: int(value) for name, value in missing if value})


def add_missing(session: Session, *, organization_id: str) -> int:
    """Recount an organization's rows and write what is missing as deltas; return how many rows that took.

    Traffic may go on: what commits later writes its own deltas. The edge sees to it that two never do this at once.
    """
    session.execute(_ALONE)
    first = f"INSERT INTO rollup_deltas ({_KEY}, {', '.join(MEASURES)})"
    return session.execute(_missing(first, ""), _given(organization_id)).rowcount  # type: ignore[attr-defined, no-any-return]


def _given(organization_id: str) -> dict[str, Any]:
    return {"organization_id": organization_id, "bounds": list(TOOK_BOUNDS)}


_STEPS: Final = (
    (
        "retried_at",
        (
            "SELECT recovery_id, min(coalesce(started_at, finished_at, due_at)) AS at FROM attempts"
            " WHERE organization_id = :organization_id AND kind = 'charge'"
            " AND status IN ('succeeded', 'declined', 'requires_action', 'unknown') GROUP BY 1"
        ),
    ),
    (
        "messaged_at",
        (
            "SELECT recovery_id, min(sent_at) AS at FROM messages"
            " WHERE organization_id = :organization_id AND sent_at IS NOT NULL GROUP BY 1"
        ),
    ),
    (
        "link_opened_at",
        (
            "SELECT recovery_id, min(opened_at) AS at FROM links"
            " WHERE organization_id = :organization_id AND opened_at IS NOT NULL GROUP BY 1"
        ),
    ),
)
_FORGOTTEN: Final = text(
    " UNION ALL ".join(
        f"SELECT '{column}', count(*) FROM ({first}) f JOIN recoveries r ON r.id = f.recovery_id"  # noqa: S608  (names of our own)
        f" WHERE r.{column} IS NULL"
        for column, first in _STEPS
    )
)
_REMEMBER: Final = tuple(
    text(
        f"UPDATE recoveries r SET {column} = f.at FROM ({first}) f"  # noqa: S608  (as above)
        f" WHERE r.id = f.recovery_id AND r.{column} IS NULL"
    )
    for column, first in _STEPS
)


def count_forgotten_steps(session: Session, *, organization_id: str) -> dict[str, int]:
    """Count recoveries that do not know of a retry, message or opened link of theirs, by the column that says so."""
    rows = session.execute(_FORGOTTEN, {"organization_id": organization_id})
    return {column: count for column, count in rows if count}


def remember_steps(session: Session, *, organization_id: str) -> int:
    """Write down on recoveries what first happened to them, where that is missing; triggers count it."""
    given = {"organization_id": organization_id}
    return sum(session.execute(each, given).rowcount for each in _REMEMBER)  # type: ignore[attr-defined]


def organizations_after(session: Session, *, after: str, limit: int) -> list[str]:
    """Return organizations' ids in order."""
    statement = text("SELECT id FROM organizations WHERE id > :after ORDER BY id LIMIT :limit")
    return list(session.execute(statement, {"after": after, "limit": limit}).scalars())


def exists(session: Session, *, organization_id: str) -> bool:
    """Tell whether there is such an organization."""
    statement = text("SELECT EXISTS (SELECT FROM organizations WHERE id = :id)")
    found: bool = session.execute(statement, {"id": organization_id}).scalar_one()
    return found


def take_your_time(session: Session) -> None:
    """Let statements of this transaction take as long as they need: it is a person's command, not a request."""
    session.execute(text("SELECT set_config('statement_timeout', '0', true)"))

"""What an operator watches, over all organizations. Each statement stays cheap however large the tables grow."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session

COUNT_LIMIT = 100_000


class Gauges(NamedTuple):
    """What an operator watches.

    Counts of the outbox and of open recoveries are exact up to `COUNT_LIMIT`; beyond it, the outbox
    stays there and recoveries are the database's own estimate.
    """

    oldest_due_attempt_age_seconds: float
    unknown_outcomes: int
    outbox_dead: int
    outbox_pending: int
    psp_events_dead: int
    recoveries_open: int
    rollups_behind_seconds: float


# As in the sweep, one index entry per organization that waits for something: its earliest attempt.
# Those in workers' hands are few. Organizations whose clock is on its way are not the sweep's.
_OLDEST_DUE = text("""
    WITH RECURSIVE earliest AS (
        (SELECT organization_id, wake_at FROM attempts WHERE wake_at IS NOT NULL AND leased_until IS NULL
         ORDER BY organization_id, wake_at LIMIT 1)
        UNION ALL
        SELECT following.* FROM earliest CROSS JOIN LATERAL (
            SELECT a.organization_id, a.wake_at FROM attempts a
            WHERE a.wake_at IS NOT NULL AND a.leased_until IS NULL AND a.organization_id > earliest.organization_id
            ORDER BY a.organization_id, a.wake_at LIMIT 1
        ) following
    ), waiting AS (
        SELECT organization_id, wake_at FROM earliest
        UNION ALL
        SELECT organization_id, wake_at FROM attempts WHERE leased_until IS NOT NULL
    )
    SELECT coalesce(max(extract(epoch FROM CAST(:now AS timestamptz) + o.clock_offset - w.wake_at)), 0)
    FROM waiting w JOIN organizations o ON o.id = w.organization_id
    WHERE o.clock_target_at IS NULL AND w.wake_at <= CAST(:now AS timestamptz) + o.clock_offset
""")

_UNKNOWN_OUTCOMES = text("""
    SELECT count(*) FROM attempts WHERE status IN ('executing', 'unknown', 'awaiting_payer') AND status = 'unknown'
""")

_OUTBOX_DEAD = text("""
    SELECT count(*) FROM (SELECT FROM outbox WHERE dead_at IS NOT NULL LIMIT :most) d
""")

_OUTBOX_PENDING = text("""
    SELECT count(*) FROM (SELECT FROM outbox WHERE wake_at IS NOT NULL LIMIT :most) p
""")

_PSP_EVENTS_DEAD = text("""
    SELECT count(*) FROM organizations o CROSS JOIN LATERAL (
        SELECT FROM psp_events WHERE organization_id = o.id AND status = 'dead' LIMIT 1000
    ) d
""")

_RECOVERIES_OPEN = text("""
    SELECT count(*) FROM (SELECT FROM recoveries WHERE status = 'open' LIMIT :most) o
""")

_RECOVERIES_OPEN_ESTIMATE = text("""
    SELECT reltuples::bigint FROM pg_class WHERE oid = to_regclass('uq_recoveries_open')
""")


# What was written first stands first, or nearly so: room that is used again is used from the front.
_ROLLUPS_BEHIND = text("""
    SELECT coalesce(max(extract(epoch FROM clock_timestamp() - at)), 0)
    FROM (SELECT at FROM rollup_deltas LIMIT 1000) d
""")


def read_gauges(session: Session, *, now: datetime) -> Gauges:
    """Read everything that an operator watches; `now` is the machine's time."""
    age = session.execute(_OLDEST_DUE, {"now": now}).scalar_one()
    limit = {"most": COUNT_LIMIT}
    return Gauges(
        oldest_due_attempt_age_seconds=float(age),
        unknown_outcomes=session.execute(_UNKNOWN_OUTCOMES).scalar_one(),
        outbox_dead=session.execute(_OUTBOX_DEAD, limit).scalar_one(),
        outbox_pending=session.execute(_OUTBOX_PENDING, limit).scalar_one(),
        psp_events_dead=session.execute(_PSP_EVENTS_DEAD).scalar_one(),
        recoveries_open=_count_open(session),
        rollups_behind_seconds=float(session.execute(_ROLLUPS_BEHIND).scalar_one()),
    )


def limit_statements(session: Session, *, milliseconds: int) -> None:
    """Give up on statements of this transaction that take longer."""
    session.execute(text("SELECT set_config('statement_timeout', :limit, true)"), {"limit": str(milliseconds)})


def _count_open(session: Session) -> int:
    counted: int = session.execute(_RECOVERIES_OPEN, {"most": COUNT_LIMIT}).scalar_one()
    if counted < COUNT_LIMIT:
        return counted
    estimate: int = session.execute(_RECOVERIES_OPEN_ESTIMATE).scalar_one()
    return max(counted, estimate)

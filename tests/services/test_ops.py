"""What operators watch: counted right, remembered for a moment, and cheap however large the tables are."""

import json
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
import redis
from sqlalchemy import text

from app.db.models import Organization, OutboxMessage, PspEvent
from app.db.queries import ops as queries
from app.db.session import Database
from app.domain.ids import PSP_EVENT, new_id
from app.domain.payments.breaker import BreakerState, Tripped
from app.services.ops import QUEUES, NotReadyError, Ops
from app.tasks.base import CONTROL, WORK
from tests.factories.recoveries import DAY, HOUR, MINUTE, Engine, make_engine


@dataclass
class Seconds:
    """A stopwatch that goes on when it is told to."""

    value: float = 0.0

    def __call__(self) -> float:
        return self.value


@dataclass
class Broker:
    """Answers like Redis; `down` makes it silent."""

    down: bool = False
    lengths: dict[str, int] = field(default_factory=dict)
    pings: int = 0

    def ping(self):
        self.pings += 1
        if self.down:
            raise redis.ConnectionError

    def llen(self, name):
        self.ping()
        return self.lengths.get(name, 0)


@dataclass
class Breakers:
    states: list[Tripped] = field(default_factory=list)
    down: bool = False

    def tripped(self, *, now, limit):
        del now, limit
        if self.down:
            raise redis.TimeoutError
        return self.states


@pytest.fixture
def engine(engine_container) -> Engine:
    engine = make_engine(engine_container)
    with engine.begin() as session:
        session.execute(text("DELETE FROM outbox"))
        session.execute(text("UPDATE psp_events SET status = 'ignored'"))
    return engine


@pytest.fixture
def stopwatch() -> Seconds:
    return Seconds()


@pytest.fixture
def broker() -> Broker:
    return Broker()


@pytest.fixture
def breakers() -> Breakers:
    return Breakers()


@pytest.fixture
def ops(engine, broker, breakers, stopwatch):
    url = engine.container.settings.database_url.get_secret_value()
    made = Ops(database=Database(url, pool_size=2), broker=broker, breakers=breakers, monotonic=stopwatch)
    yield made
    made.close()


def gauges(engine) -> queries.Gauges:
    with engine.begin() as session:
        return queries.read_gauges(session, now=engine.clock.now())


def age(engine) -> float:
    return gauges(engine).oldest_due_attempt_age_seconds


def test_the_queues_are_the_ones_that_workers_listen_to():
    assert set(QUEUES) == {CONTROL, WORK}


# The oldest due attempt


def test_an_attempt_that_is_not_due_has_no_age(engine):
    engine.report()
    assert age(engine) == 0
    engine.clock.advance(59 * MINUTE)
    assert age(engine) == 0


def test_the_age_is_that_of_the_attempt_that_has_waited_longest_over_all_organizations(engine):
    engine.report("order-1")
    engine.clock.advance(10 * MINUTE)
    other = engine.another()
    other.report("order-2")
    engine.clock.advance(65 * MINUTE)
    assert age(engine) == 15 * 60
    engine.work()
    assert age(engine) < 15 * 60


def test_an_attempt_in_a_workers_hands_is_still_due(engine):
    engine.report()
    engine.clock.advance(HOUR + MINUTE)
    engine.sweep()
    assert age(engine) == 60


def test_time_is_that_of_the_organization(engine):
    engine.report()
    with engine.begin() as session:
        session.get_one(Organization, engine.organization_id).clock_offset = HOUR + timedelta(seconds=7)
    assert age(engine) == 7


def test_a_clock_on_its_way_is_not_the_sweeps_business(engine):
    engine.report()
    engine.clock.advance(2 * HOUR)
    with engine.begin() as session:
        session.get_one(Organization, engine.organization_id).clock_target_at = engine.clock.now() + DAY
    assert age(engine) == 0


# Counts


def test_what_wants_a_person_is_counted(engine):
    before = gauges(engine)
    engine.report("order-1", token="pm_sandbox_timeout_charged")
    engine.report("order-2")
    engine.clock.advance(HOUR)
    claimed = engine.sweep()
    engine.run(next(each for each in claimed if each.id == engine.attempts("order-1")[0].id))
    now = engine.clock.now()
    account_id = engine.account().account_id
    with engine.begin() as session:
        session.add(OutboxMessage(topic="x", payload={}, created_at=now, dead_at=now))
        session.add(OutboxMessage(topic="x", payload={}, created_at=now, wake_at=now))
        session.add(OutboxMessage(topic="x", payload={}, created_at=now, wake_at=now + DAY))
        session.add(OutboxMessage(topic="x", payload={}, created_at=now, done_at=now))
        for number, status in enumerate(("dead", "dead", "pending")):
            row = PspEvent(
                id=new_id(PSP_EVENT, now=now),
                organization_id=engine.organization_id,
                psp_account_id=account_id,
                event_id=f"evt_{number}",
                type="x",
                body=b"{}",
                status=status,
                received_at=now,
            )
            session.add(row)
    after = gauges(engine)
    assert after.unknown_outcomes - before.unknown_outcomes == 1
    assert after.recoveries_open - before.recoveries_open == 2
    assert (after.outbox_dead, after.psp_events_dead) == (1, 2)
    assert after.outbox_pending == 2


def test_beyond_a_hundred_thousand_open_recoveries_are_estimated(new_database_url):
    database = Database(new_database_url)
    with database.begin() as session:
        fill(session, recoveries=queries.COUNT_LIMIT + 5_000)
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE recoveries"))
    with database.begin() as session:
        counted = queries.read_gauges(session, now=session.execute(text("SELECT now()")).scalar_one())
    database.dispose()
    assert counted.recoveries_open == pytest.approx(queries.COUNT_LIMIT + 5_000, rel=0.01)


def fill(session, *, recoveries=0, attempts=0, organizations=50):
    """Write many rows at once, past foreign keys and triggers, as only a throw-away database allows."""
    session.execute(text("SET LOCAL session_replication_role = replica"))
    session.execute(
        text("""
            INSERT INTO organizations (id, pair_id, mode, name, created_at)
            SELECT 'org_' || n, 'org_' || n, 'test', 'x', now() FROM generate_series(1, :n) n
        """),
        {"n": organizations},
    )
    session.execute(
        text("""
            INSERT INTO recoveries (id, organization_id, transaction_id, status, category, reason, hardness, policy_id,
                                    policy_version, last_failure, opened_at, window_ends_at)
            SELECT 'rec_' || n, 'org_1', 'txn_' || n, 'open', 'funds', 'x', 'soft', 'pol_1', 1, '{}', now(), now()
            FROM generate_series(1, :n) n
        """),
        {"n": recoveries},
    )
    session.execute(
        text("""
            INSERT INTO attempts (id, organization_id, recovery_id, transaction_id, kind, number, status, due_at,
                                  wake_at, decision, planned_at)
            SELECT 'att_' || n, 'org_' || (n % :organizations + 1), 'rec_' || n, 'txn_' || n, 'charge', 1, 'scheduled',
                   now() + n * interval '1 minute', now() + n * interval '1 minute', '{}', now()
            FROM generate_series(1, :n) n
        """),
        {"n": attempts, "organizations": organizations},
    )


def scans(node) -> list[tuple[str, str]]:
    """Return (what, how) of everything that a plan reads."""
    own = [(node.get("Relation Name", ""), node["Node Type"])] if "Scan" in node["Node Type"] else []
    return own + [each for child in node.get("Plans", ()) for each in scans(child)]


def test_finding_the_oldest_reads_one_index_entry_per_organization_and_not_the_table(new_database_url):
    database = Database(new_database_url)
    with database.begin() as session:
        fill(session, attempts=50_000)
        session.execute(text("ANALYZE"))
        explain = text(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {queries._OLDEST_DUE.text}")
        found = session.execute(explain, {"now": "2026-11-20T12:00:00Z"}).scalar_one()
    database.dispose()
    plan = (found if isinstance(found, list) else json.loads(found))[0]["Plan"]
    of_attempts = {how for table, how in scans(plan) if table == "attempts"}
    assert of_attempts <= {"Index Only Scan", "Index Scan", "Bitmap Heap Scan"}, of_attempts
    assert plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] < 50 * 8


# Remembered, and silent dependencies


def test_a_machine_that_is_well_is_ready(ops, engine):
    ops.require_ready(now=engine.clock.now())


def test_a_silent_broker_is_told_after_a_second_and_forgiven_a_second_later(ops, engine, broker, stopwatch):
    now = engine.clock.now()
    ops.require_ready(now=now)
    broker.down = True
    stopwatch.value = 0.9
    ops.require_ready(now=now)
    assert broker.pings == 1
    stopwatch.value = 1.0
    with pytest.raises(NotReadyError, match="the broker does not answer"):
        ops.require_ready(now=now)
    broker.down = False
    stopwatch.value = 2.0
    ops.require_ready(now=now)


def test_gauges_are_read_every_five_seconds(ops, engine, stopwatch):
    engine.report()
    engine.clock.advance(HOUR + MINUTE)
    assert ops.gauges(now=engine.clock.now()).oldest_due_attempt_age_seconds == 60
    later = engine.clock.advance(MINUTE)
    stopwatch.value = 4.9
    assert ops.gauges(now=later).oldest_due_attempt_age_seconds == 60
    stopwatch.value = 5.0
    assert ops.gauges(now=later).oldest_due_attempt_age_seconds == 120


def test_a_statement_that_takes_too_long_is_given_up(engine):
    with engine.begin() as session:
        queries.limit_statements(session, milliseconds=1)
        assert session.execute(text("SHOW statement_timeout")).scalar_one() == "1ms"
    with engine.begin() as session:
        assert session.execute(text("SHOW statement_timeout")).scalar_one() != "1ms"


def test_the_status_counts_queues_and_breakers(ops, engine, broker, breakers):
    broker.lengths = {"control": 2, "work": 7}
    since = engine.clock.now()
    breakers.states = [
        Tripped("sandbox", "psp_1", "calls", BreakerState.OPEN, since),
        Tripped("sandbox", "psp_2", "calls", BreakerState.OPEN, since),
        Tripped("sandbox", "psp_2", "reads", BreakerState.HALF_OPEN, None),
    ]
    status = ops.status(now=engine.clock.now())
    assert status.queues == {"control": 2, "work": 7}
    assert status.breakers == {("sandbox", "calls", "open"): 2, ("sandbox", "reads", "half_open"): 1}
    assert status.tripped == breakers.states
    assert [check.problem for check in status.checks.values()] == [None] * 3


def test_the_status_says_what_could_not_be_asked(ops, engine, broker, breakers):
    broker.down = breakers.down = True
    status = ops.status(now=engine.clock.now())
    assert (status.queues, status.breakers, status.tripped) == (None, None, None)
    assert status.checks["broker"].problem == "the broker does not answer"
    assert status.checks["database"].problem is None

"""Groups of reports on the real database: all or none of each report, whatever its neighbours are."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import orjson
import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from app.bootstrap import Container
from app.db.models import Recovery, Transaction
from app.domain.errors import UnavailableError
from app.domain.ingest.report import FailureReport
from app.services.ingest import Incoming, Recorded, record_group
from app.services.ingest.draft import RacedError
from app.services.ingest.record import record_failures
from app.services.recovery.policies import PolicyWish, create_policy
from tests.factories.identity import Merchant

DAY = timedelta(days=1)


def incoming(merchant: Merchant, ref: str, *, key: str | None = None, **fields) -> Incoming:
    money = {"amount": 5000, "currency": "INR", "payment_method": {"token": "pm_sandbox_ok"}}
    report = FailureReport(ref, "stripe", "insufficient_funds", **(money | fields))
    return Incoming(merchant.id, report, key, b"mark" if key else b"")


def record(container: Container, *items: Incoming):
    return record_group(container.database.begin, items=items, clock=container.clock, retention=DAY)


def test_a_row_that_the_database_refuses_costs_its_neighbours_nothing(container, merchant):
    bad = incoming(merchant, "bad", metadata={"text": "\0"})
    outcomes = record(container, incoming(merchant, "left"), bad, incoming(merchant, "right"))

    assert [type(outcome) for outcome in outcomes] == [Recorded, UnavailableError, Recorded]


def test_one_transaction_reported_twice_in_a_group_is_one_recovery(container, merchant):
    first, second = record(container, incoming(merchant, "same"), incoming(merchant, "same", amount=700))

    assert orjson.loads(first.body)["recovery"] == orjson.loads(second.body)["recovery"]
    assert orjson.loads(first.body)["id"] != orjson.loads(second.body)["id"]


def test_one_key_twice_in_a_group_is_one_event(container, merchant):
    first, second = record(container, incoming(merchant, "k", key="once"), incoming(merchant, "k", key="once"))

    assert (first.replayed, second.replayed) == (False, True)
    assert first.body == second.body


def test_a_key_counts_again_once_its_time_is_over(container, merchant, clock):
    (first,) = record(container, incoming(merchant, "old", key="expires"))
    clock.advance(DAY + timedelta(seconds=1))
    (second,) = record(container, incoming(merchant, "old", key="expires"))

    assert second.replayed is False
    assert orjson.loads(first.body)["id"] != orjson.loads(second.body)["id"]


def test_an_organization_without_an_active_policy_is_told_so(container, merchant):
    (outcome,) = record(container, Incoming("org_nobody", incoming(merchant, "x").report))

    assert outcome.code == "no_active_policy"


class Stumbling:
    """Opens transactions, after failing as often as it is told."""

    def __init__(self, container: Container, *errors: Exception) -> None:
        self.container, self.errors = container, list(errors)

    def __call__(self):
        if self.errors:
            raise self.errors.pop()
        return self.container.database.begin()


@pytest.mark.parametrize("stumble", [RacedError(), OperationalError("x", {}, psycopg.errors.DeadlockDetected())])
def test_a_raced_or_deadlocked_group_is_recorded_again(container, merchant, stumble):
    begin = Stumbling(container, stumble, stumble)
    (outcome,) = record_group(begin, items=[incoming(merchant, "race")], clock=container.clock, retention=DAY)

    assert isinstance(outcome, Recorded)


def test_a_database_that_stays_away_is_a_clear_answer(container, merchant):
    begin = Stumbling(container, *[OperationalError("x", {}, psycopg.OperationalError())] * 5)
    (outcome,) = record_group(begin, items=[incoming(merchant, "away")], clock=container.clock, retention=DAY)

    assert isinstance(outcome, UnavailableError)
    assert outcome.code == "ingest_unavailable"


def test_a_failure_of_a_recovered_transaction_is_kept_and_plans_nothing(container, merchant, clock):
    (first,) = record(container, incoming(merchant, "paid"))
    answer = orjson.loads(first.body)
    with container.database.begin() as session:
        session.get_one(Transaction, answer["transaction_id"]).recovered_at = clock.now()
        recovery = session.get_one(Recovery, answer["recovery"]["id"])
        recovery.status, recovery.ended_at = "recovered", clock.now()
    (second,) = record(container, incoming(merchant, "paid"))

    assert orjson.loads(second.body)["recovery"] == {
        "id": recovery.id,
        "status": "recovered",
        "next_attempt_at": None,
        "next_attempt_kind": None,
    }


def test_a_policy_without_retries_exhausts_a_recovery_at_once(container, merchant, clock):
    with container.database.begin() as session:
        create_policy(
            session,
            organization_id=merchant.id,
            wish=PolicyWish("never", is_active=True, terms={"max_retries": 0}),
            actor="usr_x",
            request_id=None,
            now=clock.now(),
        )
    (outcome,) = record(container, incoming(merchant, "none"))

    recovery = orjson.loads(outcome.body)["recovery"]
    assert (recovery["status"], recovery["next_attempt_at"]) == ("exhausted", None)


def test_two_processes_that_meet_at_a_new_transaction_make_one_of_it(container, merchant):
    with ThreadPoolExecutor(1) as other:
        with container.database.begin() as session:
            (first,) = record_failures(
                session, items=[incoming(merchant, "meet")], now=container.clock.now(), retention=DAY
            )
            waiting = other.submit(record, container, incoming(merchant, "meet"))
            wait_for_a_lock(container)
        (second,) = waiting.result(timeout=20)

    assert orjson.loads(first.body)["recovery"] == orjson.loads(second.body)["recovery"]


def wait_for_a_lock(container: Container) -> None:
    """Return once somebody in this database waits for somebody else's transaction."""
    blocked = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    for _ in range(400):
        with container.database.engine.connect() as connection:
            if connection.execute(blocked).scalar_one():
                return
        time.sleep(0.01)
    raise AssertionError("nobody waits")

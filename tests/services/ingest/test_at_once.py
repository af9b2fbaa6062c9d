"""The short way in: one statement for what nobody reported before, and a hand-over of all the rest."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta

import orjson
import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from app.db.models import Organization
from app.domain.ingest.report import FailureReport
from app.services.ingest import AtOnce, Incoming, Recorded, record_group
from app.services.recovery.policies import PolicyWish, create_policy
from tests.factories.identity import Merchant

DAY = timedelta(days=1)


def incoming(merchant: Merchant, ref: str, *, key: str | None = None, **fields) -> Incoming:
    money = {"amount": 5000, "currency": "INR", "payment_method": {"token": "pm_sandbox_ok"}}
    report = FailureReport(ref, **({"gateway": "stripe", "failure_reason": "insufficient_funds"} | money | fields))
    return Incoming(merchant.id, report, key, b"mark" if key else b"")


@pytest.fixture
def at_once(container):
    def record(*items):
        return container.at_once.record(items, now=container.clock.now(), retention=DAY)

    return record


@pytest.fixture
def record(container):
    def record(*items):
        begin, clock = container.database.begin, container.clock
        return record_group(begin, items=items, clock=clock, retention=DAY, at_once=container.at_once)

    return record


@pytest.fixture
def count(container):
    def count(table, organization_id):
        statement = text(f"SELECT count(*) FROM {table} WHERE organization_id = :id")
        with container.database.begin() as session:
            return session.execute(statement, {"id": organization_id}).scalar_one()

    return count


def body(outcome):
    assert isinstance(outcome, Recorded)
    return orjson.loads(outcome.body)


def test_reports_of_new_transactions_are_written_whole(at_once, count, merchant):
    outcomes = at_once(incoming(merchant, "a"), incoming(merchant, "b", key="once"))

    assert sorted(outcomes) == [0, 1]
    assert [body(outcomes[i])["transaction_ref"] for i in (0, 1)] == ["a", "b"]
    tables = ("transactions", "recoveries", "failure_events", "attempts", "idempotency_keys")
    assert [count(table, merchant.id) for table in tables] == [2, 2, 2, 2, 1]


def test_what_is_known_already_is_left_alone(at_once, count, merchant):
    at_once(incoming(merchant, "known"))
    outcomes = at_once(incoming(merchant, "known"), incoming(merchant, "new"))

    assert list(outcomes) == [1]
    assert count("failure_events", merchant.id) == 2


def test_a_known_key_is_left_alone_whatever_it_came_with(at_once, count, merchant):
    at_once(incoming(merchant, "first", key="k"))

    assert at_once(incoming(merchant, "second", key="k")) == {}
    assert count("transactions", merchant.id) == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"amount": None},
        {"failure_reason": "nobody_knows_this"},
        {"failure_reason": "already_paid"},
    ],
    ids=["refused", "unknown code", "nothing to plan"],
)
def test_what_leads_to_more_than_rows_of_its_own_leaves_no_trace(at_once, count, merchant, fields):
    assert at_once(incoming(merchant, "odd", **fields)) == {}
    tables = ("transactions", "recoveries", "failure_events", "attempts", "timeline", "unknown_codes")
    assert [count(table, merchant.id) for table in tables] == [0, 0, 0, 0, 0, 0]


def test_a_group_that_names_a_transaction_or_a_key_twice_records_the_first(at_once, merchant):
    items = [incoming(merchant, ref, key=key) for ref, key in (("x", "k"), ("x", None), ("y", "k"), ("z", None))]

    assert sorted(at_once(*items)) == [0, 3]


def test_a_merchant_whose_clock_moved_is_read_again(container, at_once, merchant):
    at_once(incoming(merchant, "before"))
    with container.database.begin() as session:
        session.get_one(Organization, merchant.id).clock_offset = 3 * DAY

    assert at_once(incoming(merchant, "behind")) == {}
    moved = body(at_once(incoming(merchant, "after"))[0])
    assert moved["received_at"] == (container.clock.now() + 3 * DAY).isoformat().replace("+00:00", "Z")


def test_a_merchant_with_another_policy_is_read_again(container, record, merchant):
    before = body(*record(incoming(merchant, "before")))
    with container.database.begin() as session:
        wish = PolicyWish("quick", is_active=True, terms={"initial_delay_minutes": 5})
        where = {"organization_id": merchant.id, "actor": "usr_x", "request_id": None}
        create_policy(session, **where, wish=wish, now=container.clock.now())
    after = [body(*record(incoming(merchant, ref))) for ref in ("just after", "later")]

    steps = [answer["recovery"]["next_attempt_at"] for answer in (before, *after)]
    now = container.clock.now()
    wanted = [now + timedelta(minutes=minutes) for minutes in (60, 5, 5)]
    assert steps == [moment.isoformat().replace("+00:00", "Z") for moment in wanted]


def test_an_organization_that_nobody_knows_is_left_alone(at_once, merchant):
    assert at_once(Incoming("org_nobody", incoming(merchant, "x").report)) == {}


def test_all_that_the_short_way_leaves_goes_the_long_way(record, count, merchant):
    record(incoming(merchant, "known", key="k"))
    outcomes = record(
        incoming(merchant, "new"),
        incoming(merchant, "known", amount=700),
        incoming(merchant, "known", key="k"),
        incoming(merchant, "strange", failure_reason="nobody_knows_this"),
        incoming(merchant, "new"),
    )

    assert [body(outcome)["transaction_ref"] for outcome in outcomes] == ["new", "known", "known", "strange", "new"]
    assert [outcome.replayed for outcome in outcomes] == [False, False, True, False, False]
    assert (count("transactions", merchant.id), count("failure_events", merchant.id)) == (3, 5)
    assert body(outcomes[0])["recovery"] == body(outcomes[4])["recovery"]


def test_processes_that_report_the_same_at_once_make_one_recovery_of_it(container, count, merchant):
    def report(_):
        begin, clock = container.database.begin, container.clock
        own = AtOnce(container.at_once._connect)
        items = [incoming(merchant, f"same-{each}") for each in range(8)]
        return record_group(begin, items=items, clock=clock, retention=DAY, at_once=own)

    with ThreadPoolExecutor(4) as pool:
        outcomes = [body(outcome) for group in pool.map(report, range(4)) for outcome in group]
    assert len({answer["recovery"]["id"] for answer in outcomes}) == 8
    assert len({answer["id"] for answer in outcomes}) == 32
    assert (count("recoveries", merchant.id), count("failure_events", merchant.id)) == (8, 32)


def test_a_broken_connection_costs_nothing_but_time(container, count, merchant):
    @contextmanager
    def broken():
        raise OperationalError("x", {}, psycopg.OperationalError())
        yield

    begin, clock = container.database.begin, container.clock
    (outcome,) = record_group(
        begin, items=[incoming(merchant, "kept")], clock=clock, retention=DAY, at_once=AtOnce(broken)
    )
    assert body(outcome)["transaction_ref"] == "kept"
    assert count("failure_events", merchant.id) == 1

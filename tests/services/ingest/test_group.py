"""Groups of reports on the real database: all or none of each report, whatever its neighbours are."""

from datetime import timedelta

import orjson
import psycopg
import pytest
from sqlalchemy.exc import OperationalError

from app.bootstrap import Container
from app.domain.errors import UnavailableError
from app.domain.ingest.report import FailureReport
from app.services.ingest import Incoming, Recorded, record_group
from app.services.ingest.draft import RacedError
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

"""Which providers fail, as those who write to payers are told."""

from dataclasses import dataclass, field
from datetime import timedelta

import pytest
import redis

from app.db.models import Organization
from app.domain.payments.breaker import BreakerState, Tripped
from app.services.payments.outages import Outages


@dataclass
class Breakers:
    states: list[Tripped] = field(default_factory=list)
    down: bool = False
    asked: int = 0

    def tripped(self, *, now, limit):
        del now, limit
        self.asked += 1
        if self.down:
            raise redis.TimeoutError
        return self.states


@dataclass
class Seconds:
    value: float = 0.0

    def __call__(self) -> float:
        return self.value


@pytest.fixture
def breakers():
    return Breakers()


def since(engine, outages, gateway="sandbox"):
    with engine.begin() as session:
        organization = session.get_one(Organization, engine.organization_id)
        return outages.since(session, organization=organization, gateway=gateway, now=engine.clock.now())


def tripped(engine, *, lane="calls", state=BreakerState.OPEN):
    return Tripped("sandbox", engine.account().account_id, lane, state, engine.clock.now() - timedelta(minutes=3))


@pytest.mark.parametrize("state", [BreakerState.OPEN, BreakerState.HALF_OPEN])
def test_an_account_whose_breaker_is_not_closed_fails_since_it_opened(engine, breakers, state):
    breakers.states = [tripped(engine, state=state)]
    assert since(engine, Outages(breakers)) == engine.clock.now() - timedelta(minutes=3)


def test_accounts_of_others_and_look_ups_that_fail_are_no_outage_of_ours(engine, breakers):
    breakers.states = [tripped(engine.another()), tripped(engine, lane="reads")]
    assert since(engine, Outages(breakers)) is None


def test_an_organization_without_an_account_has_no_outage(engine, breakers):
    breakers.states = [tripped(engine)]
    assert since(engine.another(mode="live"), Outages(breakers)) is None


def test_the_list_is_read_again_after_a_few_seconds(engine, breakers):
    stopwatch = Seconds()
    outages = Outages(breakers, monotonic=stopwatch)
    for _ in range(3):
        assert since(engine, outages) is None
    assert breakers.asked == 1
    breakers.states, stopwatch.value = [tripped(engine)], 5.0
    assert since(engine, outages) is not None
    assert breakers.asked == 2


def test_without_redis_nothing_is_known_to_fail(engine, breakers):
    breakers.down = True
    assert since(engine, Outages(breakers)) is None


def test_every_process_that_writes_to_payers_knows_of_outages(engine):
    assert isinstance(engine.container.mailroom.outages, Outages)

"""Breakers shared through Redis: atomic, bounded, and never in the way when Redis is gone."""

import json
import secrets
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import redis

from app.domain.payments.breaker import BreakerRules, BreakerState
from app.psp.breaker_store import BreakerKey, RedisBreakerStore

NOW = datetime(2026, 3, 1, 12, 0, 0, 250_000, tzinfo=UTC)
RULES = BreakerRules()


@pytest.fixture(params=[False, True], ids=["bytes", "text"])
def client(request, redis_url):
    with redis.Redis.from_url(redis_url, decode_responses=request.param) as client:
        yield client


@pytest.fixture
def store(client):
    return RedisBreakerStore(client)


@pytest.fixture
def key():
    return BreakerKey("stripe", f"psp_{secrets.token_hex(6)}", "calls")


def fail(store, key, times=10, *, now=NOW):
    for _ in range(times):
        store.record(key, failed=True, probe=False, rules=RULES, now=now)


def test_a_breaker_that_nobody_knows_is_closed(store, key, client):
    assert store.permit(key, rules=RULES, now=NOW).allowed
    assert client.exists(f"tinko:breaker:{key}") == 0


def told(store, key, *, now=NOW):
    """Return the state and the beginning of a breaker's outage; None if it is not listed."""
    found = [each for each in store.tripped(now=now) if each.account_id == key.account_id]
    assert [(each.psp, each.lane) for each in found] in ([], [(key.psp, key.lane)])
    return (found[0].state, found[0].since) if found else None


def test_what_one_process_learned_another_one_knows(store, key, redis_url):
    fail(store, key)
    with redis.Redis.from_url(redis_url) as other:
        answer = RedisBreakerStore(other).permit(key, rules=RULES, now=NOW + timedelta(seconds=10))
    assert answer.retry_after == timedelta(seconds=20)


def test_a_trip_is_listed_until_it_is_over(store, key):
    fail(store, key)
    assert told(store, key) == ("open", NOW)
    later = NOW + timedelta(seconds=31)
    assert store.permit(key, rules=RULES, now=later).probe
    assert told(store, key, now=later) == ("half_open", NOW)
    store.record(key, failed=False, probe=True, rules=RULES, now=later)
    assert told(store, key, now=later) is None


def test_nothing_stays_in_redis_for_ever(store, key, client):
    fail(store, key)
    assert 0 < client.ttl(f"tinko:breaker:{key}") <= 1800
    assert 0 < client.ttl("tinko:breakers:tripped") <= 1800
    assert told(store, key, now=NOW + timedelta(hours=1)) is None


def test_of_many_callers_at_once_exactly_one_probes(store, key):
    fail(store, key)
    later, gate = NOW + timedelta(seconds=31), threading.Barrier(8)

    def ask(_):
        gate.wait()
        return store.permit(key, rules=RULES, now=later)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(8)))
    assert sum(answer.probe for answer in answers) == 1
    assert sum(answer.allowed for answer in answers) == 1


def test_a_state_that_an_older_version_wrote_is_read(store, key, client):
    fail(store, key)
    kept = json.loads(client.get(f"tinko:breaker:{key}"))
    del kept["o"]
    client.set(f"tinko:breaker:{key}", json.dumps(kept), ex=60)
    assert told(store, key) == ("open", None)
    assert not store.permit(key, rules=RULES, now=NOW).allowed


@pytest.mark.parametrize("rubbish", ["", "{}", "[]", "null", '{"s":"ajar"}'])
def test_a_state_that_cannot_be_read_is_a_closed_breaker(store, key, client, rubbish):
    client.set(f"tinko:breaker:{key}", rubbish, ex=60)
    answer = store.permit(key, rules=RULES, now=NOW)
    assert (answer.allowed, answer.breaker.state) == (True, BreakerState.CLOSED)
    fail(store, key)
    assert not store.permit(key, rules=RULES, now=NOW).allowed


def test_without_redis_calls_pass_and_health_pages_hear_of_it(key):
    with redis.Redis(host="127.0.0.1", port=1, socket_connect_timeout=0.2, retry=None) as client:
        store = RedisBreakerStore(client)
        assert store.permit(key, rules=RULES, now=NOW).allowed
        store.record(key, failed=True, probe=False, rules=RULES, now=NOW)
        with pytest.raises(redis.ConnectionError):
            store.tripped(now=NOW)


def test_a_breaker_that_others_keep_changing_lets_the_call_pass(store, key, client):
    class Restless:
        """A Redis in which every compare-and-set comes too late."""

        def __init__(self):
            self.swaps = 0

        def get(self, name):
            return client.get(name)

        def register_script(self, _):
            def swap(**_):
                self.swaps += 1
                return 0

            return swap

    fail(store, key)
    restless = Restless()
    answer = RedisBreakerStore(restless).permit(key, rules=RULES, now=NOW + timedelta(seconds=31))
    assert (answer.allowed, answer.probe, restless.swaps) == (True, False, 8)

"""Token buckets, in Redis and without it."""

import secrets
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from app.infra.rate_limit import Bucket, LeasedRateLimiter, LocalBuckets, RateLimiter
from app.infra.redis import connect

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


class CountingRedis:
    """Passes scripts on, and counts how often somebody asked."""

    def __init__(self, client):
        self._client = client
        self.asked = 0

    def register_script(self, script):
        registered = self._client.register_script(script)

        def run(**arguments):
            self.asked += 1
            return registered(**arguments)

        return run


@pytest.fixture
def redis(redis_url):
    client = connect(redis_url)
    yield CountingRedis(client)
    client.close()


@pytest.fixture
def key():
    return secrets.token_hex(8)


@pytest.fixture
def down():
    return CountingRedis(connect("redis://127.0.0.1:1/0"))


def test_a_bucket_gives_its_limit_and_then_says_how_long_to_wait(redis, key):
    limiter = RateLimiter(redis)
    assert [limiter.take(key, limit=5, per=MINUTE, now=NOW) for _ in range(5)] == [None] * 5
    assert limiter.take(key, limit=5, per=MINUTE, now=NOW) == timedelta(seconds=12)
    assert limiter.take(key, limit=5, per=MINUTE, now=NOW + timedelta(seconds=11)) == timedelta(seconds=1)
    assert limiter.take(key, limit=5, per=MINUTE, now=NOW + timedelta(seconds=12)) is None
    assert limiter.take(key, limit=5, per=MINUTE, now=NOW + timedelta(seconds=12)) is not None


def test_a_bucket_never_holds_more_than_its_limit(redis, key):
    limiter = RateLimiter(redis)
    limiter.take(key, limit=2, per=MINUTE, now=NOW)
    later = NOW + timedelta(hours=1)
    assert [limiter.take(key, limit=2, per=MINUTE, now=later) is None for _ in range(3)] == [True, True, False]


def test_a_clock_that_goes_back_gives_nothing(redis, key):
    limiter = RateLimiter(redis)
    assert limiter.take(key, limit=1, per=MINUTE, now=NOW) is None
    assert limiter.take(key, limit=1, per=MINUTE, now=NOW - MINUTE) == MINUTE


def test_a_dear_request_takes_more(redis, key):
    limiter = RateLimiter(redis)
    assert limiter.take(key, limit=10, per=MINUTE, cost=8, now=NOW) is None
    assert limiter.take(key, limit=10, per=MINUTE, cost=3, now=NOW) == timedelta(seconds=6)
    assert limiter.take(key, limit=10, per=MINUTE, cost=2, now=NOW) is None


def test_keys_have_buckets_of_their_own(redis, key):
    limiter = RateLimiter(redis)
    assert limiter.take(key, limit=1, per=MINUTE, now=NOW) is None
    assert limiter.take(key + "b", limit=1, per=MINUTE, now=NOW) is None


def test_many_at_once_get_no_more_than_the_limit(redis, key):
    limiter = RateLimiter(redis)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: limiter.take(key, limit=7, per=MINUTE, now=NOW), range(40)))
    assert answers.count(None) == 7


def test_without_redis_ordinary_traffic_passes_and_redis_is_left_alone_for_a_while(down, key):
    limiter = RateLimiter(down)
    assert [limiter.take(key, limit=1, per=MINUTE, now=NOW) for _ in range(5)] == [None] * 5
    assert down.asked == 1
    limiter.take(key, limit=1, per=MINUTE, now=NOW + timedelta(seconds=2))
    assert down.asked == 2


def test_without_redis_strict_traffic_is_counted_here(down, key):
    limiter = RateLimiter(down)
    answers = [limiter.take(key, limit=2, per=MINUTE, now=NOW, strict=True) for _ in range(3)]
    assert answers == [None, None, timedelta(seconds=30)]
    assert limiter.take(key, limit=2, per=MINUTE, now=NOW + timedelta(seconds=30), strict=True) is None


def test_buckets_of_this_process_forget_the_oldest():
    buckets, bucket = LocalBuckets(), Bucket(1, MINUTE)
    for n in range(10_001):
        assert buckets.take(str(n), bucket=bucket, cost=1, now=NOW) is None
    assert buckets.take("0", bucket=bucket, cost=1, now=NOW) is None
    assert buckets.take("10000", bucket=bucket, cost=1, now=NOW) is not None


def test_leased_tokens_are_spent_without_asking(redis, key):
    leased = LeasedRateLimiter(RateLimiter(redis))
    assert not leased.spend(key, now=NOW)
    assert [leased.take(key, limit=60_000, per=MINUTE, now=NOW) for _ in range(250)] == [None] * 250
    assert redis.asked == 3
    assert leased.spend(key, now=NOW)


def test_leased_tokens_are_never_more_than_the_limit(redis, key):
    leased = LeasedRateLimiter(RateLimiter(redis))
    answers = [leased.take(key, limit=350, per=MINUTE, now=NOW) for _ in range(400)]
    assert answers.count(None) == 350
    assert answers[350] == timedelta(milliseconds=172)


def test_two_processes_share_what_they_lease_from(redis, key):
    here, there = (LeasedRateLimiter(RateLimiter(redis)) for _ in range(2))
    taken = [each.take(key, limit=100, per=MINUTE, now=NOW) for each in (here, there) * 60]
    assert taken.count(None) == 100


def test_who_was_refused_is_refused_again_without_asking(redis, key):
    leased = LeasedRateLimiter(RateLimiter(redis))
    leased.take(key, limit=1, per=MINUTE, now=NOW)
    assert leased.take(key, limit=1, per=MINUTE, now=NOW) == MINUTE
    asked = redis.asked
    assert leased.take(key, limit=1, per=MINUTE, now=NOW + timedelta(seconds=20)) == timedelta(seconds=40)
    assert redis.asked == asked
    assert leased.take(key, limit=1, per=MINUTE, now=NOW + MINUTE) is None


def test_a_lease_is_forgotten_after_a_second(redis, key):
    leased = LeasedRateLimiter(RateLimiter(redis))
    leased.take(key, limit=60_000, per=MINUTE, now=NOW)
    assert leased.spend(key, now=NOW + timedelta(milliseconds=999))
    assert not leased.spend(key, now=NOW + timedelta(seconds=1))


def test_without_redis_leased_traffic_passes(down, key):
    leased = LeasedRateLimiter(RateLimiter(down))
    assert [leased.take(key, limit=1, per=MINUTE, now=NOW) for _ in range(5)] == [None] * 5

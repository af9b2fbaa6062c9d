"""Who asks too often is told when to come back."""

from datetime import timedelta

import httpx
import pytest
import redis

from app.api.app import build_api
from app.bootstrap import build_container
from tests.factories.identity import make_api_key
from tests.fakes.server import served


def forget_buckets(redis_url) -> None:
    with redis.Redis.from_url(redis_url) as client:
        client.delete(*client.scan_iter("tinko:rate:*", count=1000), "tinko:rate:none")


@pytest.fixture
def own_buckets(redis_url):
    """All tests ask from one address: what small limits leave in its bucket would refuse the next one's sign-in."""
    forget_buckets(redis_url)
    yield
    forget_buckets(redis_url)


@pytest.fixture
def strict(settings, clock, own_buckets):  # noqa: ARG001  (the servers' buckets are empty then)
    limits = {"rate_limit_auth_per_minute": 3, "rate_limit_writes_per_minute": 3, "rate_limit_reads_per_minute": 4}
    container = build_container(settings.model_copy(update=limits), clock=clock)
    with served(build_api(container)) as url, httpx.Client(base_url=url, timeout=30) as client:
        yield client
    container.close()


def test_a_try_too_many_to_sign_in_within_a_minute_has_to_wait(strict, clock):
    body = {"email": "somebody@example.com", "password": "wrong password"}
    answers = [strict.post("/v1/auth/login", json=body) for _ in range(4)]
    assert [each.status_code for each in answers] == [401] * 3 + [429]
    assert answers[3].json()["code"] == "rate_limited"
    assert answers[3].headers["retry-after"] == "20"
    other = {**body, "email": "another@example.com"}
    assert strict.post("/v1/auth/login", json=other).status_code == 401
    clock.advance(timedelta(seconds=20))
    assert strict.post("/v1/auth/login", json=body).status_code == 401
    assert strict.post("/v1/auth/login", json=body).json()["code"] == "rate_limited"


def test_guessing_over_many_accounts_has_to_wait_too(strict):
    answers = [
        strict.post("/v1/auth/login", json={"email": f"u{n}@example.com", "password": "wrong password"}).status_code
        for n in range(31)
    ]
    assert answers == [401] * 30 + [429]


def test_reads_and_writes_of_a_key_are_counted_apart(strict, container, cast):
    _, secret = make_api_key(container, cast.merchant, "*")
    headers = {"Authorization": f"Bearer {secret}"}
    reads = [strict.get("/v1/auth/org", headers=headers) for _ in range(5)]
    assert [each.status_code for each in reads] == [200] * 4 + [429]
    assert reads[4].headers["retry-after"] == "15"
    writes = [strict.post("/v1/api_keys", json={"name": "x"}, headers=headers).status_code for _ in range(4)]
    assert writes == [403] * 3 + [429]
    assert strict.get("/v1/auth/org", headers=cast.merchant.headers).status_code == 200

"""Who asks too often is told when to come back."""

from datetime import timedelta

import httpx
import pytest

from app.api.app import build_api
from app.bootstrap import build_container
from tests.factories.identity import make_api_key
from tests.fakes.server import served


@pytest.fixture
def strict(settings, clock):
    limits = {"rate_limit_auth_per_minute": 5, "rate_limit_writes_per_minute": 3, "rate_limit_reads_per_minute": 4}
    container = build_container(settings.model_copy(update=limits), clock=clock)
    with served(build_api(container)) as url, httpx.Client(base_url=url, timeout=30) as client:
        yield client


def test_the_sixth_try_to_sign_in_within_a_minute_has_to_wait(strict, clock):
    body = {"email": "somebody@example.com", "password": "wrong password"}
    answers = [strict.post("/v1/auth/login", json=body) for _ in range(6)]
    assert [each.status_code for each in answers] == [401] * 5 + [429]
    assert answers[5].json()["code"] == "rate_limited"
    assert answers[5].headers["retry-after"] == "12"
    other = {**body, "email": "another@example.com"}
    assert strict.post("/v1/auth/login", json=other).status_code == 401
    clock.advance(timedelta(seconds=12))
    assert strict.post("/v1/auth/login", json=body).status_code == 401
    assert strict.post("/v1/auth/login", json=body).status_code == 429


def test_guessing_over_many_accounts_has_to_wait_too(strict, clock):
    clock.advance(timedelta(minutes=2))
    answers = [
        strict.post("/v1/auth/login", json={"email": f"u{n}@example.com", "password": "wrong password"}).status_code
        for n in range(51)
    ]
    assert answers == [401] * 50 + [429]


def test_reads_and_writes_of_a_key_are_counted_apart(strict, container, cast):
    _, secret = make_api_key(container, cast.merchant, "*")
    headers = {"Authorization": f"Bearer {secret}"}
    reads = [strict.get("/v1/auth/org", headers=headers) for _ in range(5)]
    assert [each.status_code for each in reads] == [200] * 4 + [429]
    assert reads[4].headers["retry-after"] == "15"
    writes = [strict.post("/v1/api_keys", json={"name": "x"}, headers=headers).status_code for _ in range(4)]
    assert writes == [403] * 3 + [429]
    assert strict.get("/v1/auth/org", headers=cast.merchant.headers).status_code == 200

"""Calls with a key: what cannot be sent is not sent."""

import json

import httpx
import pytest

from app.domain.payments.port import Outcome
from app.domain.payments.problems import Problem
from app.infra.http import build_client
from app.psp.keyed import KeyedApi
from app.psp.wire import Failure, Reply


class Far:
    """Answers every request, and keeps them."""

    def __init__(self):
        self.requests = []

    def __call__(self, request):
        self.requests.append(request)
        return httpx.Response(200, json={"ok": True})


def api(far, *, secret="sk_1", **options):
    client = build_client(base_url="http://psp.test", transport=httpx.MockTransport(far))
    return KeyedApi(client, name="secret_key", secret=secret, authorization=lambda key: f"Bearer {key}", **options)


def test_every_call_bears_the_key_and_a_post_its_own_once():
    far = Far()
    keyed = api(far, headers={"api-version": "2"})
    assert keyed.get("/v1/a", {"limit": 1}) == Reply(200, {"ok": True})
    assert keyed.post("/v1/b", {"c": 1}, key="atm_1") == Reply(200, {"ok": True})
    read, made = far.requests
    assert [one.headers["authorization"] for one in far.requests] == ["Bearer sk_1"] * 2
    assert [one.headers["api-version"] for one in far.requests] == ["2"] * 2
    assert (read.method, str(read.url), "idempotency-key" in read.headers) == (
        "GET",
        "http://psp.test/v1/a?limit=1",
        False,
    )
    assert (made.method, made.url.path, made.headers["idempotency-key"]) == ("POST", "/v1/b", "atm_1")
    assert json.loads(made.content) == {"c": 1}


@pytest.mark.parametrize("secret", ["", "sk 1", "sk_1\n", "clé", "x" * 256])
def test_a_key_that_no_header_can_carry_is_never_sent(secret):
    far = Far()
    keyed = api(far, secret=secret)
    refused = Failure(Outcome.ERROR, Problem.CREDENTIALS_INVALID, detail="the account has no usable secret_key")
    assert keyed.get("/v1/a") == refused
    assert keyed.post("/v1/b", {}, key="atm_1") == refused
    assert far.requests == []


@pytest.mark.parametrize("key", ["", "a b", "é", "x" * 256])
def test_a_post_without_a_usable_idempotency_key_is_never_sent(key):
    far = Far()
    refused = Failure(Outcome.ERROR, Problem.REQUEST_INVALID, detail="not an idempotency key")
    assert api(far).post("/v1/b", {}, key=key) == refused
    assert far.requests == []


def test_a_provider_may_send_in_its_own_way():
    def send(_client, method, path, **request):
        return Reply(200, (method, path, request))

    assert api(Far(), send=send).get("/v1/a").body == (
        "GET",
        "/v1/a",
        {"headers": {"authorization": "Bearer sk_1"}, "params": None},
    )

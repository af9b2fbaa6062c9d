"""Only what certainly sent nothing is an error; anything else that broke is unknown."""

from datetime import timedelta

import httpx
import pytest

from app.domain.payments.port import Outcome
from app.domain.payments.problems import Problem
from app.infra.http import USER_AGENT, build_client
from app.psp.wire import Failure, Reply, exchange, retry_after_of

UNKNOWN, ERROR = Outcome.UNKNOWN, Outcome.ERROR


def ask(handler):
    with build_client(base_url="http://psp.test", transport=httpx.MockTransport(handler)) as client:
        return exchange(client, "POST", "/v1/x", headers={"a": "b"}, body={"c": 1}, params={"d": 2})


@pytest.mark.parametrize(
    ("error", "outcome", "problem", "transient"),
    [
        (httpx.ConnectError, ERROR, Problem.UNREACHABLE, True),
        (httpx.ConnectTimeout, ERROR, Problem.UNREACHABLE, True),
        (httpx.PoolTimeout, ERROR, Problem.UNREACHABLE, True),
        (httpx.UnsupportedProtocol, ERROR, Problem.UNREACHABLE, True),
        (httpx.ReadTimeout, UNKNOWN, Problem.TIMEOUT, False),
        (httpx.WriteTimeout, UNKNOWN, Problem.TIMEOUT, False),
        (httpx.ReadError, UNKNOWN, Problem.CONNECTION_LOST, False),
        (httpx.WriteError, UNKNOWN, Problem.CONNECTION_LOST, False),
        (httpx.CloseError, UNKNOWN, Problem.CONNECTION_LOST, False),
        (httpx.RemoteProtocolError, UNKNOWN, Problem.CONNECTION_LOST, False),
        (httpx.LocalProtocolError, UNKNOWN, Problem.CONNECTION_LOST, False),
        (httpx.ProxyError, UNKNOWN, Problem.CONNECTION_LOST, False),
        (httpx.DecodingError, UNKNOWN, Problem.MALFORMED_REPLY, False),
    ],
)
def test_a_broken_exchange_is_classified_by_whether_it_was_sent(error, outcome, problem, transient):
    def breaks(_):
        raise error("boom")

    assert ask(breaks) == Failure(outcome, problem, transient=transient, detail=error.__name__)


def test_a_request_goes_out_once_as_it_was_asked():
    seen = []

    def answer(request):
        seen.append(request)
        return httpx.Response(201, json={"ok": True}, headers={"retry-after": "3"})

    assert ask(answer) == Reply(201, {"ok": True}, timedelta(seconds=3))
    (request,) = seen
    assert (request.method, str(request.url)) == ("POST", "http://psp.test/v1/x?d=2")
    assert (request.headers["user-agent"], request.headers["a"]) == (USER_AGENT, "b")
    assert request.content == b'{"c":1}'


@pytest.mark.parametrize("content", [b"<html>", b"", b"\xff\xfe", b"[" * 100_000])
def test_a_body_that_is_not_json_is_none(content):
    assert ask(lambda _: httpx.Response(200, content=content)) == Reply(200, None)


def test_redirects_are_not_followed():
    assert ask(lambda _: httpx.Response(307, headers={"location": "http://elsewhere.test/"})) == Reply(307, None)


@pytest.mark.parametrize("value", ["", "soon", "-1", "1.5", "9999999", "Wed, 21 Oct 2026 07:28:00 GMT", "²"])
def test_a_retry_after_that_is_not_seconds_is_none(value):
    assert retry_after_of({"retry-after": value}) is None


def test_time_outs_are_those_of_the_settings():
    with build_client(read_timeout=timedelta(seconds=7)) as client:
        assert client.timeout == httpx.Timeout(connect=3, read=7, write=10, pool=3)
        assert client.trust_env is False
        assert client.follow_redirects is False

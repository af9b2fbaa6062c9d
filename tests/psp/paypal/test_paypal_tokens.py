"""Access tokens: one per account, kept until shortly before they end, never shown."""

import base64
import threading
from datetime import timedelta

import httpx
import pytest

from app.domain.payments.port import Credentials, Outcome
from app.domain.payments.problems import Problem
from app.psp import paypal
from app.psp.paypal.client import TokenBook
from app.psp.provider import ProviderSettings
from tests.psp.paypal.paypal_wire import BASE, CAPTURING, CHARGE, ORDERS, READ_CAPTURE, Script, adapter, capture, order

TOKEN = "/v1/oauth2/token"


def grants(script):
    return [one for one in script.seen if one.url.path == TOKEN]


def test_one_token_serves_all_calls_of_an_account():
    script = Script().on("GET", READ_CAPTURE, (200, capture()))
    with adapter(script) as psp:
        for _ in range(3):
            psp.retrieve_payment(psp_payment_id="3C679366HH908993F", attempt_id=None)
    (grant,) = grants(script)
    assert grant.content == b"grant_type=client_credentials"
    assert grant.headers["authorization"] == "Basic " + base64.b64encode(b"AX-client:EX-secret").decode()
    assert {one.headers["authorization"] for one in script.seen if one is not grant} == {"Bearer A21-token"}


def test_two_accounts_and_a_changed_secret_have_tokens_of_their_own():
    script = Script().on("GET", READ_CAPTURE, (200, capture()))
    settings = ProviderSettings("", timedelta(seconds=2), httpx.MockTransport(script))
    adapters = paypal.provider(settings)
    for secrets in (("a", "one"), ("b", "one"), ("a", "two"), ("a", "one")):
        named = dict(zip(("client_id", "client_secret"), secrets, strict=True))
        psp = adapters.bind(Credentials("psp_1", "paypal", live=False, secrets=named))
        psp.retrieve_payment(psp_payment_id="3C679366HH908993F", attempt_id=None)
    adapters.close()
    assert len(grants(script)) == 3


def test_a_refused_token_is_renewed_once_and_the_call_repeated_once():
    script = Script().on("POST", TOKEN, *[(200, {"access_token": f"t{n}", "expires_in": 32400}) for n in (1, 2, 3)])
    script.on("POST", ORDERS, (201, order()), (401, {"name": "AUTHENTICATION_FAILURE"}), (201, order()))
    script.on("POST", CAPTURING, (201, order("COMPLETED", capture())))
    with adapter(script) as psp:
        assert psp.create_payment(CHARGE).outcome is Outcome.SUCCEEDED
        assert psp.create_payment(CHARGE).outcome is Outcome.SUCCEEDED
    asked = [(one.method, one.url.path, one.headers["authorization"][-2:]) for one in script.seen]
    assert asked[3:] == [
        ("POST", ORDERS, "t1"),
        ("POST", TOKEN, asked[4][2]),
        ("POST", ORDERS, "t2"),
        ("POST", CAPTURING, "t2"),
    ]
    assert len({one.headers["paypal-request-id"] for one in script.seen if one.url.path == ORDERS}) == 1


def test_a_fresh_token_that_is_refused_too_is_an_answer():
    script = Script().on("POST", ORDERS, (401, {"name": "AUTHENTICATION_FAILURE"}))
    with adapter(script) as psp:
        result = psp.create_payment(CHARGE)
    assert (result.outcome, result.error_code, result.transient) == (
        Outcome.ERROR,
        Problem.CREDENTIALS_INVALID,
        False,
    )
    assert script.calls() == [f"POST {ORDERS}"]


@pytest.mark.parametrize(
    ("reply", "problem", "transient"),
    [
        ((401, {"error": "invalid_client"}), Problem.CREDENTIALS_INVALID, False),
        ((400, {"error": "invalid_client"}), Problem.CREDENTIALS_INVALID, False),
        (httpx.ReadTimeout("x"), Problem.TIMEOUT, True),
        (httpx.ConnectError("x"), Problem.UNREACHABLE, True),
        (httpx.Response(500), Problem.PROVIDER_ERROR, True),
        ((200, {"access_token": "two words"}), Problem.MALFORMED_REPLY, True),
        ((200, {}), Problem.MALFORMED_REPLY, True),
        ((429, {"name": "RATE_LIMIT_REACHED"}), Problem.RATE_LIMITED, True),
    ],
)
def test_without_a_token_nothing_is_sent_and_nothing_was_charged(reply, problem, transient):
    script = Script().on("POST", TOKEN, reply)
    with adapter(script) as psp:
        charged = psp.create_payment(CHARGE)
        read = psp.retrieve_payment(psp_payment_id="3C679366HH908993F", attempt_id=None)
    assert (charged.outcome, charged.error_code, charged.transient) == (Outcome.ERROR, problem, transient)
    assert (read.outcome, read.error_code) == (Outcome.UNKNOWN if transient else Outcome.ERROR, problem)
    assert script.calls() == []


def test_a_limit_on_tokens_says_when_to_come_back():
    script = Script().on("POST", TOKEN, (429, {"name": "RATE_LIMIT_REACHED"}, {"retry-after": "5"}))
    with adapter(script) as psp:
        assert psp.create_payment(CHARGE).retry_after == timedelta(seconds=5)


@pytest.mark.parametrize(
    "secrets", [{}, {"client_id": "x"}, {"client_id": "x", "client_secret": "a\r\nX: 1"}, {"client_secret": "y"}]
)
def test_credentials_that_no_header_can_carry_are_refused_without_a_call(secrets):
    script = Script()
    with adapter(script, secrets=secrets) as psp:
        result = psp.create_payment(CHARGE)
    assert (result.outcome, result.error_code) == (Outcome.ERROR, Problem.CREDENTIALS_INVALID)
    assert script.seen == []


@pytest.mark.parametrize(
    ("live", "api_base", "host"),
    [
        (False, "", "api-m.sandbox.paypal.com"),
        (True, "", "api-m.paypal.com"),
        (False, "https://stand-in.test/", "stand-in.test"),
    ],
)
def test_the_accounts_mode_decides_where_paypal_is_unless_the_operator_said(live, api_base, host):
    script = Script().on("GET", READ_CAPTURE, (200, capture()))
    with adapter(script, live=live, api_base=api_base) as psp:
        psp.retrieve_payment(psp_payment_id="3C679366HH908993F", attempt_id=None)
    assert {one.url.host for one in script.seen} == {host}
    assert all("//" not in one.url.path for one in script.seen)


class TestTheBook:
    def test_a_token_ends_two_minutes_early(self):
        now = [0.0]
        book = TokenBook(lambda: now[0])
        book.put("a", "t", lifetime=timedelta(seconds=600))
        now[0] = 479.9
        assert book.get("a") == "t"
        now[0] = 480.0
        assert book.get("a") is None

    def test_only_the_refused_token_is_dropped(self):
        book = TokenBook()
        book.put("a", "new", lifetime=timedelta(hours=9))
        book.drop("a", "old")
        assert book.get("a") == "new"
        book.drop("a", "new")
        assert book.get("a") is None

    def test_it_is_bounded(self):
        book = TokenBook()
        for number in range(2500):
            book.put(str(number), "t", lifetime=timedelta(hours=9))
        assert book.get("0") is None
        assert book.get("2499") == "t"
        assert len(book._tokens) == 2000

    def test_threads_share_it_and_nothing_shows_a_token(self):
        book = TokenBook()

        def work(name):
            for number in range(200):
                book.put(f"{name}{number}", f"secret-{name}", lifetime=timedelta(hours=9))
                assert book.get(f"{name}{number}") == f"secret-{name}"
                book.drop(f"{name}{number}", f"secret-{name}")

        threads = [threading.Thread(target=work, args=(name,)) for name in "abcd"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert book._tokens == {}
        book.put("a", "secret", lifetime=timedelta(hours=9))
        assert "secret" not in repr(book)


def test_the_adapter_shows_no_secret():
    with adapter(Script()) as psp:
        assert "EX-secret" not in repr(psp) + repr(vars(psp).get("_account"))
        assert psp._account.base == BASE

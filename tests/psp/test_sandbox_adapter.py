"""The sandbox adapter when the network, the far side or the credentials are not what they should be."""

import socket
import threading
from contextlib import contextmanager
from datetime import timedelta

import httpx
import pytest

from app.domain.money import Money
from app.domain.payments.errors import CheckoutFailedError
from app.domain.payments.port import (
    ChargeRequest,
    CheckoutRequest,
    Credentials,
    Outcome,
    PaymentMethod,
    RefundRequest,
)
from app.domain.payments.problems import Problem
from app.psp import sandbox
from app.psp.provider import ProviderSettings

CHARGE = ChargeRequest("att_1", "order-1", Money(5000, "INR"), PaymentMethod(token="pm_sandbox_ok"))
PAGE = CheckoutRequest("att_1", "order-1", Money(1, "INR"), "https://a.test", "https://b.test", timedelta(minutes=5))
REFUND = RefundRequest("ref_1", "pay_1", Money(1, "INR"))


@contextmanager
def adapter(*, api_base="http://psp.test", transport=None, api_key="sbx_0123456789abcdef"):
    adapters = sandbox.provider(
        ProviderSettings(api_base=api_base, read_timeout=timedelta(seconds=2), transport=transport)
    )
    secrets = {} if api_key is None else {"api_key": api_key}
    yield adapters.bind(Credentials("psp_1", "sandbox", live=False, secrets=secrets))
    adapters.close()


def answering(*replies):
    """A transport that gives these replies in turn, and notes what it was asked."""
    waiting, seen = list(replies), []

    def answer(request):
        seen.append(request)
        return waiting.pop(0)

    transport = httpx.MockTransport(answer)
    return transport, seen


@contextmanager
def door_that_shuts():
    """A server that reads a request and hangs up without a word."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()

        def serve():
            connection, _ = listener.accept()
            connection.recv(65536)
            connection.close()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        thread.join(timeout=5)


def test_where_nobody_listens_nothing_was_sent_and_a_read_says_nothing_of_the_payment():
    with adapter(api_base="http://127.0.0.1:1") as psp:
        charged, refunded = psp.create_payment(CHARGE), psp.refund(REFUND)
        read = psp.retrieve_payment(psp_payment_id="pay_1", attempt_id=None)
        with pytest.raises(CheckoutFailedError) as caught:
            psp.create_checkout(PAGE)
    assert (charged.outcome, charged.error_code, charged.transient) == (Outcome.ERROR, Problem.UNREACHABLE, True)
    assert (refunded.outcome, refunded.error_code, refunded.transient) == (Outcome.ERROR, Problem.UNREACHABLE, True)
    assert (read.outcome, read.error_code) == (Outcome.UNKNOWN, Problem.UNREACHABLE)
    assert (caught.value.problem, caught.value.transient) == (Problem.UNREACHABLE, True)


def test_a_connection_that_broke_after_the_request_is_unknown():
    with door_that_shuts() as base, adapter(api_base=base) as psp:
        result = psp.create_payment(CHARGE)
    assert (result.outcome, result.error_code, result.transient) == (Outcome.UNKNOWN, Problem.CONNECTION_LOST, False)


@pytest.mark.parametrize("api_key", [None, "", "two words", "sbx_\r\nX-Injected: 1", "schlüssel"])
def test_a_key_that_no_header_can_carry_is_refused_without_a_call(api_key):
    transport, seen = answering()
    with adapter(transport=transport, api_key=api_key) as psp:
        result = psp.create_payment(CHARGE)
    assert (result.outcome, result.error_code) == (Outcome.ERROR, Problem.CREDENTIALS_INVALID)
    assert seen == []


@pytest.mark.parametrize("attempt_id", ["", "a b", "att\r\nX: 1", "a" * 256])
def test_an_attempt_id_that_is_no_key_is_refused_without_a_call(attempt_id):
    transport, seen = answering()
    with adapter(transport=transport) as psp:
        result = psp.create_payment(ChargeRequest(attempt_id, "o", Money(1, "INR"), PaymentMethod(token="x")))
    assert (result.outcome, result.error_code, seen) == (Outcome.ERROR, Problem.REQUEST_INVALID, [])


def test_the_attempt_id_is_the_idempotency_key():
    transport, seen = answering(
        httpx.Response(201, json={"id": "pay_1", "status": "captured", "amount": 5000, "currency": "INR"})
    )
    with adapter(transport=transport) as psp:
        assert psp.create_payment(CHARGE).outcome is Outcome.SUCCEEDED
    assert seen[0].headers["idempotency-key"] == "att_1"
    assert seen[0].headers["authorization"] == "Bearer sbx_0123456789abcdef"


def test_a_look_up_that_failed_half_way_is_unknown_and_never_none():
    transport, seen = answering(httpx.Response(200, json={"items": []}), httpx.Response(502))
    with adapter(transport=transport) as psp:
        result = psp.retrieve_payment(psp_payment_id=None, attempt_id="att_1")
    assert (result.outcome, result.error_code) == (Outcome.UNKNOWN, Problem.PROVIDER_ERROR)
    assert [request.url.path for request in seen] == ["/v1/payments", "/v1/checkout_sessions"]


def test_a_look_up_that_failed_at_first_is_not_taken_for_none():
    transport, seen = answering(httpx.Response(503))
    with adapter(transport=transport) as psp:
        result = psp.retrieve_payment(psp_payment_id="pay_1", attempt_id="att_1")
    assert result.outcome is Outcome.UNKNOWN
    assert len(seen) == 1

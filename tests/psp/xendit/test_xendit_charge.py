"""Charging at Xendit: the attempt is looked for, the saved method read, and the payment asked for once."""

import base64
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import httpx
import pytest

from app.domain.classification import FailureSignals, classify
from app.domain.money import Money
from app.domain.payments.port import Decline, Outcome, PaymentMethod, PaymentResult, PaymentStatus
from app.domain.payments.problems import Problem
from tests.psp.xendit.xendit_replies import (
    CHARGE,
    NONE,
    NOT_FOUND,
    OURS,
    PRICE,
    Answers,
    adapter,
    error,
    listing,
    lost,
    ok,
    payment,
    refund,
    request,
    token,
)

MADE = httpx.Response(201, json=request())


def charged(*replies, asked_for=CHARGE, **account):
    transport = Answers(*replies)
    with adapter(transport, **account) as psp:
        return psp.create_payment(asked_for), transport


def test_a_charge_asks_in_the_major_unit_under_the_attempts_id():
    result, asked = charged(NONE, ok(token()), MADE)
    assert result == PaymentResult(Outcome.SUCCEEDED, psp_payment_id="pr-1", status=PaymentStatus.CAPTURED, money=PRICE)
    assert asked.asked == ["GET /v3/payment_requests", "GET /v3/payment_tokens/pt-1", "POST /v3/payment_requests"]
    assert dict(asked.seen[0].url.params) == {"reference_id": "att_1", "limit": "10"}
    sent = asked.seen[2].headers
    assert (sent["idempotency-key"], sent["api-version"]) == ("att_1", "2024-11-11")
    assert sent["authorization"] == "Basic " + base64.b64encode(b"xnd_development_12345678:").decode()
    assert asked.body(2) == {
        "reference_id": "att_1",
        "payment_token_id": "pt-1",
        "type": "PAY",
        "country": "ID",
        "currency": "IDR",
        "request_amount": Decimal("150000.5"),
        "capture_method": "AUTOMATIC",
        "channel_code": "CARDS",
        "channel_properties": {"skip_three_ds": True, "card_on_file_type": "MERCHANT_UNSCHEDULED"},
        "description": "order-1",
        "metadata": OURS,
    }
    assert b'"request_amount":150000.5,' in asked.seen[2].content


def test_a_wallet_is_charged_where_it_was_saved_and_without_what_concerns_cards():
    saved = ok(token(channel_code="TOUCHNGO", country="MY"))
    _, asked = charged(NONE, saved, MADE, asked_for=replace(CHARGE, money=Money(15_000, "MYR")))
    body = asked.body(2)
    assert (body["channel_code"], body["country"], body["request_amount"]) == ("TOUCHNGO", "MY", 150)
    assert "channel_properties" not in body


def test_a_token_that_tells_no_country_or_channel_is_charged_as_a_card():
    _, asked = charged(NONE, ok({"status": "ACTIVE"}), MADE)
    assert asked.body(2)["channel_code"] == "CARDS"
    assert "country" not in asked.body(2)


def test_a_method_saved_by_v2_is_charged_under_its_number():
    _, asked = charged(NONE, ok(token()), MADE, asked_for=replace(CHARGE, method=PaymentMethod(token="pm-7")))
    assert asked.asked[1] == "GET /v3/payment_tokens/pt-7"
    assert asked.body(2)["payment_token_id"] == "pt-7"


@pytest.mark.parametrize(
    ("found", "outcome", "extra"),
    [
        (request(), Outcome.SUCCEEDED, [listing()]),
        (request("PENDING"), Outcome.UNKNOWN, []),
        (request("REQUIRES_ACTION"), Outcome.REQUIRES_ACTION, []),
        (request("AUTHORIZED"), Outcome.UNKNOWN, []),
        (request("FAILED", failure_code="EXPIRED_CARD"), Outcome.DECLINED, [ok(payment())]),
        (request("CANCELED", latest_payment_id=None), Outcome.DECLINED, []),
    ],
)
def test_an_attempt_that_xendit_has_already_is_never_asked_for_again(found, outcome, extra):
    result, asked = charged(listing(found), *extra)
    assert (result.outcome, result.psp_payment_id) == (outcome, "pr-1")
    assert all(line.startswith("GET") for line in asked.asked)


def test_an_attempt_that_comes_back_with_another_amount_is_unknown_and_nothing_is_asked_for():
    result, asked = charged(listing(request(request_amount=1)))
    assert (result.outcome, result.error_code) == (Outcome.UNKNOWN, Problem.IDEMPOTENCY_CONFLICT)
    assert len(asked.seen) == 1


def test_a_list_that_ignores_the_filter_is_not_taken_for_the_attempt():
    _, asked = charged(listing(request(reference_id="att_2")), ok(token()), MADE)
    assert asked.asked[-1] == "POST /v3/payment_requests"


@pytest.mark.parametrize(
    ("replies", "problem"),
    [
        ((lost(),), Problem.TIMEOUT),
        ((httpx.Response(500),), Problem.PROVIDER_ERROR),
        ((httpx.Response(200, text="<html>"),), Problem.MALFORMED_REPLY),
        ((NONE, lost()), Problem.TIMEOUT),
        ((NONE, httpx.Response(502)), Problem.PROVIDER_ERROR),
        ((NONE, httpx.Response(429)), Problem.RATE_LIMITED),
    ],
)
def test_whatever_goes_wrong_before_the_charge_no_money_moved(replies, problem):
    result, asked = charged(*replies)
    assert (result.outcome, result.error_code, result.transient) == (Outcome.ERROR, problem, True)
    assert all(line.startswith("GET") for line in asked.asked)


@pytest.mark.parametrize("reply", [NOT_FOUND, ok(token(status="EXPIRED")), ok(token(status="INACTIVE"))])
def test_a_method_that_is_gone_is_declined_without_a_charge(reply):
    result, asked = charged(NONE, reply)
    assert (result.outcome, result.decline.code) == (Outcome.DECLINED, "INVALID_TOKEN")
    assert len(asked.seen) == 2


@pytest.mark.parametrize("bad", [None, "", "tok_1", "pt-", "pt-../../x", "pt-\r\nX: 1", "pr-1"])
def test_what_is_no_token_is_refused_without_a_call(bad):
    result, asked = charged(asked_for=replace(CHARGE, method=PaymentMethod(token=bad)))
    assert (result.outcome, result.error_code, asked.seen) == (Outcome.ERROR, Problem.REQUEST_INVALID, [])


NETWORK = {
    "card_network_response_code": "65",
    "card_network_descriptor": "Exceeds withdrawal frequency limit",
    "merchant_advice_code": "28",
}


@pytest.mark.parametrize("network", [NETWORK, {**NETWORK, "card_network_response_code": 65}])
def test_a_failed_charge_brings_the_networks_codes_from_its_payment(network):
    failed = httpx.Response(201, json=request("FAILED", failure_code="CARD_DECLINED"))
    result, asked = charged(NONE, ok(token()), failed, ok(payment(network=network)))
    assert (result.outcome, result.psp_payment_id) == (Outcome.DECLINED, "pr-1")
    assert result.decline == Decline("CARD_DECLINED", "Exceeds withdrawal frequency limit", "65", "28")
    assert asked.asked[-1] == "GET /v3/payments/py-1"


@pytest.mark.parametrize("details", [lost(), httpx.Response(500), NOT_FOUND])
def test_a_failed_charge_is_declined_even_if_its_payment_cannot_be_read(details):
    failed = httpx.Response(201, json=request("FAILED", failure_code="INSUFFICIENT_BALANCE"))
    result, _ = charged(NONE, ok(token()), failed, details)
    assert (result.outcome, result.decline) == (Outcome.DECLINED, Decline("INSUFFICIENT_BALANCE"))


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (error(400, "INVALID_TOKEN"), "INVALID_TOKEN"),
        (error(400, "CARD_EXPIRED"), "CARD_EXPIRED"),
        (error(400, "INVALID_PAYMENT_DETAILS"), "INVALID_PAYMENT_DETAILS"),
        (error(403, "ACCOUNT_ACCESS_BLOCKED"), "ACCOUNT_ACCESS_BLOCKED"),
    ],
)
def test_a_refusal_that_is_about_the_method_is_a_decline_with_a_code_that_the_tables_know(reply, code):
    result, _ = charged(NONE, ok(token()), reply)
    assert (result.outcome, result.status, result.decline) == (
        Outcome.DECLINED,
        PaymentStatus.DECLINED,
        Decline(code, "No."),
    )
    assert classify(FailureSignals(gateway="xendit", code=code)).rule == f"xendit:{code}"


@pytest.mark.parametrize(
    ("reply", "outcome", "problem", "transient"),
    [
        (lost(), Outcome.UNKNOWN, Problem.TIMEOUT, False),
        (httpx.RemoteProtocolError("gone"), Outcome.UNKNOWN, Problem.CONNECTION_LOST, False),
        (error(500, "SERVER_ERROR"), Outcome.UNKNOWN, Problem.PROVIDER_ERROR, False),
        (httpx.Response(503), Outcome.UNKNOWN, Problem.PROVIDER_ERROR, False),
        (httpx.Response(201, json={}), Outcome.UNKNOWN, Problem.MALFORMED_REPLY, False),
        (httpx.Response(302), Outcome.UNKNOWN, Problem.MALFORMED_REPLY, False),
        (error(400, "PARTNER_TIMEOUT_ERROR"), Outcome.UNKNOWN, Problem.TIMEOUT, False),
        (error(503, "CHANNEL_UNAVAILABLE"), Outcome.ERROR, Problem.PROVIDER_UNAVAILABLE, True),
        (error(503, "ISSUER_UNAVAILABLE"), Outcome.ERROR, Problem.PROVIDER_UNAVAILABLE, True),
        (error(400, "PAYMENT_REQUEST_RATE_LIMITED"), Outcome.ERROR, Problem.RATE_LIMITED, True),
        (error(400, "API_VALIDATION_ERROR"), Outcome.ERROR, Problem.REQUEST_INVALID, False),
        (error(403, "INVALID_MERCHANT_SETTINGS"), Outcome.ERROR, Problem.REQUEST_INVALID, False),
        (error(403, "SKIP_3DS_FORBIDDEN"), Outcome.ERROR, Problem.REQUEST_INVALID, False),
        (error(400, "A_CODE_OF_NEXT_YEAR"), Outcome.ERROR, Problem.REQUEST_INVALID, False),
        (error(401, "INVALID_API_KEY"), Outcome.ERROR, Problem.CREDENTIALS_INVALID, False),
        (httpx.Response(403), Outcome.ERROR, Problem.CREDENTIALS_INVALID, False),
    ],
)
def test_an_answer_without_a_verdict_says_what_is_known(reply, outcome, problem, transient):
    result, _ = charged(NONE, ok(token()), reply)
    assert (result.outcome, result.error_code, result.transient) == (outcome, problem, transient)
    assert result.decline is None


def test_a_rate_limit_tells_when_it_ends():
    limited = error(429, "RATE_LIMIT_EXCEEDED", headers={"Rate-Limit-Reset": "58.37"})
    result, _ = charged(NONE, ok(token()), limited)
    assert (result.error_code, result.retry_after) == (Problem.RATE_LIMITED, timedelta(seconds=59))


@pytest.mark.parametrize("refused", [error(409, "DUPLICATE_ERROR"), error(400, "IDEMPOTENCY_ERROR")])
def test_an_attempt_that_is_there_after_all_is_read_and_not_charged_again(refused):
    result, asked = charged(NONE, ok(token()), refused, listing(request()), listing(refund(amount=1)))
    assert (result.outcome, result.money) == (Outcome.SUCCEEDED, PRICE)
    assert asked.asked[3:] == ["GET /v3/payment_requests", "GET /refunds"]


@pytest.mark.parametrize("looked", [NONE, lost(), httpx.Response(401)])
def test_an_attempt_that_must_be_there_and_is_not_found_is_unknown(looked):
    result, _ = charged(NONE, ok(token()), error(409, "DUPLICATE_ERROR"), looked)
    assert (result.outcome, result.transient) == (Outcome.UNKNOWN, False)


@pytest.mark.parametrize("attempt_id", ["a b", "att\r\nX: 1", "a" * 256])
def test_an_attempt_id_that_is_no_key_is_never_charged_under(attempt_id):
    result, asked = charged(NONE, ok(token()), asked_for=replace(CHARGE, attempt_id=attempt_id))
    assert (result.outcome, result.error_code) == (Outcome.ERROR, Problem.REQUEST_INVALID)
    assert all(line.startswith("GET") for line in asked.asked)


@pytest.mark.parametrize("secret_key", [None, "", "two words", "xnd_\r\nX-Injected: 1", "schlüssel"])
def test_a_key_that_no_header_can_carry_is_refused_without_a_call(secret_key):
    result, asked = charged(secret_key=secret_key)
    assert (result.outcome, result.error_code, asked.seen) == (Outcome.ERROR, Problem.CREDENTIALS_INVALID, [])

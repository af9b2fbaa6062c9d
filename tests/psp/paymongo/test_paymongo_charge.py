"""Charging at PayMongo: an intent that moves no money, a look at it, and one attachment."""

import base64
from dataclasses import replace

import httpx
import pytest

from app.domain.classification import FailureSignals, classify
from app.domain.money import Money
from app.domain.payments.port import Decline, Outcome, PaymentMethod, PaymentResult, PaymentStatus
from app.domain.payments.problems import Problem
from tests.psp.paymongo.paymongo_replies import (
    CHARGE,
    OURS,
    PRICE,
    Answers,
    adapter,
    error,
    intent,
    lost,
    ok,
    payment,
    resource,
)


def charged(*replies, request=CHARGE, **account):
    transport = Answers(*replies)
    with adapter(transport, **account) as psp:
        return psp.create_payment(request), transport


def test_a_charge_is_an_intent_that_is_looked_at_and_then_attached_to():
    result, asked = charged(ok(intent()), ok(intent()), ok(intent("succeeded", payments=[payment()])))
    assert result == PaymentResult(Outcome.SUCCEEDED, psp_payment_id="pi_1", status=PaymentStatus.CAPTURED, money=PRICE)
    assert asked.asked == [
        "POST /v1/payment_intents",
        "GET /v1/payment_intents/pi_1",
        "POST /v1/payment_intents/pi_1/attach",
    ]
    assert [request.headers.get("idempotency-key") for request in asked.seen] == ["att_1", None, "att_1-attach"]
    assert asked.seen[0].headers["authorization"] == "Basic " + base64.b64encode(b"sk_test_12345678:").decode()
    assert asked.body(0) == {
        "amount": 10_000,
        "currency": "PHP",
        "payment_method_allowed": ["card"],
        "capture_type": "automatic",
        "description": "order-1",
        "metadata": OURS,
    }
    assert asked.body(2) == {"payment_method": "pm_1"}


@pytest.mark.parametrize(
    ("found", "outcome"),
    [
        (intent("succeeded", payments=[payment()]), Outcome.SUCCEEDED),
        (intent("processing"), Outcome.UNKNOWN),
        (intent("awaiting_next_action"), Outcome.REQUIRES_ACTION),
        (intent(last_payment_error={"failed_code": "insufficient_funds"}), Outcome.DECLINED),
        (intent(payments=[payment("failed", failed_code="lost_card")]), Outcome.DECLINED),
        (intent(payment_method="pm_1"), Outcome.REQUIRES_ACTION),
        (intent("cancelled"), Outcome.DECLINED),
        (intent("a word of next year"), Outcome.UNKNOWN),
    ],
)
def test_an_intent_that_something_was_attached_to_is_never_attached_to_again(found, outcome):
    result, asked = charged(ok(intent()), ok(found))
    assert (result.outcome, result.psp_payment_id) == (outcome, "pi_1")
    assert asked.asked == ["POST /v1/payment_intents", "GET /v1/payment_intents/pi_1"]


def test_an_attempt_whose_intent_asks_for_another_amount_is_unknown_and_nothing_is_attached():
    result, asked = charged(ok(intent()), ok(intent(amount=1)))
    assert (result.outcome, result.error_code) == (Outcome.UNKNOWN, Problem.IDEMPOTENCY_CONFLICT)
    assert len(asked.seen) == 2


def test_an_intent_of_another_attempt_is_not_attached_to():
    other = intent(metadata={"attempt_id": "att_2"})
    result, asked = charged(ok(intent()), ok(other))
    assert (result.outcome, result.error_code) == (Outcome.UNKNOWN, Problem.IDEMPOTENCY_CONFLICT)
    assert len(asked.seen) == 2


@pytest.mark.parametrize(
    ("reply", "problem"),
    [
        (lost(), Problem.TIMEOUT),
        (httpx.ReadError("broken"), Problem.CONNECTION_LOST),
        (httpx.Response(502), Problem.PROVIDER_ERROR),
        (httpx.Response(503), Problem.PROVIDER_UNAVAILABLE),
        (httpx.Response(200, text="<html>"), Problem.MALFORMED_REPLY),
        (ok(resource("pi_../x", "payment_intent")), Problem.MALFORMED_REPLY),
        (httpx.Response(302), Problem.MALFORMED_REPLY),
    ],
)
def test_whatever_goes_wrong_while_the_intent_is_made_nobody_was_charged(reply, problem):
    result, asked = charged(reply)
    assert (result.outcome, result.error_code, result.transient) == (Outcome.ERROR, problem, True)
    assert len(asked.seen) == 1


@pytest.mark.parametrize("reply", [lost(), httpx.Response(500), httpx.Response(429), httpx.Response(404)])
def test_an_intent_that_cannot_be_looked_at_is_not_attached_to(reply):
    result, asked = charged(ok(intent()), reply)
    assert (result.outcome, result.psp_payment_id) == (Outcome.UNKNOWN, "pi_1")
    assert len(asked.seen) == 2


@pytest.mark.parametrize(
    ("reply", "problem"),
    [
        (lost(), Problem.TIMEOUT),
        (httpx.RemoteProtocolError("gone"), Problem.CONNECTION_LOST),
        (httpx.Response(500), Problem.PROVIDER_ERROR),
        (httpx.Response(503), Problem.PROVIDER_ERROR),
        (httpx.Response(409), Problem.IN_PROGRESS),
        (error(400, "resource_processing_state"), Problem.PENDING),
        (error(400, "resource_failed_state", sub_code="processor_timeout"), Problem.TIMEOUT),
        (error(400, "resource_failed_state", sub_code="service_timeout"), Problem.TIMEOUT),
        (error(400, "idempotency_key_reused"), Problem.IDEMPOTENCY_CONFLICT),
    ],
)
def test_an_attachment_without_a_verdict_is_unknown_with_the_intent_to_ask_for(reply, problem):
    result, _ = charged(ok(intent()), ok(intent()), reply)
    assert (result.outcome, result.error_code, result.psp_payment_id) == (Outcome.UNKNOWN, problem, "pi_1")
    assert result.decline is None


@pytest.mark.parametrize(
    ("reply", "decline"),
    [
        (
            error(400, "resource_failed_state", sub_code="insufficient_funds", detail="No funds."),
            Decline("insufficient_funds", "No funds."),
        ),
        (error(400, "resource_failed_state"), Decline("resource_failed_state", "No.")),
        (error(400, "generic_decline"), Decline("generic_decline", "No.")),
        (error(400, "parameter_invalid", sub_code="card_expired"), Decline("card_expired", "No.")),
        (error(404, "resource_not_found"), Decline("resource_not_found", "No.")),
    ],
)
def test_a_refused_attachment_is_declined_with_the_most_telling_code_which_the_tables_know(reply, decline):
    result, _ = charged(ok(intent()), ok(intent()), reply)
    assert result == PaymentResult(
        Outcome.DECLINED, psp_payment_id="pi_1", status=PaymentStatus.DECLINED, decline=decline
    )
    verdict = classify(FailureSignals(gateway="paymongo", code=decline.code))
    assert verdict.known
    assert verdict.rule.startswith("paymongo:")


@pytest.mark.parametrize("attribute", ["cvc", "details.cvc", "return_url"])
def test_what_only_the_payer_can_give_asks_for_the_payer(attribute):
    result, _ = charged(ok(intent()), ok(intent()), error(400, "parameter_required", attribute=attribute))
    assert (result.outcome, result.status, result.decline) == (
        Outcome.REQUIRES_ACTION,
        PaymentStatus.REQUIRES_ACTION,
        None,
    )


@pytest.mark.parametrize(
    ("reply", "problem"),
    [
        (error(400, "parameter_below_minimum"), Problem.REQUEST_INVALID),
        (error(401, "authentication_invalid"), Problem.CREDENTIALS_INVALID),
        (httpx.Response(403), Problem.CREDENTIALS_INVALID),
        (httpx.Response(400, text="no"), Problem.REQUEST_INVALID),
    ],
)
def test_a_request_that_can_never_work_is_a_permanent_error(reply, problem):
    result, _ = charged(ok(intent()), ok(intent()), reply)
    assert (result.outcome, result.error_code, result.transient) == (Outcome.ERROR, problem, False)


def test_a_rate_limit_is_a_passing_error():
    limited = httpx.Response(429, text="Too many requests, please try again later.", headers={"retry-after": "7"})
    result, _ = charged(ok(intent()), ok(intent()), limited)
    assert (result.outcome, result.error_code, result.transient) == (Outcome.ERROR, Problem.RATE_LIMITED, True)
    assert result.retry_after is not None
    assert result.retry_after.total_seconds() == 7


def test_an_intent_that_succeeded_meanwhile_is_read_and_not_charged_again():
    paid = ok(intent("succeeded", payments=[payment()]))
    result, asked = charged(ok(intent()), ok(intent()), error(400, "resource_succeeded_state"), paid)
    assert (result.outcome, result.money) == (Outcome.SUCCEEDED, PRICE)
    assert asked.asked[-1] == "GET /v1/payment_intents/pi_1"


def test_an_intent_that_succeeded_meanwhile_and_cannot_be_read_is_unknown():
    result, _ = charged(ok(intent()), ok(intent()), error(400, "resource_succeeded_state"), lost())
    assert (result.outcome, result.psp_payment_id) == (Outcome.UNKNOWN, "pi_1")


@pytest.mark.parametrize("currency", ["INR", "JPY", "EUR"])
def test_another_currency_is_refused_without_a_call(currency):
    result, asked = charged(request=replace(CHARGE, money=Money(5000, currency)))
    assert (result.outcome, result.error_code, result.transient) == (Outcome.ERROR, Problem.REQUEST_INVALID, False)
    assert asked.seen == []


@pytest.mark.parametrize("secret_key", [None, "", "two words", "sk_\r\nX-Injected: 1", "schlüssel"])
def test_a_key_that_no_header_can_carry_is_refused_without_a_call(secret_key):
    result, asked = charged(secret_key=secret_key)
    assert (result.outcome, result.error_code, asked.seen) == (Outcome.ERROR, Problem.CREDENTIALS_INVALID, [])


@pytest.mark.parametrize("attempt_id", ["", "a b", "att\r\nX: 1", "a" * 256])
def test_an_attempt_id_that_is_no_key_is_refused_without_a_call(attempt_id):
    result, asked = charged(request=replace(CHARGE, attempt_id=attempt_id))
    assert (result.outcome, result.error_code, asked.seen) == (Outcome.ERROR, Problem.REQUEST_INVALID, [])


SOURCE = replace(CHARGE, method=PaymentMethod(token="src_1", type="gcash"))
OF_SOURCE = payment(payment_intent_id=None, source={"id": "src_1", "type": "gcash"})


def test_a_source_that_its_payer_authorized_is_charged_by_one_call():
    result, asked = charged(ok(OF_SOURCE), request=SOURCE)
    assert (result.outcome, result.psp_payment_id, result.money) == (Outcome.SUCCEEDED, "pay_1", PRICE)
    assert asked.asked == ["POST /v1/payments"]
    assert asked.seen[0].headers["idempotency-key"] == "att_1"
    assert asked.body(0)["source"] == {"id": "src_1", "type": "source"}
    assert asked.body(0)["metadata"] == OURS


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        (lost(), Outcome.UNKNOWN),
        (httpx.Response(500), Outcome.UNKNOWN),
        (error(400, "resource_failed_state", sub_code="payment_refused"), Outcome.DECLINED),
        (error(401, "authentication_invalid"), Outcome.ERROR),
    ],
)
def test_a_source_that_was_not_charged_says_why(reply, outcome):
    result, _ = charged(reply, request=SOURCE)
    assert (result.outcome, result.psp_payment_id) == (outcome, "src_1")


@pytest.mark.parametrize("token", ["src_../../x", None, "", "pm_1/attach", "pm 1", "☃", "a" * 101])
def test_what_is_no_saved_method_is_refused_without_a_call(token):
    request = replace(CHARGE, method=PaymentMethod(token=token))
    result, asked = charged(request=request)
    assert (result.outcome, result.error_code, asked.seen) == (Outcome.ERROR, Problem.REQUEST_INVALID, [])

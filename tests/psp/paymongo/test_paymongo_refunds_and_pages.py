"""Refunds, hosted pages and the check of an account at PayMongo."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from app.domain.money import Money
from app.domain.payments.errors import CheckoutFailedError
from app.domain.payments.facts import FindingCode
from app.domain.payments.port import Checkout, Outcome, PaymentStatus, RefundResult
from app.domain.payments.problems import Problem
from tests.psp.paymongo.paymongo_replies import (
    MADE,
    OURS,
    PAGE,
    REFUND,
    Answers,
    adapter,
    error,
    intent,
    lost,
    ok,
    payment,
    refund,
    session,
)


def refunded(*replies, request=REFUND):
    transport = Answers(*replies)
    with adapter(transport) as psp:
        return psp.refund(request), transport


def test_a_refund_is_asked_for_once_and_named_on_the_payment():
    result, asked = refunded(ok(payment()), ok(refund()))
    assert result == RefundResult(Outcome.SUCCEEDED, psp_refund_id="rf_1")
    assert asked.asked == ["GET /v1/payments/pay_1", "POST /v1/refunds"]
    assert asked.seen[1].headers["idempotency-key"] == "ref_1"
    assert asked.body(1) == {
        "amount": 10_000,
        "payment_id": "pay_1",
        "reason": "others",
        "notes": "ref_1",
        "metadata": {"refund_id": "ref_1"},
    }


@pytest.mark.parametrize(
    ("named", "found"),
    [
        ("pi_1", intent("succeeded", payments=[payment("failed", "pay_0"), payment()])),
        ("cs_1", session(payments=[payment()])),
    ],
)
def test_a_refund_of_an_intent_or_a_page_is_of_the_payment_that_took_the_money(named, found):
    result, asked = refunded(ok(found), ok(refund()), request=replace(REFUND, psp_payment_id=named))
    assert result.outcome is Outcome.SUCCEEDED
    assert asked.body(1)["payment_id"] == "pay_1"


def test_a_refund_that_the_payment_lists_already_is_not_asked_for_again():
    result, asked = refunded(ok(payment("refunded", refunds=[refund(notes="other"), refund()])))
    assert result == RefundResult(Outcome.SUCCEEDED, psp_refund_id="rf_1")
    assert len(asked.seen) == 1


@pytest.mark.parametrize(
    ("reply", "outcome", "problem", "transient"),
    [
        (ok(refund("pending")), Outcome.UNKNOWN, Problem.PENDING, False),
        (ok(refund("processing")), Outcome.UNKNOWN, Problem.PENDING, False),
        (ok(refund("failed")), Outcome.ERROR, Problem.REQUEST_INVALID, False),
        (ok({}), Outcome.UNKNOWN, Problem.MALFORMED_REPLY, False),
        (lost(), Outcome.UNKNOWN, Problem.TIMEOUT, False),
        (httpx.Response(500), Outcome.UNKNOWN, Problem.PROVIDER_ERROR, False),
        (httpx.Response(429), Outcome.ERROR, Problem.RATE_LIMITED, True),
        (error(400, "parameter_above_maximum"), Outcome.ERROR, Problem.REQUEST_INVALID, False),
    ],
)
def test_a_refund_without_success_says_what_is_known(reply, outcome, problem, transient):
    result, _ = refunded(ok(payment()), reply)
    assert (result.outcome, result.error_code, result.transient) == (outcome, problem, transient)


@pytest.mark.parametrize("found", [payment("failed"), payment("pending"), intent(), session()])
def test_what_was_not_captured_is_not_given_back(found):
    result, asked = refunded(ok(found), request=replace(REFUND, psp_payment_id=found["id"]))
    assert (result.outcome, result.error_code) == (Outcome.ERROR, Problem.REQUEST_INVALID)
    assert len(asked.seen) == 1


def test_another_currency_is_not_given_back():
    result, asked = refunded(ok(payment()), request=replace(REFUND, money=Money(10_000, "USD")))
    assert (result.outcome, result.error_code) == (Outcome.ERROR, Problem.REQUEST_INVALID)
    assert len(asked.seen) == 1


@pytest.mark.parametrize("named", ["re_1", "../payments", "", "pay_1/../x"])
def test_what_is_no_payment_is_refused_without_a_call(named):
    result, asked = refunded(request=replace(REFUND, psp_payment_id=named))
    assert (result.outcome, result.error_code, asked.seen) == (Outcome.ERROR, Problem.REQUEST_INVALID, [])


@pytest.mark.parametrize(
    ("reply", "transient"), [(lost(), True), (httpx.Response(503), True), (httpx.Response(404), False)]
)
def test_a_payment_that_cannot_be_read_is_not_refunded_and_no_money_moved(reply, transient):
    result, asked = refunded(reply)
    assert (result.outcome, result.transient) == (Outcome.ERROR, transient)
    assert len(asked.seen) == 1


def test_a_verdict_of_every_kind_is_read_by_its_word():
    with adapter(Answers()) as psp:
        assert psp.normalize_status("succeeded") is PaymentStatus.CAPTURED
        assert psp.normalize_status("a word of next year") is PaymentStatus.PENDING


def opened(*replies, request=PAGE):
    transport = Answers(*replies)
    with adapter(transport) as psp:
        return psp.create_checkout(request), transport


ALLOWED = httpx.Response(200, json=["card", "gcash", "google_pay", "qrph"])


def test_a_page_offers_what_the_account_may_and_carries_our_names():
    page, asked = opened(ALLOWED, ok(session()))
    expires_at = datetime.fromtimestamp(MADE, UTC) + timedelta(minutes=5)
    assert page == Checkout("cs_1", "https://checkout.paymongo.com/cs_1", expires_at)
    assert asked.seen[1].headers["idempotency-key"] == "chk_1"
    assert asked.body(1) == {
        "line_items": [{"name": "Payment", "amount": 10_000, "currency": "PHP", "quantity": 1}],
        "payment_method_types": ["card", "gcash", "qrph"],
        "success_url": "https://a.test",
        "cancel_url": "https://b.test",
        "description": "order-1",
        "reference_number": "att_1",
        "send_email_receipt": False,
        "metadata": {**OURS, "checkout_key": "chk_1"},
    }


@pytest.mark.parametrize(
    "reply", [lost(), httpx.Response(500), httpx.Response(200, json=[]), httpx.Response(200, json={})]
)
def test_a_page_offers_the_usual_methods_if_paymongo_does_not_say_which(reply):
    _, asked = opened(reply, ok(session()))
    assert asked.body(1)["payment_method_types"] == ["card", "gcash", "paymaya", "grab_pay"]


@pytest.mark.parametrize(
    ("reply", "problem", "transient"),
    [
        (lost(), Problem.TIMEOUT, True),
        (httpx.Response(429), Problem.RATE_LIMITED, True),
        (error(400, "parameter_invalid"), Problem.REQUEST_INVALID, False),
        (ok(session(checkout_url="javascript:alert(1)")), Problem.MALFORMED_REPLY, True),
        (ok(session(created_at=None)), Problem.MALFORMED_REPLY, True),
    ],
)
def test_a_page_that_did_not_open_says_why(reply, problem, transient):
    with pytest.raises(CheckoutFailedError) as caught:
        opened(ALLOWED, reply)
    assert (caught.value.problem, caught.value.transient) == (problem, transient)


def test_a_page_in_another_currency_is_refused_without_a_call():
    with pytest.raises(CheckoutFailedError) as caught:
        opened(request=replace(PAGE, money=Money(1, "INR")))
    assert (caught.value.problem, caught.value.transient) == (Problem.REQUEST_INVALID, False)


def hooks(*events, status="enabled"):
    hook = {
        "id": "hook_1",
        "type": "webhook",
        "attributes": {"events": list(events), "status": status, "url": "https://x"},
    }
    return httpx.Response(200, json={"data": [hook]})


GOOD_HOOK = hooks("payment.paid", "payment.failed")


def checked(*replies, **account):
    transport = Answers(*replies)
    with adapter(transport, **{"webhook_secrets": ("whsk_1",), **account}) as psp:
        return [finding.code for finding in psp.check()], transport


def test_an_account_that_lacks_nothing_has_no_findings():
    found, asked = checked(ALLOWED, GOOD_HOOK)
    assert found == []
    assert asked.asked == ["GET /v1/merchants/capabilities/payment_methods", "GET /v1/webhooks"]


@pytest.mark.parametrize(
    ("replies", "account", "codes"),
    [
        ((), {"secret_key": None}, [FindingCode.KEY_MISSING]),
        ((), {"secret_key": "pk_test_12345678"}, [FindingCode.KEY_INVALID]),
        ((), {"secret_key": "sk_live_12345678"}, [FindingCode.MODE_MISMATCH]),
        ((), {"secret_key": "sk_test_12345678", "live": True}, [FindingCode.MODE_MISMATCH]),
        ((httpx.Response(401),), {}, [FindingCode.KEY_INVALID]),
        ((httpx.Response(403),), {}, [FindingCode.PERMISSION_MISSING]),
        ((lost(),), {}, [FindingCode.UNREACHABLE]),
        ((ALLOWED, httpx.Response(403)), {}, [FindingCode.PERMISSION_MISSING]),
        ((ALLOWED, hooks("payment.paid")), {}, [FindingCode.WEBHOOK_MISSING]),
        ((ALLOWED, hooks("payment.paid", "payment.failed", status="disabled")), {}, [FindingCode.WEBHOOK_MISSING]),
        ((ALLOWED, httpx.Response(200, json={"data": []})), {}, [FindingCode.WEBHOOK_MISSING]),
        ((ALLOWED, GOOD_HOOK), {"webhook_secrets": ()}, [FindingCode.WEBHOOK_SECRET_MISSING]),
        ((ALLOWED, GOOD_HOOK), {"webhook_secrets": ("",)}, [FindingCode.WEBHOOK_SECRET_MISSING]),
    ],
)
def test_what_is_missing_is_found(replies, account, codes):
    found, _ = checked(*replies, **account)
    assert found == codes

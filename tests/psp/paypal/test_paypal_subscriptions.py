"""A subscription's cycles as payments; and while PayPal tries a cycle again by itself, nobody else may."""

import json
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from app.domain.classification import FailureSignals, classify
from app.domain.money import Money
from app.domain.payments.port import Outcome, PaymentStatus
from app.domain.payments.problems import Problem
from tests.psp.paypal.paypal_wire import Script, adapter

DATA = Path(__file__).parents[2] / "data" / "payloads"
SUBSCRIPTION = "I-BW452GLLEP1G"
PATH = f"/v1/billing/subscriptions/{SUBSCRIPTION}"


def resource(event):
    return json.loads((DATA / f"paypal.{event}.constructed.json").read_bytes())["resource"]


def read(raw, psp_payment_id=SUBSCRIPTION):
    with adapter(Script().on("GET", PATH, (200, raw))) as psp:
        return psp.retrieve_payment(psp_payment_id=psp_payment_id, attempt_id=None)


def changed(raw, **billing):
    return {**raw, "billing_info": {**raw["billing_info"], **billing}}


FAILED = resource("BILLING.SUBSCRIPTION.PAYMENT.FAILED")


def test_a_failed_cycle_is_a_declined_payment_that_paypal_will_try_again():
    result = read(FAILED)
    assert (result.outcome, result.status) == (Outcome.DECLINED, PaymentStatus.DECLINED)
    assert result.psp_payment_id == f"{SUBSCRIPTION}:c4"
    assert result.decline.code == "subscription:PAYER_CANNOT_PAY"
    facts = result.facts
    assert facts.native_retry_at == datetime(2026, 5, 6, 10, 0, tzinfo=UTC)
    assert (facts.asked, facts.created_at) == (Money(1000, "USD"), datetime(2026, 5, 1, 10, 0, tzinfo=UTC))
    assert (facts.transaction_ref, facts.attempt_id, facts.other_ids) == (None, None, ())
    assert (facts.customer.email, facts.customer.name) == ("customer@example.com", "John Doe")
    assert (facts.method.type, facts.method.psp_customer_id, facts.method.token) == ("paypal", "2J6QB8YJQSJRJ", None)


def test_a_suspended_subscription_is_not_tried_again_by_paypal():
    result = read(resource("BILLING.SUBSCRIPTION.SUSPENDED"))
    assert (result.outcome, result.decline.code) == (Outcome.DECLINED, "subscription:PAYMENT_DENIED")
    assert result.psp_payment_id == f"{SUBSCRIPTION}:c1"
    assert result.facts.native_retry_at is None


def test_the_same_cycle_that_fails_again_is_the_same_payment():
    later = {**FAILED["billing_info"]["last_failed_payment"], "time": "2026-05-06T10:00:00Z"}
    assert read(changed(FAILED, last_failed_payment=later)).psp_payment_id == f"{SUBSCRIPTION}:c4"


def test_a_cycle_that_was_paid_after_all_is_captured_by_either_name():
    done = [{"tenure_type": "REGULAR", "sequence": 1, "cycles_completed": 4}]
    paid = changed(
        FAILED,
        cycle_executions=done,
        last_payment={"amount": {"currency_code": "USD", "value": "10.00"}, "time": "2026-05-06T10:00:00Z"},
    )
    for name in (SUBSCRIPTION, f"{SUBSCRIPTION}:c4"):
        result = read(paid, name)
        assert (result.outcome, result.psp_payment_id) == (Outcome.SUCCEEDED, f"{SUBSCRIPTION}:c4")
        assert result.money == Money(1000, "USD")
        assert result.facts.native_retry_at is None


def test_a_cycle_that_is_not_due_yet_says_nothing():
    result = read(FAILED, f"{SUBSCRIPTION}:c9")
    assert (result.outcome, result.error_code) == (Outcome.UNKNOWN, Problem.PENDING)


@pytest.mark.parametrize(
    "code",
    [
        "PAYMENT_DENIED",
        "INTERNAL_SERVER_ERROR",
        "PAYEE_ACCOUNT_RESTRICTED",
        "PAYER_ACCOUNT_RESTRICTED",
        "PAYER_CANNOT_PAY",
        "SENDING_LIMIT_EXCEEDED",
        "TRANSACTION_RECEIVING_LIMIT_EXCEEDED",
        "CURRENCY_MISMATCH",
    ],
)
def test_every_reason_of_the_specification_is_known_to_the_classifier(code):
    failed = {**FAILED["billing_info"]["last_failed_payment"], "reason_code": code}
    told = read(changed(FAILED, last_failed_payment=failed)).decline.code
    assert classify(FailureSignals(gateway="paypal", code=told)).rule == f"paypal:subscription:{code}"


@pytest.mark.parametrize(
    "raw", [{}, {"billing_info": None}, {"billing_info": {"cycle_executions": "x"}}, {"status": 1}]
)
def test_a_subscription_that_says_nothing_is_asked_again(raw):
    result = read(raw)
    assert (result.outcome, result.psp_payment_id) == (Outcome.UNKNOWN, f"{SUBSCRIPTION}:c1")


def test_numbers_may_come_as_texts():
    done = [{"cycles_completed": "3"}, {"cycles_completed": None}]
    assert read(changed(FAILED, cycle_executions=done)).psp_payment_id == f"{SUBSCRIPTION}:c4"


@pytest.mark.parametrize(
    ("reply", "none"), [(httpx.Response(404, json={"name": "RESOURCE_NOT_FOUND"}), True), (httpx.Response(500), False)]
)
def test_only_a_subscription_that_paypal_does_not_know_is_none(reply, none):
    with adapter(Script().on("GET", PATH, reply)) as psp:
        assert (psp.retrieve_payment(psp_payment_id=SUBSCRIPTION, attempt_id=None) is None) is none

"""Each sample webhook, read the way an event is processed: named, fetched, classified."""

import json
from pathlib import Path

import pytest

from app.domain.classification import FailureSignals, classify
from app.domain.money import Money
from app.domain.payments.facts import CustomerFacts, MethodFacts
from app.domain.payments.port import Outcome, PaymentStatus
from tests.psp.paymongo.paymongo_replies import Answers, adapter, ok, resource

PAYLOADS = Path(__file__).parents[2] / "data" / "payloads"


def processed(name):
    """Parse the webhook, and read what it names where PayMongo says the same of it."""
    body = (PAYLOADS / f"paymongo.{name}.constructed.json").read_bytes()
    told = json.loads(body)["data"]["attributes"]["data"]
    attributes = told["attributes"]
    failed = {"failed_code": attributes.get("failed_code"), "failed_message": attributes.get("failed_message")}
    paid = attributes["status"] in {"paid", "refunded"}
    intent = resource(
        attributes.get("payment_intent_id"),
        "payment_intent",
        amount=attributes["amount"],
        currency=attributes["currency"],
        status="succeeded" if paid else "awaiting_payment_method",
        last_payment_error=None if paid else failed,
        payments=[told],
        metadata=attributes["metadata"],
        created_at=attributes["created_at"],
    )
    with adapter(Answers(ok(told if told["type"] == "source" else intent))) as psp:
        event = psp.parse_webhook(headers={}, body=body)
        return psp.retrieve_payment(psp_payment_id=event.psp_payment_id, attempt_id=event.attempt_id)


@pytest.mark.parametrize(
    ("name", "code", "category", "method"),
    [
        ("payment.failed.card_generic_decline", "generic_decline", "issuer_decline", "card"),
        ("payment.failed.card_insufficient_funds", "insufficient_funds", "funds", "card"),
        ("payment.failed.gcash", "payment_refused", "issuer_decline", "wallet"),
    ],
)
def test_a_failure_is_declined_with_its_code_and_classified(name, code, category, method):
    result = processed(name)
    assert (result.outcome, result.psp_payment_id, result.decline.code) == (
        Outcome.DECLINED,
        "pi_1a2B3c4D5e6F7g8H9i0JkLmN",
        code,
    )
    facts = result.facts
    assert (facts.asked, facts.transaction_ref, facts.attempt_id) == (Money(10_000, "PHP"), None, None)
    assert facts.customer == CustomerFacts(
        email="juan@example.com", phone="+639170000000", name="Juan dela Cruz", country="PH"
    )
    assert facts.method.type == method
    verdict = classify(
        FailureSignals(gateway="paymongo", code=code, message=result.decline.message, method=facts.method.type)
    )
    assert (verdict.category, verdict.rule) == (category, f"paymongo:{code}")


def test_a_success_is_captured():
    result = processed("payment.paid")
    assert (result.outcome, result.status, result.money) == (
        Outcome.SUCCEEDED,
        PaymentStatus.CAPTURED,
        Money(10_000, "PHP"),
    )
    assert result.facts.method == MethodFacts(type="card", brand="visa", last4="5100", issuer_country="PH")


def test_a_refund_was_captured_and_given_back():
    result = processed("payment.refunded")
    assert (result.outcome, result.status) == (Outcome.SUCCEEDED, PaymentStatus.REFUNDED)
    assert result.facts.refunded == Money(10_000, "PHP")


def test_a_source_that_may_be_charged_is_on_its_way():
    result = processed("source.chargeable")
    assert (result.outcome, result.status) == (Outcome.UNKNOWN, PaymentStatus.PENDING)

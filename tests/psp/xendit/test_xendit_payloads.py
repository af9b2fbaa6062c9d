"""Each sample webhook, read the way an event is processed: named, fetched, classified."""

import json
from pathlib import Path

import pytest

from app.domain.classification import FailureSignals, classify
from app.domain.money import Money
from app.domain.payments.port import Decline, Outcome, PaymentStatus
from tests.psp.xendit.xendit_replies import NONE, NOT_FOUND, Answers, adapter, ok

PAYLOADS = Path(__file__).parents[2] / "data" / "payloads"


def processed(name, *replies):
    body = (PAYLOADS / f"xendit.{name}.constructed.json").read_bytes()
    with adapter(Answers(*replies)) as psp:
        event = psp.parse_webhook(headers={}, body=body)
        return psp.retrieve_payment(psp_payment_id=event.psp_payment_id, attempt_id=event.attempt_id)


def told(name):
    raw = json.loads((PAYLOADS / f"xendit.{name}.constructed.json").read_bytes())
    return raw.get("data", raw)


def test_a_failure_of_v3_has_the_networks_codes_and_they_decide():
    data = told("v3.payment.failure.network_advice")
    request = {name: value for name, value in data.items() if name not in {"payment_id", "payment_details"}}
    request["latest_payment_id"] = data["payment_id"]
    result = processed("v3.payment.failure.network_advice", ok(request), ok(data))
    assert (result.outcome, result.psp_payment_id) == (Outcome.DECLINED, data["payment_request_id"])
    assert result.decline == Decline("CARD_DECLINED", "Exceeds withdrawal frequency limit", "65", "28")
    assert (result.facts.asked, result.facts.method.token) == (Money(15_000_000, "IDR"), data["payment_token_id"])
    signals = FailureSignals(
        gateway="xendit",
        code=result.decline.code,
        message=result.decline.message,
        network_decline_code="65",
        network_advice_code="28",
        brand="mastercard",
        method="card",
    )
    verdict = classify(signals)
    assert verdict.rule == "mastercard:65"
    assert verdict.required_wait_seconds == 6 * 86_400


@pytest.mark.parametrize(
    ("name", "outcome", "refunds"),
    [("v2.payment.failed", Outcome.DECLINED, []), ("v2.payment.succeeded", Outcome.SUCCEEDED, [NONE])],
)
def test_a_payment_of_v2_is_read_from_v2(name, outcome, refunds):
    data = told(name)
    request = {**data, "id": data["payment_request_id"], "latest_payment_id": None}
    result = processed(name, NOT_FOUND, ok(request), *refunds)
    assert (result.outcome, result.psp_payment_id) == (outcome, data["payment_request_id"])
    assert result.facts.asked == Money(1_000_000, "PHP")
    if outcome is Outcome.DECLINED:
        verdict = classify(FailureSignals(gateway="xendit", code=result.decline.code, method="bank_debit"))
        assert (verdict.category, verdict.rule) == ("funds", "xendit:INSUFFICIENT_BALANCE")
        assert result.facts.method.type == "bank_debit"
    else:
        assert (result.money, result.facts.method.token) == (Money(1_000_000, "PHP"), None)


def test_an_expired_invoice_asks_for_its_payer():
    result = processed("invoice.callback.expired", ok(told("invoice.callback.expired")))
    assert (result.outcome, result.status) == (Outcome.DECLINED, PaymentStatus.CANCELLED)
    assert result.facts.asked == Money(5_000_000, "IDR")
    verdict = classify(FailureSignals(gateway="xendit", code=result.decline.code))
    assert (verdict.category, verdict.retry) == ("auth_timeout", "payer_action")

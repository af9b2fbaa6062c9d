"""Razorpay's side of the wire, told what to answer; keeps what it was asked."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx

from app.domain.money import Money
from app.domain.payments.port import ChargeRequest, Credentials, PaymentMethod
from app.psp import razorpay
from app.psp.provider import ProviderSettings

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
STAMP = int(NOW.timestamp())
ORDER, PAYMENT = "order_A1", "pay_A1"
CUSTOMER = {"id": "cust_1", "name": "Gaurav Kumar", "email": "gaurav@example.com", "contact": "+919876543210"}
NOTES = {"attempt_id": "att_1", "transaction_ref": "order-7"}


def items(*found):
    return {"entity": "collection", "count": len(found), "items": list(found)}


def error(description, *, reason="input_validation_failed", code="BAD_REQUEST_ERROR", source="business", **rest):
    said = {"code": code, "description": description, "source": source, "step": "payment_initiation"}
    return {"error": {**said, "reason": reason, "metadata": {}, **rest}}


def order(*, made_at=NOW, order_id=ORDER, **changes):
    shown = {
        "id": order_id,
        "entity": "order",
        "amount": 5000,
        "currency": "INR",
        "receipt": "att_1",
        "status": "created",
        "notes": NOTES,
        "created_at": int(made_at.timestamp()),
    }
    return {**shown, **changes}


def payment(status="captured", **changes):
    shown = {
        "id": PAYMENT,
        "entity": "payment",
        "amount": 5000,
        "currency": "INR",
        "status": status,
        "order_id": ORDER,
        "invoice_id": None,
        "method": "card",
        "amount_refunded": 0,
        "notes": NOTES,
        "error_code": None,
        "error_description": None,
        "error_reason": None,
        "created_at": STAMP,
    }
    failed = {"error_code": "BAD_REQUEST_ERROR", "error_reason": "card_expired", "error_description": "Expired."}
    return {**shown, **(failed if status == "failed" else {}), **changes}


def request(**changes):
    asked = {
        "attempt_id": "att_1",
        "transaction_ref": "order-7",
        "money": Money(5000, "INR"),
        "method": PaymentMethod(token="token_1", psp_customer_id="cust_1"),
    }
    return ChargeRequest(**{**asked, **changes})


@dataclass
class Asked:
    """One request as it came."""

    call: str
    params: dict
    body: dict
    headers: httpx.Headers


class FarSide:
    """Answers by `METHOD path`: one answer each time, the last one from then on.

    An answer is a body, a (status, body, headers) tuple of any length, an exception, or a function of the request.
    """

    def __init__(self, **options):
        self.asked: list[Asked] = []
        self.answers: dict[str, list] = {}
        self.date = options.get("date", NOW)

    def __setitem__(self, call, answers):
        self.answers[call] = list(answers) if isinstance(answers, list) else [answers]

    @property
    def calls(self):
        return [each.call for each in self.asked]

    def sent(self, call):
        return [each for each in self.asked if each.call == call]

    def answer(self, request):
        call = f"{request.method} {request.url.path.removeprefix('/v1')}"
        body = json.loads(request.content) if request.content else {}
        self.asked.append(Asked(call, dict(request.url.params), body, request.headers))
        waiting = self.answers.get(call)
        if not waiting:
            raise AssertionError(f"nobody said what to answer to {call}")
        answer = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        if callable(answer):
            answer = answer(self.asked[-1])
        if isinstance(answer, Exception):
            raise answer
        status, body, *rest = answer if isinstance(answer, tuple) else (200, answer)
        headers = {
            **({"date": format_datetime(self.date, usegmt=True)} if self.date else {}),
            **(rest[0] if rest else {}),
        }
        if isinstance(body, bytes):
            return httpx.Response(status, content=body, headers=headers)
        return httpx.Response(status, json=body, headers=headers)

    def adapter(self, *, webhook_secrets=(), live=False, key_id="rzp_test_1", key_secret="secret"):
        settings = ProviderSettings(
            api_base="https://razorpay.test",
            transport=httpx.MockTransport(self.answer),
            read_timeout=timedelta(seconds=5),
        )
        secrets = {"key_id": key_id, "key_secret": key_secret}
        credentials = Credentials("psp_1", "razorpay", live, secrets, tuple(webhook_secrets))
        return razorpay.provider(settings).bind(credentials)


def unused_attempt():
    """A far side on which nothing was ever paid: a charge of `request()` captures 5000 INR."""
    far = FarSide()
    made = []

    def make(asked):
        made.append(order(notes=asked.body["notes"], receipt=asked.body["receipt"]))
        return made[-1]

    far["GET /orders"] = lambda _: items(*made)
    far["POST /orders"] = make
    far["GET /customers/cust_1"] = CUSTOMER
    far["POST /payments/create/recurring"] = {"razorpay_payment_id": PAYMENT}
    far[f"GET /payments/{PAYMENT}"] = payment()
    far[f"GET /orders/{ORDER}/payments"] = items()
    return far

"""Replies as PayMongo documents them, and a transport that gives them in turn."""

import json
from datetime import timedelta

import httpx

from app.domain.money import Money
from app.domain.payments.port import ChargeRequest, CheckoutRequest, PaymentMethod, RefundRequest
from app.psp import paymongo
from tests.fakes import answers

PRICE = Money(10_000, "PHP")
CHARGE = ChargeRequest("att_1", "order-1", PRICE, PaymentMethod(token="pm_1", type="card"))
PAGE = CheckoutRequest("att_1", "order-1", PRICE, "https://a.test", "https://b.test", timedelta(minutes=5), key="chk_1")
REFUND = RefundRequest("ref_1", "pay_1", PRICE)
MADE = 1_763_687_790
OURS = {"attempt_id": "att_1", "transaction_ref": "order-1"}


def resource(own_id, kind, **attributes):
    return {"id": own_id, "type": kind, "attributes": attributes}


def intent(status="awaiting_payment_method", **changes):
    attributes = {
        "amount": 10_000,
        "currency": "PHP",
        "status": status,
        "livemode": False,
        "last_payment_error": None,
        "payments": [],
        "next_action": None,
        "metadata": OURS,
        "created_at": MADE,
        "updated_at": MADE,
    }
    return resource("pi_1", "payment_intent", **(attributes | changes))


def payment(status="paid", own_id="pay_1", **changes):
    attributes = {
        "amount": 10_000,
        "currency": "PHP",
        "status": status,
        "billing": {
            "email": "juan@example.com",
            "name": "Juan",
            "phone": "+639170000000",
            "address": {"country": "PH"},
        },
        "failed_code": None,
        "failed_message": None,
        "payment_intent_id": "pi_1",
        "source": {"id": "card_1", "type": "card", "brand": "visa", "country": "PH", "last4": "4345"},
        "metadata": OURS,
        "refunds": [],
        "created_at": MADE,
    }
    return resource(own_id, "payment", **(attributes | changes))


def session(status="active", payments=(), **changes):
    attributes = {
        "checkout_url": "https://checkout.paymongo.com/cs_1",
        "line_items": [{"amount": 10_000, "currency": "PHP", "quantity": 1}],
        "payments": list(payments),
        "payment_intent": None,
        "status": status,
        "metadata": OURS,
        "created_at": MADE,
    }
    return resource("cs_1", "checkout_session", **(attributes | changes))


def refund(status="succeeded", amount=10_000, notes="ref_1"):
    return resource("rf_1", "refund", amount=amount, currency="PHP", status=status, notes=notes, payment_id="pay_1")


def ok(data):
    return httpx.Response(200, json={"data": data})


def listing(*items, has_more=False):
    return httpx.Response(200, json={"data": list(items), "has_more": has_more})


def error(status, code, *, sub_code=None, attribute=None, detail="No."):
    told = {"code": code, "detail": detail}
    if sub_code:
        told["sub_code"] = sub_code
    if attribute:
        told["source"] = {"pointer": attribute, "attribute": attribute}
    return httpx.Response(status, json={"errors": [told]})


def lost():
    return httpx.ReadTimeout("no reply")


class Answers(answers.Answers):
    """Replies in turn; what was sent, read as PayMongo wraps it."""

    def body(self, place):
        return json.loads(self.seen[place].content)["data"]["attributes"]


def adapter(transport, *, secret_key="sk_test_12345678", **account):
    """Lend the adapter; without a `secret_key`, the account has none."""
    secrets = {} if secret_key is None else {"secret_key": secret_key}
    return answers.adapter_of(paymongo.provider, "paymongo", transport, secrets=secrets, **account)

"""Replies as PayMongo documents them, and a transport that gives them in turn."""

import json
from contextlib import contextmanager
from datetime import timedelta

import httpx

from app.domain.money import Money
from app.domain.payments.port import ChargeRequest, CheckoutRequest, Credentials, PaymentMethod, RefundRequest
from app.psp import paymongo
from app.psp.provider import ProviderSettings

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


class Answers(httpx.MockTransport):
    """Gives these replies in turn (raises those that are exceptions), and notes what it was asked."""

    def __init__(self, *replies):
        self.waiting, self.seen = list(replies), []
        super().__init__(self._answer)

    def _answer(self, request):
        self.seen.append(request)
        reply = self.waiting.pop(0)
        if isinstance(reply, Exception):
            raise reply
        return reply

    @property
    def asked(self):
        return [f"{request.method} {request.url.path}" for request in self.seen]

    def body(self, place):
        return json.loads(self.seen[place].content)["data"]["attributes"]


@contextmanager
def adapter(transport, *, live=False, secret_key="sk_test_12345678", webhook_secrets=()):
    adapters = paymongo.provider(
        ProviderSettings(api_base="http://psp.test", read_timeout=timedelta(seconds=2), transport=transport)
    )
    secrets = {} if secret_key is None else {"secret_key": secret_key}
    yield adapters.bind(Credentials("psp_1", "paymongo", live=live, secrets=secrets, webhook_secrets=webhook_secrets))
    adapters.close()

"""PayPal as a script: replies by method and path, everything asked noted down."""

import json
from collections import defaultdict
from contextlib import contextmanager
from datetime import timedelta

import httpx

from app.domain.money import Money
from app.domain.payments.port import ChargeRequest, CheckoutRequest, Credentials, PaymentMethod
from app.psp import paypal
from app.psp.provider import ProviderSettings

BASE = "https://api-m.sandbox.paypal.com"
ATTEMPT = "att_01jm0000000000000000000000"
SECRETS = {"client_id": "AX-client", "client_secret": "EX-secret", "webhook_id": "WH-OURS"}
CARD = PaymentMethod(token="vault-1", type="card")
CHARGE = ChargeRequest(ATTEMPT, "order-1", Money(5000, "USD"), CARD)
ORDERS = "/v2/checkout/orders"


class Script:
    """A transport: `script.on("GET", path, reply, ...)` answers in turn, the last one for ever."""

    def __init__(self):
        self.seen = []
        self._replies = defaultdict(list)
        self.on("POST", "/v1/oauth2/token", (200, {"access_token": "A21-token", "expires_in": 32400, "scope": ""}))

    def on(self, method, path, *replies):
        self._replies[method, path] = list(replies)
        return self

    def __call__(self, request):
        self.seen.append(request)
        waiting = self._replies.get((request.method, request.url.path))
        if not waiting:
            return httpx.Response(404, json={"name": "RESOURCE_NOT_FOUND", "message": "The resource does not exist."})
        reply = waiting[0] if len(waiting) == 1 else waiting.pop(0)
        if isinstance(reply, Exception):
            raise reply
        if isinstance(reply, httpx.Response):
            return reply
        status, body, *headers = reply
        return httpx.Response(status, json=body, headers=headers[0] if headers else {})

    def calls(self):
        """What was asked, without the access tokens."""
        return [f"{one.method} {one.url.path}" for one in self.seen if one.url.path != "/v1/oauth2/token"]

    def call(self, method, path):
        return next(one for one in self.seen if (one.method, one.url.path) == (method, path))

    def body(self, method, path):
        return json.loads(self.call(method, path).content)


@contextmanager
def adapter(script, *, live=False, api_base="", secrets=SECRETS, webhook_secrets=()):
    settings = ProviderSettings(api_base, timedelta(seconds=2), httpx.MockTransport(script))
    adapters = paypal.provider(settings)
    yield adapters.bind(Credentials("psp_1", "paypal", live=live, secrets=secrets, webhook_secrets=webhook_secrets))
    adapters.close()


def page(**changes):
    asked = {
        "attempt_id": ATTEMPT,
        "transaction_ref": "order-1",
        "money": Money(5000, "USD"),
        "success_url": "https://shop.test/thanks",
        "cancel_url": "https://shop.test/basket",
        "expires_in": timedelta(minutes=30),
        "key": "chk_1",
    }
    return CheckoutRequest(**{**asked, **changes})


def amount(value="50.00", currency="USD"):
    return {"currency_code": currency, "value": value}


def capture(status="COMPLETED", *, capture_id="3C679366HH908993F", **rest):
    return {
        "id": capture_id,
        "status": status,
        "amount": amount(),
        "custom_id": f"{ATTEMPT}|order-1",
        "invoice_id": ATTEMPT,
        "create_time": "2026-05-01T10:00:00Z",
        "supplementary_data": {"related_ids": {"order_id": "5O190127TN364715T"}},
        **rest,
    }


def order(status="CREATED", *captures, refunds=(), **unit):
    payments = {"captures": list(captures), "refunds": list(refunds)} if captures else {}
    own = {
        "reference_id": "order-1",
        "custom_id": f"{ATTEMPT}|order-1",
        "invoice_id": ATTEMPT,
        "amount": amount(),
        **unit,
    }
    return {
        "id": "5O190127TN364715T",
        "intent": "CAPTURE",
        "status": status,
        "create_time": "2026-05-01T10:00:00Z",
        "purchase_units": [{**own, **({"payments": payments} if payments else {})}],
        "links": [],
    }


def shell(*, created="2026-05-01T10:00:00Z"):
    return {**order(reference_id="default", custom_id=f"look-up|{ATTEMPT}", invoice_id=None), "create_time": created}


def refusal(issue, status=422, name="UNPROCESSABLE_ENTITY"):
    details = [{"issue": issue, "description": "told so"}] if issue else []
    return status, {"name": name, "message": "No.", "debug_id": "1", "details": details}


ORDER = f"{ORDERS}/5O190127TN364715T"
CAPTURING = f"{ORDER}/capture"
READ_CAPTURE = "/v2/payments/captures/3C679366HH908993F"

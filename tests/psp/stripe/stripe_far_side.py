"""A Stripe made of replies: what the adapter is given, and what it asked for."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import httpx

from app.domain.money import Money
from app.domain.payments.port import ChargeRequest, CheckoutRequest, Credentials, PaymentMethod, RefundRequest
from app.psp import stripe
from app.psp.provider import ProviderSettings
from tests.fakes.clock import FakeClock

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
KEY = "sk_test_0123456789abcdef"
METHOD = PaymentMethod(token="pm_1", psp_customer_id="cus_1", type="card")
CHARGE = ChargeRequest("att_1", "order-1", Money(5000, "INR"), METHOD)
PAGE = CheckoutRequest("att_1", "order-1", Money(700, "INR"), "https://a.test", "https://b.test", timedelta(minutes=5))
REFUND = RefundRequest("ref_1", "pi_1", Money(2000, "INR"))


def credentials(key=KEY, *, live=False, webhook_secrets=("whsec_1",)):
    secrets = {} if key is None else {"secret_key": key}
    return Credentials("psp_1", "stripe", live=live, secrets=secrets, webhook_secrets=webhook_secrets)


class FarSide:
    """Answers by path, each path's replies in turn and the last one for ever; an exception is raised."""

    def __init__(self, replies):
        self._replies = {
            path: list(answers) if isinstance(answers, list) else [answers] for path, answers in replies.items()
        }
        self.seen: list[httpx.Request] = []

    def answer(self, request):
        self.seen.append(request)
        waiting = self._replies[request.url.path]
        reply = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        if isinstance(reply, Exception):
            raise reply
        return reply if isinstance(reply, httpx.Response) else httpx.Response(200, json=reply)

    @property
    def paths(self):
        return [request.url.path for request in self.seen]

    def form(self, number=0):
        return {name: values[0] for name, values in parse_qs(self.seen[number].content.decode()).items()}

    def query(self, number=0):
        return {name: values[0] for name, values in parse_qs(urlsplit(str(self.seen[number].url)).query).items()}


def bound(replies, *, key=KEY, live=False, webhook_secrets=("whsec_1",)):
    """Return an adapter for these replies, whose clock stands at noon, and the far side."""
    far_side = FarSide(replies)
    adapters = stripe.provider(
        ProviderSettings(
            api_base="http://stripe.test",
            read_timeout=timedelta(seconds=2),
            transport=httpx.MockTransport(far_side.answer),
            clock=FakeClock(NOW),
        )
    )
    return adapters.bind(credentials(key, live=live, webhook_secrets=webhook_secrets)), far_side


def error(status, code=None, *, kind="invalid_request_error", headers=None, **more):
    said = {"type": kind, "message": "Something is wrong.", **({"code": code} if code else {}), **more}
    return httpx.Response(status, json={"error": said}, headers=headers)


def intent(status="succeeded", **more):
    return {
        "id": "pi_1",
        "object": "payment_intent",
        "amount": 5000,
        "amount_received": 5000 if status == "succeeded" else 0,
        "currency": "inr",
        "created": 1772366400,
        "customer": "cus_1",
        "metadata": {"attempt_id": "att_1", "transaction_ref": "order-1"},
        "status": status,
        **more,
    }


def declined(code="card_declined", decline_code="insufficient_funds", **more):
    said = {"type": "card_error", "code": code, "decline_code": decline_code, "message": "Declined.", **more}
    return intent("requires_payment_method", last_payment_error=said)


def session(status="open", **more):
    return {
        "id": "cs_1",
        "object": "checkout.session",
        "amount_total": 700,
        "currency": "inr",
        "created": 1772366400,
        "expires_at": 1772368260,
        "metadata": {"attempt_id": "att_1", "transaction_ref": "order-1", "tinko_key": "att_1"},
        "payment_intent": None,
        "status": status,
        "url": "https://checkout.stripe.test/cs_1",
        **more,
    }


def listed(*items, more=False):
    return {"object": "list", "data": list(items), "has_more": more}

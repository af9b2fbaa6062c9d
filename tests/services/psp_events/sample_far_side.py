"""Providers that know of one payment only: the one that a sample webhook is about, as the webhook shows it."""

import json
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx

from app.psp.provider import ProviderSettings
from app.psp.registry import Registry, build_registry

ROOT = Path(__file__).parents[3]
PAYLOADS = ROOT / "tests" / "data" / "payloads"
CREDENTIALS = {
    "stripe": {"secret_key": "sk_test_0123456789abcdef"},
    "razorpay": {"key_id": "rzp_test_0123456789", "key_secret": "a-secret-of-razorpay"},
    "paypal": {"client_id": "client-0123456789", "client_secret": "secret-0123456789", "webhook_id": "WH-1234"},
    "paymongo": {"secret_key": "sk_test_0123456789abcdef"},
    "xendit": {"secret_key": "xnd_development_0123456789"},
}


def sample(name: str) -> Any:
    return json.loads((PAYLOADS / f"{name}.constructed.json").read_text(encoding="utf-8"))


def known_to(psp: str, body: Any) -> dict[str, Any]:
    """Return what the provider answers, by the end of the path: what the webhook shows, and what that stands in."""
    return {
        "stripe": _stripe,
        "razorpay": _razorpay,
        "paymongo": _paymongo,
        "paypal": _paypal,
        "xendit": _xendit,
    }[psp](body)


def _stripe(body: Any) -> dict[str, Any]:
    intent = body["data"]["object"]
    return {intent["id"]: intent, "invoice_payments": {"object": "list", "data": [], "has_more": False}}


def _razorpay(body: Any) -> dict[str, Any]:
    payment = body["payload"]["payment"]["entity"]
    order = {"id": payment["order_id"], "entity": "order", "amount": payment["amount"], "currency": "INR"}
    whole = {**order, "receipt": None, "notes": [], "status": "attempted", "created_at": payment["created_at"]}
    return {payment["id"]: payment, payment["order_id"]: whole}


def _paymongo(body: Any) -> dict[str, Any]:
    thing = body["data"]["attributes"]["data"]
    intent_id = thing["attributes"].get("payment_intent_id") or ""
    told = thing["attributes"]
    intent = {
        "id": intent_id,
        "type": "payment_intent",
        "attributes": {
            **{name: told.get(name) for name in ("amount", "currency", "description", "metadata", "created_at")},
            "status": "awaiting_payment_method" if told["status"] == "failed" else "succeeded",
            "last_payment_error": None,
            "payments": [thing],
        },
    }
    return {thing["id"]: {"data": thing}, intent_id: {"data": intent}}


def _paypal(body: Any) -> dict[str, Any]:
    token = {"access_token": "A21AA", "token_type": "Bearer", "expires_in": 3600}
    return {body["resource"]["id"]: body["resource"], "token": token}


def _xendit(body: Any) -> dict[str, Any]:
    if "data" not in body:
        return {body["id"]: body}
    payment = body["data"]
    payment_id = payment.get("payment_id") or payment["id"]
    request = {**payment, "id": payment["payment_request_id"], "latest_payment_id": payment_id}
    return {payment_id: payment, payment["payment_request_id"]: request}


class OneProvider:
    """The real adapters without guard; signatures are tested elsewhere."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def verify_webhook(self, credentials, *, headers, body, now) -> None:
        pass

    def parse_webhook(self, credentials, *, headers, body):
        return self._registry.adapter(credentials).parse_webhook(headers=headers, body=body)

    def retrieve_payment(self, credentials, *, psp_payment_id, attempt_id, now):
        del now  # nothing here is paced
        return self._registry.adapter(credentials).retrieve_payment(
            psp_payment_id=psp_payment_id, attempt_id=attempt_id
        )


@contextmanager
def far_side(psp: str, body: Any):
    """Yield a `PaymentsPort` whose provider knows what `body` shows, and nothing else."""
    known = known_to(psp, body)

    def answer(request: httpx.Request) -> httpx.Response:
        reply = known.get(request.url.path.rpartition("/")[2])
        if reply is not None:
            return httpx.Response(200, json=reply)
        return httpx.Response(404, json={"error": {"type": "invalid_request_error", "code": "resource_missing"}})

    settings = ProviderSettings(
        api_base="https://psp.test", read_timeout=timedelta(seconds=5), transport=httpx.MockTransport(answer)
    )
    registry = build_registry({psp: settings})
    try:
        yield OneProvider(registry)
    finally:
        registry.close()

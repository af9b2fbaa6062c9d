"""Calls to the sandbox. Docs: the simulator's own `/docs`."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import httpx

from app.domain.payments.port import (
    ChargeRequest,
    Checkout,
    CheckoutRequest,
    Credentials,
    Outcome,
    PaymentResult,
    PaymentStatus,
    RefundRequest,
    RefundResult,
    WebhookEvent,
)
from app.domain.payments.problems import Problem
from app.infra.http import build_client
from app.psp.provider import Adapters, ProviderSettings
from app.psp.sandbox import mapping, webhook
from app.psp.wire import Failure, Reply, exchange

_HTTP_OK: Final = 200
_HTTP_NOT_FOUND: Final = 404
_ID: Final = re.compile(r"(pay|cs)_[0-9a-z]{1,64}")
_KEY: Final = re.compile(r"[\x21-\x7e]{1,255}")  # what a header can carry


class SandboxAdapter:
    """The sandbox, bound to one account: `secrets["api_key"]`, any `sbx_…`, is an account of its own."""

    def __init__(self, client: httpx.Client, credentials: Credentials) -> None:
        self._client = client
        self._api_key = credentials.secrets.get("api_key", "")
        self._webhook_secrets = credentials.webhook_secrets

    def create_payment(self, request: ChargeRequest) -> PaymentResult:
        """Charge a saved method off session, exactly once per `attempt_id`."""
        reply = self._post("/v1/payments", mapping.charge_body(request), key=request.attempt_id)
        return mapping.payment_of_create(reply)

    def retrieve_payment(self, *, psp_payment_id: str | None, attempt_id: str | None) -> PaymentResult | None:
        """Read a payment by the sandbox's id, else by our attempt id; None if it knows none.

        Raises `ValueError` when given neither: "none" would be a dangerous answer.
        """
        if not psp_payment_id and not attempt_id:
            raise ValueError("a look-up needs the provider's id or ours")
        found = self._by_id(psp_payment_id) if psp_payment_id else None
        if found is None and attempt_id:
            found = self._by_attempt("/v1/payments", attempt_id) or self._by_attempt(
                "/v1/checkout_sessions", attempt_id
            )
        return found

    def create_checkout(self, request: CheckoutRequest) -> Checkout:
        """Open a hosted payment page; raises `CheckoutFailedError` if the sandbox will not."""
        reply = self._post("/v1/checkout_sessions", mapping.checkout_body(request), key=request.idempotency_key)
        return mapping.checkout_of(reply)

    def refund(self, request: RefundRequest) -> RefundResult:
        """Give money back, exactly once per `refund_id`."""
        if not _ID.fullmatch(request.psp_payment_id):
            return RefundResult(Outcome.ERROR, error_code=Problem.REQUEST_INVALID, detail="not a sandbox payment id")
        path = f"/v1/payments/{request.psp_payment_id}/refunds"
        return mapping.refund_of(self._post(path, mapping.refund_body(request), key=request.refund_id))

    def verify_webhook(self, *, headers: Mapping[str, str], body: bytes, now: datetime) -> None:
        """Check the signature over the raw bytes; raises `SignatureInvalidError`."""
        webhook.verify(headers=headers, body=body, secrets=self._webhook_secrets, now=now)

    def parse_webhook(self, body: bytes) -> WebhookEvent:
        """Read a verified body; raises `WebhookUnreadableError`."""
        return webhook.parse(body)

    def normalize_status(self, status: str) -> PaymentStatus:
        """Translate the sandbox's word; an unknown word is `pending`."""
        return mapping.normalize_status(status)

    def _by_id(self, psp_payment_id: str) -> PaymentResult | None:
        if not _ID.fullmatch(psp_payment_id):
            return None
        collection = "payments" if psp_payment_id.startswith("pay_") else "checkout_sessions"
        reply = self._get(f"/v1/{collection}/{psp_payment_id}")
        if isinstance(reply, Reply) and reply.status == _HTTP_NOT_FOUND:
            return None
        return mapping.payment_of_read(reply)

    def _by_attempt(self, path: str, attempt_id: str) -> PaymentResult | None:
        reply = self._get(path, {"idempotency_key": attempt_id, "limit": 1})
        if isinstance(reply, Failure) or reply.status != _HTTP_OK:
            return mapping.failed_read(reply)
        return mapping.first_of_list(reply)

    def _post(self, path: str, body: Mapping[str, Any], *, key: str) -> Reply | Failure:
        if not _KEY.fullmatch(key):
            return Failure(Outcome.ERROR, Problem.REQUEST_INVALID, detail="not an idempotency key")
        return self._send("POST", path, body=body, headers={"idempotency-key": key})

    def _get(self, path: str, params: Mapping[str, str | int] | None = None) -> Reply | Failure:
        return self._send("GET", path, params=params)

    def _send(
        self,
        method: str,
        path: str,
        *,
        body: Mapping[str, Any] | None = None,
        params: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply | Failure:
        if not _KEY.fullmatch(self._api_key):
            return Failure(Outcome.ERROR, Problem.CREDENTIALS_INVALID, detail="the account has no usable api_key")
        headers = {"authorization": f"Bearer {self._api_key}", **(headers or {})}
        return exchange(self._client, method, path, headers=headers, body=body, params=params)


def provider(settings: ProviderSettings) -> Adapters:
    """Build what all accounts share, the HTTP client, and the way to bind an adapter to one."""
    client = build_client(base_url=settings.api_base, read_timeout=settings.read_timeout, transport=settings.transport)
    return Adapters(bind=lambda credentials: SandboxAdapter(client, credentials), close=client.close)

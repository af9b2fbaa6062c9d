"""Calls to the sandbox. Docs: the simulator's own `/docs`."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Final

import httpx

from app.domain.payments.facts import Finding
from app.domain.payments.port import (
    ChargeRequest,
    Checkout,
    CheckoutRequest,
    Credentials,
    Outcome,
    PaymentResult,
    PaymentsPage,
    PaymentStatus,
    RefundRequest,
    RefundResult,
    WebhookEvent,
)
from app.domain.payments.problems import Problem
from app.infra.http import build_client
from app.psp.keyed import KeyedApi
from app.psp.lookups import look_up
from app.psp.provider import Adapters, ProviderSettings
from app.psp.sandbox import check, mapping, webhook
from app.psp.wire import Failure, Reply

_HTTP_OK: Final = 200
_HTTP_NOT_FOUND: Final = 404
_MAX_PAGE: Final = 100
_ID: Final = re.compile(r"(pay|cs)_[0-9a-z]{1,64}")


class SandboxAdapter:
    """The sandbox, bound to one account: `secrets["api_key"]`, any `sbx_…`, is an account of its own."""

    def __init__(self, client: httpx.Client, credentials: Credentials) -> None:
        self._api = KeyedApi(
            client,
            name="api_key",
            secret=credentials.secrets.get("api_key", ""),
            authorization=lambda api_key: f"Bearer {api_key}",
        )
        self._webhook_secrets = credentials.webhook_secrets
        self._live = credentials.live

    def create_payment(self, request: ChargeRequest) -> PaymentResult:
        """Charge a saved method off session, exactly once per `attempt_id`."""
        reply = self._api.post("/v1/payments", mapping.charge_body(request), key=request.attempt_id)
        return mapping.payment_of_create(reply)

    def retrieve_payment(self, *, psp_payment_id: str | None, attempt_id: str | None) -> PaymentResult | None:
        """Read a payment by the sandbox's id, else by our attempt id; None if it knows none.

        Raises `ValueError` when given neither: "none" would be a dangerous answer.
        """
        return look_up(
            psp_payment_id=psp_payment_id, attempt_id=attempt_id, by_id=self._by_id, by_attempt=self._by_attempt
        )

    def create_checkout(self, request: CheckoutRequest) -> Checkout:
        """Open a hosted payment page; raises `CheckoutFailedError` if the sandbox will not."""
        reply = self._api.post("/v1/checkout_sessions", mapping.checkout_body(request), key=request.idempotency_key)
        return mapping.checkout_of(reply)

    def refund(self, request: RefundRequest) -> RefundResult:
        """Give money back, exactly once per `refund_id`."""
        if not _ID.fullmatch(request.psp_payment_id):
            return RefundResult(Outcome.ERROR, error_code=Problem.REQUEST_INVALID, detail="not a sandbox payment id")
        path = f"/v1/payments/{request.psp_payment_id}/refunds"
        return mapping.refund_of(self._api.post(path, mapping.refund_body(request), key=request.refund_id))

    def verify_webhook(self, *, headers: Mapping[str, str], body: bytes, now: datetime) -> None:
        """Check the signature over the raw bytes; raises `SignatureInvalidError`."""
        webhook.verify(headers=headers, body=body, secrets=self._webhook_secrets, now=now)

    def parse_webhook(self, *, headers: Mapping[str, str], body: bytes) -> WebhookEvent:
        """Read a verified body; raises `WebhookUnreadableError`."""
        del headers  # the body names the event
        return webhook.parse(body)

    def list_payments(self, *, since: datetime, until: datetime, cursor: str | None, limit: int) -> PaymentsPage:
        """Read one page of the account's payments made in `[since, until)`, the oldest first."""
        params: dict[str, str | int] = {
            "created_from": since.isoformat(),
            "created_to": until.isoformat(),
            "limit": max(1, min(limit, _MAX_PAGE)),
        }
        if cursor is not None:
            params["cursor"] = cursor
        return mapping.page_of(self._api.get("/v1/payments", params))

    def check(self) -> tuple[Finding, ...]:
        """Try the API key; empty if nothing is missing."""
        return check.findings(
            self._api.get("/v1/account"), live=self._live, has_webhook_secret=any(self._webhook_secrets)
        )

    def normalize_status(self, status: str) -> PaymentStatus:
        """Translate the sandbox's word; an unknown word is `pending`."""
        return mapping.normalize_status(status)

    def _by_id(self, psp_payment_id: str) -> PaymentResult | None:
        if not _ID.fullmatch(psp_payment_id):
            return None
        collection = "payments" if psp_payment_id.startswith("pay_") else "checkout_sessions"
        reply = self._api.get(f"/v1/{collection}/{psp_payment_id}")
        if isinstance(reply, Reply) and reply.status == _HTTP_NOT_FOUND:
            return None
        return mapping.payment_of_read(reply)

    def _by_attempt(self, attempt_id: str) -> PaymentResult | None:
        return self._first("/v1/payments", attempt_id) or self._first("/v1/checkout_sessions", attempt_id)

    def _first(self, path: str, attempt_id: str) -> PaymentResult | None:
        reply = self._api.get(path, {"idempotency_key": attempt_id, "limit": 1})
        if isinstance(reply, Failure) or reply.status != _HTTP_OK:
            return mapping.failed_read(reply)
        return mapping.first_of_list(reply)


def provider(settings: ProviderSettings) -> Adapters:
    """Build what all accounts share, the HTTP client, and the way to bind an adapter to one."""
    client = build_client(base_url=settings.api_base, read_timeout=settings.read_timeout, transport=settings.transport)
    return Adapters(bind=lambda credentials: SandboxAdapter(client, credentials), close=client.close)

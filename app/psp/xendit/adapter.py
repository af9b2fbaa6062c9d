"""Calls to Xendit: payment requests of API version 2024-11-11, invoices v2.

Docs: docs.xendit.co; how it is used here: docs/psp/xendit.md.
"""

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
from app.psp.lookups import look_up
from app.psp.provider import Adapters, ProviderSettings
from app.psp.wire import Failure
from app.psp.xendit import bodies, check, listing, pages, payments, refunds, webhook
from app.psp.xendit.api import REFUNDS, XenditApi, is_payment
from app.psp.xendit.charge import charge
from app.psp.xendit.read import Reader

_ANY_ID: Final = re.compile(r"[0-9A-Za-z_-]{1,64}")


class XenditAdapter:
    """Xendit, bound to one account: `secrets["secret_key"]`, `xnd_development_…` or `xnd_production_…`."""

    def __init__(self, client: httpx.Client, credentials: Credentials) -> None:
        self._secret_key = credentials.secrets.get("secret_key", "")
        self._webhook_secrets = credentials.webhook_secrets
        self._live = credentials.live
        self._api = XenditApi(client, self._secret_key)

    def create_payment(self, request: ChargeRequest) -> PaymentResult:
        """Charge a saved payment token off session, exactly once per `attempt_id`.

        The attempt's id is the `reference_id` and the `idempotency-key`, and is looked for first.
        """
        return charge(self._api, Reader(self._api), request)

    def retrieve_payment(self, *, psp_payment_id: str | None, attempt_id: str | None) -> PaymentResult | None:
        """Read a payment by any id of Xendit's (`pr-`, `py-`, an invoice's), else by our attempt id.

        By attempt, payment requests are listed by `reference_id` and invoices by `external_id`.
        Raises `ValueError` when given neither: "none" would be a dangerous answer.
        """
        reader = Reader(self._api)
        return look_up(
            psp_payment_id=psp_payment_id, attempt_id=attempt_id, by_id=reader.by_id, by_attempt=reader.by_attempt
        )

    def create_checkout(self, request: CheckoutRequest) -> Checkout:
        """Open a hosted invoice; raises `CheckoutFailedError` if Xendit will not."""
        return pages.open_page(self._api, Reader(self._api), request)

    def refund(self, request: RefundRequest) -> RefundResult:
        """Give money back, exactly once per `refund_id`: by key, and by the refunds that are listed."""
        own_id = self._refundable(request.psp_payment_id)
        if isinstance(own_id, RefundResult):
            return own_id
        earlier = refunds.earlier(refunds.refunds_of(self._api, own_id) or (), request.refund_id)
        if earlier is not None:
            return earlier
        body = bodies.refund_body(request, refunds.named(own_id))
        return refunds.result_of(self._api.post(REFUNDS, body, key=request.refund_id))

    def verify_webhook(self, *, headers: Mapping[str, str], body: bytes, now: datetime) -> None:
        """Compare the callback token; raises `SignatureInvalidError`. It proves little: objects are read again."""
        del body, now  # neither is signed
        webhook.verify(headers=headers, secrets=self._webhook_secrets)

    def parse_webhook(self, *, headers: Mapping[str, str], body: bytes) -> WebhookEvent:
        """Read a body; raises `WebhookUnreadableError`."""
        return webhook.parse(headers=headers, body=body)

    def list_payments(self, *, since: datetime, until: datetime, cursor: str | None, limit: int) -> PaymentsPage:
        """Read one page of the account's payments made in `[since, until)`: payment requests, then invoices.

        Each list comes newest first, as Xendit gives it. A page has 25 payments at most.
        """
        return listing.page_of(self._api, Reader(self._api), since=since, until=until, cursor=cursor, limit=limit)

    def check(self) -> tuple[Finding, ...]:
        """Try the key; empty if nothing is missing."""
        return check.findings(
            self._api, self._secret_key, live=self._live, has_webhook_secret=any(self._webhook_secrets)
        )

    def normalize_status(self, status: str) -> PaymentStatus:
        """Translate Xendit's word; an unknown word is `pending`."""
        return payments.normalize_status(status)

    def _refundable(self, named: str) -> str | RefundResult:
        """Return what a refund is asked of: a payment request, or an invoice."""
        problem = Failure(Outcome.ERROR, Problem.REQUEST_INVALID, detail="not a payment of Xendit's")
        if not is_payment(named):
            return named if _ANY_ID.fullmatch(named) else refunds.failed(problem)
        found = Reader(self._api).request_id_of_payment(named)
        if isinstance(found, PaymentResult):
            unsure = found.outcome is Outcome.UNKNOWN
            return RefundResult(Outcome.ERROR, error_code=found.error_code, detail=found.detail, transient=unsure)
        return found or refunds.failed(problem)


def provider(settings: ProviderSettings) -> Adapters:
    """Build what all accounts share, the HTTP client, and the way to bind an adapter to one."""
    client = build_client(base_url=settings.api_base, read_timeout=settings.read_timeout, transport=settings.transport)
    return Adapters(bind=lambda credentials: XenditAdapter(client, credentials), close=client.close)

"""Calls to PayMongo's API v1. Docs: developers.paymongo.com; how it is used here: docs/psp/paymongo.md.

A charge is two calls. Creating the intent moves no money, and its idempotency key is the attempt's id, so
that every repetition comes to the same intent; attaching the saved method charges it. An intent is
looked at before anything is attached, and is paid at most once.
"""

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
from app.psp.paymongo import bodies, check, pages, payments, refunds, search, webhook
from app.psp.paymongo.api import PaymongoApi
from app.psp.paymongo.charge import charge
from app.psp.paymongo.read import Reader
from app.psp.provider import Adapters, ProviderSettings

_FOREIGN: Final = "PayMongo takes PHP only"


class PaymongoAdapter:
    """PayMongo, bound to one account: `secrets["secret_key"]`, `sk_test_…` or `sk_live_…`."""

    def __init__(self, client: httpx.Client, credentials: Credentials) -> None:
        self._secret_key = credentials.secrets.get("secret_key", "")
        self._webhook_secrets = credentials.webhook_secrets
        self._live = credentials.live
        self._api = PaymongoApi(client, self._secret_key)
        self._reader = Reader(self._api, live=credentials.live)

    def create_payment(self, request: ChargeRequest) -> PaymentResult:
        """Charge a saved method off session, exactly once per `attempt_id` (for 24 hours by key, then by looking).

        PayMongo charges saved cards without their payer for few accounts only; where it wants the payer,
        the answer is `requires_action`.
        """
        if request.money.currency not in bodies.CURRENCIES:
            return PaymentResult(Outcome.ERROR, error_code=Problem.REQUEST_INVALID, detail=_FOREIGN)
        return charge(self._api, request)

    def retrieve_payment(self, *, psp_payment_id: str | None, attempt_id: str | None) -> PaymentResult | None:
        """Read a payment by any id of PayMongo's (`pi_`, `pay_`, `cs_`, `src_`, `link_`), else by our attempt id.

        By attempt, the newest payments are read through, since PayMongo has no search: an intent that was
        never paid nor declined is not found so, and `unknown` is the answer where the list is too long.
        None of an intent of ours that nothing was attached to: charging again attaches to that same one.
        Raises `ValueError` when given neither id: "none" would be a dangerous answer.
        """
        reader = self._reader
        return look_up(
            psp_payment_id=psp_payment_id, attempt_id=attempt_id, by_id=reader.by_id, by_attempt=reader.by_attempt
        )

    def create_checkout(self, request: CheckoutRequest) -> Checkout:
        """Open a hosted payment page; raises `CheckoutFailedError` if PayMongo will not."""
        if request.money.currency not in bodies.CURRENCIES:
            raise pages.no_page()
        methods = pages.methods_of(self._api.get(pages.CAPABILITIES))
        body = bodies.page_body(request, methods)
        return pages.page_of(self._api.post("/v1/checkout_sessions", body, key=request.idempotency_key), request)

    def refund(self, request: RefundRequest) -> RefundResult:
        """Give money back, exactly once per `refund_id`: by key, and by the refunds that the payment lists."""
        payment = self._reader.paid_payment(request.psp_payment_id)
        if isinstance(payment, RefundResult):
            return payment
        earlier = refunds.earlier(payment, request.refund_id)
        if earlier is not None:
            return earlier
        if refunds.currency_of(payment) != request.money.currency:
            return RefundResult(Outcome.ERROR, error_code=Problem.REQUEST_INVALID, detail="another currency")
        body = refunds.body_of(request, str(payment["id"]))
        return refunds.result_of(self._api.post("/v1/refunds", body, key=request.refund_id))

    def verify_webhook(self, *, headers: Mapping[str, str], body: bytes, now: datetime) -> None:
        """Check the signature over the raw bytes; raises `SignatureInvalidError`."""
        webhook.verify(headers=headers, body=body, secrets=self._webhook_secrets, live=self._live, now=now)

    def parse_webhook(self, *, headers: Mapping[str, str], body: bytes) -> WebhookEvent:
        """Read a verified body; raises `WebhookUnreadableError`."""
        del headers  # the body names the event
        return webhook.parse(body)

    def list_payments(self, *, since: datetime, until: datetime, cursor: str | None, limit: int) -> PaymentsPage:
        """Read one page of the account's payments made in `[since, until)`: the newest first, as PayMongo lists them.

        What is not paid is read by its intent, so that an old try of an intent that was paid later is not
        taken for its end. A page has 25 payments at most.
        """
        page, found = search.page_of(self._api, since=since, until=until, cursor=cursor, limit=limit)
        return search.filled(page, found, self._reader.settled)

    def check(self) -> tuple[Finding, ...]:
        """Try the key, and look for a webhook; empty if nothing is missing."""
        return check.findings(
            self._api, self._secret_key, live=self._live, has_webhook_secret=any(self._webhook_secrets)
        )

    def normalize_status(self, status: str) -> PaymentStatus:
        """Translate PayMongo's word; an unknown word is `pending`."""
        return payments.normalize_status(status)


def provider(settings: ProviderSettings) -> Adapters:
    """Build what all accounts share, the HTTP client, and the way to bind an adapter to one."""
    client = build_client(base_url=settings.api_base, read_timeout=settings.read_timeout, transport=settings.transport)
    return Adapters(bind=lambda credentials: PaymongoAdapter(client, credentials), close=client.close)

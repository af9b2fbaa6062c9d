"""Calls to PayPal. Docs: developer.paypal.com (Orders v2, Payments v2, Subscriptions v1, Transaction Search v1)."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Final

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
from app.psp.paypal import charges, checkouts, checks, lookups, mapping, orders, searches, webhook
from app.psp.paypal.certificates import CertificateBook, Source
from app.psp.paypal.client import Account, TokenBook
from app.psp.paypal.units import AmountUnfitError
from app.psp.provider import Adapters, ProviderSettings

_CAPTURE_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")


class PayPalAdapter:
    """PayPal, bound to one account: `client_id`, `client_secret` and `webhook_id`."""

    def __init__(
        self, account: Account, credentials: Credentials, *, certificates: CertificateBook, source: Source
    ) -> None:
        self._account = account
        self._certificates = certificates
        self._source = source
        ids = (credentials.secrets.get("webhook_id", ""), *credentials.webhook_secrets)
        self._webhook_ids = tuple(dict.fromkeys(one for one in ids if one))

    def create_payment(self, request: ChargeRequest) -> PaymentResult:
        """Charge a vaulted method off session, exactly once per `attempt_id`: an order, then its capture."""
        return charges.charge(self._account, request)

    def retrieve_payment(self, *, psp_payment_id: str | None, attempt_id: str | None) -> PaymentResult | None:
        """Read a payment by any of PayPal's ids for it, else by our attempt id; None if PayPal knows none.

        An order that a payer approved on a page of ours is captured by being read (see `lookups`). By the
        attempt alone the answer is certain for six hours, later with the help of the Transaction Search,
        and `unknown` where the account has no permission for that. Raises `ValueError` when given neither.
        """
        return look_up(
            psp_payment_id=psp_payment_id,
            attempt_id=attempt_id,
            by_id=partial(lookups.by_id, self._account),
            by_attempt=partial(lookups.by_attempt, self._account),
        )

    def create_checkout(self, request: CheckoutRequest) -> Checkout:
        """Open a page at PayPal for the payer to approve; raises `CheckoutFailedError`."""
        return checkouts.open_checkout(self._account, request)

    def refund(self, request: RefundRequest) -> RefundResult:
        """Give a capture back, in full or in part, exactly once per `refund_id`."""
        if not _CAPTURE_ID.fullmatch(request.psp_payment_id):
            return RefundResult(Outcome.ERROR, error_code=Problem.REQUEST_INVALID, detail="not a PayPal capture id")
        try:
            body = orders.refund_body(request)
        except AmountUnfitError as unfit:
            return RefundResult(Outcome.ERROR, error_code=Problem.REQUEST_INVALID, detail=unfit.detail)
        path = f"{lookups.CAPTURES}/{request.psp_payment_id}/refund"
        return mapping.refund_of(self._account.post(path, body, request_id=request.refund_id))

    def verify_webhook(self, *, headers: Mapping[str, str], body: bytes, now: datetime) -> None:
        """Check the signature over the raw bytes; raises `SignatureInvalidError`.

        The certificate is fetched once, from PayPal alone, and kept.
        """
        webhook.verify(
            headers=headers,
            body=body,
            webhook_ids=self._webhook_ids,
            certificates=self._certificates,
            source=self._source,
            now=now,
        )

    def parse_webhook(self, *, headers: Mapping[str, str], body: bytes) -> WebhookEvent:
        """Read a verified body; raises `WebhookUnreadableError`."""
        del headers  # the body names the event
        return webhook.parse(body)

    def list_payments(self, *, since: datetime, until: datetime, cursor: str | None, limit: int) -> PaymentsPage:
        """Read one page of the payments made in `[since, until)`, up to three hours late.

        The search does not say why a payment was declined: each such is read by itself.
        """
        page = searches.page_of(self._account, since=since, until=until, cursor=cursor, limit=limit)
        return replace(page, items=tuple(self._with_reason(item) for item in page.items))

    def check(self) -> tuple[Finding, ...]:
        """Try the credentials, and look at the webhook; empty if nothing is missing."""
        return checks.findings(self._account, webhook_ids=self._webhook_ids)

    def normalize_status(self, status: str) -> PaymentStatus:
        """Translate PayPal's word; an unknown word is `pending`."""
        return mapping.normalize_status(status)

    def _with_reason(self, item: PaymentResult) -> PaymentResult:
        if item.outcome is not Outcome.DECLINED or item.psp_payment_id is None:
            return item
        read = lookups.by_id(self._account, item.psp_payment_id)
        return read if read is not None and read.status is not None else item


def provider(settings: ProviderSettings) -> Adapters:
    """Build what all accounts share (HTTP client, access tokens, certificates), and the way to bind an adapter.

    `settings.api_base` is empty for PayPal itself: then the account's mode decides between live and sandbox.
    """
    client = build_client(read_timeout=settings.read_timeout, transport=settings.transport)
    tokens, certificates = TokenBook(), CertificateBook(client)

    def bind(credentials: Credentials) -> PayPalAdapter:
        account = Account(client, tokens, credentials, api_base=settings.api_base)
        source = Source(live=credentials.live, api_base=settings.api_base)
        return PayPalAdapter(account, credentials, certificates=certificates, source=source)

    return Adapters(bind=bind, close=client.close)

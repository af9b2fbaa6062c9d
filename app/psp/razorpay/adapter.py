"""Calls to Razorpay. Docs: https://razorpay.com/docs/api."""

from collections.abc import Mapping
from datetime import datetime

import httpx

from app.domain.payments.facts import Finding
from app.domain.payments.port import (
    ChargeRequest,
    Checkout,
    CheckoutRequest,
    Credentials,
    PaymentResult,
    PaymentsPage,
    PaymentStatus,
    RefundRequest,
    RefundResult,
    WebhookEvent,
)
from app.infra.http import build_client
from app.psp.lookups import look_up
from app.psp.provider import Adapters, ProviderSettings
from app.psp.razorpay import check, listing, mapping, refunds, webhook
from app.psp.razorpay.api import Api
from app.psp.razorpay.charging import Charging
from app.psp.razorpay.linking import open_link
from app.psp.razorpay.lookup import Lookup


class RazorpayAdapter:
    """Razorpay, bound to one account: `secrets["key_id"]` and `secrets["key_secret"]`."""

    def __init__(self, client: httpx.Client, api_base: str, credentials: Credentials) -> None:
        self._key_id = credentials.secrets.get("key_id", "")
        self._key_secret = credentials.secrets.get("key_secret", "")
        self._api = Api(client, api_base=api_base, key_id=self._key_id, key_secret=self._key_secret)
        self._lookup = Lookup(self._api)
        self._webhook_secrets = credentials.webhook_secrets
        self._live = credentials.live

    def create_payment(self, request: ChargeRequest) -> PaymentResult:
        """Charge a token of a customer (card, e-mandate, UPI Autopay), once per `attempt_id`: see `charging`.

        A debit that needs a notice in advance is `unknown` (pending) until it was made, a day or two later.
        """
        return Charging(self._api, self._lookup).charge(request)

    def retrieve_payment(self, *, psp_payment_id: str | None, attempt_id: str | None) -> PaymentResult | None:
        """Read a payment by the id of it, its order, payment link, invoice or subscription, else by our attempt id.

        The attempt is the receipt of its order, or the reference of a payment link that was opened under the
        attempt's own id; a link opened under another key is found by the link's id only. Raises `ValueError` when
        given neither: "none" would be a dangerous answer.
        """
        lookup = self._lookup
        return look_up(
            psp_payment_id=psp_payment_id, attempt_id=attempt_id, by_id=lookup.by_id, by_attempt=lookup.by_attempt
        )

    def create_checkout(self, request: CheckoutRequest) -> Checkout:
        """Open a payment link, once per key; raises `CheckoutFailedError` if Razorpay will not.

        It lives 16 minutes to 180 days. Razorpay knows one address to come back to, for a payment that was made.
        """
        return open_link(self._api, request)

    def refund(self, request: RefundRequest) -> RefundResult:
        """Give money back, exactly once per `refund_id`."""
        return refunds.refund(self._api, request)

    def verify_webhook(self, *, headers: Mapping[str, str], body: bytes, now: datetime) -> None:
        """Check the signature over the raw bytes; raises `SignatureInvalidError`."""
        del now  # the signature carries no time
        webhook.verify(headers=headers, body=body, secrets=self._webhook_secrets)

    def parse_webhook(self, *, headers: Mapping[str, str], body: bytes) -> WebhookEvent:
        """Read a verified webhook; raises `WebhookUnreadableError`. The event's id is in a header."""
        return webhook.parse(headers=headers, body=body)

    def list_payments(self, *, since: datetime, until: datetime, cursor: str | None, limit: int) -> PaymentsPage:
        """Read one page of the account's payments made in `[since, until)`, the oldest first."""
        return listing.page_of(self._api, self._lookup, since=since, until=until, cursor=cursor, limit=limit)

    def check(self) -> tuple[Finding, ...]:
        """Try the key; empty if nothing is missing. Webhooks cannot be asked for with a merchant's key."""
        return check.findings(
            self._api,
            key_id=self._key_id,
            key_secret=self._key_secret,
            live=self._live,
            has_webhook_secret=any(self._webhook_secrets),
        )

    def normalize_status(self, status: str) -> PaymentStatus:
        """Translate Razorpay's word; an unknown word is `pending`."""
        return mapping.normalize_status(status)


def provider(settings: ProviderSettings) -> Adapters:
    """Build what all accounts share, the HTTP client, and the way to bind an adapter to one."""
    client = build_client(read_timeout=settings.read_timeout, transport=settings.transport)
    return Adapters(
        bind=lambda credentials: RazorpayAdapter(client, settings.api_base, credentials), close=client.close
    )

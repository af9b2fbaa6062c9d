"""Calls to Stripe, bound to one account: `secrets["secret_key"]` is its secret or restricted key."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from app.domain.errors import InvalidError
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
from app.infra.clock import Clock
from app.infra.http import build_client
from app.psp.lookups import look_up
from app.psp.provider import Adapters, ProviderSettings
from app.psp.stripe import check, mapping, pages, requests, webhook
from app.psp.stripe.calls import Calls, HttpxTransport
from app.psp.stripe.failures import failure_of
from app.psp.stripe.lookup import Lookup
from app.psp.verdicts import without_verdict
from app.psp.wire import Failure, Reply

_MAX_PAGE: Final = 100
_OK: Final = 200


class StripeAdapter:
    """Stripe, bound to one account. A payment is a PaymentIntent; its id is the payment's."""

    def __init__(self, transport: HttpxTransport, credentials: Credentials, *, api_base: str, clock: Clock) -> None:
        self._credentials = credentials
        self._secret_key = credentials.secrets.get("secret_key", "")
        self._calls = Calls(transport, api_base=api_base, secret_key=self._secret_key)
        self._lookup = Lookup(self._calls)
        self._clock = clock

    def create_payment(self, request: ChargeRequest) -> PaymentResult:
        """Charge a saved method off session, exactly once per `attempt_id`, which is the idempotency key.

        Stripe keeps keys for at least a day. A stored 500 is replayed: `retrieve_payment` then tells what happened.
        """
        try:
            params = requests.charge_params(request)
        except InvalidError as error:
            return without_verdict(Failure(Outcome.ERROR, Problem.REQUEST_INVALID, detail=error.detail))
        return mapping.payment_of_create(self._calls.post("/v1/payment_intents", params, key=request.attempt_id))

    def retrieve_payment(self, *, psp_payment_id: str | None, attempt_id: str | None) -> PaymentResult | None:
        """Read a payment by the id of its intent, charge, invoice or session, else by our attempt id.

        By attempt id: Stripe's search, then the newest intents and sessions (see `lookup`); None only if the attempt
        certainly made nothing. Raises `ValueError` when given neither: "none" would be a dangerous answer.
        """
        lookup = self._lookup
        return look_up(
            psp_payment_id=psp_payment_id, attempt_id=attempt_id, by_id=lookup.by_id, by_attempt=lookup.by_attempt
        )

    def create_checkout(self, request: CheckoutRequest) -> Checkout:
        """Open a page of Stripe Checkout; raises `CheckoutFailedError` if Stripe will not.

        A page's end is a time, so that asking again is never the same request: the key's conflict then leads to
        the page that it made.
        """
        expires_at = int((self._clock.now() + requests.expiry_of(request)).timestamp())
        try:
            params = requests.session_params(request, expires_at=expires_at)
        except InvalidError as error:
            raise pages.no_checkout(Failure(Outcome.ERROR, Problem.REQUEST_INVALID, detail=error.detail)) from error
        reply = self._calls.post("/v1/checkout/sessions", params, key=request.idempotency_key)
        body: object = reply.body if isinstance(reply, Reply) and reply.status == _OK else None
        if isinstance(reply, Reply) and failure_of(reply).problem is Problem.IDEMPOTENCY_CONFLICT:
            body = self._same_page(request)
        page = pages.checkout_of(body)
        if page is None:
            raise pages.no_checkout(reply)
        return page

    def refund(self, request: RefundRequest) -> RefundResult:
        """Give money back, exactly once per `refund_id`, which is the idempotency key."""
        found = self._lookup.by_id(request.psp_payment_id)
        if found is None or found.psp_payment_id is None:
            return self._no_refund(found)
        asked = found.facts.asked if found.facts else None
        if found.money is None or asked is None or asked.currency != request.money.currency:
            detail = "nothing was captured, or in another currency"
            return RefundResult(Outcome.ERROR, error_code=Problem.REQUEST_INVALID, detail=detail)
        try:
            params = requests.refund_params(request, payment=found.psp_payment_id)
        except InvalidError as error:
            return RefundResult(Outcome.ERROR, error_code=Problem.REQUEST_INVALID, detail=error.detail)
        return mapping.refund_of(self._calls.post("/v1/refunds", params, key=request.refund_id))

    def verify_webhook(self, *, headers: Mapping[str, str], body: bytes, now: datetime) -> None:
        """Check the signature over the raw bytes; raises `SignatureInvalidError`."""
        webhook.verify(headers=headers, body=body, secrets=self._credentials.webhook_secrets, now=now)

    def parse_webhook(self, *, headers: Mapping[str, str], body: bytes) -> WebhookEvent:
        """Read a verified body; raises `WebhookUnreadableError`."""
        del headers  # the body names the event
        return webhook.parse(body)

    def list_payments(self, *, since: datetime, until: datetime, cursor: str | None, limit: int) -> PaymentsPage:
        """Read one page of the account's payments made in `[since, until)`: the newest first, as Stripe lists.

        A list does not tell of Stripe's own retries (`native_retry_at`): a read does.
        """
        params: dict[str, object] = {
            "created": {"gte": _up(since), "lt": _up(until)},
            "limit": max(1, min(limit, _MAX_PAGE)),
            "expand": ["data.latest_charge"],
        }
        if cursor is not None:
            params["starting_after"] = cursor
        return mapping.page_of(self._calls.get("/v1/payment_intents", params))

    def check(self) -> tuple[Finding, ...]:
        """Try the key, its permissions and the webhook endpoint; empty if nothing is missing."""
        return check.findings(
            self._calls,
            secret_key=self._secret_key,
            live=self._credentials.live,
            account_id=self._credentials.account_id,
            has_webhook_secret=any(self._credentials.webhook_secrets),
        )

    def normalize_status(self, status: str) -> PaymentStatus:
        """Translate Stripe's word; an unknown word is `pending`."""
        return mapping.normalize_status(status)

    def _same_page(self, request: CheckoutRequest) -> object:
        session = self._lookup.session_of_key(request.idempotency_key)
        return session if session is not None and _is_of(session, request) else None

    def _no_refund(self, found: PaymentResult | None) -> RefundResult:
        if found is not None:  # the read failed
            return RefundResult(found.outcome, error_code=found.error_code, detail=found.detail)
        probe = self._calls.get("/v1/payment_intents", {"limit": 1})
        if isinstance(probe, Reply) and probe.status == _OK:
            return RefundResult(Outcome.ERROR, error_code=Problem.REQUEST_INVALID, detail="no payment of this account")
        return mapping.refund_of(probe)


def _is_of(session: Mapping[str, object], request: CheckoutRequest) -> bool:
    written = requests.session_params(request, expires_at=0)
    price = written["line_items"][0]["price_data"]
    return (session.get("amount_total"), session.get("currency")) == (price["unit_amount"], price["currency"])


def _up(moment: datetime) -> int:
    """Return Unix seconds, rounded up: what was made within that second is of the next window, and missed by none."""
    return -int(-moment.timestamp() // 1)


def provider(settings: ProviderSettings) -> Adapters:
    """Build what all accounts share, the HTTP client, and the way to bind an adapter to one."""
    client = build_client(read_timeout=settings.read_timeout, transport=settings.transport)
    transport = HttpxTransport(client)
    return Adapters(
        bind=lambda credentials: StripeAdapter(
            transport, credentials, api_base=settings.api_base, clock=settings.clock
        ),
        close=client.close,
    )

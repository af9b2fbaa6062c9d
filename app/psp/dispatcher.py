"""All providers behind one door: `domain.payments.port.PaymentsPort`, guarded per account."""

from collections.abc import Mapping
from datetime import datetime

from app.domain.payments.facts import Finding
from app.domain.payments.port import (
    ChargeRequest,
    Checkout,
    CheckoutRequest,
    Credentials,
    PaymentResult,
    PaymentsPage,
    RefundRequest,
    RefundResult,
    WebhookEvent,
)
from app.psp.breaker_store import BreakerStore
from app.psp.guard import Guard, Lane, Limits, RateLimiter
from app.psp.registry import Registry


class Dispatcher:
    """Sends each call to the account's provider, at most once, and not at all while its guard says no.

    Time-outs belong to the adapters (`ProviderSettings`). Nothing is retried here: a charge that
    may have gone out is the recovery's business, not the wire's.
    """

    def __init__(
        self, *, registry: Registry, breakers: BreakerStore, rate_limiter: RateLimiter, limits: Limits | None = None
    ) -> None:
        self._registry = registry
        self._guard = Guard(breakers=breakers, rate_limiter=rate_limiter, limits=limits or Limits())

    def create_payment(self, credentials: Credentials, request: ChargeRequest, *, now: datetime) -> PaymentResult:
        """Charge a saved method off session, exactly once per `attempt_id`; raises `CallDeferredError`."""
        adapter = self._registry.adapter(credentials)
        return self._guard.run(credentials, Lane.CALLS, lambda: adapter.create_payment(request), now=now)

    def retrieve_payment(
        self, credentials: Credentials, *, psp_payment_id: str | None, attempt_id: str | None, now: datetime
    ) -> PaymentResult | None:
        """Read a payment, as `PspPort.retrieve_payment` does; raises `CallDeferredError`."""
        adapter = self._registry.adapter(credentials)
        return self._guard.run(
            credentials,
            Lane.READS,
            lambda: adapter.retrieve_payment(psp_payment_id=psp_payment_id, attempt_id=attempt_id),
            now=now,
        )

    def create_checkout(self, credentials: Credentials, request: CheckoutRequest, *, now: datetime) -> Checkout:
        """Open a hosted payment page; raises `CheckoutFailedError` or `CallDeferredError`."""
        adapter = self._registry.adapter(credentials)
        return self._guard.run(credentials, Lane.CALLS, lambda: adapter.create_checkout(request), now=now)

    def refund(self, credentials: Credentials, request: RefundRequest, *, now: datetime) -> RefundResult:
        """Give money back, exactly once per `refund_id`; raises `CallDeferredError`."""
        adapter = self._registry.adapter(credentials)
        return self._guard.run(credentials, Lane.CALLS, lambda: adapter.refund(request), now=now)

    def verify_webhook(
        self, credentials: Credentials, *, headers: Mapping[str, str], body: bytes, now: datetime
    ) -> None:
        """Check a webhook's signature; raises `SignatureInvalidError`."""
        self._registry.adapter(credentials).verify_webhook(headers=headers, body=body, now=now)

    def parse_webhook(self, credentials: Credentials, *, headers: Mapping[str, str], body: bytes) -> WebhookEvent:
        """Read a verified webhook; raises `WebhookUnreadableError`."""
        return self._registry.adapter(credentials).parse_webhook(headers=headers, body=body)

    def list_payments(
        self,
        credentials: Credentials,
        *,
        since: datetime,
        until: datetime,
        cursor: str | None,
        limit: int,
        now: datetime,
    ) -> PaymentsPage:
        """Read one page of the account's payments made in `[since, until)`; raises `CallDeferredError`."""
        adapter = self._registry.adapter(credentials)
        return self._guard.run(
            credentials,
            Lane.READS,
            lambda: adapter.list_payments(since=since, until=until, cursor=cursor, limit=limit),
            now=now,
        )

    def check(self, credentials: Credentials, *, now: datetime) -> tuple[Finding, ...]:
        """Try an account's credentials without moving money, past its breaker: a person is waiting."""
        del now
        return self._registry.adapter(credentials).check()

"""The port to payment providers: what Tinko asks of one, and what comes back.

Every adapter, the dispatcher and the fake in the tests speak these types; one contract suite
holds them to it. A failure is classified once, at the adapter, into one of the five outcomes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from app.domain.money import Money
from app.domain.payments.facts import DisputeFacts, EventKind, Finding, PaymentFacts


class Outcome(StrEnum):
    """How a call to a provider ended, as far as money is concerned."""

    SUCCEEDED = "succeeded"
    """The provider says that the money was captured."""
    DECLINED = "declined"
    """The provider or issuer refused; the codes say why. No money moved."""
    REQUIRES_ACTION = "requires_action"
    """Only the payer can complete it (authentication). No money moved."""
    UNKNOWN = "unknown"
    """Nobody knows yet: a time-out, a broken connection, or a payment still processing. Money may have moved."""
    ERROR = "error"
    """The request was refused before any charge: bad credentials, rate limit, outage. No money moved."""


class PaymentStatus(StrEnum):
    """A payment's state at the provider, in Tinko's words."""

    CAPTURED = "captured"
    PENDING = "pending"
    REQUIRES_ACTION = "requires_action"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    REFUNDED = "refunded"
    """Captured, and given back in full: the outcome is `succeeded`, and `money` what was captured."""


@dataclass(frozen=True, slots=True)
class Decline:
    """Why a provider refused, with every code it gave; absent codes are None."""

    code: str
    message: str | None = None
    network_decline_code: str | None = None
    network_advice_code: str | None = None


@dataclass(frozen=True, slots=True)
class Credentials:
    """An organization's account at one provider, opened for a call. Never logged: `repr` hides the secrets."""

    account_id: str
    psp: str
    live: bool
    secrets: Mapping[str, str] = field(repr=False)
    webhook_secrets: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class PaymentMethod:
    """A saved way to pay, by the provider's own references."""

    token: str | None = field(default=None, repr=False)
    psp_customer_id: str | None = None
    mandate_id: str | None = None
    type: str | None = None


@dataclass(frozen=True, slots=True)
class ChargeRequest:
    """An off-session charge. `attempt_id` is the provider's idempotency key."""

    attempt_id: str
    transaction_ref: str
    money: Money
    method: PaymentMethod


@dataclass(frozen=True, slots=True)
class CheckoutRequest:
    """A hosted payment page for the payer.

    `key` is the provider's idempotency key: one attempt may open several pages, one after the
    other. Without it, the attempt's id is. What is paid there names the attempt either way.
    """

    attempt_id: str
    transaction_ref: str
    money: Money
    success_url: str
    cancel_url: str
    expires_in: timedelta
    key: str | None = None

    @property
    def idempotency_key(self) -> str:
        """Return the provider's idempotency key."""
        return self.key or self.attempt_id


@dataclass(frozen=True, slots=True)
class RefundRequest:
    """A full or partial refund. `refund_id` is the provider's idempotency key."""

    refund_id: str
    psp_payment_id: str
    money: Money


@dataclass(frozen=True, slots=True)
class PaymentResult:
    """What a provider said, or did not say, of one payment.

    `status` is the payment's state as the provider tells it, None if it told none. `money` is what it
    captured, if it did. `error_code` is a stable word for an `error` or
    `unknown`; `transient` says of an `error` whether the same call may work later, and
    `retry_after` the provider's own wish. `facts` is what a read tells besides.
    """

    outcome: Outcome
    psp_payment_id: str | None = None
    status: PaymentStatus | None = None
    money: Money | None = None
    decline: Decline | None = None
    error_code: str | None = None
    detail: str | None = None
    transient: bool = False
    retry_after: timedelta | None = None
    facts: PaymentFacts | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class PaymentsPage:
    """Payments of an account, in the provider's own order; with an `error_code`, the list could not be read further.

    Some list the newest first, and none promises anything of payments made while the list is read.
    `next_cursor` is the provider's own; None at the end.
    """

    items: tuple[PaymentResult, ...] = ()
    next_cursor: str | None = None
    error_code: str | None = None
    detail: str | None = None
    transient: bool = False
    retry_after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class RefundResult:
    """What became of a refund: `succeeded`, `unknown` (pending counts) or `error`."""

    outcome: Outcome
    psp_refund_id: str | None = None
    error_code: str | None = None
    detail: str | None = None
    transient: bool = False


@dataclass(frozen=True, slots=True)
class Checkout:
    """A hosted page that the payer may be sent to.

    `psp_payment_id` reads the payment for as long as nobody paid; the id in a later result replaces it.
    """

    psp_payment_id: str
    url: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class WebhookEvent:
    """A verified webhook, as a hint: the object it names is read again before money is concerned.

    `psp_payment_id` may be any name that `retrieve_payment` understands (an invoice's, an order's);
    what is read carries the payment's own.
    """

    event_id: str
    type: str
    psp_payment_id: str | None
    transaction_ref: str | None
    attempt_id: str | None
    occurred_at: datetime | None
    kind: EventKind = EventKind.PAYMENT
    dispute: DisputeFacts | None = None


class PspPort(Protocol):
    """One provider, bound to one account's credentials.

    Calls never raise for what a provider or a network does: they answer with an outcome. They
    time out by themselves (connect 3 s, read 20 s unless the account's provider says otherwise).
    """

    def create_payment(self, request: ChargeRequest) -> PaymentResult:
        """Charge a saved method off session, exactly once per `attempt_id`."""

    def retrieve_payment(self, *, psp_payment_id: str | None, attempt_id: str | None) -> PaymentResult | None:
        """Read a payment by the provider's id, else by our attempt id; None if the provider knows none.

        A read that failed answers `unknown` (unreachable) or `error` (refused), never None. Neither
        says anything of the payment: an `error` from here is no licence to charge again. An id that
        the provider does not know is looked up by the attempt id too, if there is one.
        """

    def create_checkout(self, request: CheckoutRequest) -> Checkout:
        """Open a hosted payment page; raises `CheckoutFailedError` if the provider will not."""

    def refund(self, request: RefundRequest) -> RefundResult:
        """Give money back, exactly once per `refund_id`."""

    def verify_webhook(self, *, headers: Mapping[str, str], body: bytes, now: datetime) -> None:
        """Check the signature over the raw bytes in constant time; raises `SignatureInvalidError`."""

    def parse_webhook(self, *, headers: Mapping[str, str], body: bytes) -> WebhookEvent:
        """Read a verified body; raises `WebhookUnreadableError` if it is not one of this provider's.

        Providers that name their events in a header get a digest of the body as `event_id` without it.
        """

    def list_payments(self, *, since: datetime, until: datetime, cursor: str | None, limit: int) -> PaymentsPage:
        """Read one page of the account's payments made in `[since, until)`, with their `facts`."""

    def check(self) -> tuple[Finding, ...]:
        """Try the credentials without moving money; empty if nothing is missing."""

    def normalize_status(self, status: str) -> PaymentStatus:
        """Translate the provider's word; an unknown word is `pending`, so that it is asked again."""


class PaymentsPort(Protocol):
    """All providers behind one door: what services take as an argument.

    The same verbs as `PspPort`, with the account's credentials first. A call to a provider is made
    at most once, and not at all if the account's breaker is open or its rate is used up: then
    `CallDeferredError` says when to come back, and nothing was sent. Look-ups have a breaker of
    their own, so that unknown outcomes are resolved while charges still fail.

    `now` paces breaker and rate, so it must not run backwards for an account: the machine's time,
    for a test organization with its clock's offset. Signatures are checked by the machine's alone.

    Every call raises `PspUnsupportedError` for credentials of a provider without an adapter.
    """

    def create_payment(self, credentials: Credentials, request: ChargeRequest, *, now: datetime) -> PaymentResult:
        """Charge a saved method off session, exactly once per `attempt_id`; raises `CallDeferredError`."""

    def retrieve_payment(
        self, credentials: Credentials, *, psp_payment_id: str | None, attempt_id: str | None, now: datetime
    ) -> PaymentResult | None:
        """Read a payment, as `PspPort.retrieve_payment` does; raises `CallDeferredError`."""

    def create_checkout(self, credentials: Credentials, request: CheckoutRequest, *, now: datetime) -> Checkout:
        """Open a hosted payment page; raises `CheckoutFailedError` or `CallDeferredError`."""

    def refund(self, credentials: Credentials, request: RefundRequest, *, now: datetime) -> RefundResult:
        """Give money back, exactly once per `refund_id`; raises `CallDeferredError`."""

    def verify_webhook(
        self, credentials: Credentials, *, headers: Mapping[str, str], body: bytes, now: datetime
    ) -> None:
        """Check a webhook's signature; raises `SignatureInvalidError`."""

    def parse_webhook(self, credentials: Credentials, *, headers: Mapping[str, str], body: bytes) -> WebhookEvent:
        """Read a verified webhook; raises `WebhookUnreadableError`."""

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

    def check(self, credentials: Credentials, *, now: datetime) -> tuple[Finding, ...]:
        """Try an account's credentials without moving money; raises `CallDeferredError`."""

"""A payment provider in memory: the magic tokens, idempotency keys and books of the sandbox, without a wire."""

import hashlib
import hmac
import json
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from app.domain.money import Money
from app.domain.payments.errors import (
    CallDeferredError,
    CheckoutFailedError,
    SignatureInvalidError,
    WebhookUnreadableError,
)
from app.domain.payments.facts import DisputeFacts, DisputeStatus, EventKind, Finding, FindingCode, PaymentFacts
from app.domain.payments.outcomes import OUTCOME_OF
from app.domain.payments.port import (
    ChargeRequest,
    Checkout,
    CheckoutRequest,
    Credentials,
    Decline,
    Outcome,
    PaymentResult,
    PaymentsPage,
    PaymentStatus,
    RefundRequest,
    RefundResult,
    WebhookEvent,
)
from app.domain.payments.problems import Problem
from app.psp.sandbox.declines import translate
from app.simulators.sandbox.tokens import script_of

TOLERANCE_SECONDS = 300
REFUSED = {
    429: PaymentResult(
        Outcome.ERROR, error_code=Problem.RATE_LIMITED, transient=True, retry_after=timedelta(seconds=2)
    ),
    503: PaymentResult(Outcome.ERROR, error_code=Problem.PROVIDER_UNAVAILABLE, transient=True),
}
TIMED_OUT = PaymentResult(Outcome.UNKNOWN, error_code=Problem.TIMEOUT)
BAD_CREDENTIALS = PaymentResult(Outcome.ERROR, error_code=Problem.CREDENTIALS_INVALID)
EPOCH = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass
class Charge:
    """One line of the fake's books; `told` is what it knows of the payment besides."""

    id: str
    reference: str | None
    attempt_id: str | None
    money: Money
    token: str | None
    status: PaymentStatus
    decline: Decline | None = None
    refunded: int = 0
    reads: int = 0
    checkout_id: str | None = None
    created_at: datetime = EPOCH
    told: PaymentFacts = field(default_factory=PaymentFacts)


class FakePsp:
    """Implements `PspPort`; its books are `charges`.

    `script(token, *results)` answers those results, once each, without booking anything.
    `after_booking` is called when a charge is in the books and the caller does not know it yet:
    raise from it to play a crash there.
    """

    def __init__(
        self, *, webhook_secrets: tuple[str, ...] = (), credentials_valid: bool = True, now: datetime = EPOCH
    ) -> None:
        self.charges: list[Charge] = []
        self.pages_read = 0
        self.lists_newest_first = False
        self.checkouts: dict[str, tuple[CheckoutRequest, Checkout]] = {}
        self.refunds: dict[str, tuple[RefundRequest, RefundResult]] = {}
        self.after_booking: Callable[[ChargeRequest], None] | None = None
        self._scripts: defaultdict[str, deque[PaymentResult]] = defaultdict(deque)
        self._webhook_secrets = webhook_secrets
        self._credentials_valid = credentials_valid
        self._now = now

    # What tests say and ask.

    def script(self, token: str, *results: PaymentResult) -> None:
        """Answer these results to the next charges of the token."""
        self._scripts[token].extend(results)

    def captures(self, reference: str) -> list[Charge]:
        """Return the captured charges of a transaction that were not given back in full."""
        return [c for c in self.charges if c.reference == reference and c.status is PaymentStatus.CAPTURED]

    def pay(self, checkout: Checkout, *, status: PaymentStatus = PaymentStatus.CAPTURED) -> Charge:
        """Let the payer act on a hosted page."""
        request, _ = next(pair for pair in self.checkouts.values() if pair[1] == checkout)
        charge = self._book(request.transaction_ref, request.attempt_id, request.money, None, status)
        charge.checkout_id = checkout.psp_payment_id
        return charge

    def merchants_own(
        self,
        *,
        money: Money,
        decline: Decline | None = None,
        reference: str | None = None,
        status: PaymentStatus | None = None,
        told: PaymentFacts | None = None,
        created_at: datetime | None = None,
    ) -> Charge:
        """Book a payment that Tinko has no part in: declined with a `decline`, else captured."""
        word = status or (PaymentStatus.DECLINED if decline else PaymentStatus.CAPTURED)
        token = told.method.token if told else None
        charge = self._book(reference, None, money, token, word, decline)
        charge.told, charge.created_at = told or PaymentFacts(), created_at or self._now
        return charge

    def sign(self, body: bytes, *, secret: str, at: datetime) -> dict[str, str]:
        """Return the headers of a webhook that this provider signed."""
        stamp = str(int(at.timestamp()))
        signature = hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
        return {"Fake-Signature": f"{stamp} {signature}"}

    def event(
        self,
        charge: Charge | None,
        *,
        event_id: str = "evt_fake_1",
        kind: EventKind = EventKind.PAYMENT,
        named: str | None = None,
        dispute: DisputeFacts | None = None,
    ) -> bytes:
        """Return the body of a webhook that tells of a charge, by its id or another name of it."""
        raw: dict[str, object] = {
            "id": event_id,
            "type": f"{kind.value}.{charge.status.value if charge else 'seen'}",
            "at": self._now.isoformat(),
            "payment": named or (charge.id if charge else None),
            "reference": charge.reference if charge else None,
            "attempt_id": charge.attempt_id if charge else None,
            "kind": kind.value,
        }
        if dispute is not None:
            money = [dispute.money.minor, dispute.money.currency] if dispute.money else None
            raw["dispute"] = [dispute.dispute_id, dispute.status.value, money, dispute.reason]
        return json.dumps(raw).encode()

    # The port.

    def create_payment(self, request: ChargeRequest) -> PaymentResult:
        token = request.method.token or ""
        if not self._credentials_valid:
            return BAD_CREDENTIALS
        if self._scripts[token]:
            return self._scripts[token].popleft()
        earlier = self._of_attempt(request.attempt_id)
        return self._replay(earlier, request) if earlier is not None else self._first(request, token)

    def _replay(self, earlier: Charge, request: ChargeRequest) -> PaymentResult:
        asked = (request.transaction_ref, request.money, request.method.token or "")
        if (earlier.reference, earlier.money, earlier.token) != asked:
            return PaymentResult(Outcome.UNKNOWN, error_code=Problem.IDEMPOTENCY_CONFLICT)
        return self._result(earlier)

    def _first(self, request: ChargeRequest, token: str) -> PaymentResult:
        script = script_of(token)
        if script.refusal:
            return REFUSED[script.refusal.status]
        if not script.booked:
            return TIMED_OUT
        charge = self._charge(request, token)
        if self.after_booking is not None:
            self.after_booking(request)
        return TIMED_OUT if script.stalls else self._result(charge)

    def retrieve_payment(self, *, psp_payment_id: str | None, attempt_id: str | None) -> PaymentResult | None:
        if not psp_payment_id and not attempt_id:
            raise ValueError("a look-up needs the provider's id or ours")
        if not self._credentials_valid:
            return BAD_CREDENTIALS
        charge = self._of_id(psp_payment_id)
        if charge is None and attempt_id and not self._is_page(psp_payment_id):
            charge = self._of_attempt(attempt_id)
        if charge is not None:
            charge.reads += 1
            if charge.status is PaymentStatus.PENDING and charge.reads > 1:
                charge.status = PaymentStatus.CAPTURED
            return self._result(charge)
        for request, checkout in self.checkouts.values():
            if checkout.psp_payment_id == psp_payment_id or (not psp_payment_id and request.attempt_id == attempt_id):
                return PaymentResult(
                    Outcome.REQUIRES_ACTION, checkout.psp_payment_id, status=PaymentStatus.REQUIRES_ACTION
                )
        return None

    def create_checkout(self, request: CheckoutRequest) -> Checkout:
        if not self._credentials_valid:
            raise CheckoutFailedError(
                "bad credentials",
                retry_after=timedelta(seconds=5),
                problem=Problem.CREDENTIALS_INVALID,
                transient=False,
            )
        number = len(self.checkouts) + 1
        checkout = Checkout(f"cs_{number}", f"https://psp.test/checkout/{number}", self._now + request.expires_in)
        return self.checkouts.setdefault(request.idempotency_key, (request, checkout))[1]

    def refund(self, request: RefundRequest) -> RefundResult:
        if not self._credentials_valid:
            return RefundResult(Outcome.ERROR, error_code=Problem.CREDENTIALS_INVALID)
        if request.refund_id in self.refunds:
            return self.refunds[request.refund_id][1]
        charge = self._of_id(request.psp_payment_id)
        refused = RefundResult(Outcome.ERROR, error_code=Problem.REQUEST_INVALID)
        if charge is None or charge.status not in {PaymentStatus.CAPTURED, PaymentStatus.REFUNDED}:
            return refused
        left = charge.money.minor - charge.refunded
        if request.money.currency != charge.money.currency or not 0 < request.money.minor <= left:
            return refused
        charge.refunded += request.money.minor
        charge.status = PaymentStatus.REFUNDED if charge.refunded == charge.money.minor else charge.status
        result = RefundResult(Outcome.SUCCEEDED, psp_refund_id=f"re_{len(self.refunds) + 1}")
        self.refunds[request.refund_id] = (request, result)
        return result

    def verify_webhook(self, *, headers: Mapping[str, str], body: bytes, now: datetime) -> None:
        header = {name.lower(): value for name, value in headers.items()}.get("fake-signature", "")
        stamp, _, given = header.partition(" ")
        if not stamp.isdecimal() or abs(now.timestamp() - int(stamp)) > TOLERANCE_SECONDS:
            raise SignatureInvalidError("old or unreadable")
        at = datetime.fromtimestamp(int(stamp), UTC)
        good = [self.sign(body, secret=s, at=at)["Fake-Signature"].split()[1] for s in self._webhook_secrets]
        if given not in good:
            raise SignatureInvalidError("does not match")

    def parse_webhook(self, *, headers: Mapping[str, str], body: bytes) -> WebhookEvent:
        del headers  # the body names the event
        try:
            raw = json.loads(body)
            return WebhookEvent(
                event_id=raw["id"],
                type=raw["type"],
                psp_payment_id=raw["payment"],
                transaction_ref=raw["reference"],
                attempt_id=raw["attempt_id"],
                occurred_at=datetime.fromisoformat(raw["at"]),
                kind=EventKind(raw.get("kind", "payment")),
                dispute=_dispute(raw.get("dispute")),
            )
        except (ValueError, KeyError, TypeError, RecursionError):
            raise WebhookUnreadableError("not an event of the fake") from None

    def list_payments(self, *, since: datetime, until: datetime, cursor: str | None, limit: int) -> PaymentsPage:
        if not self._credentials_valid:
            return PaymentsPage(error_code=Problem.CREDENTIALS_INVALID)
        self.pages_read += 1
        after = int(cursor or 0)
        listed = self.charges[::-1] if self.lists_newest_first else self.charges
        seen = [c for c in listed[after:] if since <= c.created_at < until]
        shown = seen[:limit]
        more = str(listed.index(shown[-1]) + 1) if len(seen) > limit else None
        return PaymentsPage(tuple(self._result(charge) for charge in shown), next_cursor=more)

    def check(self) -> tuple[Finding, ...]:
        found = []
        if not self._credentials_valid:
            found.append(Finding(FindingCode.KEY_INVALID, "bad credentials"))
        if not any(self._webhook_secrets):
            found.append(Finding(FindingCode.WEBHOOK_SECRET_MISSING, "no webhook secret"))
        return tuple(found)

    def normalize_status(self, status: str) -> PaymentStatus:
        return PaymentStatus(status) if status in set(PaymentStatus) else PaymentStatus.PENDING

    def _is_page(self, psp_payment_id: str | None) -> bool:
        return any(page.psp_payment_id == psp_payment_id for _, page in self.checkouts.values())

    # The books.

    def _charge(self, request: ChargeRequest, token: str) -> Charge:
        script, status, decline = script_of(token), None, None
        declines = [
            c
            for c in self.charges
            if (c.reference, c.token, c.status) == (request.transaction_ref, token, PaymentStatus.DECLINED)
        ]
        if script.decline and (script.status == "declined" or len(declines) < script.declines_first):
            codes = script.decline
            status = PaymentStatus.DECLINED
            decline = Decline(
                translate(codes.code), codes.message, codes.network_decline_code, codes.network_advice_code
            )
        return self._book(
            request.transaction_ref,
            request.attempt_id,
            request.money,
            token,
            status or PaymentStatus(script.status),
            decline,
        )

    def _book(
        self,
        reference: str | None,
        attempt_id: str | None,
        money: Money,
        token: str | None,
        status: PaymentStatus,
        decline: Decline | None = None,
    ) -> Charge:
        number = f"pay_{len(self.charges) + 1}"
        charge = Charge(number, reference, attempt_id, money, token, status, decline, created_at=self._now)
        self.charges.append(charge)
        return charge

    def _of_id(self, psp_payment_id: str | None) -> Charge | None:
        known = (c for c in self.charges if psp_payment_id in {c.id, c.checkout_id, *c.told.other_ids})
        return next(known, None) if psp_payment_id else None

    def _of_attempt(self, attempt_id: str) -> Charge | None:
        return next((charge for charge in self.charges if charge.attempt_id == attempt_id), None)

    def _result(self, charge: Charge) -> PaymentResult:
        outcome = OUTCOME_OF[charge.status]
        return PaymentResult(
            outcome=outcome,
            psp_payment_id=charge.id,
            status=charge.status,
            money=charge.money if outcome is Outcome.SUCCEEDED else None,
            decline=replace(charge.decline) if charge.decline else None,
            error_code=Problem.PENDING if outcome is Outcome.UNKNOWN else None,
            facts=self._facts(charge),
        )

    def _facts(self, charge: Charge) -> PaymentFacts:
        page = (charge.checkout_id,) if charge.checkout_id else ()
        return replace(
            charge.told,
            asked=charge.money,
            transaction_ref=charge.reference,
            attempt_id=charge.attempt_id,
            created_at=charge.created_at,
            method=replace(charge.told.method, token=charge.token),
            other_ids=(*charge.told.other_ids, *page),
            refunded=Money(charge.refunded, charge.money.currency),
        )


def _dispute(raw: list | None) -> DisputeFacts | None:
    if raw is None:
        return None
    dispute_id, status, money, reason = raw
    return DisputeFacts(dispute_id, DisputeStatus(status), Money(*money) if money else None, reason)


class FakePayments:
    """Implements `PaymentsPort` over one `FakePsp` for all accounts; `calls` says what was asked of whom.

    `defer(wait)` makes every call until `defer(None)` raise `CallDeferredError`.
    """

    def __init__(self, psp: FakePsp | None = None) -> None:
        self.psp = psp or FakePsp()
        self.calls: list[tuple[str, str]] = []
        self._wait: timedelta | None = None

    def defer(self, wait: timedelta | None) -> None:
        self._wait = wait

    def create_payment(self, credentials: Credentials, request: ChargeRequest, *, now: datetime) -> PaymentResult:
        self._note("create_payment", credentials, now)
        return self.psp.create_payment(request)

    def retrieve_payment(
        self, credentials: Credentials, *, psp_payment_id: str | None, attempt_id: str | None, now: datetime
    ) -> PaymentResult | None:
        self._note("retrieve_payment", credentials, now)
        return self.psp.retrieve_payment(psp_payment_id=psp_payment_id, attempt_id=attempt_id)

    def create_checkout(self, credentials: Credentials, request: CheckoutRequest, *, now: datetime) -> Checkout:
        self._note("create_checkout", credentials, now)
        return self.psp.create_checkout(request)

    def refund(self, credentials: Credentials, request: RefundRequest, *, now: datetime) -> RefundResult:
        self._note("refund", credentials, now)
        return self.psp.refund(request)

    def verify_webhook(
        self, credentials: Credentials, *, headers: Mapping[str, str], body: bytes, now: datetime
    ) -> None:
        del credentials  # one provider for all
        self.psp.verify_webhook(headers=headers, body=body, now=now)

    def parse_webhook(self, credentials: Credentials, *, headers: Mapping[str, str], body: bytes) -> WebhookEvent:
        del credentials
        return self.psp.parse_webhook(headers=headers, body=body)

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
        self._note("list_payments", credentials, now)
        return self.psp.list_payments(since=since, until=until, cursor=cursor, limit=limit)

    def check(self, credentials: Credentials, *, now: datetime) -> tuple[Finding, ...]:
        self._note("check", credentials, now)
        return self.psp.check()

    def _note(self, call: str, credentials: Credentials, now: datetime) -> None:
        assert now.tzinfo is not None
        if self._wait is not None:
            raise CallDeferredError("deferred by the test", retry_after=self._wait)
        self.calls.append((call, credentials.account_id))

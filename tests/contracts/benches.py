"""What the contract suite needs of each provider. A new adapter is a bench, and one line in `BENCHES`."""

import json
import secrets
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import datetime

from app.domain.payments.port import Checkout, PaymentStatus, PspPort
from app.psp import sandbox
from app.psp.provider import ProviderSettings
from app.psp.sandbox import SandboxConsole
from app.simulators.sandbox.sender import sign
from tests.contracts.adapter_bench import AdapterBench
from tests.contracts.bench import NOW, Bench, SignedWebhook
from tests.contracts.paymongo_bench import PaymongoBench
from tests.contracts.paypal_bench import PayPalBench
from tests.contracts.razorpay_bench import RazorpayBench
from tests.contracts.stripe_bench import StripeBench
from tests.contracts.xendit_bench import XenditBench
from tests.fakes.psp import FakePsp

SANDBOX_TOKENS = {
    "ok": "pm_sandbox_ok",
    "insufficient_funds": "pm_sandbox_insufficient_funds",
    "lost": "pm_sandbox_hard_decline",
    "recovers_on_3": "pm_sandbox_recovers_on_3",
    "requires_action": "pm_sandbox_requires_action",
    "pending": "pm_sandbox_pending",
    "timeout_charged": "pm_sandbox_timeout_charged",
    "timeout_not_charged": "pm_sandbox_timeout_not_charged",
    "rate_limited": "pm_sandbox_rate_limited",
    "down": "pm_sandbox_down",
    "strange": "pm_nobody_knows",
}


class FakeBench:
    """The fake that service tests use: it must not promise what the adapters do not keep."""

    tokens = SANDBOX_TOKENS
    codes: Mapping[str, str] = {}
    signs_time = True
    needs_webhook_secret = True

    def __init__(self, _: Callable[[], str]) -> None:
        self._psp = FakePsp(now=NOW)

    def psp(self, *, webhook_secrets: tuple[str, ...] = (), patient: bool = True) -> PspPort:
        del patient  # nothing here takes time
        self._psp = FakePsp(webhook_secrets=webhook_secrets, now=NOW)
        return self._psp

    def psp_with_bad_credentials(self) -> PspPort:
        return FakePsp(credentials_valid=False, now=NOW)

    def close(self) -> None:
        pass

    def books(self, reference: str) -> list[tuple[str, int]]:
        waits = {PaymentStatus.REQUIRES_ACTION: "pending"}
        return [
            (waits.get(charge.status, charge.status.value), charge.refunded)
            for charge in self._psp.charges
            if charge.reference == reference
        ]

    def pay(self, checkout: Checkout) -> None:
        self._psp.pay(checkout)

    def webhook(self, *, secret: str, at: datetime) -> SignedWebhook:
        psp = FakePsp(now=at)
        charge = psp._book("order-1", "att_1", None, "pm_x", PaymentStatus.CAPTURED)
        body = psp.event(charge)
        return SignedWebhook(psp.sign(body, secret=secret, at=at), body, "evt_fake_1", charge.id, "order-1", "att_1")


class SandboxBench(AdapterBench):
    """The sandbox adapter against the running sandbox."""

    tokens = SANDBOX_TOKENS
    codes: Mapping[str, str] = {}
    signs_time = True
    needs_webhook_secret = True

    def __init__(self, base_url: Callable[[], str]) -> None:
        self._api_key = f"sbx_{secrets.token_hex(12)}"
        super().__init__(
            base_url(),
            psp="sandbox",
            provider=sandbox.provider,
            account=self._api_key,
            secrets={"api_key": self._api_key},
            bad_secrets={"api_key": "nonsense"},
        )

    def books(self, reference: str) -> list[tuple[str, int]]:
        with closing(SandboxConsole(ProviderSettings(api_base=self._base_url))) as console:
            page = console.charges(self._api_key, transaction_ref=reference)
        return [(charge["status"], charge["refunded_amount"]) for charge in page.items]

    def webhook(self, *, secret: str, at: datetime) -> SignedWebhook:
        stamp = int(at.timestamp())
        payment = {
            "id": "pay_1",
            "reference": "order-1",
            "status": "captured",
            "metadata": {"attempt_id": "att_1"},
        }
        event = {"id": "evt_1", "type": "payment.captured", "created": stamp, "data": {"payment": payment}}
        body = json.dumps(event)
        headers = {"Sandbox-Signature": sign(secret, body, timestamp=stamp)}
        return SignedWebhook(headers, body.encode(), "evt_1", "pay_1", "order-1", "att_1")


BENCHES: Mapping[str, Callable[[Callable[[], str]], Bench]] = {
    "fake": FakeBench,
    "paymongo": PaymongoBench,
    "paypal": PayPalBench,
    "razorpay": RazorpayBench,
    "sandbox": SandboxBench,
    "xendit": XenditBench,
    "stripe": StripeBench,
}

"""What the contract suite needs of each provider. A new adapter is a bench, and one line in `BENCHES`."""

import json
import secrets
from collections.abc import Callable, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

import httpx

from app.domain.payments.port import Checkout, Credentials, PaymentStatus, PspPort
from app.psp import sandbox
from app.psp.provider import ProviderSettings
from app.psp.sandbox import SandboxConsole
from app.simulators.sandbox.sender import sign
from tests.fakes.psp import FakePsp
from tests.simulators.sandbox_server import IMPATIENT_SECONDS

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@dataclass(frozen=True)
class SignedWebhook:
    """A webhook as a provider sends it."""

    headers: Mapping[str, str]
    body: bytes
    event_id: str
    psp_payment_id: str
    transaction_ref: str
    attempt_id: str


class Bench(Protocol):
    """A provider to try the port on. Methods are asked for by what they make happen, not by token."""

    tokens: Mapping[str, str]
    """Saved methods by meaning: ok, insufficient_funds, lost, recovers_on_3, requires_action, pending,
    timeout_charged, timeout_not_charged, rate_limited, down, strange."""

    def psp(self, *, webhook_secrets: tuple[str, ...] = (), patient: bool = True) -> PspPort: ...
    def psp_with_bad_credentials(self) -> PspPort: ...
    def books(self, reference: str) -> list[tuple[str, int]]:
        """The provider's own charges of a reference, in order: (status, refunded amount)."""

    def pay(self, checkout: Checkout) -> None: ...
    def webhook(self, *, secret: str, at: datetime) -> SignedWebhook: ...
    def close(self) -> None: ...


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


class SandboxBench:
    """The sandbox adapter against the running sandbox."""

    tokens = SANDBOX_TOKENS

    def __init__(self, base_url: Callable[[], str]) -> None:
        self._base_url = base_url()
        self._api_key = f"sbx_{secrets.token_hex(12)}"
        self._open = ExitStack()

    def close(self) -> None:
        self._open.close()

    def _settings(self, seconds: float = 10.0) -> ProviderSettings:
        return ProviderSettings(api_base=self._base_url, read_timeout=timedelta(seconds=seconds))

    def _adapter(self, api_key: str, webhook_secrets: tuple[str, ...], seconds: float) -> PspPort:
        credentials = Credentials(
            account_id="psp_1",
            psp="sandbox",
            live=False,
            secrets={"api_key": api_key},
            webhook_secrets=webhook_secrets,
        )
        adapters = sandbox.provider(self._settings(seconds))
        self._open.callback(adapters.close)
        return adapters.bind(credentials)

    def psp(self, *, webhook_secrets: tuple[str, ...] = (), patient: bool = True) -> PspPort:
        return self._adapter(self._api_key, webhook_secrets, 10.0 if patient else IMPATIENT_SECONDS)

    def psp_with_bad_credentials(self) -> PspPort:
        return self._adapter("nonsense", (), 10.0)

    def books(self, reference: str) -> list[tuple[str, int]]:
        with closing(SandboxConsole(self._settings())) as console:
            page = console.charges(self._api_key, transaction_ref=reference)
        return [(charge["status"], charge["refunded_amount"]) for charge in page.items]

    def pay(self, checkout: Checkout) -> None:
        reply = httpx.post(checkout.url, data={"choice": "pay"}, trust_env=False)
        assert reply.status_code == 303

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
    "sandbox": SandboxBench,
}

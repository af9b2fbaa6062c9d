"""Xendit's adapter against its simulator."""

import json
import secrets
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from datetime import datetime, timedelta

import httpx

from app.domain.payments.port import Checkout, Credentials, PspPort
from app.psp import xendit
from app.psp.provider import ProviderSettings
from tests.contracts.bench import SignedWebhook, Tokens
from tests.simulators.books_server import IMPATIENT_SECONDS, Keeper


class XenditBench:
    """Nothing is signed: the callback token is the secret, and holds for ever and for any body."""

    tokens = Tokens(
        ok="pt-sim-ok",
        insufficient_funds="pt-sim-insufficient-funds",
        lost="pt-sim-hard-decline",
        recovers_on_3="pt-sim-recovers-on-3",
        requires_action="pt-sim-requires-action",
        pending="pt-sim-pending",
        timeout_charged="pt-sim-timeout-charged",
        timeout_not_charged="pt-sim-timeout-not-charged",
        rate_limited="pt-sim-rate-limited",
        down="pt-sim-down",
        strange="pt-nobody-knows",
    )
    codes: Mapping[str, str] = {
        "insufficient_funds": "INSUFFICIENT_BALANCE",
        "lost": "STOLEN_CARD",
        "strange": "INVALID_TOKEN",
    }
    signs_time = False
    signs_body = False
    needs_webhook_secret = True
    captured_word = "SUCCEEDED"

    def __init__(self, base_url: Callable[[], str]) -> None:
        self._base_url = base_url()
        self._secret_key = f"xnd_development_{secrets.token_hex(12)}"
        self._open = ExitStack()
        self._keeper = Keeper(self._base_url, self._secret_key)

    def close(self) -> None:
        self._open.close()

    def _adapter(self, secret_key: str, webhook_secrets: tuple[str, ...], seconds: float) -> PspPort:
        credentials = Credentials(
            account_id="psp_1",
            psp="xendit",
            live=False,
            secrets={"secret_key": secret_key},
            webhook_secrets=webhook_secrets,
        )
        settings = ProviderSettings(api_base=self._base_url, read_timeout=timedelta(seconds=seconds))
        adapters = xendit.provider(settings)
        self._open.callback(adapters.close)
        return adapters.bind(credentials)

    def psp(self, *, webhook_secrets: tuple[str, ...] = (), patient: bool = True) -> PspPort:
        return self._adapter(self._secret_key, webhook_secrets, 10.0 if patient else IMPATIENT_SECONDS)

    def psp_with_bad_credentials(self) -> PspPort:
        return self._adapter("nonsense", (), 10.0)

    def books(self, reference: str) -> list[tuple[str, int]]:
        return self._keeper.charges(reference)

    def pay(self, checkout: Checkout) -> None:
        reply = httpx.post(checkout.url, data={"choice": "pay"}, trust_env=False)
        assert reply.status_code == 303

    def webhook(self, *, secret: str, at: datetime) -> SignedWebhook:
        data = {
            "payment_id": "py-1",
            "payment_request_id": "pr-1",
            "status": "SUCCEEDED",
            "metadata": {"attempt_id": "att_1", "transaction_ref": "order-1"},
        }
        event = {"event": "payment.capture", "created": at.isoformat(), "data": data, "api_version": "v3"}
        headers = {"x-callback-token": secret, "webhook-id": "evt-1"}
        return SignedWebhook(headers, json.dumps(event).encode(), "evt-1", "pr-1", "order-1", "att_1")

"""Xendit's adapter against its simulator."""

import json
import secrets
from collections.abc import Callable, Mapping
from datetime import datetime

from app.psp import xendit
from tests.contracts.adapter_bench import AdapterBench
from tests.contracts.bench import SignedWebhook, Tokens


class XenditBench(AdapterBench):
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
        key = f"xnd_development_{secrets.token_hex(12)}"
        super().__init__(
            base_url(),
            psp="xendit",
            provider=xendit.provider,
            account=key,
            secrets={"secret_key": key},
            bad_secrets={"secret_key": "nonsense"},
        )

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

"""Stripe's adapter, with the official SDK inside, against its simulator."""

import json
import secrets
from collections.abc import Callable, Mapping
from datetime import datetime

from app.psp import stripe
from app.simulators.stripe import sign
from tests.contracts.adapter_bench import AdapterBench
from tests.contracts.bench import SignedWebhook, Tokens
from tests.fakes.caller import ask

NOWHERE = "http://127.0.0.1:9/v1/webhooks/stripe/psp_1"


class StripeBench(AdapterBench):
    """No 5xx of Stripe's says that nothing was done, and a method that it does not know is not booked.

    So there is neither `down` nor `strange`; tests/psp/stripe has both.
    """

    tokens = Tokens(
        ok="pm_sim_ok",
        insufficient_funds="pm_sim_insufficient_funds",
        lost="pm_sim_hard_decline",
        recovers_on_3="pm_sim_recovers_on_3",
        requires_action="pm_sim_requires_action",
        pending="pm_sim_pending",
        timeout_charged="pm_sim_timeout_charged",
        timeout_not_charged="pm_sim_timeout_not_charged",
        rate_limited="pm_sim_rate_limited",
    )
    codes: Mapping[str, str] = {"lost": "lost_card"}
    captured_word = "succeeded"
    signs_time = True
    needs_webhook_secret = True

    def __init__(self, base_url: Callable[[], str]) -> None:
        key = f"sk_test_{secrets.token_hex(12)}"
        super().__init__(
            base_url(),
            psp="stripe",
            provider=stripe.provider,
            account=key,
            secrets={"secret_key": key},
            bad_secrets={"secret_key": "sk_test_x"},
        )
        endpoint = {"url": NOWHERE, "enabled_events[]": "*"}
        headers = {"authorization": f"Bearer {key}"}
        ask("POST", f"{self._base_url}/v1/webhook_endpoints", data=endpoint, headers=headers)

    def webhook(self, *, secret: str, at: datetime) -> SignedWebhook:
        stamp = int(at.timestamp())
        metadata = {"attempt_id": "att_1", "transaction_ref": "order-1"}
        intent = {"id": "pi_1", "object": "payment_intent", "status": "succeeded", "metadata": metadata}
        event = {"id": "evt_1", "object": "event", "type": "payment_intent.succeeded", "created": stamp}
        body = json.dumps({**event, "data": {"object": intent}})
        headers = {"Stripe-Signature": sign(secret, body, timestamp=stamp)}
        return SignedWebhook(headers, body.encode(), "evt_1", "pi_1", "order-1", "att_1")

"""The PayPal adapter against PayPal's simulator."""

import json
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from app.domain.payments.port import PspPort
from app.psp import paypal
from app.simulators.books.skin import Delivery
from app.simulators.paypal import SKIN
from tests.contracts.adapter_bench import AdapterBench
from tests.contracts.bench import SignedWebhook

PAYPAL_TOKENS = {
    "ok": "vault_sim_ok",
    "insufficient_funds": "vault_sim_insufficient_funds",
    "lost": "vault_sim_hard_decline",
    "recovers_on_3": "vault_sim_recovers_on_3",
    "requires_action": "vault_sim_requires_action",
    "pending": "vault_sim_pending",
    "timeout_charged": "vault_sim_timeout_charged",
    "timeout_not_charged": "vault_sim_timeout_not_charged",
    "rate_limited": "vault_sim_rate_limited",
    "down": "vault_sim_down",
    "strange": "vault_nobody_knows",
}


class PayPalBench(AdapterBench):
    """A merchant of its own per bench; the webhook's id stands for the webhook's secret."""

    skin = SKIN
    tokens = PAYPAL_TOKENS
    codes: Mapping[str, str] = {"insufficient_funds": "5120", "lost": "9520", "strange": "TOKEN_ID_NOT_FOUND"}
    signs_time = True
    needs_webhook_secret = True

    def __init__(self, base_url):
        now = datetime.now(UTC)  # noqa: TID251  (PayPal's own list reaches no further than 31 days at a time)
        self.list_span = (now - timedelta(days=20), now + timedelta(days=10))
        self._client_id = f"client_{secrets.token_hex(12)}"
        super().__init__(
            base_url(),
            psp="paypal",
            provider=paypal.provider,
            account=self._client_id,
            secrets={"client_id": self._client_id, "client_secret": "secret_0123456789"},
            bad_secrets={"client_id": self._client_id, "client_secret": "bad"},
        )

    def psp(self, *, webhook_secrets: tuple[str, ...] = (), patient: bool = True) -> PspPort:
        if any(webhook_secrets):
            self._keeper.webhooks_to("http://127.0.0.1:9/nowhere", secret=next(filter(None, webhook_secrets)), drop=1.0)
        return super().psp(webhook_secrets=webhook_secrets, patient=patient)

    def webhook(self, *, secret: str, at: datetime) -> SignedWebhook:
        resource = {"id": "3C679366HH908993F", "status": "COMPLETED", "custom_id": "att_1|order-1"}
        sent_at = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        event = {
            "id": "WH-1-2",
            "event_type": "PAYMENT.CAPTURE.COMPLETED",
            "create_time": sent_at,
            "resource": resource,
        }
        body = json.dumps(event)
        headers = SKIN.sign(Delivery("WH-1-2", event["event_type"], body, {}, secret, at, self._client_id))
        named = {name.upper(): value for name, value in headers.items()}
        return SignedWebhook(named, body.encode(), "WH-1-2", "3C679366HH908993F", "order-1", "att_1")

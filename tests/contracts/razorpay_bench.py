"""Razorpay's adapter, with the official SDK inside, against its simulator."""

import hashlib
import hmac
import json
import secrets
from collections.abc import Callable, Mapping
from datetime import datetime

from app.domain.payments.port import PaymentMethod
from app.psp import razorpay
from tests.contracts.adapter_bench import AdapterBench
from tests.contracts.bench import SignedWebhook, Tokens


def method(token: str, *, customer: str = "cust_sim_1") -> PaymentMethod:
    return PaymentMethod(token=token, psp_customer_id=customer)


class RazorpayBench(AdapterBench):
    """Nothing that is charged off session asks for the payer at Razorpay, so there is no `requires_action`.

    Outages before a charge show at the first call that a charge makes; during it they leave the outcome unknown.
    """

    tokens = Tokens(
        ok=method("token_sim_ok"),
        insufficient_funds=method("token_sim_insufficient_funds"),
        lost=method("token_sim_hard_decline"),
        recovers_on_3=method("token_sim_recovers_on_3"),
        pending=method("token_upi_sim_pending"),
        timeout_charged=method("token_sim_timeout_charged"),
        timeout_not_charged=method("token_sim_timeout_not_charged"),
        rate_limited=method("token_sim_ok", customer="cust_sim_rate_limited"),
        down=method("token_sim_ok", customer="cust_sim_down"),
        strange=method("token_nobody_knows"),
    )
    codes: Mapping[str, str] = {"lost": "debit_instrument_blocked", "strange": "invalid_token"}
    signs_time = False
    needs_webhook_secret = True

    def __init__(self, base_url: Callable[[], str]) -> None:
        key_id = f"rzp_test_{secrets.token_hex(8)}"
        super().__init__(
            base_url(),
            psp="razorpay",
            provider=razorpay.provider,
            account=key_id,
            secrets={"key_id": key_id, "key_secret": "secret"},
            bad_secrets={"key_id": "nonsense", "key_secret": "secret"},
        )

    def webhook(self, *, secret: str, at: datetime) -> SignedWebhook:
        notes = {"attempt_id": "att_1", "transaction_ref": "order-1"}
        payment = {"id": "pay_1", "entity": "payment", "status": "captured", "notes": notes}
        event = {
            "entity": "event",
            "event": "payment.captured",
            "payload": {"payment": {"entity": payment}},
            "created_at": int(at.timestamp()),
        }
        body = json.dumps(event).encode()
        signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        headers = {"X-Razorpay-Signature": signature, "X-Razorpay-Event-Id": "evt_1"}
        return SignedWebhook(headers, body, "evt_1", "pay_1", "order-1", "att_1")

"""PayMongo's adapter against its simulator. The suite reckons in rupees and PayMongo in pesos: one is one here."""

import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import httpx
import pytest

from app.domain.money import Money
from app.domain.payments.port import (
    ChargeRequest,
    Checkout,
    CheckoutRequest,
    PaymentResult,
    PaymentsPage,
    PspPort,
    RefundRequest,
    RefundResult,
)
from app.psp import paymongo
from app.simulators.paymongo.words import signature
from tests.contracts.adapter_bench import AdapterBench
from tests.contracts.bench import SignedWebhook, Tokens

NOWHERE = "http://127.0.0.1:9/"


class Exchanged:
    """PayMongo's adapter as one that takes rupees."""

    def __init__(self, psp: PspPort) -> None:
        self._psp = psp

    def __getattr__(self, name: str) -> Any:
        return getattr(self._psp, name)

    def create_payment(self, request: ChargeRequest) -> PaymentResult:
        if request.money.currency != "INR":
            pytest.skip("this provider takes one currency only")
        return _told(self._psp.create_payment(replace(request, money=_pesos(request.money))))

    def retrieve_payment(self, **ids: str | None) -> PaymentResult | None:
        found = self._psp.retrieve_payment(**ids)
        return found and _told(found)

    def create_checkout(self, request: CheckoutRequest) -> Checkout:
        return self._psp.create_checkout(replace(request, money=_pesos(request.money)))

    def refund(self, request: RefundRequest) -> RefundResult:
        return self._psp.refund(replace(request, money=_pesos(request.money)))

    def list_payments(self, **window: Any) -> PaymentsPage:
        page = self._psp.list_payments(**window)
        return replace(page, items=tuple(map(_told, page.items)))


def _pesos(money: Money) -> Money:
    return Money(money.minor, "PHP") if money.currency == "INR" else money


def _rupees(money: Money | None) -> Money | None:
    return money and Money(money.minor, "INR")


def _told(result: PaymentResult) -> PaymentResult:
    facts = result.facts
    if facts is not None:
        facts = replace(facts, asked=_rupees(facts.asked), refunded=_rupees(facts.refunded))
    return replace(result, money=_rupees(result.money), facts=facts)


class PaymongoBench(AdapterBench):
    """An outage during a charge leaves the outcome unknown here, so there is no `down`."""

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
        strange="pm_nobody_knows",
    )
    codes: Mapping[str, str] = {"lost": "lost_card", "strange": "card_number_invalid"}
    signs_time = True
    needs_webhook_secret = True
    finds_unpaid_by_attempt = False
    captured_word = "succeeded"

    def __init__(self, base_url: Callable[[], str]) -> None:
        key = f"sk_test_{secrets.token_hex(12)}"
        super().__init__(
            base_url(),
            psp="paymongo",
            provider=paymongo.provider,
            account=key,
            secrets={"secret_key": key},
            bad_secrets={"secret_key": "nonsense"},
        )
        self._keeper.webhooks_to(NOWHERE, drop=1.0)

    def _adapter(
        self,
        secrets: Mapping[str, str],
        webhook_secrets: tuple[str, ...],
        seconds: float,
        transport: httpx.BaseTransport | None = None,
    ) -> PspPort:
        return Exchanged(super()._adapter(secrets, webhook_secrets, seconds, transport))

    def webhook(self, *, secret: str, at: datetime) -> SignedWebhook:
        stamp = int(at.timestamp())
        attributes = {"payment_intent_id": "pi_1", "metadata": {"attempt_id": "att_1", "transaction_ref": "order-1"}}
        payment = {"id": "pay_1", "type": "payment", "attributes": attributes}
        event = {"type": "payment.paid", "livemode": False, "data": payment, "created_at": stamp}
        body = json.dumps({"data": {"id": "evt_1", "type": "event", "attributes": event}})
        headers = {"Paymongo-Signature": signature(secret, body, stamp, live=False)}
        return SignedWebhook(headers, body.encode(), "evt_1", "pi_1", "order-1", "att_1")

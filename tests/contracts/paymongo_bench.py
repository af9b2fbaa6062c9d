"""PayMongo's adapter against its simulator. The suite reckons in rupees and PayMongo in pesos: one is one here."""

import json
import secrets
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from app.domain.money import Money
from app.domain.payments.port import (
    ChargeRequest,
    Checkout,
    CheckoutRequest,
    Credentials,
    PaymentResult,
    PaymentsPage,
    PspPort,
    RefundRequest,
    RefundResult,
)
from app.psp import paymongo
from app.psp.provider import ProviderSettings
from app.simulators.paymongo.words import signature
from tests.contracts.bench import SignedWebhook, Tokens
from tests.simulators.books_server import IMPATIENT_SECONDS, Keeper

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


class PaymongoBench:
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
        self._base_url = base_url()
        self._secret_key = f"sk_test_{secrets.token_hex(12)}"
        self._open = ExitStack()
        self._keeper = Keeper(self._base_url, self._secret_key)
        self._keeper.webhooks_to(NOWHERE, drop=1.0)

    def close(self) -> None:
        self._open.close()

    def _adapter(self, secret_key: str, webhook_secrets: tuple[str, ...], seconds: float) -> PspPort:
        credentials = Credentials(
            account_id="psp_1",
            psp="paymongo",
            live=False,
            secrets={"secret_key": secret_key},
            webhook_secrets=webhook_secrets,
        )
        settings = ProviderSettings(api_base=self._base_url, read_timeout=timedelta(seconds=seconds))
        adapters = paymongo.provider(settings)
        self._open.callback(adapters.close)
        return Exchanged(adapters.bind(credentials))

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
        stamp = int(at.timestamp())
        attributes = {"payment_intent_id": "pi_1", "metadata": {"attempt_id": "att_1", "transaction_ref": "order-1"}}
        payment = {"id": "pay_1", "type": "payment", "attributes": attributes}
        event = {"type": "payment.paid", "livemode": False, "data": payment, "created_at": stamp}
        body = json.dumps({"data": {"id": "evt_1", "type": "event", "attributes": event}})
        headers = {"Paymongo-Signature": signature(secret, body, stamp, live=False)}
        return SignedWebhook(headers, body.encode(), "evt_1", "pi_1", "order-1", "att_1")

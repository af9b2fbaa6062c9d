"""Merchants at one provider's simulator, and what becomes of their orders there, past Tinko."""

import random
import secrets
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
from sqlalchemy import text

from app.bootstrap import Container
from app.services.payments.accounts import create_account
from tests.factories.identity import make_merchant
from tests.journeys.fault_injection.merchants import Shop
from tests.journeys.providers.shop import PAYMONGO, RAZORPAY, STRIPE, XENDIT, Provider

PROVIDERS = {provider.psp: provider for provider in (STRIPE, RAZORPAY, PAYMONGO, XENDIT)}
"""Those whose webhooks anybody can sign who knows the secret."""

# What becomes of an order, and of how many among a hundred. The first word is its first payment's token.
FATES = {
    "recovers_on_2": 12,
    "recovers_on_3": 5,
    "insufficient_funds": 8,
    "hard_decline": 15,
    "insufficient_funds paid elsewhere": 25,
    "hard_decline paid elsewhere": 10,
    "do_not_honor captured late": 10,
    "insufficient_funds declined again": 5,
    "ok": 10,
}
_FOR_EVER_SECONDS = 86_400.0
_THREADS = 4
_PATIENCE_SECONDS = 60.0
# The merchants' accounts at the sandbox are not part of this: their provider does not run.
_FORGET_SANDBOX = (
    text("UPDATE psp_accounts SET is_enabled = false WHERE psp = 'sandbox'"),
    text("DELETE FROM outbox WHERE topic = 'psp_account.register_webhook'"),
)


class Till:
    """What the keeper of the simulator may do to any account; asks again while the simulator is down."""

    def __init__(self, base_url: str) -> None:
        self._client = httpx.Client(base_url=f"{base_url}/_simulator", timeout=10, trust_env=False)

    def __call__(self, shop: Shop, method: str, path: str, **request) -> dict[str, Any]:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while True:
            try:
                reply = self._client.request(method, path, headers={"X-Simulator-Account": shop.sandbox_key}, **request)
            except httpx.TransportError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
                continue
            assert reply.is_success, (reply.status_code, reply.text)
            return reply.json()

    def pays(self, shop: Shop, provider: Provider, ref: str, word: str) -> dict[str, Any]:
        number = int(ref.removeprefix("order-"))
        # One of four is a renewal, which some providers tell of in three ways.
        data = {"invoice": True} if number % 4 == 0 and provider.psp == "stripe" else {}
        body = {
            "amount": 1000 + number,
            "currency": provider.currency,
            "token": provider.token(word),
            "customer": provider.customer,
            "reference": ref,
            "metadata": {"order_id": ref},
            "data": data,
        }
        return self(shop, "POST", "payments", json=body)

    def settle(self, shop: Shop, payment_id: str, status: str, **rest) -> None:
        self(shop, "POST", f"payments/{payment_id}/settle", json={"status": status, **rest})

    def books(self, shop: Shop) -> list[dict[str, Any]]:
        """Return every payment of an account, oldest first."""
        items, cursor = [], None
        while True:
            page = self(shop, "GET", "charges", params={"cursor": cursor} if cursor else {})
            items += page["items"]
            cursor = page["next_cursor"]
            if cursor is None:
                return items

    def close(self) -> None:
        self._client.close()


def open_shops(container: Container, provider: Provider, till: Till, count: int) -> list[Shop]:
    """Make merchants, each with an account at the provider, which keeps its webhooks for a courier."""
    shops = [_open_shop(container, provider, till, number) for number in range(count)]
    with container.database.begin() as session:
        for statement in _FORGET_SANDBOX:
            session.execute(statement)
    return shops


def _open_shop(container: Container, provider: Provider, till: Till, number: int) -> Shop:
    merchant = make_merchant(container, f"Shop {number}")
    credentials, secret = dict(provider.credentials()), f"whsec_{secrets.token_hex(16)}"
    with container.database.begin() as session:
        account = create_account(
            session,
            crypto=container.crypto,
            organization_id=merchant.id,
            psp=provider.psp,
            label=provider.psp,
            credentials=credentials,
            webhook_secrets=(secret,),
            now=container.clock.now(),
        )
        shop = Shop(merchant, account.id, provider.account_name(credentials), secret)
    url = f"{container.settings.public_base_url}/v1/webhooks/{provider.psp}/{shop.account_id}"
    endpoint = {"url": url, "secret": secret, "delay_seconds": _FOR_EVER_SECONDS}
    till(shop, "PUT", "webhook_endpoint", json=endpoint)
    return shop


class Sales:
    """The orders of all merchants. `late` are payments that are captured long after their failure was told."""

    def __init__(self, till: Till, provider: Provider, shops: list[Shop], rng: random.Random) -> None:
        self._till = till
        self._provider = provider
        self._shops = shops
        self._rng = rng
        self._count = 0
        self._late: list[tuple[Shop, str]] = []

    @property
    def count(self) -> int:
        return self._count

    def sell(self, orders: int) -> None:
        fates = self._rng.choices(list(FATES), list(FATES.values()), k=orders)
        if self._count == 0:
            fates[: len(FATES)] = FATES
        wanted = [(self._count + number, fate) for number, fate in enumerate(fates)]
        self._count += orders
        self._all_at_once(lambda order: self._sell(*order), wanted)

    def capture_late(self) -> int:
        """Let the banks change their mind; return how often."""
        late, self._late = self._late, []
        self._all_at_once(lambda one: self._till.settle(*one, "captured"), late)
        return len(late)

    def _sell(self, number: int, fate: str) -> None:
        shop, ref = self._shops[number % len(self._shops)], f"order-{number}"
        shop.tokens[ref] = fate
        word, _, end = fate.partition(" ")
        made = self._till.pays(shop, self._provider, ref, word)
        if end == "paid elsewhere":
            self._till.pays(shop, self._provider, ref, "ok")
        elif end == "captured late":
            self._late.append((shop, made["id"]))
        elif end == "declined again":
            self._till.settle(shop, made["id"], "declined", decline="insufficient_funds")

    def _all_at_once(self, do, things: Iterable) -> None:
        with ThreadPoolExecutor(_THREADS) as pool:
            for _ in pool.map(do, things):
                pass

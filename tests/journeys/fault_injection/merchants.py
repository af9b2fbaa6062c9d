"""Test merchants, what fails for them, and how their servers report it: again and again until they hear 201."""

import random
import threading
import time
from dataclasses import dataclass, field
from typing import Any

import httpx

from app.bootstrap import Container
from app.domain.errors import UnavailableError
from app.infra.http import authorities
from app.services.payments.accounts import choose_credentials
from tests.factories.identity import Merchant, make_merchant

# What the saved method of a recovery will do, and how often among a hundred.
MIX = {
    "pm_sandbox_ok": 20,
    "pm_sandbox_recovers_on_2": 20,
    "pm_sandbox_recovers_on_3": 10,
    "pm_sandbox_insufficient_funds": 20,
    "pm_sandbox_hard_decline": 8,
    "pm_sandbox_requires_action": 6,
    "pm_sandbox_timeout_charged": 10,
    "pm_sandbox_timeout_not_charged": 4,
    # Each of these is tried for more than a day of its merchant's time, so a few go a long way.
    "pm_sandbox_rate_limited": 0.3,
    "pm_sandbox_down": 0.3,
}
PATIENCE_SECONDS = 60.0
PACE_SECONDS = 0.02
"""Between two reports, so that a small run's reports are under way while parts die."""
_BUSY = {409, 429, 503}


@dataclass
class Shop:
    """One test merchant with its account at the sandbox, and the token behind each of its references."""

    merchant: Merchant
    account_id: str
    sandbox_key: str
    webhook_secret: str
    tokens: dict[str, str] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return self.merchant.id


def open_shops(container: Container, count: int) -> list[Shop]:
    """Make merchants, each with an account at the sandbox."""
    return [_open_shop(container, make_merchant(container, f"Shop {number}")) for number in range(count)]


def _open_shop(container: Container, merchant: Merchant) -> Shop:
    with container.database.begin() as session:
        account = choose_credentials(
            session, crypto=container.crypto, organization=merchant.organization, gateway="sandbox"
        )
    return Shop(merchant, account.account_id, account.secrets["api_key"], account.webhook_secrets[0])


def make_webhooks_unruly(container: Container, shops: list[Shop]) -> None:
    """Have the sandbox send every webhook twice, and out of order."""
    base_url = container.settings.public_base_url
    for shop in shops:
        url = f"{base_url}/v1/webhooks/sandbox/{shop.account_id}"
        container.sandbox_console.set_webhook(
            shop.sandbox_key, url=url, secret=shop.webhook_secret, double=True, reorder=True
        )


def hand_out(shops: list[Shop], recoveries: int, rng: random.Random) -> list[tuple[Shop, str]]:
    """Spread the mix over the merchants; return who reports what, in what order."""
    tokens = rng.choices(list(MIX), weights=list(MIX.values()), k=recoveries)
    tokens[: len(MIX)] = list(MIX)
    for number, token in enumerate(tokens):
        shops[number % len(shops)].tokens[f"order-{number}"] = token
    orders = [(shop, ref) for shop in shops for ref in shop.tokens]
    rng.shuffle(orders)
    return orders


class Reporter(threading.Thread):
    """A merchant's server: reports each failure until it hears 201, whoever dies meanwhile."""

    def __init__(self, base_url: str, orders: list[tuple[Shop, str]]) -> None:
        super().__init__(daemon=True)
        self._base_url = base_url
        self._orders = orders
        self.answers: dict[tuple[str, str], dict[str, Any]] = {}
        self.retries = 0
        self.replayed = 0
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            with httpx.Client(base_url=self._base_url, timeout=5, trust_env=False, verify=authorities()) as client:
                for shop, ref in self._orders:
                    self.answers[shop.id, ref] = self._report(client, shop, ref)
                    time.sleep(PACE_SECONDS)
        except BaseException as error:  # noqa: BLE001  (told in the thread that waits)
            self.error = error

    def _report(self, client: httpx.Client, shop: Shop, ref: str) -> dict[str, Any]:
        body = {
            "transaction_ref": ref,
            "amount": 1000 + len(ref) * 100,
            "currency": "INR",
            "gateway": "sandbox",
            "failure_reason": "insufficient_funds",
            "payment_method": {"type": "card", "token": shop.tokens[ref]},
        }
        headers = {**shop.merchant.headers, "Idempotency-Key": f"{shop.id}-{ref}"}
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            try:
                reply = client.post("/v1/events/payment_failed", json=body, headers=headers)
            except httpx.TransportError:
                self.retries += 1
                time.sleep(0.1)
                continue
            if reply.status_code == 201:
                self.replayed += reply.headers.get("idempotent-replayed") == "true"
                return reply.json()
            if reply.status_code not in _BUSY:
                raise AssertionError(f"{ref}: HTTP {reply.status_code} {reply.text[:300]}")
            self.retries += 1
            time.sleep(0.2)
        raise AssertionError(f"{ref} was not accepted in {PATIENCE_SECONDS:g} s")


class Impatient(threading.Thread):
    """A developer who moves one merchant's test clock through the API, over and over."""

    def __init__(self, base_url: str, shop: Shop, *, seconds: int) -> None:
        super().__init__(daemon=True)
        self._base_url = base_url
        self._shop = shop
        self._seconds = seconds
        self._enough = threading.Event()
        self.moves = 0

    def run(self) -> None:
        with httpx.Client(base_url=self._base_url, timeout=40, trust_env=False, verify=authorities()) as client:
            while not self._enough.wait(0.3):
                self.moves += move_clock(client, self._shop, seconds=self._seconds)

    def enough(self) -> None:
        self._enough.set()
        self.join(timeout=45)


class Mover(threading.Thread):
    """Lets more time pass for a merchant than any window lasts, and waits until it has."""

    def __init__(self, base_url: str, shop: Shop) -> None:
        super().__init__(daemon=True)
        self._base_url = base_url
        self._shop = shop

    def run(self) -> None:
        with httpx.Client(base_url=self._base_url, timeout=40, trust_env=False, verify=authorities()) as client:
            while not move_clock(client, self._shop, seconds=40 * 86_400):
                time.sleep(0.2)


def move_clock(client: httpx.Client, shop: Shop, *, seconds: int) -> bool:
    """Ask for a merchant's time to pass; False if nobody heard, or it is passing already."""
    try:
        reply = client.post("/v1/test/clock/advance", json={"seconds": seconds}, headers=shop.merchant.headers)
    except httpx.TransportError:
        return False
    assert reply.status_code in {200, 202, *_BUSY}, reply.text
    return reply.status_code in {200, 202}


def every_charge(container: Container, shop: Shop) -> list[dict[str, Any]]:
    """Return the sandbox's own books of a merchant's account."""
    items: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        try:
            page = container.sandbox_console.charges(shop.sandbox_key, cursor=cursor)
        except UnavailableError:
            time.sleep(0.2)
            continue
        items.extend(page.items)
        cursor = page.next_cursor
        if cursor is None:
            return items

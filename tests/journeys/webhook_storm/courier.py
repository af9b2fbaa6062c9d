"""The network between a provider and Tinko on its worst day: webhooks are shuffled, repeated, and lost."""

import random
import re
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from importlib import import_module

import httpx
from sqlalchemy import text

from app.bootstrap import Container
from app.simulators import SKINS
from app.simulators.books.skin import Delivery
from tests.journeys.fault_injection.merchants import Shop

THREADS = 4
MOST_COPIES = 3
_SUCCESS = re.compile(r"(succeeded|captured?|authorized|paid|completed|charged)$", re.IGNORECASE)
_ORDER = re.compile(r"order-\d+")
_FETCH_SECONDS = 0.3
_REST_SECONDS = 0.15


@dataclass(frozen=True)
class Parcel:
    """One copy of one webhook, to be signed when it is sent."""

    shop: Shop
    event_id: str
    type: str
    body: str
    headers: dict[str, str]


@dataclass
class Sent:
    """What the courier did. `heard` are the (account, event) that Tinko answered with 200."""

    written: int = 0
    """Webhooks that the provider wrote."""
    good_news: int = 0
    lost: int = 0
    copies: Counter[int] = field(default_factory=Counter)
    posts: int = 0
    refused: int = 0
    """Posts that met no Tinko, and were sent again."""
    heard: set[tuple[str, str]] = field(default_factory=set)


class Courier:
    """Takes what the provider wrote, and sends it in any order until each is answered with 200."""

    def __init__(self, container: Container, psp: str, shops: list[Shop], *, seed: int) -> None:
        module, _, name = SKINS[psp].skin.partition(":")
        self._skin = getattr(import_module(module), name)
        self._container = container
        self._psp = psp
        self._shops = {shop.sandbox_key: shop for shop in shops}
        self._seed = seed
        self._rng = random.Random(seed)
        self._pool: list[Parcel] = []
        self._in_hand = 0
        self._lock = threading.Lock()
        self._ending = threading.Event()
        schema = f"simulator_{psp}"
        self._take = text(f"""
            UPDATE {schema}.deliveries d SET status = 'delivered', attempts = 1, ended_at = clock_timestamp()
            FROM {schema}.accounts a WHERE a.id = d.account_id AND d.status = 'waiting'
            RETURNING d.event_id, d.type, d.body, d.headers, a.name
        """)
        self._count = text(f"SELECT count(*) FROM {schema}.deliveries WHERE status = 'waiting'")
        self._threads = [threading.Thread(target=self._guarded, args=(self._fetch,), daemon=True)]
        self._threads += [
            threading.Thread(target=self._guarded, args=(self._send,), daemon=True) for _ in range(THREADS)
        ]
        self.sent = Sent()
        self.error: BaseException | None = None

    def waiting(self) -> int:
        """Return how many webhooks the provider wrote that nobody has fetched."""
        with self._container.database.begin() as session:
            return session.execute(self._count).scalar_one()

    def start(self) -> None:
        self._collect()  # all that there is, so that all of it is shuffled
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        self._ending.set()
        for thread in self._threads:
            if thread.is_alive():
                thread.join(timeout=10)

    def rests(self) -> bool:
        """Tell whether everything that the provider wrote was sent or lost."""
        if self.error is not None:
            raise self.error
        with self._lock:
            busy = bool(self._pool) or self._in_hand > 0
        return not busy and self.waiting() == 0

    def _guarded(self, work) -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001  (told in the thread that waits)
            self.error = error

    def _fetch(self) -> None:
        while not self._ending.wait(_FETCH_SECONDS):
            self._collect()

    def _collect(self) -> None:
        with self._lock:  # held while they are neither there nor here
            with self._container.database.begin() as session:
                rows = session.execute(self._take).all()
            for row in sorted(rows):
                self._accept(row)

    def _accept(self, row) -> None:
        self.sent.written += 1
        good = bool(_SUCCESS.search(row.type)) and "refund" not in row.type.lower()
        self.sent.good_news += good
        if good and self._is_lost(row):
            self.sent.lost += 1
            return
        copies = self._rng.randint(1, MOST_COPIES)
        self.sent.copies[copies] += 1
        self._pool += [Parcel(self._shops[row.name], row.event_id, row.type, row.body, row.headers)] * copies

    def _is_lost(self, row) -> bool:
        """Decide by the order where it is named: what tells of one success is lost as a whole, or not at all."""
        order = _ORDER.search(row.body)
        return random.Random(f"{self._seed}:{order[0] if order else row.event_id}").random() < 0.5

    def _send(self) -> None:
        with httpx.Client(base_url=self._container.settings.public_base_url, timeout=10, trust_env=False) as client:
            while not self._ending.is_set():
                parcel = self._draw()
                if parcel is None:
                    time.sleep(_REST_SECONDS)
                    continue
                arrived = self._post(client, parcel)
                with self._lock:
                    self._in_hand -= 1
                    if arrived:
                        self.sent.posts += 1
                        self.sent.heard.add((parcel.shop.account_id, parcel.event_id))
                    else:
                        self.sent.refused += 1
                        self._pool.append(parcel)
                if not arrived:
                    time.sleep(_REST_SECONDS)

    def _draw(self) -> Parcel | None:
        with self._lock:
            if not self._pool:
                return None
            drawn = self._rng.randrange(len(self._pool))
            self._pool[drawn], self._pool[-1] = self._pool[-1], self._pool[drawn]
            self._in_hand += 1
            return self._pool.pop()

    def _post(self, client: httpx.Client, parcel: Parcel) -> bool:
        delivery = Delivery(
            event_id=parcel.event_id,
            type=parcel.type,
            body=parcel.body,
            headers=parcel.headers,
            secret=parcel.shop.webhook_secret,
            at=self._container.clock.now(),
            account=parcel.shop.sandbox_key,
        )
        headers = {"content-type": "application/json", **parcel.headers, **self._skin.sign(delivery)}
        path = f"/v1/webhooks/{self._psp}/{parcel.shop.account_id}"
        try:
            reply = client.post(path, content=parcel.body, headers=headers)
        except httpx.TransportError:
            return False
        if reply.status_code not in {200, 429, 500, 503}:
            raise AssertionError(f"{parcel.type}: HTTP {reply.status_code} {reply.text[:300]}")
        return reply.status_code == 200

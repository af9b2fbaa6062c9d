"""Payers and automatic retries at the same moment, again and again, while programs are killed with -9.

Each wave reports a few failures of one merchant, gives their payers links, lets the retries fall due, and has all
payers press the button at that moment. Whatever is in the way is killed meanwhile: the worker between its call to the
provider and the record of it, the API between the payment page and its record, the provider itself. Some payers keep
a payment page until its time is over and a retry has been made, and pay there all the same.
"""

import random
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from sqlalchemy import text

from tests.fakes.caller import ask
from tests.journeys.fault_injection.course import Course, Plan
from tests.journeys.fault_injection.merchants import Shop, every_charge, make_webhooks_unruly, open_shops

WAVE = 10
# What the saved method does when the retry comes, among ten. The second books the money and never answers.
TOKENS = {"pm_sandbox_ok": 6, "pm_sandbox_timeout_charged": 3, "pm_sandbox_recovers_on_2": 1}
# What payers do, among ten.
WAYS = {"pays": 6, "pays late": 2, "walks away": 1, "only looks": 1}
DOOMED = {"worker": 6, "api": 2, "sandbox": 1, "control": 1}
_TRIES = 40
_DUE = text("UPDATE organizations SET clock_offset = clock_offset + interval '70 minutes' WHERE id = :id")
_PAGES_OVER = text("UPDATE organizations SET clock_offset = clock_offset + interval '31 minutes' WHERE id = :id")
_QUIET = text("""
    SELECT count(*) FROM attempts WHERE organization_id = :id
    AND (leased_until IS NOT NULL OR status IN ('executing', 'awaiting_payer'))
""")
# A webhook that its sender died with would wait for half a minute: nothing here is about that.
_HURRY_WEBHOOKS = text("UPDATE sandbox_psp.deliveries SET due_at = clock_timestamp() WHERE status = 'waiting'")
_UNTOLD = text("SELECT count(*) FROM sandbox_psp.deliveries WHERE status = 'waiting'")
_RECOVERIES = text("""
    SELECT t.transaction_ref, r.status, r.recovered_via, r.needs_attention,
           (SELECT count(*) FROM timeline e WHERE e.recovery_id = r.id AND e.what = 'duplicate_charge') AS told,
           (SELECT count(*) FROM timeline e WHERE e.recovery_id = r.id AND e.what = 'duplicate_refunded') AS refunded
    FROM transactions t JOIN recoveries r ON r.transaction_id = t.id WHERE t.organization_id = :id
""")
_CHARGES = text("""
    SELECT t.transaction_ref, c.psp_payment_id, c.is_duplicate, c.status FROM charges c
    JOIN transactions t ON t.id = c.transaction_id WHERE c.organization_id = :id
""")


@dataclass
class Result:
    """What came of all rounds; `wrong` holds a sentence for everything that must not be."""

    rounds: int = 0
    wrong: list[str] = field(default_factory=list)
    payers: Counter[str] = field(default_factory=Counter)
    ends: Counter[str] = field(default_factory=Counter)
    duplicates: int = 0
    killed: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)

    def expect(self, holds: bool, what: str) -> None:  # noqa: FBT001  (reads like an assert)
        if not holds:
            self.wrong.append(what)


class Payer(threading.Thread):
    """Somebody with a link, who presses the button when the retry falls due."""

    def __init__(self, base_url: str, shop: Shop, ref: str, *, way: str, start: threading.Event, delay: float) -> None:
        super().__init__(daemon=True)
        self.way, self.ref, self.came_to = way, ref, "nowhere"
        self._base_url, self._shop, self._start, self._delay = base_url, shop, start, delay
        self._token = ""
        self._page: str | None = None

    def get_link(self) -> None:
        path = f"/v1/recoveries/by_ref/{self.ref}/link"
        body = {"ttl_seconds": 604_800}
        answer = self._ask("POST", self._base_url + path, json=body, headers=self._shop.merchant.headers)
        assert answer.status_code == 201, answer.text
        self._token = answer.json()["token"]

    def run(self) -> None:
        self._start.wait(30)
        time.sleep(self._delay)
        link = f"{self._base_url}/pay/retry/{self._token}"
        if self.way == "only looks":
            self.came_to = f"looked: {self._ask('GET', link).status_code}"
            return
        answer = self._ask("POST", f"{link}/checkout")
        self._page = answer.headers.get("location")
        self.came_to = "opened a page" if self._page else f"refused: {answer.status_code}"
        if self.way != "pays late":
            self.act()

    def act(self) -> None:
        """Do at the provider's page what this payer does, and come back."""
        if self._page is None:
            return
        leaves = self.way == "walks away"
        answer = self._ask("POST", self._page, data={"choice": "leave" if leaves else "pay"})
        self.came_to = "walked away" if leaves else f"paid: {answer.status_code}"
        self._ask("GET", f"{self._base_url}/pay/{'cancel' if leaves else 'success'}?link={self._token}")

    def _ask(self, method: str, url: str, **how) -> httpx.Response:
        """Ask until there is an answer: a payer reloads a page that does not come."""
        for _ in range(_TRIES):
            try:
                answer = ask(method, url, timeout=10, **how)
            except httpx.TransportError:
                time.sleep(0.25)
                continue
            if answer.status_code < 500:
                return answer
            time.sleep(0.25)
        raise AssertionError(f"{self.ref}: no answer from {url[:60]}")


class Race(Course):
    """One run of many rounds."""

    def __init__(self, rounds: int, *, seed: int, database_url: str, redis_url: str, folder: Path) -> None:
        waves = -(-rounds // WAVE)
        shops = min(waves, 8)
        patience = max(120.0, rounds * 3.0)
        plan = Plan(recoveries=rounds, seed=seed, kills=waves, shops=shops, patience_seconds=patience)
        super().__init__(plan, database_url=database_url, redis_url=redis_url, folder=folder)
        self.result = Result(rounds=rounds)

    def race(self) -> Result:
        """Run all waves, come to rest, and compare the books."""
        with self._timed("start"), self._all_end_on_error():
            self._start()
        try:
            self._race()
        finally:
            self.close()
        self.result.seconds, self.result.killed = self.seconds, {n: p.kills for n, p in self.parts.items()}
        return self.result

    def _race(self) -> None:
        shops = open_shops(self.container, self.plan.shops)
        self._wait(self._outbox_is_empty, "the merchants' webhooks to be registered")
        make_webhooks_unruly(self.container, shops)
        with self._timed("race"):
            for number, begin in enumerate(range(0, self.plan.recoveries, WAVE)):
                refs = [f"order-{each}" for each in range(begin, min(begin + WAVE, self.plan.recoveries))]
                self._wave(shops[number % len(shops)], refs)
        with self._timed("come to rest"):
            self._hear_everything()
            self._outlive_all_windows(shops)
        for shop in shops:
            self._judge(shop)

    def _hear_everything(self) -> None:
        """Wait until the provider has told what it had to tell: the newest payment may be known from nothing else."""
        deadline = time.monotonic() + self.plan.patience_seconds
        while self._untold() or not self._outbox_is_empty():
            self._restart_the_dead()
            self._sql(_HURRY_WEBHOOKS)
            if time.monotonic() > deadline:
                raise AssertionError(f"the provider's webhooks do not come through; logs are in {self.folder}")
            time.sleep(0.3)

    def _untold(self) -> int:
        with self.container.database.begin() as session:
            return session.execute(_UNTOLD).scalar_one()

    def _wave(self, shop: Shop, refs: list[str]) -> None:
        start = threading.Event()
        payers = [self._payer(shop, ref, start) for ref in refs]
        self._restart_the_dead()
        for payer in payers:
            self._report(shop, payer.ref)
            payer.get_link()
            payer.start()
        self._sql(_DUE, id=shop.id)
        # A sweep takes some tenths of a second to come by; the payers come then.
        time.sleep(self.rng.uniform(0.0, 0.3))
        start.set()
        for name in self._doomed():
            time.sleep(self.rng.uniform(0.05, 0.5))
            self.parts[name].kill(self.rng)
        for payer in payers:
            payer.join(timeout=60)
        self._let_late_payers_pay(shop, payers)
        self.result.payers.update(f"{payer.way}: {payer.came_to}" for payer in payers)

    def _doomed(self) -> list[str]:
        """Choose who dies in a wave: two programs, the worker most often."""
        first, second = self.rng.choices(list(DOOMED), list(DOOMED.values()), k=2)
        return [first] if first == second else [first, second]

    def _let_late_payers_pay(self, shop: Shop, payers: list[Payer]) -> None:
        """Let the pages' time be over and the retries be made; then some pay on the old pages."""
        late = [payer for payer in payers if payer.way == "pays late"]
        if not late:
            return
        self._sql(_PAGES_OVER, id=shop.id)
        deadline = time.monotonic() + 15
        while time.monotonic() < deadline and self._in_hand(shop):
            self._restart_the_dead()
            time.sleep(0.2)
        time.sleep(0.5)
        for payer in late:
            payer.act()

    def _in_hand(self, shop: Shop) -> bool:
        with self.container.database.begin() as session:
            return session.execute(_QUIET, {"id": shop.id}).scalar_one() > 0

    def _payer(self, shop: Shop, ref: str, start: threading.Event) -> Payer:
        way = self.rng.choices(list(WAYS), list(WAYS.values()))[0]
        shop.tokens[ref] = self.rng.choices(list(TOKENS), list(TOKENS.values()))[0]
        base_url, delay = self.settings.public_base_url, self.rng.uniform(0.0, 0.3)
        return Payer(base_url, shop, ref, way=way, start=start, delay=delay)

    def _report(self, shop: Shop, ref: str) -> None:
        body = {
            "transaction_ref": ref,
            "amount": 5000,
            "currency": "INR",
            "gateway": "sandbox",
            "failure_reason": "insufficient_funds",
            "payment_method": {"type": "card", "token": shop.tokens[ref]},
        }
        url = f"{self.settings.public_base_url}/v1/events/payment_failed"
        headers = {**shop.merchant.headers, "Idempotency-Key": f"{shop.id}-{ref}"}
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                if ask("POST", url, json=body, headers=headers, timeout=5).status_code == 201:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.2)
        raise AssertionError(f"{ref} was not accepted; logs are in {self.folder}")

    def _judge(self, shop: Shop) -> None:
        result = self.result
        with self.container.database.begin() as session:
            recoveries = session.execute(_RECOVERIES, {"id": shop.id}).all()
            charges = session.execute(_CHARGES, {"id": shop.id}).all()
        moved = [line for line in every_charge(self.container, shop) if line["status"] in {"captured", "refunded"}]
        kept = Counter(line["transaction_ref"] for line in moved if line["status"] == "captured")
        for ref in shop.tokens:
            result.expect(kept[ref] == 1, f"{ref}: {kept[ref]} captures that were not refunded")
        theirs = {(line["transaction_ref"], line["id"], line["status"]) for line in moved}
        ours = {(each.transaction_ref, each.psp_payment_id, each.status) for each in charges}
        result.expect(theirs == ours, f"{shop.id}: the books differ: {theirs ^ ours}")
        duplicates = Counter(each.transaction_ref for each in charges if each.is_duplicate)
        result.duplicates += duplicates.total()
        for row in recoveries:
            result.ends[f"{row.status} via {row.recovered_via}"] += 1
            more = duplicates[row.transaction_ref]
            told = f"{row.transaction_ref}: {more} duplicates, {row.told} told, {row.refunded} given back"
            result.expect((row.told, row.refunded) == (more, more), told)
            listed = row.needs_attention == "duplicate_charge" if more else row.needs_attention is None
            result.expect(listed, f"{row.transaction_ref}: {more} duplicates, listed as {row.needs_attention}")


def random_seed() -> int:
    """Return a seed for a run that was given none."""
    return random.SystemRandom().randrange(10**6)

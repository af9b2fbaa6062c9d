"""The course of a storm: orders fail and succeed past Tinko, webhooks come anyhow, parts die, books are compared."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import text

from app.services.reconcile.walk import OVERLAP
from tests.journeys.fault_injection.course import Course, Plan
from tests.journeys.fault_injection.parts import Part
from tests.journeys.fault_injection.verdict import Verdict
from tests.journeys.webhook_storm.courier import Courier, Sent
from tests.journeys.webhook_storm.merchants import PROVIDERS, Sales, Till, open_shops
from tests.journeys.webhook_storm.verdict import judge

# Which part is killed how often, among fourteen.
TARGETS = {"worker": 6, "control": 2, "beat": 1, "api": 4, "provider": 1}
LONGEST_PEACE_SECONDS = 6.0
STALLED_SECONDS = 5.0
_STORM_SHARE = 0.6
_CHUNK = 100

_PROGRESS = text("""
    SELECT (SELECT count(*) FROM psp_events WHERE status <> 'pending') + (SELECT coalesce(sum(fence), 0) FROM attempts)
         + (SELECT coalesce(sum(payments_read), 0) FROM psp_readings)
""")
_UNDONE = text("""
    SELECT (SELECT count(*) FROM psp_events WHERE status = 'pending')
         + (SELECT count(*) FROM outbox WHERE wake_at IS NOT NULL)
""")
_HURRY = text("""
    UPDATE organizations SET clock_offset = clock_offset + make_interval(mins => :minutes)
    WHERE id = ANY(:ids) AND clock_target_at IS NULL
""")
# What the dead held, and what waits for a provider that was down: waiting two minutes for it would prove nothing.
_NUDGES = (
    text("UPDATE outbox SET wake_at = now() WHERE wake_at > now()"),
    text("UPDATE attempts SET leased_until = now() WHERE leased_until > now()"),
)
_NUDGE_WALKS = text("UPDATE psp_readings SET wake_at = now() WHERE status = 'running' AND wake_at > now()")
_NOW = text("SELECT clock_timestamp()")
_WALKED = text("""
    SELECT count(*) FROM psp_readings
    WHERE status = 'running' AND kind = 'reconcile' AND since >= :since AND psp_account_id = ANY(:ids)
""")
_READ = text("SELECT sum(payments_read), sum(recoveries_opened), sum(repaired) FROM psp_readings")


@dataclass(frozen=True)
class StormPlan(Plan):
    """How large a storm is; `webhooks` is how many the provider has written when it begins, at least."""

    webhooks: int = 1000
    psp: str = "stripe"
    walk_every_seconds: int = 60


@dataclass
class StormReport:
    """What a storm saw."""

    plan: StormPlan
    verdict: Verdict
    sent: Sent
    orders: int
    first: int
    """Webhooks that were there to be shuffled at the beginning."""
    late: int
    killed: dict[str, int]
    read: tuple[int, int, int]
    """Payments that walks read, recoveries that they opened, and what they repaired."""
    repaired_first: int
    """What the walk after the storm repaired, before anything was retried."""
    seconds: dict[str, float]


class Storm(Course):
    """One storm. All parts are started and killed from the thread that made this."""

    plan: StormPlan

    def __init__(self, plan: StormPlan, *, database_url: str, redis_url: str, folder: Path) -> None:
        super().__init__(plan, database_url=database_url, redis_url=redis_url, folder=folder)
        self.provider = PROVIDERS[plan.psp]
        base_url = self.settings.sandbox_api_base
        # All parts share these, and none has started yet.
        self.environment |= {
            self.provider.base_setting: base_url,
            "PSP_READ_TIMEOUT_SECONDS": "5",
            "RECONCILE_INTERVAL_SECONDS": str(plan.walk_every_seconds),
        }
        port = str(self.settings.sandbox_port)
        arguments = ["-m", "app", "sandbox", "--as", plan.psp, "--port", port]
        del self.parts["sandbox"]
        self.parts = {"provider": Part("provider", arguments, self.environment, folder), **self.parts}
        self.till = Till(base_url)

    def close(self) -> None:
        self.till.close()
        super().close()

    def _run(self) -> StormReport:
        with self._timed("sell"):
            shops = open_shops(self.container, self.provider, self.till, self.plan.shops)
            sales = Sales(self.till, self.provider, shops, self.rng)
            courier = Courier(self.container, self.plan.psp, shops, seed=self.plan.seed)
            while courier.waiting() < self.plan.webhooks:
                sales.sell(min(_CHUNK, self.plan.webhooks // 3 + 1))
        courier.start()
        try:
            return self._weather(shops, sales, courier)
        finally:
            courier.end()

    def _weather(self, shops, sales: Sales, courier: Courier) -> StormReport:
        first, storm_kills = courier.sent.written, round(self.plan.kills * _STORM_SHARE)
        with self._timed("storm"):
            late = self._rage(storm_kills, courier.sent.written // storm_kills, halfway=sales.capture_late)
            self._until(lambda: courier.rests() and not self._undone(), "every webhook to be processed")
        with self._timed("walk"):
            self._walk(shops, kills=2)
            self._until(lambda: not self._undone(), "what the walk found")
        before = judge(self.container, self.till, shops, courier.sent, ended=False)
        repaired_first = self._scalars(_READ)[2]
        with self._timed("retries"):
            self._rage(self.plan.kills - storm_kills, first // self.plan.kills, hurry=shops)
            self._work_on(shops)
            self._outlive_all_windows(shops)
            self._until(lambda: courier.rests() and not self._undone(), "the webhooks of retries")
        with self._timed("last walk"):
            self._walk(shops, kills=1)
            self._until(lambda: courier.rests() and not self._undone() and not any(self._restless()), "rest")
        with self._timed("judge"):
            verdict = judge(self.container, self.till, shops, courier.sent, ended=True)
            verdict.wrong[:0] = before.wrong
        killed = {name: part.kills for name, part in self.parts.items()}
        read = self._scalars(_READ)
        return StormReport(
            self.plan, verdict, courier.sent, sales.count, first, late, killed, read, repaired_first, self.seconds
        )

    def _rage(self, kills: int, a_share: float, *, halfway: Callable[[], int] = lambda: 0, hurry=()) -> int:
        """Kill one part after another, each time after some work was done; return what `halfway` does."""
        doomed = self.rng.choices(list(TARGETS), list(TARGETS.values()), k=kills)
        if kills >= len(TARGETS):
            doomed[: len(TARGETS)] = TARGETS
        self.rng.shuffle(doomed)
        done = 0
        for number, name in enumerate(doomed):
            enough = self._progress() + self.rng.uniform(0.3, 1.2) * a_share
            deadline = time.monotonic() + LONGEST_PEACE_SECONDS
            while self._progress() < enough and time.monotonic() < deadline:
                time.sleep(self.rng.uniform(0.1, 0.4))
                if hurry:
                    self._sql(_HURRY, minutes=self.rng.randrange(5, 40), ids=[shop.id for shop in hurry])
            if number == kills // 2:
                done = halfway()
            self.parts[name].kill(self.rng)
        return done

    def _walk(self, shops, *, kills: int) -> None:
        """Let a walk begin in each account, and wait until it has ended; workers die meanwhile."""
        (now,) = self._scalars(_NOW)
        self._sql(_NUDGE_WALKS)
        for _ in range(kills):
            time.sleep(self.rng.uniform(3.0, 7.0))
            self.parts[self.rng.choice(("worker", "control"))].kill(self.rng)
        ids = [shop.account_id for shop in shops]
        walked = {"since": now - OVERLAP, "ids": ids}
        self._until(lambda: self._scalars(_WALKED, **walked)[0] == len(ids), "a walk", stalled=_NUDGE_WALKS)

    def _until(self, ready: Callable[[], bool], what: str, *, stalled=None) -> None:
        """Wait with everybody alive; where nothing moves, what the dead held is given back."""
        deadline, seen, since = time.monotonic() + self.plan.patience_seconds, -1, time.monotonic()
        while not ready():
            self._restart_the_dead()
            if time.monotonic() > deadline:
                raise AssertionError(f"no sign of {what}; logs are in {self.folder}; these wait:\n{self._what_waits()}")
            moved = self._progress()
            if moved != seen:
                seen, since = moved, time.monotonic()
            elif time.monotonic() - since > STALLED_SECONDS:
                for statement in (stalled,) if stalled is not None else _NUDGES:
                    self._sql(statement)
                since = time.monotonic() + STALLED_SECONDS
            time.sleep(0.2)

    def _progress(self) -> int:
        return int(self._scalars(_PROGRESS)[0])

    def _undone(self) -> int:
        return self._scalars(_UNDONE)[0]

    def _scalars(self, statement, **values) -> tuple:
        with self.container.database.begin() as session:
            return tuple(session.execute(statement, values).one())

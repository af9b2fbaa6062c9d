"""The course of a run: everything starts, merchants report, parts are killed, all comes to rest, books are compared."""

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from sqlalchemy import text

from app.bootstrap import Container, build_container
from app.infra.settings import Settings
from tests.fakes.caller import ask
from tests.journeys.fault_injection.merchants import (
    Impatient,
    Mover,
    Reporter,
    Shop,
    hand_out,
    make_webhooks_unruly,
    open_shops,
)
from tests.journeys.fault_injection.parts import Part, free_ports, make_parts
from tests.journeys.fault_injection.verdict import Verdict, judge

LEASE_SECONDS = 5
LONGEST_PEACE_SECONDS = 4.0
# Which part is killed how often, among thirteen.
TARGETS = {"worker": 5, "control": 2, "beat": 1, "api": 3, "sandbox": 2}

_HURRY = text("""
    UPDATE organizations o SET clock_offset = clock_offset + make_interval(mins => :minutes)
    WHERE id = ANY(:ids) AND clock_target_at IS NULL
""")
# Where nothing is due or in hand, time goes on to what comes next.
_SKIP = text("""
    UPDATE organizations o SET clock_offset = greatest(o.clock_offset, next.at - clock_timestamp())
    FROM (SELECT organization_id, min(wake_at) AS at, count(leased_until) AS held FROM attempts
          WHERE wake_at IS NOT NULL OR leased_until IS NOT NULL GROUP BY organization_id) AS next
    WHERE o.id = next.organization_id AND o.id = ANY(:ids) AND next.held = 0 AND o.clock_target_at IS NULL
""")
_RESTLESS = text("""
    SELECT (SELECT count(*) FROM attempts WHERE wake_at IS NOT NULL OR leased_until IS NOT NULL),
           (SELECT count(*) FROM outbox WHERE wake_at IS NOT NULL),
           (SELECT count(*) FROM organizations WHERE clock_target_at IS NOT NULL)
""")
_CLAIMS = text("SELECT coalesce(sum(fence), 0) FROM attempts")
_WAITING = text("""
    SELECT 'attempt', a.organization_id, a.status, a.tries::text, a.checks_done::text, a.result_code,
           (a.wake_at - now() - o.clock_offset)::text, (a.leased_until - now())::text
    FROM attempts a JOIN organizations o ON o.id = a.organization_id
    WHERE a.wake_at IS NOT NULL OR a.leased_until IS NOT NULL
    UNION ALL SELECT 'message', topic, '', tries::text, '', left(error, 200), (wake_at - now())::text, ''
    FROM outbox WHERE wake_at IS NOT NULL
    UNION ALL SELECT 'clock', id, '', '', '', '', (clock_target_at - now() - clock_offset)::text, ''
    FROM organizations WHERE clock_target_at IS NOT NULL
""")
# Nobody holds these any more, and a minute or two of waiting for it would prove nothing.
_LONG_LEASES = (
    text("UPDATE attempts SET leased_until = now() WHERE leased_until > now() + make_interval(secs => :lease)"),
    text("UPDATE outbox SET wake_at = now() WHERE wake_at > now() + make_interval(secs => :lease)"),
)


@dataclass(frozen=True)
class Plan:
    """How large a run is, and what chance decides."""

    recoveries: int = 300
    seed: int = 1
    kills: int = 10
    shops: int = 5
    work_seconds: float = 8.0
    patience_seconds: float = 120.0


@dataclass
class Report:
    """What a run saw."""

    plan: Plan
    verdict: Verdict
    killed: dict[str, int]
    reporter: Reporter
    moves: int
    seconds: dict[str, float]


class Course:
    """One run. All parts are started and killed from the thread that made this."""

    def __init__(self, plan: Plan, *, database_url: str, redis_url: str, folder: Path) -> None:
        self.plan = plan
        self.rng = random.Random(plan.seed)
        self.environment = _environment(database_url, redis_url, folder)
        self.settings = Settings(**self.environment)
        self.folder = folder
        self.parts: dict[str, Part] = make_parts(self.settings, self.environment, folder)
        self.container: Container = build_container(self.settings)
        self.seconds: dict[str, float] = {}

    def run(self) -> Report:
        with self._timed("start"), self._all_end_on_error():
            self._start()
        try:
            return self._run()
        finally:
            self.close()

    def _run(self) -> Report:
        shops = open_shops(self.container, self.plan.shops)
        with self._timed("settle in"):
            self._wait(self._outbox_is_empty, "the merchants' webhooks to be registered")
            make_webhooks_unruly(self.container, shops)
        reporter = Reporter(self.settings.public_base_url, hand_out(shops, self.plan.recoveries, self.rng))
        impatient = Impatient(self.settings.public_base_url, shops[0], seconds=2 * 3600)
        with self._timed("trouble"):
            reporter.start()
            impatient.start()
            self._make_trouble(shops[1:])
            reporter.join(timeout=self.plan.patience_seconds)
            impatient.enough()
        if reporter.error is not None:
            raise reporter.error
        with self._timed("work on"):
            self._work_on(shops)
        before = judge(self.container, shops, ended=False)
        with self._timed("outlive all windows"):
            self._outlive_all_windows(shops)
        verdict = judge(self.container, shops, ended=True)
        verdict.wrong[:0] = before.wrong
        verdict.expect(len(reporter.answers) == self.plan.recoveries, "not every report was accepted")
        killed = {name: part.kills for name, part in self.parts.items()}
        return Report(self.plan, verdict, killed, reporter, impatient.moves, self.seconds)

    def close(self) -> None:
        for part in reversed(self.parts.values()):
            part.let_go()
        for part in self.parts.values():
            part.end()
        self.container.close()

    def _start(self) -> None:
        for part in self.parts.values():
            part.start()
        self._wait(self._api_is_ready, "the API")

    def _make_trouble(self, shops: list[Shop]) -> None:
        """Kill one part after another, each time after some work was done, while time flies."""
        doomed = self.rng.choices(list(TARGETS), list(TARGETS.values()), k=self.plan.kills)
        doomed[: len(TARGETS)] = TARGETS
        self.rng.shuffle(doomed)
        a_share = self.plan.recoveries / self.plan.kills
        for name in doomed:
            enough = self._claims() + self.rng.uniform(0.5, 2.0) * a_share
            deadline = time.monotonic() + LONGEST_PEACE_SECONDS
            while self._claims() < enough and time.monotonic() < deadline:
                time.sleep(self.rng.uniform(0.1, 0.3))
                self._sql(_HURRY, minutes=self.rng.randrange(5, 60), ids=[shop.id for shop in shops])
            self.parts[name].kill(self.rng)

    def _claims(self) -> int:
        with self.container.database.begin() as session:
            return session.execute(_CLAIMS).scalar_one()

    def _work_on(self, shops: list[Shop]) -> None:
        """Let time pass with everybody alive: workers find what the dead left behind."""
        deadline = time.monotonic() + self.plan.work_seconds
        while time.monotonic() < deadline and any(self._restless()):
            self._sql(_SKIP, ids=[shop.id for shop in shops[1:]])
            self._restart_the_dead()
            time.sleep(0.1)

    def _outlive_all_windows(self, shops: list[Shop]) -> None:
        """Let the rest of every merchant's time pass through the API, until nothing waits for anything."""
        deadline = time.monotonic() + self.plan.patience_seconds
        for statement in _LONG_LEASES:
            self._sql(statement, lease=LEASE_SECONDS)
        movers = [Mover(self.settings.public_base_url, shop) for shop in shops]
        for mover in movers:
            mover.start()
        while any(mover.is_alive() for mover in movers) or any(self._restless()):
            self._restart_the_dead()
            if time.monotonic() > deadline:
                raise AssertionError(f"no rest; logs are in {self.folder}; these wait:\n{self._what_waits()}")
            time.sleep(0.2)

    def _restart_the_dead(self) -> None:
        for part in self.parts.values():
            if not part.runs:
                part.end()
                part.start()

    def _restless(self) -> tuple[int, int, int]:
        with self.container.database.begin() as session:
            return tuple(session.execute(_RESTLESS).one())

    def _what_waits(self) -> str:
        with self.container.database.begin() as session:
            return "\n".join(str(tuple(row)) for row in session.execute(_WAITING))

    def _outbox_is_empty(self) -> bool:
        return self._restless()[1] == 0

    def _api_is_ready(self) -> bool:
        try:
            return ask("GET", f"{self.settings.public_base_url}/health/ready", timeout=5).is_success
        except httpx.TransportError:
            return False

    def _wait(self, ready, what: str) -> None:
        deadline = time.monotonic() + self.plan.patience_seconds
        while not ready():
            dead = [name for name, part in self.parts.items() if not part.runs]
            if dead or time.monotonic() > deadline:
                raise AssertionError(f"no sign of {what}; ended: {dead}; logs are in {self.folder}")
            time.sleep(0.1)

    def _sql(self, statement, **values) -> None:
        with self.container.database.begin() as session:
            session.execute(statement, values)

    @contextmanager
    def _all_end_on_error(self) -> Iterator[None]:
        try:
            yield
        except BaseException:
            self.close()
            raise

    @contextmanager
    def _timed(self, what: str) -> Iterator[None]:
        began = time.monotonic()
        yield
        self.seconds[what] = time.monotonic() - began


def _environment(database_url: str, redis_url: str, folder: Path) -> dict[str, str]:
    api_port, sandbox_port = free_ports(2)
    return {
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "TINKO_HOME": str(folder / "home"),
        "TINKO_PORT": str(api_port),
        "TINKO_SANDBOX_PORT": str(sandbox_port),
        "PUBLIC_BASE_URL": f"http://127.0.0.1:{api_port}",
        "SANDBOX_API_BASE": f"http://127.0.0.1:{sandbox_port}",
        "SECRET_KEY": "a secret for faults, longer than thirty-two",
        "LOG_LEVEL": "WARNING",
        "DATABASE_POOL_SIZE": "6",
        "WORKER_CONCURRENCY": "3",
        "ATTEMPT_LEASE_SECONDS": str(LEASE_SECONDS),
        "BROKER_VISIBILITY_SECONDS": "10",
        "SANDBOX_READ_TIMEOUT_SECONDS": "0.5",
        "SWEEP_INTERVAL_SECONDS": "0.25",
        "SWEEP_IN_FLIGHT": "40",
    }

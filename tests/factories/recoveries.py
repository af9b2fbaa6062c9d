"""A merchant whose payments fail, a provider in memory, and a clock to move: the engine, driven by hand."""

import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

import orjson
from sqlalchemy import select, text

from app.bootstrap import Container, build_container
from app.db.models import Attempt, Charge, Organization, OutboxMessage, PspAccount, Recovery
from app.db.queries.attempts import Claimed
from app.domain.errors import TinkoError
from app.domain.ids import ORGANIZATION, new_id
from app.domain.ingest.report import FailureReport
from app.domain.payments.errors import PspUnsupportedError
from app.domain.payments.port import Credentials, PaymentResult, RefundResult
from app.domain.recovery.policy import DEFAULT_POLICY, Policy
from app.infra.clock import SystemClock
from app.infra.settings import Settings
from app.services.identity.register import connect_sandbox
from app.services.ingest import Incoming, Recorded, record_group
from app.services.outbox import claim_messages
from app.services.payments.accounts import get_account
from app.services.recovery.policies import add_version, create_default_policy
from app.services.recovery.read import get_recovery
from app.services.recovery.run import run_attempt
from app.services.recovery.story import Happening
from app.services.recovery.sweep import claim_attempts, end_windows
from app.tasks.work import handle_message
from tests.conftest import TEMPLATE, create_database, drop_database, ensure_template
from tests.fakes.clock import FakeClock
from tests.fakes.psp import FakePayments, FakePsp

LEASE = timedelta(seconds=120)
_T = TypeVar("_T")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


class WorkerKilled(BaseException):
    """A worker dies here: nothing that catches `Exception` sees it."""


class MortalPayments(FakePayments):
    """A fake that workers die at, once: `die_before` or `die_after` names the call.

    Calls are `create_payment`, `retrieve_payment` and `refund`. `strangers` are providers without an adapter.
    """

    def __init__(self, psp: FakePsp | None = None) -> None:
        super().__init__(psp)
        self.die_before: str | None = None
        self.die_after: str | None = None
        self.strangers: set[str] = set()

    def live(self) -> None:
        """Let nobody die any more, and every call through."""
        self.die_before = self.die_after = self.psp.after_booking = None
        self.defer(None)

    def create_payment(self, *args: Any, **kwargs: Any) -> PaymentResult:
        return self._survive("create_payment", super().create_payment(*args, **kwargs))

    def retrieve_payment(self, *args: Any, **kwargs: Any) -> PaymentResult | None:
        return self._survive("retrieve_payment", super().retrieve_payment(*args, **kwargs))

    def refund(self, *args: Any, **kwargs: Any) -> RefundResult:
        return self._survive("refund", super().refund(*args, **kwargs))

    def _note(self, call: str, credentials: Credentials, now: datetime) -> None:
        if credentials.psp in self.strangers:
            raise PspUnsupportedError(f"Tinko has no adapter for {credentials.psp}.")
        if call == self.die_before:
            self.die_before = None
            raise WorkerKilled
        super()._note(call, credentials, now)

    def _survive(self, call: str, answer: _T) -> _T:
        if call == self.die_after:
            self.die_after = None
            raise WorkerKilled
        return answer


@dataclass
class Engine:
    """One merchant and everything around it; its time is the clock's, unless its own was moved.

    `work` is what beat and workers do: sweep, and run what was claimed; `settle_outbox` does what waits there.
    """

    container: Container
    clock: FakeClock
    payments: MortalPayments
    organization_id: str
    recoveries: dict[str, str] = field(default_factory=dict)

    @property
    def psp(self) -> FakePsp:
        return self.payments.psp

    @property
    def begin(self):
        return self.container.database.begin

    # What the merchant does.

    def report(self, ref: str = "order-1", **facts: Any) -> dict[str, Any]:
        """Report a failure, and return the answer; raises the refusal."""
        facts = {
            "gateway": "sandbox",
            "failure_reason": "insufficient_funds",
            "amount": 5000,
            "currency": "INR",
            "token": "pm_sandbox_ok",
            **facts,
        }
        token = facts.pop("token")
        method = facts.pop("payment_method", {"type": "card", "token": token} if token else None)
        report = FailureReport(transaction_ref=ref, payment_method=method, **facts)
        (outcome,) = record_group(
            self.begin,
            items=[Incoming(self.organization_id, report)],
            clock=self.clock,
            retention=timedelta(hours=48),
            at_once=self.container.at_once,
        )
        if isinstance(outcome, TinkoError):
            raise outcome
        assert isinstance(outcome, Recorded)
        answer = orjson.loads(outcome.body)
        self.recoveries[ref] = answer["recovery"]["id"]
        return answer

    # What beat and workers do.

    def sweep(self, *, in_flight: int = 200) -> list[Claimed]:
        with self.begin() as session:
            return claim_attempts(session, now=self.clock.now(), lease=LEASE, in_flight=in_flight)

    def run(self, claimed: Claimed) -> bool:
        return run_attempt(
            self.begin,
            payments=self.payments,
            crypto=self.container.crypto,
            clock=self.clock,
            attempt_id=claimed.id,
            fence=claimed.fence,
        )

    def work(self) -> int:
        """Sweep, and run everything that was claimed; return how much that was."""
        claimed = self.sweep()
        for each in claimed:
            self.run(each)
        return len(claimed)

    def work_and_die(self) -> None:
        """Sweep, and run the one attempt that is due with a worker that dies on the way."""
        (claimed,) = self.sweep()
        try:
            self.run(claimed)
        except WorkerKilled:
            return
        raise AssertionError("the worker lived")

    def end_windows(self) -> int:
        return end_windows(self.begin, now=self.clock.now(), batch=100)

    def settle_outbox(self) -> int:
        """Do what waits in the outbox; return how many messages that was."""
        with self.begin() as session:
            messages = [(m.id, m.topic, m.payload) for m in claim_messages(session, now=self.clock.now(), batch=100)]
        for message_id, topic, payload in messages:
            handle_message(self.container, message_id=message_id, topic=topic, payload=payload)
        return len(messages)

    def go_to(self, at: datetime) -> None:
        self.clock.advance(max(at - self.clock.now(), timedelta(0)))

    def work_when_due(self) -> Attempt:
        """Let time pass until the next attempt wakes, work, and return that attempt as it is then."""
        with self.begin() as session:
            attempt_id, wake_at = session.execute(
                select(Attempt.id, Attempt.wake_at)
                .where(Attempt.organization_id == self.organization_id, Attempt.wake_at.is_not(None))
                .order_by(Attempt.wake_at)
                .limit(1)
            ).one()
        self.go_to(wake_at)
        assert self.work() == 1
        return self.attempt(attempt_id)

    # What the books say.

    def recovery(self, ref: str = "order-1") -> Recovery:
        with self.begin() as session:
            return session.get_one(Recovery, self.recoveries[ref])

    def attempt(self, attempt_id: str) -> Attempt:
        with self.begin() as session:
            return session.get_one(Attempt, attempt_id)

    def attempts(self, ref: str = "order-1") -> list[Attempt]:
        """Return the attempts of a transaction's newest recovery, in order."""
        statement = select(Attempt).where(Attempt.recovery_id == self.recoveries[ref]).order_by(Attempt.number)
        with self.begin() as session:
            return list(session.execute(statement).scalars())

    def story(self, ref: str = "order-1") -> list[tuple[str, str, str]]:
        """Return (kind, status, code) of each attempt."""
        return [(a.kind, a.status, a.result_code or "") for a in self.attempts(ref)]

    def charges(self, ref: str = "order-1") -> list[Charge]:
        statement = select(Charge).where(Charge.transaction_id == self.recovery(ref).transaction_id)
        with self.begin() as session:
            return list(session.execute(statement.order_by(Charge.id)).scalars())

    def timeline(self, ref: str = "order-1") -> list[tuple[str, str]]:
        """Return (what, who) of each entry."""
        return [(entry.what, entry.who) for entry in self.entries(ref)]

    def entries(self, ref: str = "order-1") -> Sequence[Happening]:
        where = {"organization_id": self.organization_id, "recovery_id": self.recoveries[ref]}
        with self.begin() as session:
            return get_recovery(session, **where).timeline

    def ledger(self) -> dict[str, int]:
        """Return debit less credit of each account of this merchant."""
        statement = text("""
            SELECT account, sum(debit - credit)::bigint FROM ledger_lines l JOIN ledger_entries e ON e.id = l.entry_id
            WHERE e.organization_id = :id GROUP BY account
        """)
        with self.begin() as session:
            return {row[0]: row[1] for row in session.execute(statement, {"id": self.organization_id})}

    def outbox(self) -> list[OutboxMessage]:
        """Return what waits in the outbox."""
        statement = select(OutboxMessage).where(OutboxMessage.wake_at.is_not(None)).order_by(OutboxMessage.id)
        with self.begin() as session:
            return list(session.execute(statement).scalars())

    def account(self) -> Credentials:
        """Return the merchant's first provider account, opened."""
        statement = select(PspAccount.id).where(PspAccount.organization_id == self.organization_id)
        with self.begin() as session:
            account_id = session.execute(statement.order_by(PspAccount.id).limit(1)).scalar_one()
            return get_account(session, crypto=self.container.crypto, account_id=account_id)

    def another(self, *, mode: str = "test", policy: Policy = DEFAULT_POLICY) -> "Engine":
        """Return another merchant on the same machine."""
        organization_id = make_organization(self.container, mode=mode, policy=policy)
        return replace(self, organization_id=organization_id, recoveries={})


def make_organization(container: Container, *, mode: str = "test", policy: Policy = DEFAULT_POLICY) -> str:
    """Make an organization with a policy and, in test mode, its account at the sandbox."""
    now = container.clock.now()
    organization_id = new_id(ORGANIZATION, now=now)
    with container.database.begin() as session:
        session.add(
            Organization(id=organization_id, pair_id=organization_id, mode=mode, name="Harbour Books", created_at=now)
        )
        session.flush()
        created = create_default_policy(session, organization_id=organization_id, actor="tests", now=now)
        if policy != DEFAULT_POLICY:
            created.version = 2
            add_version(session, policy=created, terms=policy, actor="tests", now=now)
        if mode == "test":
            connect_sandbox(session, crypto=container.crypto, organization_id=organization_id, now=now)
    return organization_id


def make_engine(container: Container, *, policy: Policy = DEFAULT_POLICY) -> Engine:
    """Return a merchant of its own, with nothing else due on the machine; the container has a fake clock."""
    assert isinstance(container.clock, FakeClock)
    payments = MortalPayments(FakePsp(webhook_secrets=("fake-webhook-secret",), now=container.clock.now()))
    container = replace(container, payments=payments, sandbox_console=Switchboard())
    quiet(container)
    organization_id = make_organization(container, policy=policy)
    engine = Engine(container, container.clock, payments, organization_id)
    engine.settle_outbox()
    return engine


class Switchboard:
    """Stands in for the sandbox's console: remembers where webhooks are to go."""

    def __init__(self) -> None:
        self.webhooks: dict[str, Mapping[str, str]] = {}

    def set_webhook(self, api_key: str, **where: str) -> None:
        self.webhooks[api_key] = where


def quiet(container: Container) -> None:
    """Let nothing of earlier tests fall due: each test has the machine to itself."""
    with container.database.begin() as session:
        session.execute(text("UPDATE attempts SET wake_at = NULL WHERE wake_at IS NOT NULL"))
        session.execute(text("UPDATE attempts SET leased_until = NULL WHERE leased_until IS NOT NULL"))
        session.execute(text("UPDATE outbox SET wake_at = NULL WHERE wake_at IS NOT NULL"))
        windows = "UPDATE recoveries SET window_ends_at = 'infinity' WHERE status = 'open'"
        session.execute(text(windows + " AND window_ends_at < 'infinity'"))
        session.execute(text("UPDATE organizations SET clock_target_at = NULL WHERE clock_target_at IS NOT NULL"))


@contextmanager
def container_of_its_own(postgres_url: str) -> Iterator[Container]:
    """Build a container for a new database, so that sweeps see nobody else's attempts; its clock stands still."""
    ensure_template(postgres_url)
    name = f"tinko_engine_{secrets.token_hex(6)}"
    with engine_container(create_database(postgres_url, name, template=TEMPLATE)) as container:
        yield container
    drop_database(postgres_url, name)


@contextmanager
def engine_container(database_url: str, *, redis_url: str = "") -> Iterator[Container]:
    """Build a container for a database, with a clock that stands still."""
    settings = Settings(
        DATABASE_URL=database_url,
        REDIS_URL=redis_url,
        SECRET_KEY=secrets.token_hex(32),
        LOG_LEVEL="CRITICAL",
    )
    # Ahead of the database's own clock, which the outbox goes by.
    container = build_container(settings, clock=FakeClock(SystemClock().now() + DAY))
    try:
        yield container
    finally:
        container.close()

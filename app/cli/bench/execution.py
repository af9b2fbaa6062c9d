"""A worker that charges: real tasks, a real database, and the sandbox PSP over HTTP, beside a task that does nothing.

Everything is queued before the worker starts: some attempts to warm up, then messages of the idle task, then the
attempts that count. How fast the queue shrinks along each stretch is what one and the same worker does of it.
"""

import time
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any, Final

from celery import Celery
from redis import Redis
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.cli.bench.results import Result
from app.cli.bench.stage import Stage
from app.cli.bench.worker import NOOP
from app.cli.errors import CommandError
from app.cli.processes import worker_arguments
from app.db.models import Attempt, Organization
from app.db.queries.attempts import Claimed, claim_due
from app.db.session import Begin, Database
from app.domain.ids import ORGANIZATION, new_id
from app.domain.ingest.report import FailureReport
from app.domain.recovery.states import AttemptStatus
from app.infra.broker_url import broker_url
from app.infra.clock import SystemClock
from app.infra.crypto import Crypto
from app.services.identity.register import connect_sandbox
from app.services.ingest import Incoming, record_group
from app.services.recovery.policies import create_default_policy

_QUEUE: Final = "work"
_OPEN: Final = frozenset({AttemptStatus.SCHEDULED, AttemptStatus.EXECUTING, AttemptStatus.UNKNOWN})
_LEASE: Final = timedelta(hours=1)
_PATIENCE_SECONDS: Final = 120
# An account at a provider is called 25 times a second at most, so the attempts are spread over many.
_PER_MERCHANT: Final = 20


def measure(stage: Stage, *, attempts: int = 1000, warm_up: int = 200, idle: int = 4000) -> Iterator[Result]:
    """Let a worker with its usual processes run through all of it."""
    database = Database(stage.database_url, pool_size=1)
    claimed = _due_attempts(database.begin, Crypto(stage.secret_key), count=attempts + warm_up)
    charges = [("attempts.run", {"attempt_id": each.id, "fence": each.fence}) for each in claimed]
    port = stage.settings.sandbox_port
    stage.serve("sandbox", ("-m", "app", "sandbox", "--port", str(port)), port)
    _send(stage, [*charges[:warm_up], *((NOOP, {}) for _ in range(idle)), *charges[warm_up:]])
    arguments = worker_arguments(stage.settings, queues=_QUEUE)
    worker = stage.start("worker", [part.replace("app.worker:", "app.cli.bench.worker:") for part in arguments])
    with Redis.from_url(stage.redis_url) as redis:
        times = [_when_left(redis, left, stage) for left in (attempts + idle, attempts, 0)]
    _wait_until_paid(database.begin, stage)
    worker.stop()
    database.dispose()
    idle_speed, speed = idle / (times[1] - times[0]), attempts / (times[2] - times[1])
    yield Result("noop_tasks", idle_speed, "tasks/s")
    yield Result("execution", speed, "attempts/s", "noop_tasks", speed / idle_speed)


def _due_attempts(begin: Begin, crypto: Crypto, *, count: int) -> Sequence[Claimed]:
    """Have payments fail at merchants of their own, let their first retries fall due, and take them in hand."""
    clock = SystemClock()
    now = clock.now()
    with begin() as session:
        merchants = [_open_merchant(session, crypto) for _ in range(-(-count // _PER_MERCHANT))]
    reports = [
        Incoming(
            merchants[n // _PER_MERCHANT],
            FailureReport(
                f"execution-{n}",
                "sandbox",
                "insufficient_funds",
                amount=5000,
                currency="INR",
                payment_method={"type": "card", "token": "pm_sandbox_ok"},
            ),
        )
        for n in range(count)
    ]
    record_group(begin, items=reports, clock=clock, retention=timedelta(hours=24))
    with begin() as session:
        due = text("UPDATE attempts SET wake_at = :now WHERE organization_id = ANY(:merchants)")
        session.execute(due, {"now": now, "merchants": merchants})
        claimed = claim_due(session, now=now, lease=now + _LEASE, batch=count)
    if len(claimed) != count:
        raise CommandError(f"{len(claimed)} of {count} attempts could be claimed.")
    return claimed


def _open_merchant(session: Session, crypto: Crypto) -> str:
    now = SystemClock().now()
    merchant = new_id(ORGANIZATION, now=now)
    session.add(Organization(id=merchant, pair_id=merchant, mode="test", name="Bench", created_at=now))
    session.flush()
    create_default_policy(session, organization_id=merchant, actor="bench", now=now)
    connect_sandbox(session, crypto=crypto, organization_id=merchant, now=now)
    return merchant


def _send(stage: Stage, messages: Sequence[tuple[str, dict[str, Any]]]) -> None:
    with (
        Celery("bench", broker=broker_url(stage.redis_url), set_as_current=False) as celery,
        celery.producer_pool.acquire(block=True) as producer,
    ):
        for task, kwargs in messages:
            celery.send_task(task, kwargs=kwargs, queue=_QUEUE, producer=producer, ignore_result=True)


def _when_left(redis: Redis, left: int, stage: Stage) -> float:
    """Return the moment when so many messages are left in the queue."""
    deadline = time.perf_counter() + _PATIENCE_SECONDS
    while (now := time.perf_counter()) < deadline:
        if int(redis.llen(_QUEUE)) <= left:
            return now
        time.sleep(0.005)
    raise CommandError(f"the worker is too slow, or does nothing:\n{stage.log_of('worker')}")


def _wait_until_paid(begin: Begin, stage: Stage) -> None:
    """See that every attempt succeeded: what was measured must have been charging."""
    deadline = time.perf_counter() + _PATIENCE_SECONDS
    while (statuses := _statuses(begin)).keys() & _OPEN and time.perf_counter() < deadline:
        time.sleep(0.1)
    if statuses.keys() != {AttemptStatus.SUCCEEDED}:
        raise CommandError(f"not every attempt succeeded, but {statuses}:\n{stage.log_of('worker')}")


def _statuses(begin: Begin) -> dict[str, int]:
    with begin() as session:
        return dict(session.execute(select(Attempt.status, func.count()).group_by(Attempt.status)).tuples().all())

"""One step of a walk through a provider's payments: claim, call, apply, record where to go on."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import structlog
from sqlalchemy.orm import Session

from app.db.models import Organization, PspAccount, PspReading
from app.db.queries.psp_readings import ClaimedReading, claim_readings, lock_reading, open_payments
from app.db.session import Begin
from app.domain.ingest.accept import ReportRefusedError
from app.domain.payments.errors import CallDeferredError, PspUnsupportedError
from app.domain.payments.port import PaymentResult, PaymentsPort
from app.infra.clock import Clock
from app.infra.crypto import Crypto, SealBrokenError
from app.infra.metrics import PSP_READ
from app.services.psp_events import Effect, Source, Told, apply_told, open_source

PAGE: Final = 100
ROUND: Final = 50
"""How many open recoveries' payments one round of the reconciling walk reads."""
PACE: Final = timedelta(seconds=1)
"""The least time between two pages of one account: its own payments come first."""
OVERLAP: Final = timedelta(minutes=30)
"""How far a reconciling window reaches back into the one before: payments change after they were made."""
PATIENCE: Final = {"reconcile": timedelta(minutes=10), "backfill": timedelta(hours=6)}
"""How long a recovery that is opened waits: further down the list the payment may have been made."""
LEASE: Final = timedelta(minutes=3)
_AFTER_REFUSAL: Final = timedelta(hours=1)
_LONGEST_WAIT: Final = timedelta(minutes=30)
_REPAIRS: Final = frozenset({Effect.ATTEMPT, Effect.CLOSED, Effect.RECORDED})
_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Progress:
    """What one step did, and how it ended: `wait` if it must go on later from the same place."""

    read: int = 0
    opened: int = 0
    repaired: int = 0
    cursor: str | None = None
    ended: bool = False
    wait: timedelta | None = None
    error: str | None = None
    refused: bool = False
    seen: list[str] = field(default_factory=list)

    def count(self, effect: Effect) -> None:
        """Count what came of one payment."""
        self.read += 1
        self.opened += effect is Effect.OPENED
        self.repaired += effect in _REPAIRS


@dataclass(frozen=True, slots=True)
class _Step:
    source: Source
    kind: str
    phase: str
    since: datetime
    until: datetime
    cursor: str | None
    after: str | None


def claim_walks(session: Session, *, now: datetime, batch: int) -> list[ClaimedReading]:
    """Take due walks in hand; whoever dies with one leaves it to be found again when its lease ends."""
    return claim_readings(session, now=now, lease=now + LEASE, batch=batch)


def walk_on(
    begin: Begin,
    *,
    payments: PaymentsPort,
    crypto: Crypto,
    clock: Clock,
    reading_id: str,
    fence: int,
    interval: timedelta,
) -> Progress | None:
    """Read the next page of a walk and bring what we know in line with it; None if somebody else has it.

    A page that is read twice changes nothing twice. `interval` is how long the reconciling walk rests
    between two windows.
    """
    with begin() as session:
        step = _open(session, crypto, reading_id, fence, now=clock.now())
    if step is None:
        return None
    progress = _read(begin, payments, step, clock)
    with begin() as session:
        reading = lock_reading(session, reading_id=reading_id, fence=fence)
        if reading is None:
            return None
        _record(reading, progress, interval=interval, now=clock.now())
    return progress


def _open(session: Session, crypto: Crypto, reading_id: str, fence: int, *, now: datetime) -> _Step | None:
    reading = lock_reading(session, reading_id=reading_id, fence=fence)
    if reading is None:
        return None
    account = session.get_one(PspAccount, reading.psp_account_id)
    if account.deleted_at is not None or not account.is_enabled:
        _end(reading, "cancelled", now=now, error="The account is disabled or deleted.")
        return None
    try:
        source = open_source(account, session.get_one(Organization, reading.organization_id), crypto=crypto)
    except SealBrokenError as broken:
        _end(reading, "failed", now=now, error=str(broken))
        return None
    if reading.kind == "reconcile" and reading.phase == "payments" and reading.cursor is None:
        reading.until = now
    return _Step(
        source, reading.kind, reading.phase, reading.since, reading.until, reading.cursor, reading.recoveries_after
    )


def _read(begin: Begin, payments: PaymentsPort, step: _Step, clock: Clock) -> Progress:
    try:
        return _PHASES[step.phase](begin, payments, step, clock)
    except CallDeferredError as deferred:
        return Progress(cursor=step.cursor, wait=deferred.retry_after)
    except PspUnsupportedError as unsupported:
        return Progress(cursor=step.cursor, error=unsupported.detail, refused=True)


def _read_page(begin: Begin, payments: PaymentsPort, step: _Step, clock: Clock) -> Progress:
    page = payments.list_payments(
        step.source.credentials,
        since=step.since,
        until=step.until,
        cursor=step.cursor,
        limit=PAGE,
        now=clock.now() + step.source.clock_offset,
    )
    if page.error_code is not None:
        wait = page.retry_after if page.transient else None
        return Progress(cursor=step.cursor, error=page.detail or page.error_code, refused=not page.transient, wait=wait)
    progress = Progress(cursor=page.next_cursor, ended=page.next_cursor is None)
    for found in page.items:
        progress.count(_apply(begin, step, found, clock))
    return progress


def _read_open(begin: Begin, payments: PaymentsPort, step: _Step, clock: Clock) -> Progress:
    """Read the failed payments of some open recoveries: a provider may capture late what it had declined."""
    psp = step.source.credentials.psp
    with begin() as session:
        wanted = open_payments(
            session, organization_id=step.source.organization_id, psp=psp, after=step.after, limit=ROUND
        )
    progress = Progress(ended=True)
    for recovery_id, psp_payment_id in wanted:
        try:
            found = payments.retrieve_payment(
                step.source.credentials,
                psp_payment_id=psp_payment_id,
                attempt_id=None,
                now=clock.now() + step.source.clock_offset,
            )
        except CallDeferredError:
            return progress  # the rest of the round comes after the next window
        if found is not None:
            progress.count(_apply(begin, step, found, clock))
        progress.seen.append(recovery_id)
    if len(wanted) < ROUND:
        progress.seen.clear()
        progress.cursor = ""  # the round is complete: the next begins at the first again
    return progress


_PHASES: Final = {"payments": _read_page, "again": _read_page, "recoveries": _read_open}


def _apply(begin: Begin, step: _Step, found: PaymentResult, clock: Clock) -> Effect:
    """Bring what we know in line with one payment; what is wrong with one must not end the walk."""
    if found.status is None:
        return Effect.NOTHING
    told = Told(found, patience=PATIENCE[step.kind])
    try:
        effect = apply_told(begin, source=step.source, told=told, clock=clock)
    except ReportRefusedError:
        effect = Effect.NOTHING
    except Exception as error:  # noqa: BLE001  (whatever is wrong with it, the others are read)
        _log.warning("reading.payment_failed", psp_account_id=step.source.account_id, exc_info=error)
        effect = Effect.NOTHING
    PSP_READ.labels(step.source.credentials.psp, effect.value).inc()
    return effect


def _record(reading: PspReading, progress: Progress, *, interval: timedelta, now: datetime) -> None:
    reading.payments_read += progress.read
    reading.recoveries_opened += progress.opened
    reading.repaired += progress.repaired
    reading.error = progress.error
    if progress.error is not None or progress.wait is not None:
        _put_off(reading, progress, now=now)
        return
    reading.tries, reading.again = 0, reading.again or progress.opened > 0
    if not progress.ended:
        reading.cursor, reading.wake_at = progress.cursor, now + PACE
    elif reading.phase != "recoveries" and reading.again:
        # Success may have been listed before the failure that it makes good: now it is known what it was about.
        reading.phase, reading.cursor, reading.again, reading.wake_at = "again", None, False, now + PACE
    elif reading.kind == "backfill":
        _end(reading, "done", now=now)
    elif reading.phase != "recoveries":
        reading.phase, reading.cursor, reading.wake_at = "recoveries", None, now + PACE
    else:
        _rest(reading, progress, wake_at=now + interval)


def _rest(reading: PspReading, progress: Progress, *, wake_at: datetime) -> None:
    """Let the next window begin where this one ended, a little earlier."""
    if progress.cursor == "":
        reading.recoveries_after = None
    elif progress.seen:
        reading.recoveries_after = progress.seen[-1]
    reading.phase, reading.cursor, reading.since, reading.wake_at = "payments", None, reading.until - OVERLAP, wake_at


def _put_off(reading: PspReading, progress: Progress, *, now: datetime) -> None:
    """Come back later to the same place; what the provider refuses for good ends a backfill."""
    if progress.refused and reading.kind == "backfill":
        _end(reading, "failed", now=now, error=progress.error)
        return
    if progress.error is not None:
        reading.tries += 1
    backoff = min(timedelta(seconds=5) * 2 ** min(reading.tries, 10), _LONGEST_WAIT)
    wait = _AFTER_REFUSAL if progress.refused else max(progress.wait or backoff, PACE)
    reading.wake_at = now + wait


def _end(reading: PspReading, status: str, *, now: datetime, error: str | None = None) -> None:
    reading.status, reading.wake_at, reading.finished_at, reading.error = status, None, now, error

"""Providers that charge again by themselves: never beside us. The account says who does it."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from app.db.models import Recovery, Transaction
from app.db.queries.attempts import scheduled_of
from app.domain.payments.facts import PaymentFacts
from app.domain.recovery.states import AttemptStatus, RecoveryStatus
from app.services.psp_events.source import Source
from app.services.psp_events.twins import JOIN_AFTER, hold
from app.services.recovery.waking import waits_for_its_time
from app.services.timeline import note

GRACE: Final = timedelta(hours=1)
"""How long after the provider's own retry its result is waited for."""
OBSERVE_ONLY: Final = "observe_only"
HELD_BY: Final = "native_retries.wait"


def settle_native_retries(
    session: Session,
    source: Source,
    transaction: Transaction,
    recovery: Recovery,
    facts: PaymentFacts,
    *,
    now: datetime,
) -> bool:
    """Hold or bar what is planned, as the account says; False if nothing changed.

    `wait`: nothing happens until the provider's next retry and its result, and so on until it gives
    up. `observe`: nothing is ever charged, nobody asked. `take_over`: the merchant switched the provider's
    retries off, so what it says of them is not minded.
    """
    if recovery.status != RecoveryStatus.OPEN:
        return False
    if source.native_retries == "observe":
        return _observe(session, source, transaction, recovery, now=now)
    if transaction.charges_barred == OBSERVE_ONLY:
        transaction.charges_barred = None
    next_at = facts.native_retry_at
    if source.native_retries == "wait" and next_at is not None and next_at > now:
        return _hold(session, source, transaction, recovery, next_at, now=now)
    return _let_go(session, source, transaction, recovery, now=now)


def _hold(
    session: Session, source: Source, transaction: Transaction, recovery: Recovery, next_at: datetime, *, now: datetime
) -> bool:
    until = next_at + GRACE
    if not hold(session, transaction, recovery, until=until, by=HELD_BY):
        return False
    why = f"{source.credentials.psp} charges again by itself at {next_at.isoformat(timespec='minutes')}; we wait."
    note(session, recovery, what="held", who=f"rule:{HELD_BY}", why=why, now=now, held_until=until.isoformat())
    return True


def _let_go(session: Session, source: Source, transaction: Transaction, recovery: Recovery, *, now: datetime) -> bool:
    soon = now + JOIN_AFTER
    if transaction.held_by != HELD_BY or transaction.held_until is None or transaction.held_until <= soon:
        return False
    transaction.held_until = soon
    for attempt in scheduled_of(session, recovery_id=recovery.id):
        if attempt.wake_at is not None and waits_for_its_time(attempt):
            attempt.due_at = attempt.wake_at = soon
    why = f"{source.credentials.psp} does not charge again by itself any more."
    note(session, recovery, what="let_go", who=f"rule:{HELD_BY}", why=why, now=now)
    return True


def _observe(session: Session, source: Source, transaction: Transaction, recovery: Recovery, *, now: datetime) -> bool:
    if transaction.charges_barred is not None:
        return False
    transaction.charges_barred = OBSERVE_ONLY
    for attempt in scheduled_of(session, recovery_id=recovery.id):
        attempt.status, attempt.wake_at, attempt.finished_at = AttemptStatus.CANCELLED, None, now
    why = f"The account only observes {source.credentials.psp}'s own retries: nobody is charged or asked."
    note(session, recovery, what="observed", who="rule:native_retries.observe", why=why, now=now)
    return True

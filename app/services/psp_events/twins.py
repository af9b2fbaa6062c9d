"""One payment told by the provider and by the merchant in the same moment: two transactions become one.

A report that comes after the provider's word finds its transaction by the payment's id, and a word that
comes after the report does so too. Only two that do not see each other make twins; nothing is done with the
provider's until it is certain that there is none.
"""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from app.db.models import Organization, Recovery, Transaction
from app.db.queries.attempts import in_flight_of, scheduled_of
from app.db.queries.psp_inbound import find_twin, lock_latest, lock_names, lock_transaction, move_payments
from app.domain.recovery.states import AttemptStatus, RecoveryStatus
from app.services.recovery.waking import waits_for_its_time
from app.services.timeline import note

JOIN_AFTER: Final = timedelta(seconds=60)
"""Longer than any transaction that may be under way."""


def hold(session: Session, transaction: Transaction, recovery: Recovery, *, until: datetime, by: str) -> bool:
    """Let nothing happen with a transaction before that time; False if it is held as long already."""
    if transaction.held_until is not None and transaction.held_until >= until:
        return False
    transaction.held_until, transaction.held_by = until, by
    for attempt in scheduled_of(session, recovery_id=recovery.id):
        if attempt.due_at < until and waits_for_its_time(attempt):
            attempt.due_at = until
            attempt.wake_at = until if recovery.paused_at is None else None
    return True


def join_twins(session: Session, *, organization_id: str, transaction_id: str, now: datetime) -> bool:
    """End the provider's one of two recoveries for the same payment; False if there is no twin.

    `now` is the machine's time. The merchant's transaction goes on: it has their reference.
    """
    names = lock_names(session, transaction_id=transaction_id)
    transaction = lock_transaction(session, organization_id=organization_id, transaction_id=transaction_id)
    if transaction.transaction_ref not in names or transaction.recovered_at is not None:
        return False  # the merchant has named it, or it is paid
    twin_id = find_twin(session, transaction=transaction, names=names)
    if twin_id is None or in_flight_of(session, transaction_id=transaction.id) is not None:
        return False
    recovery = lock_latest(session, transaction_id=transaction.id)
    if recovery.status == RecoveryStatus.OPEN:
        org_now = now + session.get_one(Organization, organization_id).clock_offset
        _end(session, recovery, twin_id, now=org_now)
    move_payments(session, from_id=transaction.id, to_id=twin_id)
    return True


def _end(session: Session, recovery: Recovery, twin_id: str, *, now: datetime) -> None:
    recovery.status, recovery.ended_at, recovery.paused_at = RecoveryStatus.CANCELLED, now, None
    recovery.needs_attention = None
    for attempt in scheduled_of(session, recovery_id=recovery.id):
        attempt.status, attempt.wake_at, attempt.finished_at = AttemptStatus.CANCELLED, None, now
    why = "The merchant reported the same payment at the same moment; that recovery goes on."
    note(session, recovery, what="joined", who="tinko", why=why, now=now, transaction_id=twin_id)

"""Money that went back, written down on the recovery: refunds, and disputes, which also end automatic charging."""

from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from app.db.models import PaymentReversal, Recovery, Transaction
from app.db.queries.attempts import scheduled_of
from app.db.queries.psp_inbound import charge_named, find_transaction, lock_latest, lock_reversal, lock_transaction
from app.domain.ids import REVERSAL, new_id
from app.domain.ledger import Movement
from app.domain.payments.facts import DisputeFacts, DisputeStatus
from app.domain.payments.port import PaymentStatus
from app.domain.recovery.states import RecoveryStatus
from app.services.ledger import post
from app.services.psp_events.source import Source, Told
from app.services.timeline import note

DISPUTED: Final = "disputed"
_ENDED: Final = frozenset({DisputeStatus.WON, DisputeStatus.LOST})
_WORDS: Final = {
    DisputeStatus.OPEN: "The payment is disputed, or the bank warns of fraud: nothing is charged by itself any more.",
    DisputeStatus.WON: "The dispute was decided for the merchant.",
    DisputeStatus.LOST: "The dispute was decided against the merchant; the money is gone.",
}


def record_refund(session: Session, source: Source, told: Told, *, now: datetime) -> bool:
    """Write down how much of a payment went back in all; False if nothing is new. It never becomes less."""
    facts = told.found.facts if told.found else None
    refunded = facts.refunded if facts else None
    if told.found is None or refunded is None or not refunded.minor or not told.names:
        return False
    transaction = _transaction(session, source, told)
    if transaction is None:
        return False
    charge = charge_named(session, psp_account_id=source.account_id, names=told.names)
    if charge is not None and charge.is_duplicate and charge.attempt_id is not None:
        return False  # what was charged twice and went back by itself is told of there
    recovery = lock_latest(session, transaction_id=transaction.id)
    given_back = told.found.status is PaymentStatus.REFUNDED
    if charge is not None and charge.is_duplicate and charge.status == "captured" and given_back:
        charge.status, charge.refunded_at = "refunded", now
        post(session, charge=charge, movement=Movement.DUPLICATE_REFUND, now=now)
    psp_id = told.names[0]
    kept = lock_reversal(session, psp_account_id=source.account_id, kind="refund", psp_id=psp_id)
    if kept is not None and (kept.amount or 0) >= refunded.minor:
        return False
    if kept is None:
        kept = _add(session, source, told, transaction, recovery, kind="refund", psp_id=psp_id, now=now)
    kept.status, kept.updated_at = "succeeded", now
    kept.amount, kept.currency = refunded.minor, refunded.currency
    why = f"{refunded} of the payment went back to the payer in all."
    note(session, recovery, what="refunded", who=source.who, why=why, now=now, psp_payment_id=psp_id)
    return True


def record_dispute(session: Session, source: Source, told: Told, dispute: DisputeFacts, *, now: datetime) -> bool:
    """Write a dispute down, or how it went on; False if nothing is new. A decided dispute is never open again."""
    transaction = _transaction(session, source, told)
    if transaction is None or not told.names:
        return False
    recovery = lock_latest(session, transaction_id=transaction.id)
    kept = lock_reversal(session, psp_account_id=source.account_id, kind="dispute", psp_id=dispute.dispute_id)
    if kept is not None and (kept.status == dispute.status or kept.status in _ENDED):
        return False
    if kept is None:
        kept = _add(session, source, told, transaction, recovery, kind="dispute", psp_id=dispute.dispute_id, now=now)
    kept.status, kept.reason, kept.updated_at = dispute.status, dispute.reason or kept.reason, now
    if dispute.money is not None:
        kept.amount, kept.currency = dispute.money.minor, dispute.money.currency
    why = _WORDS[dispute.status] + (f" Reason: {dispute.reason}." if dispute.reason else "")
    note(session, recovery, what=f"dispute_{dispute.status}", who=source.who, why=why, now=now, dispute=kept.psp_id)
    if dispute.status is not DisputeStatus.WON:
        _stop(session, transaction, recovery, now=now)
    return True


def _stop(session: Session, transaction: Transaction, recovery: Recovery, *, now: datetime) -> None:
    """Charge nothing of this transaction by itself any more, and ask nobody until a person has looked."""
    transaction.charges_barred = DISPUTED
    recovery.needs_attention = DISPUTED
    if recovery.status == RecoveryStatus.OPEN and recovery.paused_at is None:
        recovery.paused_at = now
        for attempt in scheduled_of(session, recovery_id=recovery.id):
            attempt.wake_at = None


def _transaction(session: Session, source: Source, told: Told) -> Transaction | None:
    transaction_id = find_transaction(
        session,
        organization_id=source.organization_id,
        psp_account_id=source.account_id,
        names=told.names,
        transaction_ref=None,
    )
    if transaction_id is None:
        return None
    return lock_transaction(session, organization_id=source.organization_id, transaction_id=transaction_id)


def _add(
    session: Session,
    source: Source,
    told: Told,
    transaction: Transaction,
    recovery: Recovery,
    *,
    kind: str,
    psp_id: str,
    now: datetime,
) -> PaymentReversal:
    reversal = PaymentReversal(
        id=new_id(REVERSAL, now=now),
        organization_id=source.organization_id,
        transaction_id=transaction.id,
        recovery_id=recovery.id,
        psp_account_id=source.account_id,
        kind=kind,
        psp_id=psp_id[:255],
        psp_payment_id=told.names[0],
        status="open",
        occurred_at=told.event.occurred_at if told.event and told.event.occurred_at else now,
        updated_at=now,
    )
    session.add(reversal)
    return reversal

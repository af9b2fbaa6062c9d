"""Money that a provider captured: booked once, and a second capture of one transaction given back."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.db.models import Charge, Recovery, Transaction
from app.db.queries.attempts import scheduled_of
from app.db.queries.charges import insert_charge, payment_of
from app.db.queries.recoveries import latest_of
from app.domain.ids import CHARGE, new_id
from app.domain.ledger import Movement
from app.domain.money import Money
from app.domain.recovery.states import AttemptStatus, RecoveryStatus
from app.services.ledger import post
from app.services.outbox import Topic, enqueue
from app.services.timeline import note


def record_capture(
    session: Session,
    *,
    transaction: Transaction,
    psp_account_id: str,
    psp_payment_id: str,
    money: Money,
    attempt_id: str | None,
    via: str,
    now: datetime,
) -> bool:
    """Book a captured payment; the caller holds the transaction's lock. False if it was booked before.

    The first capture of a transaction recovers it. A later one, from whatever rail, is money that
    the payer does not owe: it is booked as a duplicate, and its refund put into the outbox.
    """
    first = payment_of(session, transaction_id=transaction.id) is None
    values = {
        "id": new_id(CHARGE, now=now),
        "organization_id": transaction.organization_id,
        "transaction_id": transaction.id,
        "attempt_id": attempt_id,
        "psp_account_id": psp_account_id,
        "psp_payment_id": psp_payment_id,
        "amount": money.minor,
        "currency": money.currency,
        "is_duplicate": not first,
        "status": "captured" if first else "refund_due",
        "captured_at": now,
    }
    charge = insert_charge(session, values=values)
    if charge is None:
        return False
    recovery = latest_of(session, transaction_id=transaction.id)
    post(session, charge=charge, movement=Movement.CAPTURE if first else Movement.DUPLICATE_CAPTURE, now=now)
    if first:
        transaction.recovered_at = now
        _close(session, recovery, transaction, charge, via=via, now=now)
    else:
        _give_back(session, recovery, charge, now=now)
    return True


def _close(
    session: Session, recovery: Recovery, transaction: Transaction, charge: Charge, *, via: str, now: datetime
) -> None:
    recovery.status, recovery.recovered_via, recovery.paused_at = RecoveryStatus.RECOVERED, via, None
    recovery.ended_at, recovery.needs_attention = now, None
    captured = Money(charge.amount, charge.currency)
    note(
        session,
        recovery,
        what="recovered",
        who=f"psp:{charge.psp_account_id}",
        why=f"The provider captured {captured}.",
        now=now,
        psp_payment_id=charge.psp_payment_id,
        attempt_id=charge.attempt_id,
        via=via,
    )
    if captured != Money(transaction.amount, transaction.currency):
        recovery.needs_attention = "captured_amount_differs"
        wanted = Money(transaction.amount, transaction.currency)
        note(session, recovery, what="amount_differs", who="tinko", why=f"{wanted} was asked for.", now=now)
    for attempt in scheduled_of(session, recovery_id=recovery.id):
        attempt.status, attempt.wake_at, attempt.finished_at = AttemptStatus.CANCELLED, None, now
        why = "The money has come back."
        note(session, recovery, what="attempt_cancelled", who="tinko", why=why, now=now, attempt_id=attempt.id)


def _give_back(session: Session, recovery: Recovery, charge: Charge, *, now: datetime) -> None:
    enqueue(session, topic=Topic.REFUND_DUPLICATE, payload={"charge_id": charge.id})
    recovery.needs_attention = "duplicate_charge"
    why = f"A second rail captured {Money(charge.amount, charge.currency)}; it is refunded by itself."
    note(
        session,
        recovery,
        what="duplicate_charge",
        who="tinko",
        why=why,
        now=now,
        charge_id=charge.id,
        psp_payment_id=charge.psp_payment_id,
    )

"""The guard at the last moment: counted and written down in the transaction that claims a charge."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.orm import Session

from app.db.models import Attempt, Transaction
from app.db.queries.network_rules import charge_row, keep_charge, lock_instrument
from app.domain.network_rules import Hold, Level, Made, concerns_any, hold
from app.services.network_rules.history import charge_of, history_of


def admit_charge(session: Session, *, attempt: Attempt, transaction: Transaction, now: datetime) -> Hold | None:
    """Let a charge be made now and count it, or return the rule that forbids it.

    Whoever charges the same instrument waits here, so that no two can take what is left of a rule for
    one; the row that counts the charge is committed with the claim. `now` is the organization's time.
    """
    charge = charge_of(transaction)
    if not concerns_any(charge):
        return None
    lock_instrument(session, organization_id=attempt.organization_id, instrument=charge.instrument)
    forbidden = hold(charge, history_of(session, transaction=transaction), at=now, level=Level.STOP)
    if forbidden is not None:
        return forbidden
    keep_charge(
        session,
        values={
            "attempt_id": attempt.id,
            "organization_id": attempt.organization_id,
            "instrument": charge.instrument,
            "transaction_id": transaction.id,
            "amount": charge.amount,
            "currency": charge.currency,
            "attempted_at": now,
            "made": Made.PENDING,
            "marks": [],
        },
    )
    return None


def record_made(session: Session, *, attempt_id: str, made: Made, marks: Iterable[str] = ()) -> None:
    """Say what became of a charge that was counted, and which of the networks' codes came back."""
    row = charge_row(session, attempt_id=attempt_id)
    if row is not None:
        row.made, row.marks = made, sorted(marks)

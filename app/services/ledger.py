"""Bookings: one balanced entry for each movement of money."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.db.models import Charge, LedgerEntry, LedgerLine
from app.domain.ids import LEDGER_ENTRY, new_id
from app.domain.ledger import POSTINGS, Movement


def post(session: Session, *, charge: Charge, movement: Movement, now: datetime) -> None:
    """Book a movement of a charge's whole amount; a database constraint lets each happen once."""
    posting, entry_id = POSTINGS[movement], new_id(LEDGER_ENTRY, now=now)
    session.add(
        LedgerEntry(
            id=entry_id,
            organization_id=charge.organization_id,
            charge_id=charge.id,
            kind=movement,
            currency=charge.currency,
            at=now,
        )
    )
    session.flush()
    session.add_all(
        [
            LedgerLine(entry_id=entry_id, account=posting.debit, debit=charge.amount, credit=0),
            LedgerLine(entry_id=entry_id, account=posting.credit, debit=0, credit=charge.amount),
        ]
    )
    session.flush()

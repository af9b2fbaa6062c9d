"""Captured money."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.db.models import Charge, Organization, PspAccount


def insert_charge(session: Session, *, values: dict[str, Any]) -> Charge | None:
    """Book a capture; None if the provider's payment was booked before."""
    statement = insert(Charge).values(values).on_conflict_do_nothing().returning(Charge)
    return session.execute(statement).scalar_one_or_none()


def payment_of(session: Session, *, transaction_id: str) -> Charge | None:
    """Return the charge that paid a transaction, if money came."""
    return session.execute(
        select(Charge).where(Charge.transaction_id == transaction_id, Charge.is_duplicate.is_(False))
    ).scalar_one_or_none()


def lock_charge(session: Session, *, charge_id: str) -> tuple[Charge, PspAccount, Organization]:
    """Lock a charge, and return it with its account and organization."""
    row = session.execute(
        select(Charge, PspAccount, Organization)
        .join(PspAccount, PspAccount.id == Charge.psp_account_id)
        .join(Organization, Organization.id == Charge.organization_id)
        .where(Charge.id == charge_id)
        .with_for_update(of=Charge)
    ).one()
    return row[0], row[1], row[2]

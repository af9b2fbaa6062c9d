"""Double entry: what moved, from which account to which. A deferred trigger balances every entry."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Id, Minor, iso_currency, one_of

ACCOUNTS = ("psp_clearing", "recovered_revenue", "duplicate_refunds")


class LedgerEntry(Base):
    """One movement of money; append-only."""

    __tablename__ = "ledger_entries"

    id: Mapped[Id] = mapped_column(primary_key=True)
    organization_id: Mapped[Id] = mapped_column(ForeignKey("organizations.id"))
    charge_id: Mapped[Id] = mapped_column(ForeignKey("charges.id"))
    kind: Mapped[str]
    currency: Mapped[str]
    at: Mapped[datetime]

    __table_args__ = (
        Index("uq_ledger_entries_charge_id_kind", "charge_id", "kind", unique=True),
        Index("ix_ledger_entries_organization_id_id", "organization_id", "id"),
        one_of("kind", ("capture", "duplicate_capture", "duplicate_refund")),
        iso_currency(),
    )


class LedgerLine(Base):
    """One leg: a positive amount, debited or credited."""

    __tablename__ = "ledger_lines"

    entry_id: Mapped[Id] = mapped_column(ForeignKey("ledger_entries.id"), primary_key=True)
    account: Mapped[str] = mapped_column(primary_key=True)
    debit: Mapped[Minor]
    credit: Mapped[Minor]

    __table_args__ = (
        one_of("account", ACCOUNTS),
        CheckConstraint("(debit > 0 AND credit = 0) OR (credit > 0 AND debit = 0)", name="one_side"),
    )

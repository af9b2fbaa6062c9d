"""Transactions that failed, and each report that they did."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Id, Json, Minor, iso_currency, one_of

CATEGORIES = ("funds", "issuer_decline", "network", "auth_timeout", "upi_pending", "unknown")
HARDNESS = ("soft", "hard")


class Transaction(Base):
    """The payment that the merchant wants."""

    __tablename__ = "transactions"

    id: Mapped[Id] = mapped_column(primary_key=True)
    organization_id: Mapped[Id] = mapped_column(ForeignKey("organizations.id"))
    transaction_ref: Mapped[str]
    amount: Mapped[Minor]
    currency: Mapped[str]
    gateway: Mapped[str]
    psp_payment_id: Mapped[str | None]
    customer: Mapped[Json] = mapped_column(server_default=text("'{}'"))
    payment_method: Mapped[Json] = mapped_column(server_default=text("'{}'"))
    recovered_at: Mapped[datetime | None]
    created_at: Mapped[datetime]

    __table_args__ = (
        UniqueConstraint("organization_id", "transaction_ref"),
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint("length(transaction_ref) BETWEEN 1 AND 128", name="transaction_ref_length"),
        iso_currency(),
    )


class FailureEvent(Base):
    """One report that the transaction failed, with how it was understood; append-only.

    That its organization exists is what its transaction's foreign key says; one look-up less for each event.
    """

    __tablename__ = "failure_events"

    id: Mapped[Id] = mapped_column(primary_key=True)
    organization_id: Mapped[Id]
    transaction_id: Mapped[Id] = mapped_column(ForeignKey("transactions.id"), index=True)
    recovery_id: Mapped[Id] = mapped_column(ForeignKey("recoveries.id"), index=True)
    gateway: Mapped[str]
    failure_reason: Mapped[str]
    failure_code: Mapped[str | None]
    failure_message: Mapped[str | None]
    network_decline_code: Mapped[str | None]
    network_advice_code: Mapped[str | None]
    psp_payment_id: Mapped[str | None]
    amount: Mapped[Minor]
    currency: Mapped[str]
    category: Mapped[str]
    reason: Mapped[str]
    hardness: Mapped[str]
    rule: Mapped[str]
    classification: Mapped[Json]
    event_metadata: Mapped[dict[str, Any]] = mapped_column("metadata", JSONB, server_default=text("'{}'"))
    occurred_at: Mapped[datetime]
    received_at: Mapped[datetime]

    __table_args__ = (
        Index("ix_failure_events_organization_id_id", "organization_id", "id"),
        one_of("category", CATEGORIES),
        one_of("hardness", HARDNESS),
        iso_currency(),
    )


class UnknownCode(Base):
    """A code that no rule knows, counted so that somebody teaches us."""

    __tablename__ = "unknown_codes"

    organization_id: Mapped[Id] = mapped_column(ForeignKey("organizations.id"), primary_key=True)
    gateway: Mapped[str] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    sample_message: Mapped[str | None]
    count: Mapped[int] = mapped_column(BigInteger)
    first_seen_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]

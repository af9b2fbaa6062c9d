"""Transactions that failed, and each report that they did."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    UniqueConstraint,
    literal_column,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Id, Json, Minor, iso_currency, one_of

CATEGORIES = ("funds", "issuer_decline", "network", "auth_timeout", "upi_pending", "unknown")
HARDNESS = ("soft", "hard")
_BLOOM = "int8_bloom_ops (n_distinct_per_range='1500', false_positive_rate='0.01')"


class Transaction(Base):
    """The payment that the merchant wants.

    Nothing is charged, and nobody asked, before `held_until`; `held_by` says why. Nothing is charged
    automatically at all where `charges_barred` names a reason.
    """

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
    held_until: Mapped[datetime | None]
    held_by: Mapped[str | None]
    charges_barred: Mapped[str | None]
    created_at: Mapped[datetime]

    __table_args__ = (
        UniqueConstraint("organization_id", "transaction_ref"),
        Index(
            "ix_transactions_psp_payment_id",
            "organization_id",
            "psp_payment_id",
            postgresql_where=text("psp_payment_id IS NOT NULL"),
        ),
        # For searches by customer. It costs a report nothing: whole ranges of pages are summed up afterwards.
        Index(
            "ix_transactions_customer",
            literal_column("hashtextextended(customer ->> 'ref'::text, 0::bigint)").label("ref"),
            literal_column("hashtextextended(lower(customer ->> 'email'::text), 0::bigint)").label("email"),
            postgresql_ops={"ref": _BLOOM, "email": _BLOOM},
            postgresql_using="brin",
            postgresql_with={"pages_per_range": "64", "autosummarize": "on"},
        ),
        CheckConstraint("amount > 0", name="amount_positive"),
        CheckConstraint("length(transaction_ref) BETWEEN 1 AND 128", name="transaction_ref_length"),
        iso_currency(),
    )


class FailureEvent(Base):
    """One report that the transaction failed, with how it was understood; append-only.

    `instrument` tells the payer's card, account or mandate from others, None if nothing named it:
    network rules count the reports of one instrument. One foreign key says that recovery,
    transaction and organization exist and belong together.
    """

    __tablename__ = "failure_events"

    id: Mapped[Id] = mapped_column(primary_key=True)
    organization_id: Mapped[Id]
    transaction_id: Mapped[Id] = mapped_column(index=True)
    recovery_id: Mapped[Id]
    gateway: Mapped[str]
    failure_reason: Mapped[str]
    failure_code: Mapped[str | None]
    failure_message: Mapped[str | None]
    network_decline_code: Mapped[str | None]
    network_advice_code: Mapped[str | None]
    psp_payment_id: Mapped[str | None]
    instrument: Mapped[str | None]
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
        ForeignKeyConstraint(["transaction_id", "recovery_id"], ["recoveries.transaction_id", "recoveries.id"]),
        Index("ix_failure_events_organization_id_id", "organization_id", "id"),
        Index(
            "ix_failure_events_instrument",
            "organization_id",
            "instrument",
            "occurred_at",
            postgresql_where=text("instrument IS NOT NULL"),
        ),
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

"""Provider accounts, what came in from them, and what was read there."""

from datetime import datetime

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, ForeignKey, Index, LargeBinary, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Id, Minor, iso_currency, one_of

NATIVE_RETRIES = ("take_over", "wait", "observe")


class PspAccount(Base):
    """An organization's account at one provider; its secrets are sealed.

    The first webhook secret is the newest; the older ones hold until `older_secrets_until`. A deleted
    account keeps its row, for what went through it, and has no secrets any more.
    """

    __tablename__ = "psp_accounts"

    id: Mapped[Id] = mapped_column(primary_key=True)
    organization_id: Mapped[Id] = mapped_column(ForeignKey("organizations.id"), index=True)
    psp: Mapped[str]
    label: Mapped[str]
    priority: Mapped[int] = mapped_column(server_default=text("100"))
    sealed_credentials: Mapped[bytes] = mapped_column(LargeBinary)
    sealed_webhook_secrets: Mapped[bytes] = mapped_column(LargeBinary)
    older_secrets_until: Mapped[datetime | None]
    native_retries: Mapped[str] = mapped_column(server_default=text("'wait'"))
    is_enabled: Mapped[bool] = mapped_column(server_default=text("true"))
    created_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]

    __table_args__ = (one_of("native_retries", NATIVE_RETRIES),)


class PspEvent(Base):
    """An inbound webhook, raw, processed once, replayable."""

    __tablename__ = "psp_events"

    id: Mapped[Id] = mapped_column(primary_key=True)
    organization_id: Mapped[Id] = mapped_column(ForeignKey("organizations.id"))
    psp_account_id: Mapped[Id] = mapped_column(ForeignKey("psp_accounts.id"))
    event_id: Mapped[str]
    type: Mapped[str]
    transaction_ref: Mapped[str | None]
    body: Mapped[bytes] = mapped_column(LargeBinary)
    status: Mapped[str]
    error: Mapped[str | None]
    received_at: Mapped[datetime]
    processed_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("psp_account_id", "event_id"),
        Index("ix_psp_events_organization_id_id", "organization_id", "id"),
        Index("ix_psp_events_organization_id_status_id", "organization_id", "status", "id"),
        Index(
            "ix_psp_events_transaction_ref",
            "organization_id",
            "transaction_ref",
            postgresql_where=text("transaction_ref IS NOT NULL"),
        ),
        one_of("status", ("pending", "processed", "ignored", "dead")),
    )


class PspPayment(Base):
    """One name of a payment that its provider told of, and the transaction that it is about.

    A payment has several names: its charge's, its order's, its invoice's. `placeholder` is the reference
    of a transaction that was opened from the payment, until the merchant says their own; `declines`
    are marks of the declines that were told of, so that each is one failure event. The row of the
    payment's own id is also the lock under which what a provider tells of it is applied.
    """

    __tablename__ = "psp_payments"

    organization_id: Mapped[Id] = mapped_column(ForeignKey("organizations.id"), primary_key=True)
    psp_id: Mapped[str] = mapped_column(primary_key=True)
    psp_account_id: Mapped[Id] = mapped_column(ForeignKey("psp_accounts.id"))
    transaction_id: Mapped[Id | None] = mapped_column(ForeignKey("transactions.id"), index=True)
    placeholder: Mapped[str | None]
    declines: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    seen_at: Mapped[datetime]


class PaymentReversal(Base):
    """Money of a recovery's transaction that went back: all refunds of a payment as one row, each dispute its own."""

    __tablename__ = "payment_reversals"

    id: Mapped[Id] = mapped_column(primary_key=True)
    organization_id: Mapped[Id] = mapped_column(ForeignKey("organizations.id"))
    transaction_id: Mapped[Id] = mapped_column(ForeignKey("transactions.id"), index=True)
    recovery_id: Mapped[Id] = mapped_column(ForeignKey("recoveries.id"), index=True)
    psp_account_id: Mapped[Id] = mapped_column(ForeignKey("psp_accounts.id"))
    kind: Mapped[str]
    psp_id: Mapped[str]
    psp_payment_id: Mapped[str]
    status: Mapped[str]
    amount: Mapped[Minor | None]
    currency: Mapped[str | None]
    reason: Mapped[str | None]
    occurred_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    __table_args__ = (
        UniqueConstraint("psp_account_id", "kind", "psp_id"),
        one_of("kind", ("refund", "dispute")),
        one_of("status", ("succeeded", "open", "won", "lost")),
        CheckConstraint("(amount IS NULL) = (currency IS NULL)", name="money_whole"),
        iso_currency(),
    )


class PspReading(Base):
    """A walk through an account's payments, page by page: the reconciling one goes on for ever, a backfill ends.

    All times are the machine's. Whoever reads a page holds `fence`; `wake_at` says when the next is due.
    `again` says that this pass opened recoveries, so that the window is read once more: not every provider
    lists the oldest first. `recoveries_after` is how far the round of open recoveries has come.
    """

    __tablename__ = "psp_readings"

    id: Mapped[Id] = mapped_column(primary_key=True)
    organization_id: Mapped[Id] = mapped_column(ForeignKey("organizations.id"))
    psp_account_id: Mapped[Id] = mapped_column(ForeignKey("psp_accounts.id"))
    kind: Mapped[str]
    status: Mapped[str]
    since: Mapped[datetime]
    until: Mapped[datetime]
    phase: Mapped[str]
    cursor: Mapped[str | None]
    recoveries_after: Mapped[Id | None]
    again: Mapped[bool] = mapped_column(server_default=text("false"))
    payments_read: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    recoveries_opened: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    repaired: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    error: Mapped[str | None]
    tries: Mapped[int] = mapped_column(server_default=text("0"))
    fence: Mapped[int] = mapped_column(server_default=text("0"))
    wake_at: Mapped[datetime | None]
    created_by: Mapped[str]
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]

    __table_args__ = (
        Index(
            "uq_psp_readings_running",
            "psp_account_id",
            "kind",
            unique=True,
            postgresql_where=text("status = 'running'"),
        ),
        Index("ix_psp_readings_wake_at", "wake_at", postgresql_where=text("wake_at IS NOT NULL")),
        Index("ix_psp_readings_psp_account_id_id", "psp_account_id", "id"),
        one_of("kind", ("reconcile", "backfill")),
        one_of("status", ("running", "done", "failed", "cancelled")),
        one_of("phase", ("payments", "again", "recoveries")),
        CheckConstraint("status = 'running' OR wake_at IS NULL", name="only_running_wake"),
    )

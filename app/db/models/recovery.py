"""Recoveries, their attempts and timeline, and the policies that plan them."""

from datetime import datetime

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Id, Json, Minor, iso_currency, one_of
from app.db.models.failures import CATEGORIES, HARDNESS
from app.domain.recovery.states import AttemptKind, AttemptStatus, RecoveryStatus


class Policy(Base):
    """How an organization wants recoveries planned; its content lives in versions."""

    __tablename__ = "policies"

    id: Mapped[Id] = mapped_column(primary_key=True)
    organization_id: Mapped[Id] = mapped_column(ForeignKey("organizations.id"), index=True)
    name: Mapped[str]
    version: Mapped[int]
    is_active: Mapped[bool]
    created_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]

    __table_args__ = (
        Index("uq_policies_active", "organization_id", unique=True, postgresql_where=text("is_active")),
        CheckConstraint("NOT (is_active AND deleted_at IS NOT NULL)", name="active_is_not_deleted"),
    )


class PolicyVersion(Base):
    """One immutable version of a policy; a recovery keeps the one it began with."""

    __tablename__ = "policy_versions"

    policy_id: Mapped[Id] = mapped_column(ForeignKey("policies.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    settings: Mapped[Json]
    created_by: Mapped[str]
    created_at: Mapped[datetime]


class Recovery(Base):
    """The case for one transaction.

    `retried_at`, `messaged_at` and `link_opened_at` say when that happened first; triggers write them.
    """

    __tablename__ = "recoveries"

    id: Mapped[Id] = mapped_column(primary_key=True)
    organization_id: Mapped[Id]
    transaction_id: Mapped[Id] = mapped_column(ForeignKey("transactions.id"))
    status: Mapped[str]
    category: Mapped[str]
    reason: Mapped[str]
    hardness: Mapped[str]
    policy_id: Mapped[Id]
    policy_version: Mapped[int]
    last_failure: Mapped[Json]
    charges_made: Mapped[int] = mapped_column(server_default=text("0"))
    needs_attention: Mapped[str | None]
    recovered_via: Mapped[str | None]
    promised_for: Mapped[datetime | None]
    opened_at: Mapped[datetime]
    window_ends_at: Mapped[datetime]
    paused_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    retried_at: Mapped[datetime | None]
    messaged_at: Mapped[datetime | None]
    link_opened_at: Mapped[datetime | None]

    __table_args__ = (
        ForeignKeyConstraint(["policy_id", "policy_version"], ["policy_versions.policy_id", "policy_versions.version"]),
        # What belongs to a recovery names its transaction too, and by this key they cannot disagree.
        UniqueConstraint("transaction_id", "id"),
        Index("uq_recoveries_open", "transaction_id", unique=True, postgresql_where=text("status = 'open'")),
        Index("ix_recoveries_organization_id_id", "organization_id", "id"),
        Index("ix_recoveries_organization_id_status_id", "organization_id", "status", "id"),
        Index(
            "ix_recoveries_open_window",
            "organization_id",
            "window_ends_at",
            postgresql_where=text("status = 'open'"),
        ),
        Index(
            "ix_recoveries_needs_attention",
            "organization_id",
            "id",
            postgresql_where=text("needs_attention IS NOT NULL"),
        ),
        one_of("status", RecoveryStatus),
        one_of("category", CATEGORIES),
        one_of("hardness", HARDNESS),
        CheckConstraint("(status = 'open') = (ended_at IS NULL)", name="ended_when_not_open"),
        CheckConstraint("paused_at IS NULL OR status = 'open'", name="paused_only_open"),
    )


class Attempt(Base):
    """One planned step. `due_at` is the plan, in the organization's time.

    `wake_at` (the organization's time) says when a sweep must look at the row next; `leased_until`
    (the machine's time) says that a worker has it in hand, and `fence` which worker: a result that
    comes with an older fence is not believed. `tries` counts provider calls and deferrals. `noticed_at`
    says that it was seen to whether the payer is told of it.
    """

    __tablename__ = "attempts"

    id: Mapped[Id] = mapped_column(primary_key=True)
    organization_id: Mapped[Id]
    recovery_id: Mapped[Id]
    transaction_id: Mapped[Id]
    kind: Mapped[str]
    number: Mapped[int]
    status: Mapped[str]
    due_at: Mapped[datetime]
    wake_at: Mapped[datetime | None]
    leased_until: Mapped[datetime | None]
    fence: Mapped[int] = mapped_column(server_default=text("0"))
    check_first: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    tries: Mapped[int] = mapped_column(server_default=text("0"))
    checks_done: Mapped[int] = mapped_column(server_default=text("0"))
    psp_account_id: Mapped[Id | None] = mapped_column(ForeignKey("psp_accounts.id"))
    psp_payment_id: Mapped[str | None]
    result_code: Mapped[str | None]
    result_detail: Mapped[str | None]
    decision: Mapped[Json]
    planned_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    noticed_at: Mapped[datetime | None]

    __table_args__ = (
        ForeignKeyConstraint(["transaction_id", "recovery_id"], ["recoveries.transaction_id", "recoveries.id"]),
        UniqueConstraint("recovery_id", "number"),
        # The charge lease: one attempt of a transaction in flight, whoever asks.
        Index(
            "uq_attempts_in_flight",
            "transaction_id",
            unique=True,
            postgresql_where=text("status IN ('executing', 'unknown', 'awaiting_payer')"),
        ),
        Index(
            "uq_attempts_scheduled",
            "recovery_id",
            "kind",
            unique=True,
            postgresql_where=text("status IN ('scheduled', 'awaiting_payer')"),
        ),
        # What sweeps read: only rows that wait for their time, whatever the table's size.
        Index(
            "ix_attempts_wake",
            "organization_id",
            "wake_at",
            postgresql_where=text("wake_at IS NOT NULL AND leased_until IS NULL"),
        ),
        Index(
            "ix_attempts_leased", "leased_until", "organization_id", postgresql_where=text("leased_until IS NOT NULL")
        ),
        Index("ix_attempts_organization_id_status", "organization_id", "status", "kind"),
        one_of("kind", AttemptKind),
        one_of("status", AttemptStatus),
        CheckConstraint("kind = 'charge' OR status NOT IN ('executing', 'unknown')", name="links_never_charge"),
        CheckConstraint("kind = 'link' OR status <> 'awaiting_payer'", name="charges_await_no_payer"),
        {"postgresql_with": {"fillfactor": "85"}},
    )


class TimelineEntry(Base):
    """What happened to a recovery: when, by whom or which rule, and from which facts; append-only.

    Reports and planned steps are told by their own rows, and not a second time here.
    """

    __tablename__ = "timeline"

    id: Mapped[Id] = mapped_column(primary_key=True)
    organization_id: Mapped[Id]
    recovery_id: Mapped[Id] = mapped_column(ForeignKey("recoveries.id"))
    at: Mapped[datetime]
    what: Mapped[str]
    who: Mapped[str]
    why: Mapped[str]
    facts: Mapped[Json] = mapped_column(server_default=text("'{}'"))

    __table_args__ = (Index("ix_timeline_recovery_id_id", "recovery_id", "id"),)


class Charge(Base):
    """Money that a provider says it captured for a transaction. The first is the payment, any other a duplicate."""

    __tablename__ = "charges"

    id: Mapped[Id] = mapped_column(primary_key=True)
    organization_id: Mapped[Id] = mapped_column(ForeignKey("organizations.id"))
    transaction_id: Mapped[Id] = mapped_column(ForeignKey("transactions.id"), index=True)
    attempt_id: Mapped[Id | None] = mapped_column(ForeignKey("attempts.id"))
    psp_account_id: Mapped[Id] = mapped_column(ForeignKey("psp_accounts.id"))
    psp_payment_id: Mapped[str]
    amount: Mapped[Minor]
    currency: Mapped[str]
    is_duplicate: Mapped[bool]
    status: Mapped[str]
    captured_at: Mapped[datetime]
    refunded_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("psp_account_id", "psp_payment_id"),
        Index("uq_charges_payment", "transaction_id", unique=True, postgresql_where=text("NOT is_duplicate")),
        Index("ix_charges_organization_id_id", "organization_id", "id"),
        Index("ix_charges_refund_due", "organization_id", postgresql_where=text("status = 'refund_due'")),
        one_of("status", ("captured", "refund_due", "refunded")),
        CheckConstraint("amount > 0", name="amount_positive"),
        iso_currency(),
    )

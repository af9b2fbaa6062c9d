"""inbound from providers."""

import sqlalchemy as sa

from alembic import op

revision = "0005_psp_inbound"
down_revision = "0004_lean_ingest"
branch_labels = None
depends_on = None

NAMED = sa.text("psp_payment_id IS NOT NULL")
REFERRING = sa.text("transaction_ref IS NOT NULL")
RUNNING = sa.text("status = 'running'")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    op.add_column(
        "psp_accounts", sa.Column("native_retries", sa.Text(), server_default=sa.text("'wait'"), nullable=False)
    )
    op.add_column("psp_accounts", sa.Column("older_secrets_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column("psp_accounts", sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True))
    op.create_check_constraint(
        op.f("ck_psp_accounts_native_retries_known"),
        "psp_accounts",
        "native_retries IN ('take_over', 'wait', 'observe')",
    )
    op.add_column("transactions", sa.Column("held_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column("transactions", sa.Column("held_by", sa.Text(), nullable=True))
    op.add_column("transactions", sa.Column("charges_barred", sa.Text(), nullable=True))
    op.create_index(
        "ix_transactions_psp_payment_id",
        "transactions",
        ["organization_id", "psp_payment_id"],
        unique=False,
        postgresql_where=NAMED,
    )
    op.add_column("psp_events", sa.Column("transaction_ref", sa.Text(), nullable=True))
    op.create_index(
        "ix_psp_events_transaction_ref",
        "psp_events",
        ["organization_id", "transaction_ref"],
        unique=False,
        postgresql_where=REFERRING,
    )
    op.create_index("ix_psp_events_organization_id_id", "psp_events", ["organization_id", "id"], unique=False)
    create_psp_payments()
    create_payment_reversals()
    create_psp_readings()


def create_psp_payments() -> None:
    op.create_table(
        "psp_payments",
        sa.Column("organization_id", sa.Text(collation="C"), nullable=False),
        sa.Column("psp_id", sa.Text(), nullable=False),
        sa.Column("psp_account_id", sa.Text(collation="C"), nullable=False),
        sa.Column("transaction_id", sa.Text(collation="C"), nullable=True),
        sa.Column("placeholder", sa.Text(), nullable=True),
        sa.Column("declines", sa.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_psp_payments_organization_id")
        ),
        sa.ForeignKeyConstraint(["psp_account_id"], ["psp_accounts.id"], name=op.f("fk_psp_payments_psp_account_id")),
        sa.ForeignKeyConstraint(["transaction_id"], ["transactions.id"], name=op.f("fk_psp_payments_transaction_id")),
        sa.PrimaryKeyConstraint("organization_id", "psp_id", name=op.f("pk_psp_payments")),
    )
    op.create_index(op.f("ix_psp_payments_transaction_id"), "psp_payments", ["transaction_id"], unique=False)


def create_payment_reversals() -> None:
    op.create_table(
        "payment_reversals",
        sa.Column("id", sa.Text(collation="C"), nullable=False),
        sa.Column("organization_id", sa.Text(collation="C"), nullable=False),
        sa.Column("transaction_id", sa.Text(collation="C"), nullable=False),
        sa.Column("recovery_id", sa.Text(collation="C"), nullable=False),
        sa.Column("psp_account_id", sa.Text(collation="C"), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("psp_id", sa.Text(), nullable=False),
        sa.Column("psp_payment_id", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('refund', 'dispute')", name=op.f("ck_payment_reversals_kind_known")),
        sa.CheckConstraint(
            "status IN ('succeeded', 'open', 'won', 'lost')", name=op.f("ck_payment_reversals_status_known")
        ),
        sa.CheckConstraint("(amount IS NULL) = (currency IS NULL)", name=op.f("ck_payment_reversals_money_whole")),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_payment_reversals_currency_iso")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_payment_reversals_organization_id")
        ),
        sa.ForeignKeyConstraint(
            ["transaction_id"], ["transactions.id"], name=op.f("fk_payment_reversals_transaction_id")
        ),
        sa.ForeignKeyConstraint(["recovery_id"], ["recoveries.id"], name=op.f("fk_payment_reversals_recovery_id")),
        sa.ForeignKeyConstraint(
            ["psp_account_id"], ["psp_accounts.id"], name=op.f("fk_payment_reversals_psp_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_reversals")),
        sa.UniqueConstraint(
            "psp_account_id", "kind", "psp_id", name=op.f("uq_payment_reversals_psp_account_id_kind_psp_id")
        ),
    )
    op.create_index(op.f("ix_payment_reversals_recovery_id"), "payment_reversals", ["recovery_id"], unique=False)
    op.create_index(op.f("ix_payment_reversals_transaction_id"), "payment_reversals", ["transaction_id"], unique=False)


def create_psp_readings() -> None:
    op.create_table(
        "psp_readings",
        sa.Column("id", sa.Text(collation="C"), nullable=False),
        sa.Column("organization_id", sa.Text(collation="C"), nullable=False),
        sa.Column("psp_account_id", sa.Text(collation="C"), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("phase", sa.Text(), nullable=False),
        sa.Column("cursor", sa.Text(), nullable=True),
        sa.Column("recoveries_after", sa.Text(collation="C"), nullable=True),
        sa.Column("again", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("payments_read", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("recoveries_opened", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("repaired", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("tries", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("fence", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("wake_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('reconcile', 'backfill')", name=op.f("ck_psp_readings_kind_known")),
        sa.CheckConstraint(
            "status IN ('running', 'done', 'failed', 'cancelled')", name=op.f("ck_psp_readings_status_known")
        ),
        sa.CheckConstraint("phase IN ('payments', 'again', 'recoveries')", name=op.f("ck_psp_readings_phase_known")),
        sa.CheckConstraint("status = 'running' OR wake_at IS NULL", name=op.f("ck_psp_readings_only_running_wake")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_psp_readings_organization_id")
        ),
        sa.ForeignKeyConstraint(["psp_account_id"], ["psp_accounts.id"], name=op.f("fk_psp_readings_psp_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_psp_readings")),
    )
    op.create_index(
        "uq_psp_readings_running", "psp_readings", ["psp_account_id", "kind"], unique=True, postgresql_where=RUNNING
    )
    op.create_index(
        "ix_psp_readings_wake_at",
        "psp_readings",
        ["wake_at"],
        unique=False,
        postgresql_where=sa.text("wake_at IS NOT NULL"),
    )
    op.create_index("ix_psp_readings_psp_account_id_id", "psp_readings", ["psp_account_id", "id"], unique=False)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    op.drop_table("psp_readings")
    op.drop_table("payment_reversals")
    op.drop_table("psp_payments")
    op.drop_index("ix_psp_events_organization_id_id", table_name="psp_events")
    op.drop_index("ix_psp_events_transaction_ref", table_name="psp_events", postgresql_where=REFERRING)
    op.drop_column("psp_events", "transaction_ref")
    op.drop_index("ix_transactions_psp_payment_id", table_name="transactions", postgresql_where=NAMED)
    op.drop_column("transactions", "charges_barred")
    op.drop_column("transactions", "held_by")
    op.drop_column("transactions", "held_until")
    op.drop_constraint(op.f("ck_psp_accounts_native_retries_known"), "psp_accounts", type_="check")
    op.drop_column("psp_accounts", "deleted_at")
    op.drop_column("psp_accounts", "older_secrets_until")
    op.drop_column("psp_accounts", "native_retries")

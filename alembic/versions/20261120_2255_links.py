"""links, checkouts, and the payer's place in the charge lease."""

import sqlalchemy as sa

from alembic import op

revision = "0002_links"
down_revision = "0001_main_job"
branch_labels = None
depends_on = None

BEFORE = """
        ('scheduled', 'cancelled'),
        ('scheduled', 'error'),
        ('scheduled', 'executing'),
        ('scheduled', 'expired'),
        ('scheduled', 'succeeded'),
        ('executing', 'cancelled'),
        ('executing', 'declined'),
        ('executing', 'error'),
        ('executing', 'requires_action'),
        ('executing', 'scheduled'),
        ('executing', 'succeeded'),
        ('executing', 'unknown'),
        ('unknown', 'declined'),
        ('unknown', 'error'),
        ('unknown', 'requires_action'),
        ('unknown', 'scheduled'),
        ('unknown', 'succeeded'),
        ('declined', 'succeeded'),
        ('requires_action', 'succeeded'),
        ('error', 'succeeded'),
        ('cancelled', 'succeeded'),
        ('expired', 'succeeded')"""
AFTER = (
    BEFORE
    + """,
        ('scheduled', 'awaiting_payer'),
        ('awaiting_payer', 'cancelled'),
        ('awaiting_payer', 'scheduled'),
        ('awaiting_payer', 'succeeded')"""
)

TRANSITIONS = """
CREATE OR REPLACE FUNCTION attempts_refuse_transition() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.status, NEW.status) NOT IN ({allowed}) THEN
        RAISE EXCEPTION 'attempts % cannot go from % to %', OLD.id, OLD.status, NEW.status
            USING ERRCODE = 'check_violation', CONSTRAINT = 'attempts_transition';
    END IF;
    RETURN NEW;
END $$;
"""

STATUSES = (
    "'scheduled', 'executing', 'succeeded', 'declined', 'requires_action', 'unknown', 'error', 'cancelled', 'expired'"
)


def replace_guards(*, statuses: str, in_flight: str, planned: str, transitions: str) -> None:
    op.drop_constraint(op.f("ck_attempts_status_known"), "attempts", type_="check")
    op.create_check_constraint(op.f("ck_attempts_status_known"), "attempts", f"status IN ({statuses})")
    op.drop_index("uq_attempts_in_flight", table_name="attempts")
    op.create_index(
        "uq_attempts_in_flight", "attempts", ["transaction_id"], unique=True, postgresql_where=sa.text(in_flight)
    )
    op.drop_index("uq_attempts_scheduled", table_name="attempts")
    op.create_index(
        "uq_attempts_scheduled", "attempts", ["recovery_id", "kind"], unique=True, postgresql_where=sa.text(planned)
    )
    op.execute(TRANSITIONS.format(allowed=transitions))


def create_links() -> None:
    op.create_table(
        "links",
        sa.Column("id", sa.Text(collation="C"), nullable=False),
        sa.Column("organization_id", sa.Text(collation="C"), nullable=False),
        sa.Column("recovery_id", sa.Text(collation="C"), nullable=False),
        sa.Column("attempt_id", sa.Text(collation="C"), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opens", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reissued_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reissues", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint("channel IN ('none', 'email', 'sms', 'whatsapp')", name=op.f("ck_links_channel_known")),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempts.id"], name=op.f("fk_links_attempt_id")),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_links_organization_id")),
        sa.ForeignKeyConstraint(["recovery_id"], ["recoveries.id"], name=op.f("fk_links_recovery_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_links")),
    )
    op.create_index("ix_links_organization_id_id", "links", ["organization_id", "id"])
    op.create_index("ix_links_recovery_id_id", "links", ["recovery_id", "id"])


def create_checkouts() -> None:
    op.create_table(
        "checkouts",
        sa.Column("id", sa.Text(collation="C"), nullable=False),
        sa.Column("organization_id", sa.Text(collation="C"), nullable=False),
        sa.Column("recovery_id", sa.Text(collation="C"), nullable=False),
        sa.Column("attempt_id", sa.Text(collation="C"), nullable=False),
        sa.Column("link_id", sa.Text(collation="C"), nullable=False),
        sa.Column("psp_account_id", sa.Text(collation="C"), nullable=False),
        sa.Column("psp_payment_id", sa.Text(), nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.CheckConstraint("outcome IN ('paid', 'abandoned', 'failed')", name=op.f("ck_checkouts_outcome_known")),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempts.id"], name=op.f("fk_checkouts_attempt_id")),
        sa.ForeignKeyConstraint(["link_id"], ["links.id"], name=op.f("fk_checkouts_link_id")),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_checkouts_organization_id")),
        sa.ForeignKeyConstraint(["psp_account_id"], ["psp_accounts.id"], name=op.f("fk_checkouts_psp_account_id")),
        sa.ForeignKeyConstraint(["recovery_id"], ["recoveries.id"], name=op.f("fk_checkouts_recovery_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_checkouts")),
    )
    op.create_index("ix_checkouts_attempt_id_id", "checkouts", ["attempt_id", "id"])
    op.create_index(op.f("ix_checkouts_link_id"), "checkouts", ["link_id"])
    op.create_index(op.f("ix_checkouts_recovery_id"), "checkouts", ["recovery_id"])
    op.create_index(
        "uq_checkouts_open", "checkouts", ["attempt_id"], unique=True, postgresql_where=sa.text("ended_at IS NULL")
    )


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    replace_guards(
        statuses=f"{STATUSES}, 'awaiting_payer'",
        in_flight="status IN ('executing', 'unknown', 'awaiting_payer')",
        planned="status IN ('scheduled', 'awaiting_payer')",
        transitions=AFTER,
    )
    op.create_check_constraint(
        op.f("ck_attempts_charges_await_no_payer"), "attempts", "kind = 'link' OR status <> 'awaiting_payer'"
    )
    op.add_column("recoveries", sa.Column("promised_for", sa.DateTime(timezone=True), nullable=True))
    create_links()
    create_checkouts()


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    op.drop_table("checkouts")
    op.drop_table("links")
    op.drop_column("recoveries", "promised_for")
    op.drop_constraint(op.f("ck_attempts_charges_await_no_payer"), "attempts", type_="check")
    op.execute("UPDATE attempts SET status = 'scheduled', wake_at = NULL WHERE status = 'awaiting_payer'")
    replace_guards(
        statuses=STATUSES,
        in_flight="status IN ('executing', 'unknown')",
        planned="status = 'scheduled'",
        transitions=BEFORE,
    )

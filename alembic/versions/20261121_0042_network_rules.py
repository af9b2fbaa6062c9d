"""network rules."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision = "0006_network_rules"
down_revision = "0005_psp_inbound"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    op.create_table(
        "rule_attempts",
        sa.Column("attempt_id", sa.Text(collation="C"), nullable=False),
        sa.Column("organization_id", sa.Text(collation="C"), nullable=False),
        sa.Column("instrument", sa.Text(), nullable=False),
        sa.Column("transaction_id", sa.Text(collation="C"), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("attempted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made", sa.Text(), nullable=False),
        sa.Column("marks", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_rule_attempts_currency_iso")),
        sa.CheckConstraint(
            "made IN ('pending', 'declined', 'succeeded', 'not_made')", name=op.f("ck_rule_attempts_made_known")
        ),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempts.id"], name=op.f("fk_rule_attempts_attempt_id")),
        sa.PrimaryKeyConstraint("attempt_id", name=op.f("pk_rule_attempts")),
    )
    op.create_index("ix_rule_attempts_instrument", "rule_attempts", ["organization_id", "instrument", "attempted_at"])
    op.add_column("failure_events", sa.Column("instrument", sa.Text(), nullable=True))
    # The column is new, so no row is in the index yet: one scan of the table, and nothing to sort.
    op.create_index(
        "ix_failure_events_instrument",
        "failure_events",
        ["organization_id", "instrument", "occurred_at"],
        postgresql_where=sa.text("instrument IS NOT NULL"),
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    op.drop_index("ix_failure_events_instrument", table_name="failure_events")
    op.drop_column("failure_events", "instrument")
    op.drop_index("ix_rule_attempts_instrument", table_name="rule_attempts")
    op.drop_table("rule_attempts")

"""Opting out as something of its own, replies found again, and one more kind of message."""

import sqlalchemy as sa

from alembic import op

revision = "0008_consent"
down_revision = "0007_branding"
branch_labels = None
depends_on = None

EVENTS = "'payment_failed_action_needed', 'retry_scheduled', 'last_notice', 'link_reissued', 'digest'"
TABLES = ("messages", "message_templates")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    op.add_column("opt_outs", sa.Column("id", sa.Text(collation="C"), nullable=True))
    op.add_column("opt_outs", sa.Column("created_by", sa.Text(), server_default=sa.text("'payer'"), nullable=False))
    # Of the shape that ids have: hexadecimal digits are among their letters.
    op.execute("UPDATE opt_outs SET id = 'opt_' || left(encode(recipient_hash, 'hex'), 26)")
    op.alter_column("opt_outs", "id", nullable=False)
    op.create_unique_constraint(op.f("uq_opt_outs_id"), "opt_outs", ["id"])
    op.create_index("ix_opt_outs_organization_id_id", "opt_outs", ["organization_id", "id"])
    # Rows of before have none: replies to what was sent then are found by the provider's own block.
    op.add_column("messages", sa.Column("contact_hash", sa.LargeBinary(), nullable=True))
    op.create_index(
        "ix_messages_contact", "messages", ["contact_hash"], postgresql_where=sa.text("contact_hash IS NOT NULL")
    )
    op.create_index("ix_messages_recipient", "messages", ["organization_id", "recipient_hash", "started_at"])
    op.add_column("attempts", sa.Column("noticed_at", sa.DateTime(timezone=True), nullable=True))
    for table in TABLES:
        op.drop_constraint(op.f(f"ck_{table}_event_known"), table, type_="check")
        op.create_check_constraint(op.f(f"ck_{table}_event_known"), table, f"event IN ({EVENTS}, 'card_expiring')")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    for table in TABLES:
        op.drop_constraint(op.f(f"ck_{table}_event_known"), table, type_="check")
        # Rows of the newer kind stay as they are; only new ones are refused.
        op.execute(f"ALTER TABLE {table} ADD CONSTRAINT ck_{table}_event_known CHECK (event IN ({EVENTS})) NOT VALID")
    op.drop_column("attempts", "noticed_at")
    op.drop_index("ix_messages_recipient", table_name="messages")
    op.drop_index("ix_messages_contact", table_name="messages", postgresql_where=sa.text("contact_hash IS NOT NULL"))
    op.drop_column("messages", "contact_hash")
    op.drop_index("ix_opt_outs_organization_id_id", table_name="opt_outs")
    op.drop_constraint(op.f("uq_opt_outs_id"), "opt_outs", type_="unique")
    op.drop_column("opt_outs", "created_by")
    op.drop_column("opt_outs", "id")

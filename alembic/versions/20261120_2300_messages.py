"""messages."""

import sqlalchemy as sa

from alembic import op

revision = "0003_messages"
down_revision = "0002_links"
branch_labels = None
depends_on = None


ALLOWED = """
    ('queued', 'sending'),
    ('queued', 'suppressed'),
    ('queued', 'failed'),
    ('sending', 'sent'),
    ('sending', 'queued'),
    ('sending', 'failed'),
    ('sending', 'unknown'),
    ('sent', 'delivered'),
    ('sent', 'bounced'),
    ('sent', 'failed'),
    ('unknown', 'sent'),
    ('unknown', 'delivered'),
    ('unknown', 'bounced'),
    ('unknown', 'failed'),
    ('delivered', 'bounced')
"""

REFUSE_TRANSITION = f"""
CREATE FUNCTION messages_refuse_transition() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.status, NEW.status) NOT IN ({ALLOWED}) THEN
        RAISE EXCEPTION 'messages % cannot go from % to %', OLD.id, OLD.status, NEW.status
            USING ERRCODE = 'check_violation', CONSTRAINT = 'messages_transition';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER messages_transition BEFORE UPDATE OF status ON messages
    FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION messages_refuse_transition();
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    op.create_table(
        "dead_addresses",
        sa.Column("organization_id", sa.Text(collation="C"), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("recipient_hash", sa.LargeBinary(), nullable=False),
        sa.Column("recipient_hint", sa.Text(), nullable=False),
        sa.Column("error_code", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("channel IN ('email', 'sms', 'whatsapp')", name=op.f("ck_dead_addresses_channel_known")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_dead_addresses_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "channel", "recipient_hash", name=op.f("pk_dead_addresses")),
    )
    op.create_table(
        "message_templates",
        sa.Column("id", sa.Text(collation="C"), nullable=False),
        sa.Column("organization_id", sa.Text(collation="C"), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("channel IN ('email', 'sms', 'whatsapp')", name=op.f("ck_message_templates_channel_known")),
        sa.CheckConstraint(
            "event IN ('payment_failed_action_needed', 'retry_scheduled', 'last_notice', 'link_reissued', 'digest')",
            name=op.f("ck_message_templates_event_known"),
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_message_templates_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_templates")),
    )
    op.create_index(
        "uq_message_templates_present",
        "message_templates",
        ["organization_id", "event", "channel", "locale"],
        unique=True,
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_table(
        "opt_outs",
        sa.Column("organization_id", sa.Text(collation="C"), nullable=False),
        sa.Column("recipient_hash", sa.LargeBinary(), nullable=False),
        sa.Column("recipient_hint", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_opt_outs_organization_id")),
        sa.PrimaryKeyConstraint("organization_id", "recipient_hash", name=op.f("pk_opt_outs")),
    )
    op.create_table(
        "message_template_versions",
        sa.Column("template_id", sa.Text(collation="C"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=True),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["template_id"], ["message_templates.id"], name=op.f("fk_message_template_versions_template_id")
        ),
        sa.PrimaryKeyConstraint("template_id", "version", name=op.f("pk_message_template_versions")),
    )
    op.create_table(
        "messages",
        sa.Column("id", sa.Text(collation="C"), nullable=False),
        sa.Column("organization_id", sa.Text(collation="C"), nullable=False),
        sa.Column("recovery_id", sa.Text(collation="C"), nullable=False),
        sa.Column("attempt_id", sa.Text(collation="C"), nullable=True),
        sa.Column("link_id", sa.Text(collation="C"), nullable=True),
        sa.Column("digest_id", sa.Text(collation="C"), nullable=True),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("template_id", sa.Text(collation="C"), nullable=True),
        sa.Column("template_version", sa.Integer(), nullable=True),
        sa.Column("recipient", sa.LargeBinary(), nullable=False),
        sa.Column("recipient_hint", sa.Text(), nullable=False),
        sa.Column("recipient_hash", sa.LargeBinary(), nullable=False),
        sa.Column("payer_hash", sa.LargeBinary(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("wake_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fence", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("tries", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("provider_id", sa.Text(), nullable=True),
        sa.Column("error_code", sa.Text(), nullable=True),
        sa.Column("error_detail", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("channel IN ('email', 'sms', 'whatsapp')", name=op.f("ck_messages_channel_known")),
        sa.CheckConstraint(
            "event IN ('payment_failed_action_needed', 'retry_scheduled', 'last_notice', 'link_reissued', 'digest')",
            name=op.f("ck_messages_event_known"),
        ),
        sa.CheckConstraint(
            "status IN ('queued', 'sending') OR wake_at IS NULL", name=op.f("ck_messages_only_open_ones_wake")
        ),
        sa.CheckConstraint(
            "status IN ('queued', 'sending', 'sent', 'delivered', 'bounced', 'failed', 'unknown', 'suppressed')",
            name=op.f("ck_messages_status_known"),
        ),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempts.id"], name=op.f("fk_messages_attempt_id")),
        sa.ForeignKeyConstraint(["digest_id"], ["messages.id"], name=op.f("fk_messages_digest_id")),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_messages_organization_id")),
        sa.ForeignKeyConstraint(["recovery_id"], ["recoveries.id"], name=op.f("fk_messages_recovery_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
        sa.UniqueConstraint("code", name=op.f("uq_messages_code")),
        sa.UniqueConstraint("recovery_id", "step", name=op.f("uq_messages_recovery_id_step")),
    )
    op.create_index(op.f("ix_messages_digest_id"), "messages", ["digest_id"], unique=False)
    op.create_index(
        "ix_messages_leased",
        "messages",
        ["leased_until"],
        unique=False,
        postgresql_where=sa.text("leased_until IS NOT NULL"),
    )
    op.create_index("ix_messages_organization_id_id", "messages", ["organization_id", "id"], unique=False)
    op.create_index("ix_messages_payer", "messages", ["organization_id", "payer_hash", "started_at"], unique=False)
    op.create_index("ix_messages_provider_id", "messages", ["provider_id", "channel"], unique=False)
    op.create_index(
        "ix_messages_queued",
        "messages",
        ["organization_id", "recipient_hash"],
        unique=False,
        postgresql_where=sa.text("status = 'queued'"),
    )
    op.create_index(
        "ix_messages_wake",
        "messages",
        ["organization_id", "wake_at"],
        unique=False,
        postgresql_where=sa.text("wake_at IS NOT NULL AND leased_until IS NULL"),
    )
    op.execute(REFUSE_TRANSITION)
    op.execute("ALTER TABLE messages SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000)")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    op.drop_index(
        "ix_messages_wake",
        table_name="messages",
        postgresql_where=sa.text("wake_at IS NOT NULL AND leased_until IS NULL"),
    )
    op.drop_index("ix_messages_queued", table_name="messages", postgresql_where=sa.text("status = 'queued'"))
    op.drop_index("ix_messages_provider_id", table_name="messages")
    op.drop_index("ix_messages_payer", table_name="messages")
    op.drop_index("ix_messages_organization_id_id", table_name="messages")
    op.drop_index("ix_messages_leased", table_name="messages", postgresql_where=sa.text("leased_until IS NOT NULL"))
    op.drop_index(op.f("ix_messages_digest_id"), table_name="messages")
    op.drop_table("messages")
    op.drop_table("message_template_versions")
    op.drop_table("opt_outs")
    op.drop_index(
        "uq_message_templates_present", table_name="message_templates", postgresql_where=sa.text("deleted_at IS NULL")
    )
    op.drop_table("message_templates")
    op.drop_table("dead_addresses")
    op.execute("DROP FUNCTION messages_refuse_transition()")

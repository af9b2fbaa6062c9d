"""main job."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision = "0001_main_job"
down_revision = None
branch_labels = None
depends_on = None

STATE_MACHINES = {
    "recoveries": """
        ('open', 'cancelled'),
        ('open', 'exhausted'),
        ('open', 'recovered'),
        ('exhausted', 'open'),
        ('exhausted', 'recovered'),
        ('cancelled', 'recovered')
    """,
    "attempts": """
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
        ('expired', 'succeeded')
    """,
}

REFUSE_TRANSITION = """
CREATE FUNCTION {table}_refuse_transition() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.status, NEW.status) NOT IN ({allowed}) THEN
        RAISE EXCEPTION '{table} % cannot go from % to %', OLD.id, OLD.status, NEW.status
            USING ERRCODE = 'check_violation', CONSTRAINT = '{table}_transition';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER {table}_transition BEFORE UPDATE OF status ON {table}
    FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION {table}_refuse_transition();
"""

APPEND_ONLY = ("failure_events", "timeline", "audit_log", "ledger_entries", "ledger_lines")

REFUSE_CHANGE = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME
        USING ERRCODE = 'check_violation', CONSTRAINT = TG_TABLE_NAME || '_append_only';
END $$;
"""

# An entry balances when its transaction ends: debits equal credits, and there are some.
BALANCE = """
CREATE FUNCTION ledger_refuse_imbalance() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    entry text := CASE TG_TABLE_NAME WHEN 'ledger_lines' THEN to_jsonb(NEW) ->> 'entry_id' ELSE to_jsonb(NEW) ->> 'id' END;
    debits numeric;
    credits numeric;
BEGIN
    SELECT coalesce(sum(debit), 0), coalesce(sum(credit), 0) INTO debits, credits
        FROM ledger_lines WHERE entry_id = entry;
    IF debits <> credits OR debits = 0 THEN
        RAISE EXCEPTION 'ledger entry % does not balance: % debited, % credited', entry, debits, credits
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_balance';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER ledger_balance AFTER INSERT ON ledger_lines
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_refuse_imbalance();
CREATE CONSTRAINT TRIGGER ledger_balance AFTER INSERT ON ledger_entries
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_refuse_imbalance();
"""


def create_guards() -> None:
    for table, allowed in STATE_MACHINES.items():
        op.execute(REFUSE_TRANSITION.format(table=table, allowed=allowed))
    op.execute(REFUSE_CHANGE)
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    op.execute(BALANCE)
    # Rows of these change several times in a short life: keep their indexes short.
    for table in ("attempts", "outbox"):
        op.execute(
            f"ALTER TABLE {table} SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000)"
        )


def drop_guards() -> None:
    op.execute("DROP FUNCTION ledger_refuse_imbalance() CASCADE")
    op.execute("DROP FUNCTION refuse_change() CASCADE")
    for table in STATE_MACHINES:
        op.execute(f"DROP FUNCTION {table}_refuse_transition() CASCADE")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    op.create_table(
        "organizations",
        sa.Column("id", sa.Text(collation="C"), nullable=False),
        sa.Column("pair_id", sa.Text(collation="C"), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("clock_offset", sa.Interval(), server_default=sa.text("'0'"), nullable=False),
        sa.Column("clock_target_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_organizations_currency_iso")),
        sa.CheckConstraint("mode = 'test' OR clock_offset = '0'", name=op.f("ck_organizations_live_clock_is_real")),
        sa.CheckConstraint("mode IN ('live', 'test')", name=op.f("ck_organizations_mode_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organizations")),
        sa.UniqueConstraint("pair_id", "mode", name=op.f("uq_organizations_pair_id_mode")),
    )
    op.create_index(
        "ix_organizations_clock_target_at",
        "organizations",
        ["id"],
        unique=False,
        postgresql_where=sa.text("clock_target_at IS NOT NULL"),
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("wake_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tries", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("dead_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )
    op.create_index(
        "ix_outbox_dead_at", "outbox", ["dead_at"], unique=False, postgresql_where=sa.text("dead_at IS NOT NULL")
    )
    op.create_index(
        "ix_outbox_done_at", "outbox", ["done_at"], unique=False, postgresql_where=sa.text("done_at IS NOT NULL")
    )
    op.create_index(
        "ix_outbox_wake_at", "outbox", ["wake_at"], unique=False, postgresql_where=sa.text("wake_at IS NOT NULL")
    )
    op.create_table(
        "api_keys",
        sa.Column("id", sa.Text(collation="C"), nullable=False),
        sa.Column("organization_id", sa.Text(collation="C"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("hint", sa.Text(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("scopes", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_api_keys_organization_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_api_keys_secret_hash")),
    )
    op.create_index(op.f("ix_api_keys_organization_id"), "api_keys", ["organization_id"], unique=False)
    op.create_table(
        "audit_log",
        sa.Column("id", sa.Text(collation="C"), nullable=False),
        sa.Column("organization_id", sa.Text(collation="C"), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("before", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("after", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_audit_log_organization_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_log")),
    )
    op.create_index("ix_audit_log_organization_id_id", "audit_log", ["organization_id", "id"], unique=False)
    op.create_table(
        "idempotency_keys",
        sa.Column("organization_id", sa.Text(collation="C"), nullable=False),
        sa.Column("key", sa.Text(collation="C"), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.Boolean(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(key) BETWEEN 1 AND 255", name=op.f("ck_idempotency_keys_key_length")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_idempotency_keys_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "key", name=op.f("pk_idempotency_keys")),
    )
    op.create_index(op.f("ix_idempotency_keys_expires_at"), "idempotency_keys", ["expires_at"], unique=False)
    op.create_table(
        "policies",
        sa.Column("id", sa.Text(collation="C"), nullable=False),
        sa.Column("organization_id", sa.Text(collation="C"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "NOT (is_active AND deleted_at IS NOT NULL)", name=op.f("ck_policies_active_is_not_deleted")
        ),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_policies_organization_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policies")),
    )
    op.create_index(op.f("ix_policies_organization_id"), "policies", ["organization_id"], unique=False)
    op.create_index(
        "uq_policies_active", "policies", ["organization_id"], unique=True, postgresql_where=sa.text("is_active")
    )
    op.create_table(
        "psp_accounts",
        sa.Column("id", sa.Text(collation="C"), nullable=False),
        sa.Column("organization_id", sa.Text(collation="C"), nullable=False),
        sa.Column("psp", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("priority", sa.Integer(), server_default=sa.text("100"), nullable=False),
        sa.Column("sealed_credentials", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_webhook_secrets", sa.LargeBinary(), nullable=False),
        sa.Column("is_enabled", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_psp_accounts_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_psp_accounts")),
    )
    op.create_index(op.f("ix_psp_accounts_organization_id"), "psp_accounts", ["organization_id"], unique=False)
    op.create_table(
        "transactions",
        sa.Column("id", sa.Text(collation="C"), nullable=False),
        sa.Column("organization_id", sa.Text(collation="C"), nullable=False),
        sa.Column("transaction_ref", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("gateway", sa.Text(), nullable=False),
        sa.Column("psp_payment_id", sa.Text(), nullable=True),
        sa.Column("customer", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column(
            "payment_method", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.Column("recovered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_transactions_currency_iso")),
        sa.CheckConstraint("amount > 0", name=op.f("ck_transactions_amount_positive")),
        sa.CheckConstraint(
            "length(transaction_ref) BETWEEN 1 AND 128", name=op.f("ck_transactions_transaction_ref_length")
        ),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_transactions_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_transactions")),
        sa.UniqueConstraint(
            "organization_id", "transaction_ref", name=op.f("uq_transactions_organization_id_transaction_ref")
        ),
    )
    op.create_table(
        "unknown_codes",
        sa.Column("organization_id", sa.Text(collation="C"), nullable=False),
        sa.Column("gateway", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("sample_message", sa.Text(), nullable=True),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_unknown_codes_organization_id")
        ),
        sa.PrimaryKeyConstraint("organization_id", "gateway", "code", name=op.f("pk_unknown_codes")),
    )
    op.create_table(
        "users",
        sa.Column("id", sa.Text(collation="C"), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("full_name", sa.Text(), nullable=False),
        sa.Column("last_organization_id", sa.Text(collation="C"), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("email = lower(email)", name=op.f("ck_users_email_lower")),
        sa.ForeignKeyConstraint(
            ["last_organization_id"], ["organizations.id"], name=op.f("fk_users_last_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("email", name=op.f("uq_users_email")),
    )
    op.create_table(
        "memberships",
        sa.Column("id", sa.Text(collation="C"), nullable=False),
        sa.Column("organization_id", sa.Text(collation="C"), nullable=False),
        sa.Column("user_id", sa.Text(collation="C"), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("role IN ('owner', 'admin', 'operator', 'analyst')", name=op.f("ck_memberships_role_known")),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_memberships_organization_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_memberships_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_memberships")),
        sa.UniqueConstraint("organization_id", "user_id", name=op.f("uq_memberships_organization_id_user_id")),
    )
    op.create_index(op.f("ix_memberships_user_id"), "memberships", ["user_id"], unique=False)
    op.create_table(
        "policy_versions",
        sa.Column("policy_id", sa.Text(collation="C"), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("settings", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["policy_id"], ["policies.id"], name=op.f("fk_policy_versions_policy_id")),
        sa.PrimaryKeyConstraint("policy_id", "version", name=op.f("pk_policy_versions")),
    )
    op.create_table(
        "psp_events",
        sa.Column("id", sa.Text(collation="C"), nullable=False),
        sa.Column("organization_id", sa.Text(collation="C"), nullable=False),
        sa.Column("psp_account_id", sa.Text(collation="C"), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("processed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "status IN ('pending', 'processed', 'ignored', 'dead')", name=op.f("ck_psp_events_status_known")
        ),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_psp_events_organization_id")),
        sa.ForeignKeyConstraint(["psp_account_id"], ["psp_accounts.id"], name=op.f("fk_psp_events_psp_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_psp_events")),
        sa.UniqueConstraint("psp_account_id", "event_id", name=op.f("uq_psp_events_psp_account_id_event_id")),
    )
    op.create_index(
        "ix_psp_events_organization_id_status_id", "psp_events", ["organization_id", "status", "id"], unique=False
    )
    op.create_table(
        "user_sessions",
        sa.Column("id", sa.Text(collation="C"), nullable=False),
        sa.Column("user_id", sa.Text(collation="C"), nullable=False),
        sa.Column("organization_id", sa.Text(collation="C"), nullable=False),
        sa.Column("refresh_hash", sa.LargeBinary(), nullable=False),
        sa.Column("spent_refresh_hash", sa.LargeBinary(), nullable=True),
        sa.Column("user_agent", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_user_sessions_organization_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_user_sessions_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_sessions")),
        sa.UniqueConstraint("refresh_hash", name=op.f("uq_user_sessions_refresh_hash")),
    )
    op.create_index(op.f("ix_user_sessions_expires_at"), "user_sessions", ["expires_at"], unique=False)
    op.create_index(op.f("ix_user_sessions_spent_refresh_hash"), "user_sessions", ["spent_refresh_hash"], unique=False)
    op.create_index(op.f("ix_user_sessions_user_id"), "user_sessions", ["user_id"], unique=False)
    op.create_table(
        "recoveries",
        sa.Column("id", sa.Text(collation="C"), nullable=False),
        sa.Column("organization_id", sa.Text(collation="C"), nullable=False),
        sa.Column("transaction_id", sa.Text(collation="C"), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("hardness", sa.Text(), nullable=False),
        sa.Column("policy_id", sa.Text(collation="C"), nullable=False),
        sa.Column("policy_version", sa.Integer(), nullable=False),
        sa.Column("last_failure", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("charges_made", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("needs_attention", sa.Text(), nullable=True),
        sa.Column("recovered_via", sa.Text(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("window_ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(status = 'open') = (ended_at IS NULL)", name=op.f("ck_recoveries_ended_when_not_open")),
        sa.CheckConstraint(
            "category IN ('funds', 'issuer_decline', 'network', 'auth_timeout', 'upi_pending', 'unknown')",
            name=op.f("ck_recoveries_category_known"),
        ),
        sa.CheckConstraint("hardness IN ('soft', 'hard')", name=op.f("ck_recoveries_hardness_known")),
        sa.CheckConstraint("paused_at IS NULL OR status = 'open'", name=op.f("ck_recoveries_paused_only_open")),
        sa.CheckConstraint(
            "status IN ('open', 'recovered', 'exhausted', 'cancelled')", name=op.f("ck_recoveries_status_known")
        ),
        sa.ForeignKeyConstraint(
            ["policy_id", "policy_version"],
            ["policy_versions.policy_id", "policy_versions.version"],
            name=op.f("fk_recoveries_policy_id_policy_version"),
        ),
        sa.ForeignKeyConstraint(["transaction_id"], ["transactions.id"], name=op.f("fk_recoveries_transaction_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recoveries")),
    )
    op.create_index(
        "ix_recoveries_needs_attention",
        "recoveries",
        ["organization_id", "id"],
        unique=False,
        postgresql_where=sa.text("needs_attention IS NOT NULL"),
    )
    op.create_index(
        "ix_recoveries_open_window",
        "recoveries",
        ["organization_id", "window_ends_at"],
        unique=False,
        postgresql_where=sa.text("status = 'open'"),
    )
    op.create_index("ix_recoveries_organization_id_id", "recoveries", ["organization_id", "id"], unique=False)
    op.create_index(
        "ix_recoveries_organization_id_status_id", "recoveries", ["organization_id", "status", "id"], unique=False
    )
    op.create_index(op.f("ix_recoveries_transaction_id"), "recoveries", ["transaction_id"], unique=False)
    op.create_index(
        "uq_recoveries_open", "recoveries", ["transaction_id"], unique=True, postgresql_where=sa.text("status = 'open'")
    )
    op.create_table(
        "attempts",
        sa.Column("id", sa.Text(collation="C"), nullable=False),
        sa.Column("organization_id", sa.Text(collation="C"), nullable=False),
        sa.Column("recovery_id", sa.Text(collation="C"), nullable=False),
        sa.Column("transaction_id", sa.Text(collation="C"), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("wake_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fence", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("check_first", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("tries", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("checks_done", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("psp_account_id", sa.Text(collation="C"), nullable=True),
        sa.Column("psp_payment_id", sa.Text(), nullable=True),
        sa.Column("result_code", sa.Text(), nullable=True),
        sa.Column("result_detail", sa.Text(), nullable=True),
        sa.Column("decision", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind = 'charge' OR status NOT IN ('executing', 'unknown')", name=op.f("ck_attempts_links_never_charge")
        ),
        sa.CheckConstraint("kind IN ('charge', 'link')", name=op.f("ck_attempts_kind_known")),
        sa.CheckConstraint(
            "status IN ('scheduled', 'executing', 'succeeded', 'declined', 'requires_action', 'unknown', 'error', 'cancelled', 'expired')",
            name=op.f("ck_attempts_status_known"),
        ),
        sa.ForeignKeyConstraint(["psp_account_id"], ["psp_accounts.id"], name=op.f("fk_attempts_psp_account_id")),
        sa.ForeignKeyConstraint(["recovery_id"], ["recoveries.id"], name=op.f("fk_attempts_recovery_id")),
        sa.ForeignKeyConstraint(["transaction_id"], ["transactions.id"], name=op.f("fk_attempts_transaction_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempts")),
        sa.UniqueConstraint("recovery_id", "number", name=op.f("uq_attempts_recovery_id_number")),
        postgresql_with={"fillfactor": "85"},
    )
    op.create_index(
        "ix_attempts_leased",
        "attempts",
        ["leased_until", "organization_id"],
        unique=False,
        postgresql_where=sa.text("leased_until IS NOT NULL"),
    )
    op.create_index(
        "ix_attempts_organization_id_status", "attempts", ["organization_id", "status", "kind"], unique=False
    )
    op.create_index(
        "ix_attempts_wake",
        "attempts",
        ["organization_id", "wake_at"],
        unique=False,
        postgresql_where=sa.text("wake_at IS NOT NULL AND leased_until IS NULL"),
    )
    op.create_index(
        "uq_attempts_in_flight",
        "attempts",
        ["transaction_id"],
        unique=True,
        postgresql_where=sa.text("status IN ('executing', 'unknown')"),
    )
    op.create_index(
        "uq_attempts_scheduled",
        "attempts",
        ["recovery_id", "kind"],
        unique=True,
        postgresql_where=sa.text("status = 'scheduled'"),
    )
    op.create_table(
        "failure_events",
        sa.Column("id", sa.Text(collation="C"), nullable=False),
        sa.Column("organization_id", sa.Text(collation="C"), nullable=False),
        sa.Column("transaction_id", sa.Text(collation="C"), nullable=False),
        sa.Column("recovery_id", sa.Text(collation="C"), nullable=False),
        sa.Column("gateway", sa.Text(), nullable=False),
        sa.Column("failure_reason", sa.Text(), nullable=False),
        sa.Column("failure_code", sa.Text(), nullable=True),
        sa.Column("failure_message", sa.Text(), nullable=True),
        sa.Column("network_decline_code", sa.Text(), nullable=True),
        sa.Column("network_advice_code", sa.Text(), nullable=True),
        sa.Column("psp_payment_id", sa.Text(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("hardness", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("classification", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("metadata", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "category IN ('funds', 'issuer_decline', 'network', 'auth_timeout', 'upi_pending', 'unknown')",
            name=op.f("ck_failure_events_category_known"),
        ),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_failure_events_currency_iso")),
        sa.CheckConstraint("hardness IN ('soft', 'hard')", name=op.f("ck_failure_events_hardness_known")),
        sa.ForeignKeyConstraint(["recovery_id"], ["recoveries.id"], name=op.f("fk_failure_events_recovery_id")),
        sa.ForeignKeyConstraint(["transaction_id"], ["transactions.id"], name=op.f("fk_failure_events_transaction_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_failure_events")),
    )
    op.create_index("ix_failure_events_organization_id_id", "failure_events", ["organization_id", "id"], unique=False)
    op.create_index(op.f("ix_failure_events_recovery_id"), "failure_events", ["recovery_id"], unique=False)
    op.create_index(op.f("ix_failure_events_transaction_id"), "failure_events", ["transaction_id"], unique=False)
    op.create_table(
        "timeline",
        sa.Column("id", sa.Text(collation="C"), nullable=False),
        sa.Column("organization_id", sa.Text(collation="C"), nullable=False),
        sa.Column("recovery_id", sa.Text(collation="C"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.ForeignKeyConstraint(["recovery_id"], ["recoveries.id"], name=op.f("fk_timeline_recovery_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_timeline")),
    )
    op.create_index("ix_timeline_recovery_id_id", "timeline", ["recovery_id", "id"], unique=False)
    op.create_table(
        "charges",
        sa.Column("id", sa.Text(collation="C"), nullable=False),
        sa.Column("organization_id", sa.Text(collation="C"), nullable=False),
        sa.Column("transaction_id", sa.Text(collation="C"), nullable=False),
        sa.Column("attempt_id", sa.Text(collation="C"), nullable=True),
        sa.Column("psp_account_id", sa.Text(collation="C"), nullable=False),
        sa.Column("psp_payment_id", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("is_duplicate", sa.Boolean(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("captured_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("refunded_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_charges_currency_iso")),
        sa.CheckConstraint("status IN ('captured', 'refund_due', 'refunded')", name=op.f("ck_charges_status_known")),
        sa.CheckConstraint("amount > 0", name=op.f("ck_charges_amount_positive")),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempts.id"], name=op.f("fk_charges_attempt_id")),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_charges_organization_id")),
        sa.ForeignKeyConstraint(["psp_account_id"], ["psp_accounts.id"], name=op.f("fk_charges_psp_account_id")),
        sa.ForeignKeyConstraint(["transaction_id"], ["transactions.id"], name=op.f("fk_charges_transaction_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_charges")),
        sa.UniqueConstraint("psp_account_id", "psp_payment_id", name=op.f("uq_charges_psp_account_id_psp_payment_id")),
    )
    op.create_index("ix_charges_organization_id_id", "charges", ["organization_id", "id"], unique=False)
    op.create_index(op.f("ix_charges_transaction_id"), "charges", ["transaction_id"], unique=False)
    op.create_index(
        "uq_charges_payment", "charges", ["transaction_id"], unique=True, postgresql_where=sa.text("NOT is_duplicate")
    )
    op.create_table(
        "ledger_entries",
        sa.Column("id", sa.Text(collation="C"), nullable=False),
        sa.Column("organization_id", sa.Text(collation="C"), nullable=False),
        sa.Column("charge_id", sa.Text(collation="C"), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("currency ~ '^[A-Z]{3}$'", name=op.f("ck_ledger_entries_currency_iso")),
        sa.CheckConstraint(
            "kind IN ('capture', 'duplicate_capture', 'duplicate_refund')", name=op.f("ck_ledger_entries_kind_known")
        ),
        sa.ForeignKeyConstraint(["charge_id"], ["charges.id"], name=op.f("fk_ledger_entries_charge_id")),
        sa.ForeignKeyConstraint(
            ["organization_id"], ["organizations.id"], name=op.f("fk_ledger_entries_organization_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_entries")),
    )
    op.create_index("ix_ledger_entries_organization_id_id", "ledger_entries", ["organization_id", "id"], unique=False)
    op.create_index("uq_ledger_entries_charge_id_kind", "ledger_entries", ["charge_id", "kind"], unique=True)
    op.create_table(
        "ledger_lines",
        sa.Column("entry_id", sa.Text(collation="C"), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("debit", sa.BigInteger(), nullable=False),
        sa.Column("credit", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "account IN ('psp_clearing', 'recovered_revenue', 'duplicate_refunds')",
            name=op.f("ck_ledger_lines_account_known"),
        ),
        sa.CheckConstraint(
            "(debit > 0 AND credit = 0) OR (credit > 0 AND debit = 0)", name=op.f("ck_ledger_lines_one_side")
        ),
        sa.ForeignKeyConstraint(["entry_id"], ["ledger_entries.id"], name=op.f("fk_ledger_lines_entry_id")),
        sa.PrimaryKeyConstraint("entry_id", "account", name=op.f("pk_ledger_lines")),
    )
    create_guards()


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    drop_guards()
    op.drop_table("ledger_lines")
    op.drop_index("uq_ledger_entries_charge_id_kind", table_name="ledger_entries")
    op.drop_index("ix_ledger_entries_organization_id_id", table_name="ledger_entries")
    op.drop_table("ledger_entries")
    op.drop_index("uq_charges_payment", table_name="charges", postgresql_where=sa.text("NOT is_duplicate"))
    op.drop_index(op.f("ix_charges_transaction_id"), table_name="charges")
    op.drop_index("ix_charges_organization_id_id", table_name="charges")
    op.drop_table("charges")
    op.drop_index("ix_timeline_recovery_id_id", table_name="timeline")
    op.drop_table("timeline")
    op.drop_index(op.f("ix_failure_events_transaction_id"), table_name="failure_events")
    op.drop_index(op.f("ix_failure_events_recovery_id"), table_name="failure_events")
    op.drop_index("ix_failure_events_organization_id_id", table_name="failure_events")
    op.drop_table("failure_events")
    op.drop_index("uq_attempts_scheduled", table_name="attempts", postgresql_where=sa.text("status = 'scheduled'"))
    op.drop_index(
        "uq_attempts_in_flight", table_name="attempts", postgresql_where=sa.text("status IN ('executing', 'unknown')")
    )
    op.drop_index(
        "ix_attempts_wake",
        table_name="attempts",
        postgresql_where=sa.text("wake_at IS NOT NULL AND leased_until IS NULL"),
    )
    op.drop_index("ix_attempts_organization_id_status", table_name="attempts")
    op.drop_index("ix_attempts_leased", table_name="attempts", postgresql_where=sa.text("leased_until IS NOT NULL"))
    op.drop_table("attempts")
    op.drop_index("uq_recoveries_open", table_name="recoveries", postgresql_where=sa.text("status = 'open'"))
    op.drop_index(op.f("ix_recoveries_transaction_id"), table_name="recoveries")
    op.drop_index("ix_recoveries_organization_id_status_id", table_name="recoveries")
    op.drop_index("ix_recoveries_organization_id_id", table_name="recoveries")
    op.drop_index("ix_recoveries_open_window", table_name="recoveries", postgresql_where=sa.text("status = 'open'"))
    op.drop_index(
        "ix_recoveries_needs_attention",
        table_name="recoveries",
        postgresql_where=sa.text("needs_attention IS NOT NULL"),
    )
    op.drop_table("recoveries")
    op.drop_index(op.f("ix_user_sessions_user_id"), table_name="user_sessions")
    op.drop_index(op.f("ix_user_sessions_spent_refresh_hash"), table_name="user_sessions")
    op.drop_index(op.f("ix_user_sessions_expires_at"), table_name="user_sessions")
    op.drop_table("user_sessions")
    op.drop_index("ix_psp_events_organization_id_status_id", table_name="psp_events")
    op.drop_table("psp_events")
    op.drop_table("policy_versions")
    op.drop_index(op.f("ix_memberships_user_id"), table_name="memberships")
    op.drop_table("memberships")
    op.drop_table("users")
    op.drop_table("unknown_codes")
    op.drop_table("transactions")
    op.drop_index(op.f("ix_psp_accounts_organization_id"), table_name="psp_accounts")
    op.drop_table("psp_accounts")
    op.drop_index("uq_policies_active", table_name="policies", postgresql_where=sa.text("is_active"))
    op.drop_index(op.f("ix_policies_organization_id"), table_name="policies")
    op.drop_table("policies")
    op.drop_index(op.f("ix_idempotency_keys_expires_at"), table_name="idempotency_keys")
    op.drop_table("idempotency_keys")
    op.drop_index("ix_audit_log_organization_id_id", table_name="audit_log")
    op.drop_table("audit_log")
    op.drop_index(op.f("ix_api_keys_organization_id"), table_name="api_keys")
    op.drop_table("api_keys")
    op.drop_index("ix_outbox_wake_at", table_name="outbox", postgresql_where=sa.text("wake_at IS NOT NULL"))
    op.drop_index("ix_outbox_done_at", table_name="outbox", postgresql_where=sa.text("done_at IS NOT NULL"))
    op.drop_index("ix_outbox_dead_at", table_name="outbox", postgresql_where=sa.text("dead_at IS NOT NULL"))
    op.drop_table("outbox")
    op.drop_index(
        "ix_organizations_clock_target_at",
        table_name="organizations",
        postgresql_where=sa.text("clock_target_at IS NOT NULL"),
    )
    op.drop_table("organizations")

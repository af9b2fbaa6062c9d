"""Rollups for analytics: what recoveries, reports and charges add up to, kept by triggers as differences."""

import sqlalchemy as sa

from alembic import op

revision = "0010_rollups"
down_revision = "0009_people"
branch_labels = None
depends_on = None

KEY = ("organization_id", "currency", "day", "category", "gateway")
COUNTS = (
    "reports",
    "opened",
    "retried",
    "messaged",
    "link_opened",
    "recovered",
    "by_retry",
    "by_link",
    "exhausted",
    "cancelled",
    *(f"took_{n}" for n in range(12)),
    "received",
    "received_external",
    "duplicates",
    "duplicates_returned",
    "refunds",
    "disputes",
)
AMOUNTS = (
    "reported_amount",
    "opened_amount",
    "recovered_amount",
    "exhausted_amount",
    "cancelled_amount",
    "received_amount",
    "received_external_amount",
    "duplicates_amount",
    "duplicates_returned_amount",
    "refunds_amount",
    "disputes_amount",
)
STEPS = ("retried_at", "messaged_at", "link_opened_at")
TOOK = "array[600, 3600, 10800, 21600, 43200, 86400, 172800, 259200, 604800, 1209600, 2592000]"

# The look-ups are in indexes whatever the planner believed of a table when the plan was made: tables grow.
LOOK_UP = "LANGUAGE plpgsql SET enable_seqscan = off"

REPORTS = """
CREATE FUNCTION rollup_reports() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO rollup_deltas (organization_id, currency, day, category, gateway, reports, reported_amount)
    SELECT e.organization_id, e.currency, (e.received_at AT TIME ZONE 'UTC')::date, e.category, e.gateway,
           count(*), sum(e.amount)
    FROM added e GROUP BY 1, 2, 3, 4, 5;
    RETURN NULL;
END $$;
CREATE TRIGGER failure_events_rollup AFTER INSERT ON failure_events
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION rollup_reports()
"""

ADD = f"""
CREATE FUNCTION rollup_add(r recoveries, currency text, gateway text, amount numeric, times integer)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    paid boolean := r.status = 'recovered';
    took integer := CASE WHEN r.status = 'recovered'
                    THEN width_bucket(extract(epoch FROM r.ended_at - r.opened_at), {TOOK}::numeric[]) END;
BEGIN
    INSERT INTO rollup_deltas (organization_id, currency, day, category, gateway, opened, opened_amount,
        retried, messaged, link_opened, recovered, recovered_amount, by_retry, by_link,
        exhausted, exhausted_amount, cancelled, cancelled_amount,
        {", ".join(f"took_{n}" for n in range(12))})
    VALUES (r.organization_id, currency, (r.opened_at AT TIME ZONE 'UTC')::date, r.category, gateway,
        times, times * amount,
        CASE WHEN r.retried_at IS NOT NULL THEN times END,
        CASE WHEN r.messaged_at IS NOT NULL THEN times END,
        CASE WHEN r.link_opened_at IS NOT NULL THEN times END,
        CASE WHEN paid THEN times END, CASE WHEN paid THEN times * amount END,
        CASE WHEN paid AND r.recovered_via = 'retry' THEN times END,
        CASE WHEN paid AND r.recovered_via = 'payer_link' THEN times END,
        CASE WHEN r.status = 'exhausted' THEN times END, CASE WHEN r.status = 'exhausted' THEN times * amount END,
        CASE WHEN r.status = 'cancelled' THEN times END, CASE WHEN r.status = 'cancelled' THEN times * amount END,
        {", ".join(f"CASE WHEN took = {n} THEN times END" for n in range(12))});
END $$
"""

OPENED = f"""
CREATE FUNCTION rollup_opened() RETURNS trigger {LOOK_UP} AS $$
BEGIN
    INSERT INTO rollup_deltas (organization_id, currency, day, category, gateway, opened, opened_amount)
    SELECT r.organization_id, t.currency, (r.opened_at AT TIME ZONE 'UTC')::date, r.category, t.gateway,
           count(*), sum(t.amount)
    FROM added r
    CROSS JOIN LATERAL (SELECT currency, gateway, amount FROM transactions WHERE id = r.transaction_id LIMIT 1) t
    WHERE r.status = 'open' AND num_nonnulls(r.retried_at, r.messaged_at, r.link_opened_at) = 0
    GROUP BY 1, 2, 3, 4, 5;
    PERFORM rollup_add(r::recoveries, t.currency, t.gateway, t.amount, 1)
    FROM (SELECT * FROM added a
          WHERE a.status <> 'open' OR num_nonnulls(a.retried_at, a.messaged_at, a.link_opened_at) > 0) r
    JOIN transactions t ON t.id = r.transaction_id;
    RETURN NULL;
END $$;
CREATE TRIGGER recoveries_rollup_opened AFTER INSERT ON recoveries
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION rollup_opened()
"""

COUNTED_IN_RECOVERIES = (
    "organization_id",
    "transaction_id",
    "status",
    "category",
    "recovered_via",
    "opened_at",
    "ended_at",
    *STEPS,
)

CHANGED = f"""
CREATE FUNCTION rollup_changed() RETURNS trigger {LOOK_UP} AS $$
DECLARE
    t transactions;
BEGIN
    IF TG_OP = 'DELETE' OR TG_OP = 'UPDATE' THEN
        SELECT * INTO STRICT t FROM transactions WHERE id = OLD.transaction_id;
        PERFORM rollup_add(OLD, t.currency, t.gateway, t.amount, -1);
    END IF;
    IF TG_OP = 'UPDATE' THEN
        SELECT * INTO STRICT t FROM transactions WHERE id = NEW.transaction_id;
        PERFORM rollup_add(NEW, t.currency, t.gateway, t.amount, 1);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER recoveries_rollup_changed AFTER UPDATE ON recoveries FOR EACH ROW
    WHEN (({", ".join(f"OLD.{name}" for name in COUNTED_IN_RECOVERIES)})
          IS DISTINCT FROM ({", ".join(f"NEW.{name}" for name in COUNTED_IN_RECOVERIES)}))
    EXECUTE FUNCTION rollup_changed();
CREATE TRIGGER recoveries_rollup_deleted AFTER DELETE ON recoveries FOR EACH ROW
    EXECUTE FUNCTION rollup_changed()
"""

# Whoever changes a recovery meanwhile either is waited for here, or sees the transaction as it is afterwards.
CORRECTED = f"""
CREATE FUNCTION rollup_corrected() RETURNS trigger {LOOK_UP} AS $$
BEGIN
    PERFORM FROM recoveries WHERE transaction_id = NEW.id ORDER BY id FOR UPDATE;
    PERFORM rollup_add(r, OLD.currency, OLD.gateway, OLD.amount, -1),
            rollup_add(r, NEW.currency, NEW.gateway, NEW.amount, 1)
    FROM recoveries r WHERE r.transaction_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER transactions_rollup AFTER UPDATE OF amount, currency, gateway ON transactions FOR EACH ROW
    WHEN ((OLD.amount, OLD.currency, OLD.gateway) IS DISTINCT FROM (NEW.amount, NEW.currency, NEW.gateway))
    EXECUTE FUNCTION rollup_corrected()
"""

CHARGES = f"""
CREATE FUNCTION rollup_charges() RETURNS trigger {LOOK_UP} AS $$
BEGIN
    INSERT INTO rollup_deltas (organization_id, currency, day, category, gateway, received, received_amount,
        received_external, received_external_amount, duplicates, duplicates_amount,
        duplicates_returned, duplicates_returned_amount)
    SELECT c.organization_id, c.currency, c.day, '', a.psp, c.n * c.first, c.n * c.first * c.amount,
        c.n * c.external, c.n * c.external * c.amount, c.n * c.second, c.n * c.second * c.amount,
        c.n * c.back, c.n * c.back * c.amount
    FROM (
        SELECT s.n, s.organization_id, s.psp_account_id, s.currency, s.amount::numeric AS amount,
               (k.at AT TIME ZONE 'UTC')::date AS day, k.first, k.external, k.second, k.back
        FROM (SELECT -1 AS n, (OLD).* WHERE TG_OP = 'UPDATE' UNION ALL SELECT 1, (NEW).*) s
        CROSS JOIN LATERAL (
            VALUES (s.captured_at, (NOT s.is_duplicate)::integer,
                    (NOT s.is_duplicate AND s.attempt_id IS NULL)::integer, s.is_duplicate::integer, 0),
                   (CASE WHEN s.status = 'refunded' THEN s.refunded_at END, 0, 0, 0, 1)
        ) k (at, first, external, second, back)
        WHERE k.at IS NOT NULL
    ) c
    JOIN psp_accounts a ON a.id = c.psp_account_id;
    RETURN NULL;
END $$;
CREATE TRIGGER charges_rollup AFTER INSERT OR UPDATE ON charges FOR EACH ROW EXECUTE FUNCTION rollup_charges()
"""

REVERSALS = f"""
CREATE FUNCTION rollup_reversals() RETURNS trigger {LOOK_UP} AS $$
BEGIN
    INSERT INTO rollup_deltas (organization_id, currency, day, category, gateway,
        refunds, refunds_amount, disputes, disputes_amount)
    SELECT s.organization_id, s.currency, (s.occurred_at AT TIME ZONE 'UTC')::date, '', a.psp,
        CASE s.kind WHEN 'refund' THEN s.n END, CASE s.kind WHEN 'refund' THEN s.n * s.amount::numeric END,
        CASE s.kind WHEN 'dispute' THEN s.n END, CASE s.kind WHEN 'dispute' THEN s.n * s.amount::numeric END
    FROM (SELECT -1 AS n, (OLD).* WHERE TG_OP = 'UPDATE' UNION ALL SELECT 1, (NEW).*) s
    JOIN psp_accounts a ON a.id = s.psp_account_id
    WHERE s.amount IS NOT NULL
      AND (s.kind = 'refund' AND s.status = 'succeeded' OR s.kind = 'dispute' AND s.status <> 'won');
    RETURN NULL;
END $$;
CREATE TRIGGER payment_reversals_rollup AFTER INSERT OR UPDATE ON payment_reversals
    FOR EACH ROW EXECUTE FUNCTION rollup_reversals()
"""


def first_time(table: str, column: str, *, of: str, when: str, before: str, at: str) -> str:
    """Return the triggers that write down on the recovery that something happened for the first time.

    `when` says of the new row that it did, `before` of the old one that it had not.
    """
    return f"""
CREATE FUNCTION {table}_first() RETURNS trigger {LOOK_UP} AS $$
BEGIN
    UPDATE recoveries SET {column} = {at} WHERE id = NEW.recovery_id AND {column} IS NULL;
    RETURN NULL;
END $$;
CREATE TRIGGER {table}_first AFTER UPDATE OF {of} ON {table} FOR EACH ROW WHEN ({when} AND {before})
    EXECUTE FUNCTION {table}_first();
CREATE TRIGGER {table}_first_at_once AFTER INSERT ON {table} FOR EACH ROW WHEN ({when})
    EXECUTE FUNCTION {table}_first()
"""


FIRST_TIMES = (
    first_time(
        "attempts",
        "retried_at",
        of="status",
        when="NEW.status IN ('succeeded', 'declined', 'requires_action', 'unknown') AND NEW.kind = 'charge'",
        before="OLD.status <> NEW.status",
        at="coalesce(NEW.started_at, NEW.finished_at, NEW.due_at)",
    ),
    first_time(
        "messages",
        "messaged_at",
        of="sent_at",
        when="NEW.sent_at IS NOT NULL",
        before="OLD.sent_at IS NULL",
        at="NEW.sent_at",
    ),
    first_time(
        "links",
        "link_opened_at",
        of="opened_at",
        when="NEW.opened_at IS NOT NULL",
        before="OLD.opened_at IS NULL",
        at="NEW.opened_at",
    ),
)
TRIGGERS = (
    ("failure_events", "failure_events_rollup"),
    ("recoveries", "recoveries_rollup_opened"),
    ("recoveries", "recoveries_rollup_changed"),
    ("recoveries", "recoveries_rollup_deleted"),
    ("transactions", "transactions_rollup"),
    ("charges", "charges_rollup"),
    ("payment_reversals", "payment_reversals_rollup"),
    ("attempts", "attempts_first"),
    ("messages", "messages_first"),
    ("links", "links_first"),
    ("attempts", "attempts_first_at_once"),
    ("messages", "messages_first_at_once"),
    ("links", "links_first_at_once"),
)
FUNCTIONS = (
    "rollup_reports",
    "rollup_opened",
    "rollup_changed",
    "rollup_corrected",
    "rollup_charges",
    "rollup_reversals",
    "attempts_first",
    "messages_first",
    "links_first",
)


def key_columns() -> list[sa.Column]:
    return [sa.Column(name, sa.Date() if name == "day" else sa.Text(collation="C"), nullable=False) for name in KEY]


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    op.create_table(
        "rollups",
        sa.Column("level", sa.SmallInteger(), nullable=False),
        *key_columns(),
        *(sa.Column(name, sa.Integer(), server_default=sa.text("0"), nullable=False) for name in COUNTS),
        *(sa.Column(name, sa.Numeric(), server_default=sa.text("0"), nullable=False) for name in AMOUNTS),
        sa.PrimaryKeyConstraint("organization_id", "level", *KEY[1:], name=op.f("pk_rollups")),
        postgresql_with={"fillfactor": "85"},
    )
    op.create_table(
        "rollup_deltas",
        *key_columns(),
        *(sa.Column(name, sa.Integer(), nullable=True) for name in COUNTS),
        *(sa.Column(name, sa.Numeric(), nullable=True) for name in AMOUNTS),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        # Rows live for seconds: what they leave is to be swept up before it is much.
        postgresql_with={"autovacuum_vacuum_scale_factor": "0", "autovacuum_vacuum_threshold": "20000"},
    )
    op.create_index("ix_rollup_deltas_organization_id", "rollup_deltas", ["organization_id"])
    for name in STEPS:
        op.add_column("recoveries", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_charges_refund_due", "charges", ["organization_id"], postgresql_where=sa.text("status = 'refund_due'")
    )
    op.create_index(
        "ix_messages_gave_up",
        "messages",
        ["organization_id", "id"],
        postgresql_where=sa.text("status IN ('failed', 'unknown')"),
    )
    for script in (REPORTS, ADD, OPENED, CHANGED, CORRECTED, CHARGES, REVERSALS, *FIRST_TIMES):
        op.execute(script)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    for table, name in TRIGGERS:
        op.execute(f"DROP TRIGGER {name} ON {table}")
    for name in FUNCTIONS:
        op.execute(f"DROP FUNCTION {name}()")
    op.execute("DROP FUNCTION rollup_add(recoveries, text, text, numeric, integer)")
    op.drop_index("ix_messages_gave_up", "messages", postgresql_where=sa.text("status IN ('failed', 'unknown')"))
    op.drop_index("ix_charges_refund_due", "charges", postgresql_where=sa.text("status = 'refund_due'"))
    for name in reversed(STEPS):
        op.drop_column("recoveries", name)
    op.drop_table("rollup_deltas")
    op.drop_table("rollups")

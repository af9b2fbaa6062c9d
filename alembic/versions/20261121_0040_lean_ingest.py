"""lean ingest: one foreign key where there were two, and a timeline without what other rows tell."""

from alembic import op

revision = "0004_lean_ingest"
down_revision = "0003_messages"
branch_labels = None
depends_on = None

TOLD_ELSEWHERE = "('recovery_opened', 'failure_reported', 'attempt_planned')"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    op.create_unique_constraint(op.f("uq_recoveries_transaction_id_id"), "recoveries", ["transaction_id", "id"])
    op.drop_index("ix_recoveries_transaction_id", table_name="recoveries")
    for table in ("failure_events", "attempts"):
        op.drop_constraint(f"fk_{table}_recovery_id", table, type_="foreignkey")
        op.drop_constraint(f"fk_{table}_transaction_id", table, type_="foreignkey")
        op.create_foreign_key(
            op.f(f"fk_{table}_transaction_id_recovery_id"),
            table,
            "recoveries",
            ["transaction_id", "recovery_id"],
            ["transaction_id", "id"],
        )
    op.drop_index("ix_failure_events_recovery_id", table_name="failure_events")
    op.execute("""
        UPDATE attempts a SET decision = a.decision || jsonb_build_object('due_at', t.facts -> 'due_at')
        FROM timeline t
        WHERE t.recovery_id = a.recovery_id AND t.what = 'attempt_planned' AND t.facts ->> 'attempt_id' = a.id
    """)
    op.execute("ALTER TABLE timeline DISABLE TRIGGER timeline_append_only")
    op.execute(f"DELETE FROM timeline WHERE what IN {TOLD_ELSEWHERE}")
    op.execute("ALTER TABLE timeline ENABLE TRIGGER timeline_append_only")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    op.execute("""
        INSERT INTO timeline (id, organization_id, recovery_id, at, what, who, why, facts)
        SELECT 'tml' || substr(e.id, 4), e.organization_id, e.recovery_id, e.received_at,
               CASE WHEN lag(e.id) OVER (PARTITION BY e.recovery_id ORDER BY e.id) IS NULL
                    THEN 'recovery_opened' ELSE 'failure_reported' END,
               'merchant',
               coalesce(e.classification ->> 'title', e.reason) || ' (' || e.hardness || ', ' || e.category || ').',
               jsonb_build_object('failure_reason', e.failure_reason, 'rule', e.rule,
                                  'amount', e.amount, 'currency', e.currency)
        FROM failure_events e
    """)
    op.execute("""
        INSERT INTO timeline (id, organization_id, recovery_id, at, what, who, why, facts)
        SELECT 'tml' || substr(a.id, 4), a.organization_id, a.recovery_id, a.planned_at, 'attempt_planned',
               'rule:' || (a.decision ->> 'rule'), a.decision ->> 'why',
               jsonb_build_object('attempt_id', a.id, 'kind', a.kind, 'excluded', a.decision -> 'excluded',
                                  'due_at', coalesce(a.decision -> 'due_at', to_jsonb(a.due_at)))
        FROM attempts a
    """)
    op.create_index("ix_failure_events_recovery_id", "failure_events", ["recovery_id"])
    for table in ("attempts", "failure_events"):
        op.drop_constraint(f"fk_{table}_transaction_id_recovery_id", table, type_="foreignkey")
        op.create_foreign_key(op.f(f"fk_{table}_transaction_id"), table, "transactions", ["transaction_id"], ["id"])
        op.create_foreign_key(op.f(f"fk_{table}_recovery_id"), table, "recoveries", ["recovery_id"], ["id"])
    op.create_index("ix_recoveries_transaction_id", "recoveries", ["transaction_id"])
    op.drop_constraint("uq_recoveries_transaction_id_id", "recoveries", type_="unique")

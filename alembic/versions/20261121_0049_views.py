"""Lists of recoveries: saved views and what searches need."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from alembic import op

revision = "0013_views"
down_revision = "0012_rules"
branch_labels = None
depends_on = None

ID = sa.Text(collation="C")
MOMENT = sa.DateTime(timezone=True)
BLOOM = "int8_bloom_ops (n_distinct_per_range='1500', false_positive_rate='0.01')"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    with op.get_context().autocommit_block():
        # Before all else, so that it can be run again: reports go on being written meanwhile, and what an attempt
        # that was broken off left behind is no use.
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS ix_transactions_customer")
        op.execute(
            "CREATE INDEX CONCURRENTLY ix_transactions_customer ON transactions USING brin ("
            f"hashtextextended(customer ->> 'ref', 0) {BLOOM}, "
            f"hashtextextended(lower(customer ->> 'email'), 0) {BLOOM}"
            ") WITH (pages_per_range = 64, autosummarize = on)"
        )
    # The block ended the transaction, and what was set for it.
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    op.create_table(
        "saved_views",
        sa.Column("id", ID, nullable=False),
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("page", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("query", JSONB(), nullable=False),
        sa.Column("is_shared", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.CheckConstraint("page IN ('recoveries')", name=op.f("ck_saved_views_page_known")),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_saved_views_organization_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_saved_views_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_views")),
    )
    op.create_index("ix_saved_views_organization_id_id", "saved_views", ["organization_id", "id"])
    op.create_index(op.f("ix_saved_views_user_id"), "saved_views", ["user_id"])
    op.create_table(
        "onboarding",
        sa.Column("organization_id", ID, nullable=False),
        sa.Column("choices", JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("dismissed_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_onboarding_organization_id")),
        sa.PrimaryKeyConstraint("organization_id", name=op.f("pk_onboarding")),
    )
    op.add_column("organizations", sa.Column("clock_target_offset", sa.Interval(), nullable=True))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    op.execute("DROP INDEX ix_transactions_customer")
    op.drop_column("organizations", "clock_target_offset")
    op.drop_table("onboarding")
    op.drop_table("saved_views")

"""Organizations' own classification rules, and drafts of policies."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from alembic import op

revision = "0012_rules"
down_revision = "0011_request_log"
branch_labels = None
depends_on = None


def _id(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(collation="C"), nullable=False)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    op.create_table(
        "rule_sets",
        _id("organization_id"),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("rules", postgresql.JSONB(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("jsonb_typeof(rules) = 'array'", name=op.f("ck_rule_sets_rules_are_a_list")),
        sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=op.f("fk_rule_sets_organization_id")),
        sa.PrimaryKeyConstraint("organization_id", "version", name=op.f("pk_rule_sets")),
    )
    op.create_table(
        "policy_drafts",
        _id("policy_id"),
        sa.Column("settings", postgresql.JSONB(), nullable=False),
        sa.Column("based_on", sa.Integer(), nullable=False),
        sa.Column("updated_by", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["policy_id"], ["policies.id"], name=op.f("fk_policy_drafts_policy_id")),
        sa.PrimaryKeyConstraint("policy_id", name=op.f("pk_policy_drafts")),
    )
    # A constant default is kept in the catalogue: no row is written.
    op.add_column(
        "organizations", sa.Column("rules_version", sa.Integer(), server_default=sa.text("0"), nullable=False)
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    op.drop_column("organizations", "rules_version")
    op.drop_table("policy_drafts")
    op.drop_table("rule_sets")

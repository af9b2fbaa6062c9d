"""A merchant's own look on the payer's page, and the amounts that links and payment pages were made for."""

import sqlalchemy as sa

from alembic import op

revision = "0007_branding"
down_revision = "0006_network_rules"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    op.add_column("organizations", sa.Column("display_name", sa.Text(), nullable=True))
    op.add_column("organizations", sa.Column("brand_color", sa.Text(), nullable=True))
    op.add_column("organizations", sa.Column("logo", sa.LargeBinary(), nullable=True))
    op.add_column("organizations", sa.Column("logo_name", sa.Text(), nullable=True))
    op.add_column("organizations", sa.Column("logo_width", sa.Integer(), nullable=True))
    op.add_column("organizations", sa.Column("logo_height", sa.Integer(), nullable=True))
    op.create_check_constraint(
        op.f("ck_organizations_brand_color_hex"), "organizations", "brand_color ~ '^#[0-9a-f]{6}$'"
    )
    op.create_check_constraint(
        op.f("ck_organizations_logo_is_whole"),
        "organizations",
        "num_nulls(logo, logo_name, logo_width, logo_height) IN (0, 4)",
    )
    op.create_index(
        "ix_organizations_logo_name", "organizations", ["logo_name"], postgresql_where=sa.text("logo_name IS NOT NULL")
    )
    # Rows of before have none: nobody knows what their payers were told.
    op.add_column("links", sa.Column("amount", sa.BigInteger(), nullable=True))
    op.add_column("checkouts", sa.Column("amount", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '4s'")
    op.execute("SET LOCAL statement_timeout = '60s'")
    op.drop_column("checkouts", "amount")
    op.drop_column("links", "amount")
    op.drop_index("ix_organizations_logo_name", table_name="organizations")
    op.drop_constraint(op.f("ck_organizations_logo_is_whole"), "organizations", type_="check")
    op.drop_constraint(op.f("ck_organizations_brand_color_hex"), "organizations", type_="check")
    for name in ("logo_height", "logo_width", "logo_name", "logo", "brand_color", "display_name"):
        op.drop_column("organizations", name)

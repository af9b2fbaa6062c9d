"""Runs migrations on the URL that the caller hands in, else on DATABASE_URL."""

from sqlalchemy import create_engine, pool, text

from alembic import context
from app.db.base import Base
from app.db.models import Organization
from app.db.session import normalise_url
from app.infra.settings import load_settings

assert Organization.metadata is Base.metadata  # noqa: S101  (importing the models registers them)

MIGRATION_LOCK = 7_460_021


def run_migrations() -> None:
    """Apply what is missing; one migrator at a time."""
    url = context.config.attributes.get("url") or load_settings().database_url.get_secret_value()
    engine = create_engine(normalise_url(url), poolclass=pool.NullPool)
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": MIGRATION_LOCK})
        connection.commit()
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            transaction_per_migration=True,
            compare_type=True,
            compare_server_default=True,
        )
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


run_migrations()

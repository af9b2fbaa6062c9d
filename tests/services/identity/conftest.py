"""What the services of identity are handed: a database, crypto, tokens and a time."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from app.db.session import Database
from app.infra.crypto import Crypto
from app.infra.tokens import AccessTokens


@pytest.fixture(scope="session")
def database(database_url: str) -> Iterator[Database]:
    made = Database(database_url, pool_size=5)
    yield made
    made.dispose()


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """A transaction that is never committed."""
    with Session(database.engine, expire_on_commit=False) as made:
        yield made
        made.rollback()


@pytest.fixture(scope="session")
def crypto() -> Crypto:
    return Crypto("a secret for tests, longer than thirty-two")


@pytest.fixture(scope="session")
def tokens(crypto: Crypto) -> AccessTokens:
    return AccessTokens(crypto.keys_for("access-token"), lifetime=timedelta(minutes=15))


@pytest.fixture
def now() -> datetime:
    return datetime(2026, 11, 20, 12, 0, tzinfo=UTC)

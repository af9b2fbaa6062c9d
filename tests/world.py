"""The world that most tests live in: a container over real servers, a clock of the tests' own, and the cast."""

from collections.abc import Iterator

import pytest

from app.bootstrap import Container, build_container
from app.infra.settings import Settings
from tests.factories.identity import Cast, Merchant, make_cast, make_merchant
from tests.fakes.clock import FakeClock


@pytest.fixture(scope="session")
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(scope="session")
def settings(database_url: str, redis_url: str) -> Settings:
    return Settings(
        DATABASE_URL=database_url,
        REDIS_URL=redis_url,
        SECRET_KEY="a secret for tests, longer than thirty-two",
        RATE_LIMIT_AUTH_PER_MINUTE=100_000,
        LOG_LEVEL="ERROR",
    )


@pytest.fixture(scope="session")
def container(settings: Settings, clock: FakeClock) -> Iterator[Container]:
    made = build_container(settings, clock=clock)
    yield made
    made.close()


@pytest.fixture
def cast(container: Container) -> Cast:
    return make_cast(container)


@pytest.fixture
def merchant(container: Container) -> Merchant:
    return make_merchant(container)

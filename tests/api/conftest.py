"""The whole API behind a real server, a clock of the tests' own, and the cast."""

from collections.abc import Iterator

import httpx
import pytest

from app.api.app import build_api
from app.bootstrap import Container, build_container
from app.infra.settings import Settings
from tests.factories.identity import Cast, Merchant, make_cast, make_merchant
from tests.fakes.clock import FakeClock
from tests.fakes.server import served


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


@pytest.fixture(scope="session")
def base_url(container: Container) -> Iterator[str]:
    with served(build_api(container)) as url:
        yield url


@pytest.fixture(scope="session")
def client(base_url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=base_url, timeout=30) as made:
        yield made


@pytest.fixture
def cast(container: Container) -> Cast:
    return make_cast(container)


@pytest.fixture
def merchant(container: Container) -> Merchant:
    return make_merchant(container)

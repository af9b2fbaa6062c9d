"""The engine on a database of its own, so that its sweeps see nobody else's attempts."""

from collections.abc import Iterator

import pytest

from app.bootstrap import Container
from tests.factories.recoveries import Engine, container_of_its_own, make_engine


@pytest.fixture(scope="session")
def engine_container(postgres_url: str) -> Iterator[Container]:
    with container_of_its_own(postgres_url) as container:
        yield container


@pytest.fixture
def engine(engine_container: Container) -> Engine:
    """A merchant, with nothing else due on the machine."""
    return make_engine(engine_container)

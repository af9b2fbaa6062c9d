"""The engine on a database of its own, so that its sweeps see nobody else's attempts."""

from collections.abc import Iterator

import pytest

from app.bootstrap import Container
from tests.conftest import TEMPLATE, create_database, ensure_template
from tests.factories.recoveries import Engine, engine_container, make_engine


@pytest.fixture(scope="session")
def engine_container_of_the_run(postgres_url: str, worker_number: int) -> Iterator[Container]:
    ensure_template(postgres_url)
    url = create_database(postgres_url, f"tinko_engine_w{worker_number}", template=TEMPLATE)
    with engine_container(url) as container:
        yield container


@pytest.fixture
def engine(engine_container_of_the_run: Container) -> Engine:
    return make_engine(engine_container_of_the_run)

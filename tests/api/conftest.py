"""The whole API behind a real server."""

from collections.abc import Iterator

import httpx
import pytest

from app.api.app import build_api
from app.bootstrap import Container
from tests.fakes.server import served


@pytest.fixture(scope="session")
def base_url(container: Container) -> Iterator[str]:
    with served(build_api(container)) as url:
        yield url


@pytest.fixture(scope="session")
def client(base_url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=base_url, timeout=30) as made:
        yield made


@pytest.fixture(autouse=True)
def _nobody_is_signed_in(request: pytest.FixtureRequest) -> None:
    """Let no test begin with the cookies that one before it was given."""
    if "client" in request.fixturenames:
        request.getfixturevalue("client").cookies.clear()

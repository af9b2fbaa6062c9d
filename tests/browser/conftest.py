"""A real browser before the whole application, with a real sandbox behind it."""

import os
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from app.bootstrap import Container, build_container
from app.infra.settings import Settings
from app.main import create_app
from tests.browser.provide import find_chromium
from tests.factories.identity import Merchant, make_merchant
from tests.fakes.clock import FakeClock
from tests.fakes.server import served
from tests.pages.conftest import Till
from tests.simulators.sandbox_server import own_database, running_sandbox

HERE = Path(__file__).parent
AXE = HERE / "node_modules" / "axe-core" / "axe.min.js"
QUIET = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-dev-shm-usage",
)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    args = [*QUIET, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    return {**browser_type_launch_args, "executable_path": find_chromium(), "args": args}


@pytest.fixture(scope="session")
def axe() -> str:
    """Return axe-core's source; it is fetched once, by the lock file beside this."""
    if not AXE.exists():
        subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=HERE, check=True)
    return AXE.read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def sandbox_url(postgres_url: str) -> Iterator[str]:
    with own_database(postgres_url) as database_url, running_sandbox(database_url, webhook_threads=0) as url:
        yield url


@pytest.fixture(scope="session")
def shop(settings: Settings, clock: FakeClock, sandbox_url: str) -> Iterator[tuple[str, Container]]:
    """Serve the application over the real sandbox; yields its address and its container."""
    with_sandbox = settings.model_copy(update={"sandbox_api_base": sandbox_url})
    container = build_container(with_sandbox, clock=clock)
    app = create_app(container)
    with served(app) as url:
        # Links and return addresses name the port, which is known only now.
        public = with_sandbox.model_copy(update={"public_base_url": url})
        app.state.container = replace(container, settings=public)
        yield url, app.state.container


@pytest.fixture(scope="session")
def base_url(shop: tuple[str, Container]) -> str:
    return shop[0]


@pytest.fixture
def merchant(shop: tuple[str, Container]) -> Merchant:
    return make_merchant(shop[1])


@pytest.fixture
def till(shop: tuple[str, Container], merchant: Merchant) -> Iterator[Till]:
    with httpx.Client(base_url=shop[0], timeout=30) as client:
        yield Till(shop[1], client, merchant)

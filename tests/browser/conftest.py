"""A real browser before the whole application, with a real sandbox behind it."""

from collections.abc import Iterator

import httpx
import pytest

from app.bootstrap import Container
from app.infra.http import authorities
from app.infra.settings import Settings
from tests.browser.provide import axe_source, launch_options
from tests.browser.stand import open_shop
from tests.factories.identity import Merchant, make_merchant
from tests.fakes.clock import FakeClock
from tests.pages.conftest import Till
from tests.simulators.sandbox_server import own_database, running_sandbox


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    return {**browser_type_launch_args, **launch_options()}


@pytest.fixture(scope="session")
def axe() -> str:
    return axe_source()


@pytest.fixture(scope="session")
def sandbox_url(postgres_url: str) -> Iterator[str]:
    with own_database(postgres_url) as database_url, running_sandbox(database_url, webhook_threads=0) as url:
        yield url


@pytest.fixture(scope="session")
def shop(settings: Settings, clock: FakeClock, sandbox_url: str) -> Iterator[tuple[str, Container]]:
    """The application's address, and its container."""
    with open_shop(settings.model_copy(update={"sandbox_api_base": sandbox_url}), clock) as made:
        yield made


@pytest.fixture(scope="session")
def base_url(shop: tuple[str, Container]) -> str:
    return shop[0]


@pytest.fixture
def merchant(shop: tuple[str, Container]) -> Merchant:
    return make_merchant(shop[1])


@pytest.fixture
def till(shop: tuple[str, Container], merchant: Merchant) -> Iterator[Till]:
    with httpx.Client(base_url=shop[0], timeout=30, verify=authorities()) as client:
        yield Till(shop[1], client, merchant)


@pytest.fixture(params=[True, False], ids=["with script", "without script"])
def page_of_payer(request, browser):
    context = browser.new_context(java_script_enabled=request.param, viewport={"width": 360, "height": 720})
    # Nothing but the merchant's payment page and the provider may be asked.
    hosts = set()
    page = context.new_page()
    page.on("request", lambda asked: hosts.add(httpx.URL(asked.url).host))
    yield page
    context.close()
    assert hosts == {"127.0.0.1"}

"""A browser before the console: the whole application with a sandbox, on a database of its own."""

import shutil
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import expect
from pydantic import SecretStr

from app.infra.clock import SystemClock
from app.pages.bundle import find_bundle
from tests.browser.console.desk import PATIENCE_MS, Desk
from tests.browser.console.stand import Console, furnish, open_console
from tests.conftest import TEMPLATE, create_database, drop_database, ensure_template
from tests.factories.identity import Merchant, make_merchant

RECOVERIES = 60
expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="session")
def console(settings, postgres_url, worker_number, sandbox_url) -> Iterator[Console]:
    """Machine time, as browsers have: so on a database where no test moves clocks."""
    if find_bundle(settings.console_dir) is None and shutil.which("node") is None:
        pytest.skip("the console is not built, and there is no Node to build it (make console)")
    assert find_bundle(settings.console_dir), "the console is not built: make console"
    ensure_template(postgres_url)
    name = f"tinko_console_{worker_number}"
    url = create_database(postgres_url, name, template=TEMPLATE)
    own = settings.model_copy(update={"database_url": SecretStr(url)})
    with open_console(own, sandbox_url=sandbox_url) as made:
        yield made
    drop_database(postgres_url, name)


@pytest.fixture(scope="session")
def base_url(console: Console) -> str:
    return console.url


@pytest.fixture(scope="session")
def furnished(console: Console) -> Merchant:
    """A merchant with a history, which tests read and do not change."""
    return furnish(console, recoveries=RECOVERIES, now=SystemClock().now())


@pytest.fixture
def merchant(console: Console) -> Merchant:
    return make_merchant(console.container)


@pytest.fixture
def open_desk(browser, console) -> Iterator[Callable[..., Desk]]:
    """Open a browser for somebody, signed in, or for nobody; at the end no page has complained."""
    desks: list[Desk] = []

    def open_one(person=None, *, complaints=(), **looks) -> Desk:
        desk = Desk(browser, console, person, complaints, looks)
        desks.append(desk)
        return desk

    yield open_one
    for desk in desks:
        desk.close()
    for desk in desks:
        desk.assert_nothing_was_wrong()

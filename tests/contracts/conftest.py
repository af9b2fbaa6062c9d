"""Runs every expectation over each provider in `benches.BENCHES`."""

from contextlib import ExitStack, closing
from importlib import import_module

import pytest

from app.simulators import SKINS
from tests.contracts.benches import BENCHES
from tests.simulators.books_server import running_simulator
from tests.simulators.sandbox_server import own_database, running_sandbox


@pytest.fixture(scope="session")
def sandbox_url(postgres_url):
    with own_database(postgres_url) as database_url, running_sandbox(database_url) as base_url:
        yield base_url


@pytest.fixture(scope="session")
def simulator_url(postgres_url):
    """Start a provider's simulator when it is first asked for; every call returns where it is."""
    with ExitStack() as stack:
        urls = {}

        def url_of(name):
            if name not in urls:
                module, _, attribute = SKINS[name].skin.partition(":")
                skin = getattr(import_module(module), attribute)
                database_url = stack.enter_context(own_database(postgres_url))
                urls[name] = stack.enter_context(running_simulator(skin, database_url))
            return urls[name]

        yield url_of


@pytest.fixture(params=sorted(BENCHES))
def bench(request):
    def base_url():
        if request.param in SKINS:
            return request.getfixturevalue("simulator_url")(request.param)
        return request.getfixturevalue("sandbox_url")

    with closing(BENCHES[request.param](base_url)) as bench:
        yield bench

"""Runs every expectation over each provider in `benches.BENCHES`."""

from contextlib import closing

import pytest

from tests.contracts.benches import BENCHES
from tests.simulators.sandbox_server import own_database, running_sandbox


@pytest.fixture(scope="session")
def sandbox_url(postgres_url):
    with own_database(postgres_url) as database_url, running_sandbox(database_url) as base_url:
        yield base_url


@pytest.fixture(params=sorted(BENCHES))
def bench(request):
    with closing(BENCHES[request.param](lambda: request.getfixturevalue("sandbox_url"))) as bench:
        yield bench

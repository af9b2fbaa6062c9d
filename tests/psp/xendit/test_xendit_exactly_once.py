"""Xendit under every loss of a request or a reply: money moves once."""

import secrets
from datetime import UTC, datetime

import pytest

from app.domain.money import Money
from app.psp import xendit
from app.simulators.xendit import SKIN
from tests.psp.losses import AccountBehindLosses
from tests.simulators.books_server import running_simulator
from tests.simulators.sandbox_server import own_database

PRICE = Money(5000, "PHP")
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def base_url(postgres_url):
    with own_database(postgres_url) as database_url, running_simulator(SKIN, database_url, now=lambda: NOW) as url:
        yield url


@pytest.fixture
def account(base_url):
    key = f"xnd_development_{secrets.token_hex(12)}"
    opened = AccountBehindLosses(xendit.provider, "xendit", base_url, secret_key=key, token="pt-sim-ok", price=PRICE)
    yield opened
    opened.close()


@pytest.mark.parametrize("remembers", [True, False], ids=["the id is known", "only the attempt is known"])
def test_whatever_gets_lost_an_attempt_is_charged_once(account, remembers):
    account.charges_every_attempt_once(remembers=remembers)


def test_whatever_gets_lost_a_refund_is_given_once(account):
    account.gives_every_refund_once()

"""One running simulator of PayPal for the folder; merchants of one's own."""

import secrets
from dataclasses import dataclass
from datetime import timedelta

import httpx
import psycopg
import pytest

from app.domain.payments.port import Credentials, PspPort
from app.psp import paypal
from app.psp.provider import ProviderSettings
from app.simulators.paypal import SKIN
from tests.fakes.caller import ask
from tests.simulators.books_server import Keeper, running_simulator
from tests.simulators.receiver import Receiver
from tests.simulators.sandbox_server import own_database


@dataclass
class Merchant:
    """A merchant at the simulated PayPal: Tinko's adapter for it, its keeper, and its own calls past Tinko."""

    psp: PspPort
    keeper: Keeper
    base_url: str
    client_id: str

    def __call__(self, method, path, *, request_id=None, token=None, **request) -> httpx.Response:
        headers = {"authorization": f"Bearer {token or self.token()}"}
        if request_id:
            headers["paypal-request-id"] = request_id
        return ask(method, f"{self.base_url}{path}", headers=headers, **request)

    def token(self, secret="secret_0123456789"):
        reply = ask(
            "POST",
            f"{self.base_url}/v1/oauth2/token",
            data={"grant_type": "client_credentials"},
            auth=(self.client_id, secret),
        )
        return reply.json()["access_token"]


@pytest.fixture(scope="session")
def paypal_books(postgres_url):
    with own_database(postgres_url) as database_url:
        yield database_url


@pytest.fixture(scope="session")
def paypal_url(paypal_books):
    with running_simulator(SKIN, paypal_books) as base_url:
        yield base_url


@pytest.fixture
def books(paypal_books):
    with psycopg.connect(paypal_books, autocommit=True) as connection:
        connection.execute("SET search_path TO simulator_paypal")
        yield connection


@pytest.fixture
def merchant(paypal_url):
    client_id = f"client_{secrets.token_hex(12)}"
    adapters = paypal.provider(ProviderSettings(paypal_url, timedelta(seconds=10)))
    named = {"client_id": client_id, "client_secret": "secret_0123456789", "webhook_id": "WH-OF-OURS"}
    psp = adapters.bind(Credentials("psp_1", "paypal", live=False, secrets=named))
    yield Merchant(psp, Keeper(paypal_url, client_id), paypal_url, client_id)
    adapters.close()


@pytest.fixture
def receiver():
    with Receiver() as running:
        yield running

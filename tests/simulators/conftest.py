"""One running sandbox for the folder, and accounts of one's own."""

import secrets
from dataclasses import dataclass

import httpx
import psycopg
import pytest

from app.infra.http import build_client
from tests.simulators.receiver import Receiver
from tests.simulators.sandbox_server import own_database, running_sandbox


@dataclass
class Account:
    """A caller of the sandbox with an API key of its own."""

    client: httpx.Client
    key: str

    def __call__(self, method, path, *, key=None, **request) -> httpx.Response:
        headers = {"authorization": f"Bearer {self.key}"}
        if key is not None:
            headers["idempotency-key"] = key
        return self.client.request(method, path, headers=headers, **request)

    def pay(self, token="pm_sandbox_ok", *, reference="order-1", amount=5000, key=None) -> httpx.Response:
        body = {"reference": reference, "amount": amount, "currency": "INR", "method_token": token}
        return self("POST", "/v1/payments", key=key or secrets.token_hex(8), json=body)

    def webhooks_to(self, url, **switches) -> None:
        body = {"url": url, "secret": "webhook-secret", **switches}
        assert self("PUT", "/v1/webhook_endpoint", json=body).status_code == 200

    def charges(self, reference="order-1"):
        items = self("GET", "/v1/charges", params={"reference": reference}).json()["items"]
        return [(item["status"], item["refunded_amount"]) for item in items]


@pytest.fixture(scope="session")
def books_url(postgres_url):
    with own_database(postgres_url) as database_url:
        yield database_url


@pytest.fixture(scope="session")
def sandbox_url(books_url):
    with running_sandbox(books_url) as base_url:
        yield base_url


@pytest.fixture
def books(books_url):
    with psycopg.connect(books_url, autocommit=True) as connection:
        yield connection


@pytest.fixture
def accounts(sandbox_url):
    """Makes accounts: each call is a new one."""
    with build_client(base_url=sandbox_url) as client:
        yield lambda: Account(client, f"sbx_{secrets.token_hex(12)}")


@pytest.fixture
def account(accounts):
    return accounts()


@pytest.fixture
def receiver():
    with Receiver() as running:
        yield running

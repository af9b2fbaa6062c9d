"""The whole application behind a real server, and payers with links."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import httpx
import pytest

from app.bootstrap import Container
from app.main import create_app
from app.services.links.issue import IssuedLink, issue_link_by_ref
from tests.factories.identity import Merchant
from tests.factories.mail import SentMail, send_mail
from tests.fakes.psp import FakePayments, FakePsp
from tests.fakes.server import served

PHONE = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Mobile Safari/537.36"


@pytest.fixture(scope="session")
def payments() -> FakePayments:
    return FakePayments(FakePsp(webhook_secrets=("secret",)))


@pytest.fixture(scope="session")
def base_url(container: Container, payments: FakePayments) -> Iterator[str]:
    with served(create_app(replace(container, payments=payments))) as url:
        yield url


@pytest.fixture(scope="session")
def client(base_url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=base_url, timeout=30, headers={"user-agent": PHONE}) as made:
        yield made


@dataclass
class Till:
    """A merchant whose payments fail, and the links of their payers."""

    container: Container
    client: httpx.Client
    merchant: Merchant
    count: int = 0

    def fail(self, **facts: Any) -> str:
        """Report a failure; return its reference."""
        self.count += 1
        ref = f"invoice {self.count}"
        body = {
            "transaction_ref": ref,
            "amount": 123450,
            "currency": "INR",
            "gateway": "sandbox",
            "failure_reason": "insufficient_funds",
            "customer": {"email": "payer@example.com", "country": "IN", "timezone": "Asia/Kolkata"},
            "payment_method": {"type": "card", "token": "pm_sandbox_ok"},
            **facts,
        }
        answer = self.client.post("/v1/events/payment_failed", json=body, headers=self.merchant.headers)
        assert answer.status_code == 201, answer.text
        return ref

    def mail(self, **facts: Any) -> SentMail:
        """Report a failure, and have a message with a fresh link sent to the payer."""
        issued = self.link(**facts)
        return send_mail(self.container, recovery_id=issued.recovery_id)

    def link(self, ref: str | None = None, *, ttl: timedelta = timedelta(minutes=15), **facts: Any) -> IssuedLink:
        with self.container.database.begin() as session:
            return issue_link_by_ref(
                session,
                tokens=self.container.link_tokens,
                base_url="https://pay.example.com",
                organization_id=self.merchant.id,
                transaction_ref=ref or self.fail(**facts),
                ttl=ttl,
                channel="none",
                actor="key_1",
                now=self.container.clock.now(),
            )


@pytest.fixture
def till(container: Container, client: httpx.Client, merchant: Merchant) -> Till:
    return Till(container, client, merchant)

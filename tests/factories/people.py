"""People in browsers, and the mails that they are sent."""

import re
import secrets
from contextlib import contextmanager
from dataclasses import replace

import httpx
from sqlalchemy import select

from app.bootstrap import Container
from app.db.models import OutboxMessage
from app.domain.notify.port import OutgoingMessage, SendResult
from app.infra.http import authorities
from app.services.identity.mails import open_wish
from app.services.outbox import Topic
from app.tasks.handlers.people import send_mail
from tests.factories.identity import PASSWORD
from tests.fakes.channels import FakeChannels


class Browser(httpx.Client):
    """Keeps cookies, and sends the token of its sign-in with what it changes, as our pages do."""

    def request(self, method, url, **more):
        token = self.cookies.get("tinko_csrf")
        if token and method not in {"GET", "HEAD"}:
            more["headers"] = {"X-CSRF-Token": token, **(more.get("headers") or {})}
        return super().request(method, url, **more)

    def log_in(self, email: str, password: str = PASSWORD, **more) -> httpx.Response:
        return self.post("/v1/auth/login", json={"email": email, "password": password, **more})


@contextmanager
def browser(base_url: str):
    with Browser(
        base_url=base_url, timeout=30, verify=authorities(), headers={"User-Agent": "Test Browser 1.0"}
    ) as made:
        yield made


def sign_up(client: httpx.Client, **changes) -> httpx.Response:
    body = {
        "email": f"person-{secrets.token_hex(6)}@example.com",
        "password": PASSWORD,
        "full_name": "Nora New",
        "organization_name": "New Ventures",
        **changes,
    }
    return client.post("/v1/auth/register", json=body)


def mails_to(container: Container, email: str, *answers: SendResult) -> list[OutgoingMessage]:
    """Send the mails that wait for that address, and return them; a second time there is none."""
    channels, now = FakeChannels(), container.clock.now()
    channels.answers.extend(answers)
    postal = replace(container, mailroom=replace(container.mailroom, channels=channels))
    with container.database.begin() as session:
        statement = select(OutboxMessage).where(OutboxMessage.topic == Topic.SEND_MAIL, OutboxMessage.done_at.is_(None))
        waiting = [
            row for row in session.scalars(statement.order_by(OutboxMessage.id)) if is_for(container, row, email)
        ]
        for row in waiting:
            row.done_at, row.wake_at = now, None
    for row in waiting:
        send_mail(postal, row.payload)
    return channels.sent


def is_for(container: Container, row: OutboxMessage, email: str) -> bool:
    return open_wish(container.crypto, row.payload)["email"] == email


def token_in(mail: OutgoingMessage) -> str:
    [token] = re.findall(r"#token=(\S+)", mail.text)
    return token

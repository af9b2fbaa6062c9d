"""A merchant whose payer has a link."""

from dataclasses import dataclass
from datetime import timedelta

import pytest

from app.services.links.checkout import open_checkout, refresh_checkout
from app.services.links.issue import IssuedLink, issue_link_by_ref
from tests.factories.recoveries import Engine

BASE = "https://pay.example.com"


@dataclass
class Payer:
    """Has links of the engine's merchant, and pays through them at the fake."""

    engine: Engine

    def link(
        self, ref: str = "order-1", *, ttl: timedelta = timedelta(minutes=15), channel: str = "none"
    ) -> IssuedLink:
        with self.engine.begin() as session:
            return issue_link_by_ref(
                session,
                tokens=self.engine.container.link_tokens,
                base_url=BASE,
                organization_id=self.engine.organization_id,
                transaction_ref=ref,
                ttl=ttl,
                channel=channel,
                actor="key_1",
                now=self.engine.clock.now(),
            )

    def open(self, token: str) -> str:
        engine = self.engine
        return open_checkout(
            engine.begin,
            payments=engine.payments,
            crypto=engine.container.crypto,
            tokens=engine.container.link_tokens,
            clock=engine.clock,
            base_url=BASE,
            token=token,
        )

    def refresh(self, ref: str = "order-1") -> None:
        engine = self.engine
        refresh_checkout(
            engine.begin,
            payments=engine.payments,
            crypto=engine.container.crypto,
            clock=engine.clock,
            recovery_id=engine.recoveries[ref],
        )

    def page(self, url: str):
        return next(page for _, page in self.engine.psp.checkouts.values() if page.url == url)

    def pay(self, url: str, **how):
        return self.engine.psp.pay(self.page(url), **how)


@pytest.fixture
def payer(engine: Engine) -> Payer:
    return Payer(engine)

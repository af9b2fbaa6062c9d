"""A merchant who sells through a real provider's simulator, which is spoken to over HTTP as the provider would be."""

import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from importlib import import_module

from sqlalchemy import select

from app.bootstrap import Container, build_container
from app.db.models import Recovery, Transaction
from app.infra.clock import SystemClock
from app.infra.settings import Settings
from app.services.links.checkout import open_checkout, refresh_checkout
from app.services.links.issue import issue_link_by_ref
from app.services.payments.accounts import create_account
from app.services.psp_events import receive_event
from app.simulators import SKINS
from tests.conftest import TEMPLATE, create_database, drop_database, ensure_template
from tests.factories.recoveries import DAY, Engine, Switchboard, make_organization, quiet
from tests.fakes.caller import ask
from tests.fakes.clock import FakeClock
from tests.simulators.books_server import Keeper, running_simulator
from tests.simulators.receiver import Receiver

IMPATIENT_SECONDS = 0.5


@dataclass(frozen=True)
class Provider:
    """A provider in the words of its simulator. `customer` is whose saved methods the tokens are."""

    psp: str
    base_setting: str
    token: Callable[[str], str]
    credentials: Callable[[], Mapping[str, str]]
    account_name: Callable[[Mapping[str, str]], str]
    customer: str
    no_funds: str = "insufficient_funds"
    """The provider's own code for a decline for want of funds."""
    currency: str = "INR"
    tells_method: bool = True
    """Whether a payment that is read names a method that can be charged again."""


STRIPE = Provider(
    psp="stripe",
    base_setting="STRIPE_API_BASE",
    token=lambda word: f"pm_sim_{word}",
    credentials=lambda: {"secret_key": f"sk_test_{secrets.token_hex(12)}"},
    account_name=lambda credentials: credentials["secret_key"],
    customer="cus_1",
)
RAZORPAY = Provider(
    psp="razorpay",
    base_setting="RAZORPAY_API_BASE",
    token=lambda word: f"token_sim_{word}",
    credentials=lambda: {"key_id": f"rzp_test_{secrets.token_hex(8)}", "key_secret": secrets.token_hex(8)},
    account_name=lambda credentials: credentials["key_id"],
    customer="cust_sim_1",
)
PAYPAL = Provider(
    psp="paypal",
    base_setting="PAYPAL_API_BASE",
    token=lambda word: f"vault_sim_{word}",
    credentials=lambda: {"client_id": f"client_{secrets.token_hex(12)}", "client_secret": "secret_0123456789"},
    account_name=lambda credentials: credentials["client_id"],
    customer="customer_1",
    no_funds="5120",
    currency="USD",
    tells_method=False,
)
PAYMONGO = Provider(
    psp="paymongo",
    base_setting="PAYMONGO_API_BASE",
    token=lambda word: f"pm_sim_{word}",
    credentials=lambda: {"secret_key": f"sk_test_{secrets.token_hex(12)}"},
    account_name=lambda credentials: credentials["secret_key"],
    customer="cus_1",
    currency="PHP",
    tells_method=False,
)
XENDIT = Provider(
    psp="xendit",
    base_setting="XENDIT_API_BASE",
    token=lambda word: f"pt-sim-{word.replace('_', '-')}",
    credentials=lambda: {"secret_key": f"xnd_development_{secrets.token_hex(12)}"},
    account_name=lambda credentials: credentials["secret_key"],
    customer="cust-1",
    no_funds="INSUFFICIENT_BALANCE",
)


@contextmanager
def market(provider: Provider, postgres_url: str, redis_url: str) -> Iterator[Container]:
    """Run the provider's simulator, and build a container that uses it, on a database of their own."""
    ensure_template(postgres_url)
    name = f"tinko_{provider.psp}_{secrets.token_hex(6)}"
    database_url = create_database(postgres_url, name, template=TEMPLATE)
    clock = FakeClock(SystemClock().now() + DAY)  # ahead of the database's own, which the outbox goes by
    module, _, attribute = SKINS[provider.psp].skin.partition(":")
    skin = getattr(import_module(module), attribute)
    with running_simulator(skin, database_url, now=clock.now) as api_base:
        settings = Settings(
            DATABASE_URL=database_url,
            REDIS_URL=redis_url,
            SECRET_KEY=secrets.token_hex(32),
            LOG_LEVEL="CRITICAL",
            PSP_READ_TIMEOUT_SECONDS=IMPATIENT_SECONDS,
            **{provider.base_setting: api_base},
        )
        container = build_container(settings, clock=clock)
        try:
            yield container
        finally:
            container.close()
    drop_database(postgres_url, name)


class Shop(Engine):
    """The engine of one merchant, with the provider's real adapter behind it."""

    provider: Provider
    keeper: Keeper
    receiver: Receiver
    account_id: str
    delivered: int

    def charges_past_tinko(self, word: str, *, ref: str = "order-1", amount: int = 5000, **data) -> str:
        """Let the merchant charge a method, without Tinko; `data` is the simulator's. Return the payment's id there."""
        made = self.keeper.pay(
            self.provider.token(word),
            amount=amount,
            currency=self.provider.currency,
            customer=self.provider.customer,
            reference=ref,
            metadata={"order_id": ref},
            data=data,
        )
        return made["id"]

    def hear(self) -> list[bool]:
        """Deliver the webhooks that the provider sent since, and let what waits happen; say which were new."""
        sent = [item for item in self.keeper.deliveries() if item["status"] != "dropped"]
        seen = self.receiver.wait_for(len(sent))[self.delivered :]
        self.delivered += len(seen)
        new = [self._receive(one) for one in seen]
        while self.settle_outbox():
            pass
        self._learn()
        return new

    def _receive(self, one) -> bool:
        with self.begin() as session:
            return receive_event(
                session,
                payments=self.payments,
                crypto=self.container.crypto,
                psp=self.provider.psp,
                account_id=self.account_id,
                headers=one.headers,
                body=one.body,
                now=self.clock.now(),
            )

    def _learn(self) -> None:
        """Let the engine know the newest recoveries by reference."""
        statement = (
            select(Transaction.transaction_ref, Recovery.id)
            .join(Recovery, Recovery.transaction_id == Transaction.id)
            .where(Transaction.organization_id == self.organization_id)
            .order_by(Recovery.id)
        )
        with self.begin() as session:
            self.recoveries |= dict(iter(session.execute(statement)))

    def page(self, ref: str = "order-1") -> str:
        """Let the payer follow a link to the provider's page; return its address."""
        with self.begin() as session:
            link = issue_link_by_ref(
                session,
                tokens=self.container.link_tokens,
                base_url="https://pay.example.com",
                organization_id=self.organization_id,
                transaction_ref=ref,
                ttl=timedelta(minutes=15),
                channel="none",
                actor="key_1",
                now=self.clock.now(),
            )
        return open_checkout(
            self.begin,
            payments=self.payments,
            crypto=self.container.crypto,
            tokens=self.container.link_tokens,
            clock=self.clock,
            base_url="https://pay.example.com",
            token=link.token,
        )

    def refresh(self, ref: str = "order-1") -> None:
        """Ask the provider about the page that is open, as the payer's own page does while it waits."""
        refresh_checkout(
            self.begin,
            payments=self.payments,
            crypto=self.container.crypto,
            clock=self.clock,
            recovery_id=self.recoveries[ref],
        )

    def tells_the_method(self, word: str, psp_payment_id: str, *, ref: str = "order-1") -> None:
        """Let the merchant post the failure too, with its saved method, where the provider does not tell that."""
        if self.provider.tells_method:
            return
        self.report(
            ref,
            gateway=self.provider.psp,
            currency=self.provider.currency,
            failure_reason=self.provider.no_funds,
            psp_payment_id=psp_payment_id,
            payment_method=self.method(word),
        )

    def method(self, word: str) -> dict[str, str]:
        """Return a saved method by what it makes happen."""
        return {"type": "card", "token": self.provider.token(word), "psp_customer_id": self.provider.customer}

    def books(self, ref: str = "order-1") -> list[tuple[str, int]]:
        """The provider's own books of a sale: (status, refunded amount), oldest first."""
        return self.keeper.charges(ref)


def choose(page: str, choice: str) -> None:
    """Let the payer click on the provider's page."""
    assert ask("POST", page, data={"choice": choice}).status_code == 303


def open_shop(container: Container, provider: Provider, receiver: Receiver, **switches) -> Shop:
    """Return a merchant of its own whose account is at the provider, with nothing else due on the machine."""
    container = replace(container, sandbox_console=Switchboard())
    quiet(container)
    now = container.clock.now()
    organization_id = make_organization(container)
    credentials, secret = dict(provider.credentials()), f"whsec_{secrets.token_hex(16)}"
    with container.database.begin() as session:
        account = create_account(
            session,
            crypto=container.crypto,
            organization_id=organization_id,
            psp=provider.psp,
            label=provider.psp,
            credentials=credentials,
            webhook_secrets=(secret,),
            now=now,
        )
        account_id = account.id
    shop = Shop(container, container.clock, container.payments, organization_id)
    shop.provider, shop.receiver, shop.account_id, shop.delivered = provider, receiver, account_id, 0
    base_url = getattr(container.settings, provider.base_setting.lower())
    shop.keeper = Keeper(base_url, provider.account_name(credentials))
    shop.keeper.webhooks_to(receiver.url, secret=secret, **switches)
    return shop

"""PayMongo under every loss of a request or a reply: money moves once."""

import secrets
from datetime import UTC, datetime
from itertools import product

import pytest

from app.domain.money import Money
from app.domain.payments.port import ChargeRequest, Credentials, Outcome, PaymentMethod, RefundRequest
from app.psp import paymongo
from app.psp.provider import ProviderSettings
from app.simulators.paymongo import SKIN
from tests.fakes.bad_network import LOST, UNHEARD, BadNetwork
from tests.simulators.books_server import Keeper, running_simulator
from tests.simulators.sandbox_server import own_database

PRICE = Money(5000, "PHP")
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
SCRIPTS = list(product(["well", LOST, UNHEARD], repeat=3))


@pytest.fixture(scope="module")
def base_url(postgres_url):
    with own_database(postgres_url) as database_url, running_simulator(SKIN, database_url, now=lambda: NOW) as url:
        yield url


def settled(psp, request, *, remembers):
    """Do as the engine does: charge, look up what is unknown, and charge again only what is certainly not there."""
    for _ in range(12):
        result = psp.create_payment(request)
        while result is not None and result.outcome is Outcome.UNKNOWN:
            known = result.psp_payment_id if remembers else None
            result = psp.retrieve_payment(psp_payment_id=known, attempt_id=request.attempt_id)
        if result is not None and result.outcome is not Outcome.ERROR:
            return result
        assert result is None or result.transient
    raise AssertionError("it never came to an end")


class Account:
    """A merchant's account behind a bad network."""

    def __init__(self, base_url):
        self.network = BadNetwork()
        self.adapters = paymongo.provider(ProviderSettings(api_base=base_url, transport=self.network))
        secret_key = f"sk_test_{secrets.token_hex(12)}"
        self.psp = self.adapters.bind(Credentials("psp_1", "paymongo", live=False, secrets={"secret_key": secret_key}))
        self.keeper = Keeper(base_url, secret_key)


@pytest.fixture
def account(base_url):
    opened = Account(base_url)
    yield opened
    opened.adapters.close()


def charge(number):
    method = PaymentMethod(token="pm_sim_ok")
    return ChargeRequest(f"att_{number}", f"order-{number}", PRICE, method)


@pytest.mark.parametrize("remembers", [True, False], ids=["the id is known", "only the attempt is known"])
def test_whatever_gets_lost_an_attempt_is_charged_once(account, remembers):
    scripts = [script for script in SCRIPTS if not remembers or script[0] == "well"]
    for number, script in enumerate(scripts):
        account.network.follow(script)
        result = settled(account.psp, charge(number), remembers=remembers)
        assert (script, result.outcome, result.money) == (script, Outcome.SUCCEEDED, PRICE)
    assert account.keeper.charges() == [("captured", 0)] * len(scripts)


def test_whatever_gets_lost_a_refund_is_given_once(account):
    paid = [account.psp.create_payment(charge(number)).psp_payment_id for number in range(len(SCRIPTS))]
    for number, script in enumerate(SCRIPTS):
        account.network.follow(script)
        request = RefundRequest(f"ref_{number}", paid[number], Money(1000, "PHP"))
        given = [account.psp.refund(request) for _ in range(6)]
        assert (script, given[-1].outcome) == (script, Outcome.SUCCEEDED)
        assert len({result.psp_refund_id for result in given if result.psp_refund_id}) == 1
    assert account.keeper.charges() == [("captured", 1000)] * len(SCRIPTS)

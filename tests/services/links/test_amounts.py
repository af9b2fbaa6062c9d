"""An amount that changes between message, page and payment: the true one counts, and is agreed to."""

from datetime import timedelta

import pytest

from app.domain.links.errors import AmountChangedError
from app.domain.links.states import Situation
from app.domain.money import Money
from app.services.links.checkout import open_checkout
from app.services.links.read import read_link_by_token
from tests.services.links.conftest import BASE

MINUTE = timedelta(minutes=1)


def look(engine, token):
    with engine.begin() as session:
        return read_link_by_token(session, tokens=engine.container.link_tokens, token=token, now=engine.clock.now())


def open_for(engine, token, shown):
    return open_checkout(
        engine.begin,
        payments=engine.payments,
        crypto=engine.container.crypto,
        tokens=engine.container.link_tokens,
        clock=engine.clock,
        base_url=BASE,
        token=token,
        shown=shown,
    )


def test_a_link_remembers_what_the_payer_was_told(engine, payer):
    engine.report(amount=5000)
    issued = payer.link(ttl=timedelta(days=1))
    assert (look(engine, issued.token).amount, look(engine, issued.token).told) == (Money(5000, "INR"), None)
    engine.report(amount=4000)
    opened = look(engine, issued.token)
    assert (opened.amount, opened.told) == (Money(4000, "INR"), Money(5000, "INR"))
    assert opened.situation is Situation.READY
    # One that is made now says the new amount.
    assert look(engine, payer.link().token).told is None


def test_nobody_pays_an_amount_that_they_were_not_shown(engine, payer):
    engine.report(amount=5000)
    issued = payer.link()
    engine.report(amount=6000)
    with pytest.raises(AmountChangedError):
        open_for(engine, issued.token, 5000)
    assert (engine.psp.checkouts, engine.story()[-1][1]) == ({}, "scheduled")
    open_for(engine, issued.token, 6000)
    ((request, _),) = engine.psp.checkouts.values()
    assert request.money == Money(6000, "INR")


def test_a_page_that_asks_for_another_amount_is_not_given_out_again(engine, payer):
    engine.report(amount=5000)
    issued = payer.link(ttl=timedelta(days=1))
    payer.open(issued.token)
    assert look(engine, issued.token).situation is Situation.CHECKOUT_OPEN
    engine.report(amount=4000)
    opened = look(engine, issued.token)
    assert (opened.situation, opened.page.amount) == (Situation.AMOUNT_CHANGED, 5000)
    with pytest.raises(AmountChangedError):
        open_for(engine, issued.token, 4000)
    # It cannot be called back; when its time is over, a page for the true amount is opened.
    engine.clock.advance(30 * MINUTE)
    assert engine.work() == 1
    open_for(engine, issued.token, 4000)
    assert [request.money.minor for request, _ in engine.psp.checkouts.values()] == [5000, 4000]


def test_what_was_paid_is_what_is_shown_afterwards(engine, payer):
    engine.report(amount=5000)
    issued = payer.link(ttl=timedelta(days=1))
    url = payer.open(issued.token)
    engine.report(amount=4000)
    payer.pay(url)
    payer.refresh()
    opened = look(engine, issued.token)
    assert (opened.situation, opened.amount, opened.told) == (Situation.USED, Money(5000, "INR"), None)
    assert engine.recovery().needs_attention == "captured_amount_differs"

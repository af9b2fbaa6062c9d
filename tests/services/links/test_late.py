"""Whoever comes too late finds that somebody else has gone on, and changes nothing."""

from datetime import timedelta

import pytest

from app.domain.errors import UnavailableError
from app.domain.links.errors import BeingRetriedError
from app.domain.payments.port import PaymentStatus

MINUTE = timedelta(minutes=1)


def lose_the_lease(engine):
    """Let so much time pass that the page which is being opened is given up."""
    engine.clock.advance(2 * MINUTE)
    assert engine.work() == 1
    assert engine.story()[-1][1] == "scheduled"


def test_a_page_that_took_too_long_to_open_is_given_to_nobody(engine, payer):
    engine.report(failure_reason="lost_card")
    issued = payer.link()
    opens = engine.payments.create_checkout

    def slowly(*args, **kwargs):
        page = opens(*args, **kwargs)
        lose_the_lease(engine)
        return page

    engine.payments.create_checkout = slowly
    with pytest.raises(BeingRetriedError):
        payer.open(issued.token)
    assert engine.story() == [("link", "scheduled", "")]
    assert "checkout_opened" not in dict(engine.timeline())
    engine.payments.create_checkout = opens
    assert payer.open(issued.token).startswith("https://psp.test/")


def test_a_refusal_that_took_too_long_is_written_down_once(engine, payer):
    engine.report(failure_reason="lost_card")
    issued = payer.link()

    def slowly(*_, **__):
        lose_the_lease(engine)
        raise UnavailableError("down", retry_after=MINUTE)

    engine.payments.create_checkout = slowly
    with pytest.raises(UnavailableError):
        payer.open(issued.token)
    assert [what for what, _ in engine.timeline()].count("checkout_failed") == 1
    assert engine.story() == [("link", "scheduled", "")]


def test_nobody_is_asked_about_a_page_that_is_just_being_opened(engine, payer):
    engine.report()
    issued = payer.link()
    opens = engine.payments.create_checkout

    def watched(*args, **kwargs):
        payer.refresh()
        return opens(*args, **kwargs)

    engine.payments.create_checkout = watched
    assert payer.open(issued.token).startswith("https://psp.test/")
    assert [call for call, _ in engine.payments.calls] == ["create_checkout"]


def test_a_page_that_two_look_at_ends_once(engine, payer):
    engine.report()
    url = payer.open(payer.link().token)
    payer.pay(url, status=PaymentStatus.CANCELLED)
    asks = engine.payments.retrieve_payment

    def after_another(*args, **kwargs):
        engine.payments.retrieve_payment = asks
        payer.refresh()
        return asks(*args, **kwargs)

    engine.payments.retrieve_payment = after_another
    payer.refresh()
    assert engine.story()[-1][1] == "scheduled"
    assert [what for what, _ in engine.timeline()].count("checkout_abandoned") == 1

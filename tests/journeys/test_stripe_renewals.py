"""A renewal that Stripe itself tries again: nobody else charges meanwhile."""

from datetime import timedelta

import pytest

from tests.journeys.providers.shop import STRIPE, market, open_shop
from tests.simulators.receiver import Receiver


@pytest.fixture(scope="module")
def marketplace(postgres_url, redis_url):
    with market(STRIPE, postgres_url, redis_url) as container:
        yield container


@pytest.fixture
def shop(marketplace):
    with Receiver() as receiver:
        yield open_shop(marketplace, STRIPE, receiver)


def renews(shop, *, days):
    """Let a renewal fail, which Stripe will try again after so many days."""
    again = shop.clock.now() + timedelta(days=days)
    return shop.charges_past_tinko(
        "insufficient_funds", invoice=True, next_payment_attempt=int(again.timestamp())
    ), again


def test_one_failed_renewal_told_three_ways_is_one_recovery_that_waits_for_stripe(shop):
    _, again = renews(shop, days=3)
    assert shop.hear() == [True, True, True]
    assert list(shop.recoveries) == ["order-1"]
    (attempt,) = shop.attempts()
    assert attempt.wake_at > again
    shop.clock.advance(timedelta(days=2))
    assert shop.work() == 0
    assert shop.books() == [("declined", 0)]


def test_what_stripe_collects_itself_closes_the_recovery_and_nothing_is_charged(shop):
    failed, _ = renews(shop, days=3)
    shop.hear()
    shop.keeper.settle(failed, "captured")
    shop.hear()
    assert (shop.recovery().status, shop.recovery().recovered_via) == ("recovered", "external")
    shop.clock.advance(timedelta(days=10))
    assert shop.work() == 0
    assert shop.books() == [("captured", 0)]

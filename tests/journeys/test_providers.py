"""A failure at a real provider's simulator, from its webhook to its books, through everything that is ours."""

import pytest

from tests.journeys.providers.shop import PAYMONGO, PAYPAL, RAZORPAY, STRIPE, XENDIT, choose, market, open_shop
from tests.simulators.receiver import Receiver

PROVIDERS = {provider.psp: provider for provider in (STRIPE, RAZORPAY, PAYPAL, PAYMONGO, XENDIT)}


@pytest.fixture(scope="module", params=sorted(PROVIDERS))
def provider(request):
    return PROVIDERS[request.param]


@pytest.fixture(scope="module")
def marketplace(provider, postgres_url, redis_url):
    with market(provider, postgres_url, redis_url) as container:
        yield container


@pytest.fixture
def shop(marketplace, provider):
    with Receiver() as receiver:
        yield open_shop(marketplace, provider, receiver)


def test_a_failure_by_webhook_is_retried_declined_again_and_recovered(shop):
    failed = shop.charges_past_tinko("recovers_on_3")
    shop.tells_the_method("recovers_on_3", failed)
    assert any(shop.hear())
    assert shop.recovery().status == "open"
    assert shop.story() == [("charge", "scheduled", "")]
    first = shop.work_when_due()
    assert (first.status, first.result_code) == ("declined", shop.provider.no_funds)
    shop.hear()
    assert shop.recovery().status == "open"
    assert shop.work_when_due().status == "succeeded"
    shop.hear()
    assert shop.recovery().status == "recovered"
    assert shop.books() == [("declined", 0), ("declined", 0), ("captured", 0)]
    assert [(charge.amount, charge.status) for charge in shop.charges()] == [(5000, "captured")]


def test_a_payer_declines_and_pays_on_the_providers_page(shop):
    shop.charges_past_tinko("hard_decline")
    shop.hear()
    page = shop.page()
    choose(page, "decline")
    shop.hear()
    assert shop.recovery().status == "open"
    shop.refresh()
    choose(shop.page(), "pay")
    shop.hear()
    assert shop.recovery().status == "recovered"
    assert [status for status, _ in shop.books()].count("captured") == 1
    assert [(charge.amount, charge.status) for charge in shop.charges()] == [(5000, "captured")]


def test_a_charge_that_timed_out_and_did_happen_is_found_without_a_webhook_and_not_repeated(shop):
    shop.report(
        gateway=shop.provider.psp,
        currency=shop.provider.currency,
        payment_method=shop.method("timeout_charged"),
    )
    assert shop.work_when_due().status == "unknown"
    assert shop.work_when_due().status == "succeeded"
    assert shop.recovery().status == "recovered"
    assert shop.books() == [("captured", 0)]


def test_a_payment_made_twice_is_given_back_once(shop):
    shop.charges_past_tinko("insufficient_funds")
    shop.hear()
    page = shop.page()
    shop.charges_past_tinko("ok")
    shop.hear()
    assert shop.recovery().status == "recovered"
    choose(page, "pay")
    shop.hear()
    shop.hear()
    assert shop.books() == [("declined", 0), ("captured", 0), ("refunded", 5000)]
    assert sorted(charge.status for charge in shop.charges()) == ["captured", "refunded"]

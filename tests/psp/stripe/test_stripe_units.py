"""Amounts as Stripe counts them."""

import pytest

from app.domain.errors import InvalidError
from app.domain.money import EXPONENTS, Money
from app.psp.stripe.units import amount_of, money_of


@pytest.mark.parametrize(
    ("money", "amount"),
    [
        (Money(5000, "INR"), 5000),
        (Money(5000, "JPY"), 5000),
        (Money(5, "ISK"), 500),
        (Money(5, "UGX"), 500),
        (Money(500, "MGA"), 5),
        (Money(1230, "KWD"), 1230),
        (Money(1234, "HUF"), 1234),
        (Money(1234, "TWD"), 1234),
    ],
)
def test_an_amount_is_written_with_the_decimals_that_stripe_wants(money, amount):
    assert amount_of(money) == amount
    assert money_of(amount, money.currency.lower()) == money


@pytest.mark.parametrize("money", [Money(1234, "KWD"), Money(501, "MGA")])
def test_an_amount_finer_than_stripe_takes_is_refused(money):
    with pytest.raises(InvalidError, match="more decimals than Stripe takes"):
        amount_of(money)


@pytest.mark.parametrize("currency", sorted(EXPONENTS))
def test_every_currency_comes_back_as_it_went(currency):
    money = Money(12_300_000, currency)
    assert money_of(amount_of(money), currency.lower()) == money


@pytest.mark.parametrize(
    ("amount", "currency"),
    [(None, "inr"), ("5", "inr"), (True, "inr"), (5, None), (5, "zzz"), (-1, "inr"), (10**16, "inr"), (550, "isk")],
)
def test_what_is_no_amount_of_a_known_currency_is_none(amount, currency):
    assert money_of(amount, currency) is None

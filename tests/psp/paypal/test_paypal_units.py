"""PayPal's amounts, to the last digit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.money import EXPONENTS, Money
from app.psp.paypal.units import WITHOUT_DECIMALS, AmountUnfitError, amount_of, money_of


@pytest.mark.parametrize(
    ("money", "value"),
    [
        (Money(5000, "USD"), "50.00"),
        (Money(5, "USD"), "0.05"),
        (Money(0, "USD"), "0.00"),
        (Money(5000, "JPY"), "5000"),
        (Money(500000, "HUF"), "5000"),
        (Money(500000, "TWD"), "5000"),
        (Money(0, "HUF"), "0"),
        (Money(1234, "KWD"), "1.234"),
    ],
)
def test_an_amount_is_a_decimal_text_in_major_units(money, value):
    assert amount_of(money) == {"currency_code": money.currency, "value": value}
    assert money_of(amount_of(money)) == money


@pytest.mark.parametrize("money", [Money(1, "HUF"), Money(99, "TWD"), Money(500050, "HUF")])
def test_a_fraction_that_paypal_does_not_have_is_refused_and_said(money):
    with pytest.raises(AmountUnfitError, match=f"no fractions of {money.currency}"):
        amount_of(money)


@given(st.integers(0, 10**13), st.sampled_from(sorted(EXPONENTS)))
def test_what_is_written_reads_as_it_was(minor, currency):
    step = 10 ** EXPONENTS[currency] if currency in WITHOUT_DECIMALS else 1
    money = Money(minor * step, currency)
    assert money_of(amount_of(money)) == money


def test_the_largest_amount_is_written_and_read():
    for currency in ("JPY", "USD", "KWD"):
        assert money_of(amount_of(Money(10**15, currency))) == Money(10**15, currency)


@pytest.mark.parametrize(
    ("raw", "money"),
    [
        ({"currency_code": "USD", "value": "10"}, Money(1000, "USD")),
        ({"currency_code": "USD", "value": "10.5"}, Money(1050, "USD")),
        ({"currency_code": "USD", "value": 10}, Money(1000, "USD")),
        ({"currency": "USD", "total": "7.47"}, Money(747, "USD")),
        ({"currency_code": "HUF", "value": "5000.00"}, Money(500000, "HUF")),
        ({"currency_code": "USD", "value": "10.005"}, None),
        ({"currency_code": "USD", "value": "-1.00"}, None),
        ({"currency_code": "USD", "value": "1e3"}, None),
        ({"currency_code": "USD", "value": True}, None),
        ({"currency_code": "USD", "value": "9" * 15}, None),
        ({"currency_code": "XYZ", "value": "1"}, None),
        ({"currency_code": None, "value": "1"}, None),
        ({"value": "1"}, None),
        ({}, None),
        (None, None),
        ([], None),
    ],
)
def test_what_is_no_amount_is_none(raw, money):
    assert money_of(raw) == money

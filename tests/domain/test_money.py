"""Money is whole, bounded, and of one currency."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import InvalidError
from app.domain.money import EXPONENTS, CurrencyMismatchError, CurrencyUnknownError, Money, exponent_of
from app.domain.money.money import MAX_MINOR

currencies = st.sampled_from(sorted(EXPONENTS))
minors = st.integers(min_value=0, max_value=MAX_MINOR)
halves = st.integers(min_value=0, max_value=MAX_MINOR // 2)


@given(halves, halves, currencies)
def test_adding_and_taking_away_give_the_first_amount_back(one, other, currency):
    total = Money(one, currency) + Money(other, currency)

    assert total == Money(one + other, currency)
    assert total - Money(other, currency) == Money(one, currency)
    assert total == Money(other, currency) + Money(one, currency)


@given(minors, minors, currencies)
def test_a_difference_is_never_below_zero(one, other, currency):
    small, large = sorted((one, other))

    assert (Money(large, currency) - Money(small, currency)).minor == large - small
    if small < large:
        with pytest.raises(InvalidError):
            Money(small, currency) - Money(large, currency)


@given(minors, currencies, currencies)
def test_two_currencies_are_never_reckoned_together(minor, one, other):
    if one == other:
        return
    with pytest.raises(CurrencyMismatchError) as adding:
        Money(minor, one) + Money(minor, other)
    with pytest.raises(CurrencyMismatchError):
        Money(minor, one) - Money(minor, other)

    assert adding.value.code == "currency_mismatch"


@given(minors, currencies)
def test_what_is_shown_holds_every_minor_unit(minor, currency):
    amount, shown = str(Money(minor, currency)).split()

    assert shown == currency
    assert int(amount.replace(".", "")) == minor
    assert len(amount.partition(".")[2]) == exponent_of(currency)


@pytest.mark.parametrize(
    ("minor", "currency", "shown"),
    [
        (5000, "INR", "50.00 INR"),
        (5, "INR", "0.05 INR"),
        (0, "USD", "0.00 USD"),
        (5000, "JPY", "5000 JPY"),
        (5, "KWD", "0.005 KWD"),
        (1234567, "BHD", "1234.567 BHD"),
    ],
)
def test_amounts_are_shown_in_the_major_unit(minor, currency, shown):
    assert str(Money(minor, currency)) == shown


@pytest.mark.parametrize("minor", [-1, MAX_MINOR + 1, 1.0, 50.5, "50", None, True, float("nan")])
def test_what_is_no_amount_is_refused(minor):
    with pytest.raises(InvalidError) as refused:
        Money(minor, "INR")

    assert refused.value.code == "invalid"


@pytest.mark.parametrize("minor", [0, MAX_MINOR])
def test_the_bounds_themselves_are_amounts(minor):
    assert Money(minor, "INR").minor == minor


@given(st.text().filter(lambda text: text not in EXPONENTS))
def test_what_is_no_currency_is_refused(currency):
    with pytest.raises(CurrencyUnknownError) as refused:
        Money(1, currency)

    assert refused.value.code == "currency_unknown"


@pytest.mark.parametrize("currency", ["inr", "INR ", "", "XXX", "XAU", "BTC"])
def test_a_currency_is_spelled_as_iso_4217_spells_it(currency):
    with pytest.raises(CurrencyUnknownError):
        exponent_of(currency)


def test_every_currency_is_three_capitals_with_a_known_number_of_decimals():
    assert all(len(code) == 3 and code.isascii() and code.isupper() for code in EXPONENTS)
    assert set(EXPONENTS.values()) == {0, 2, 3}
    assert [EXPONENTS[code] for code in ("INR", "JPY", "KWD", "PHP", "IDR")] == [2, 0, 3, 2, 2]


def test_money_is_neither_changed_nor_ordered():
    with pytest.raises(AttributeError):
        Money(1, "INR").minor = 2
    with pytest.raises(TypeError):
        assert Money(1, "INR") < Money(2, "INR")

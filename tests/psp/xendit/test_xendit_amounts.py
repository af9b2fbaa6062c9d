"""Xendit's amounts of the major unit: exact in both directions."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.money import EXPONENTS, Money
from app.domain.money.money import MAX_MINOR
from app.psp.xendit.amounts import dumps, loads, major_of, money_of

MONEY = st.builds(Money, st.integers(0, MAX_MINOR), st.sampled_from(sorted(EXPONENTS)))


@given(MONEY)
def test_every_amount_comes_back_as_it_went_through_json(money):
    read = loads(dumps({"amount": major_of(money)}))
    assert not isinstance(read["amount"], float)
    assert money_of(read["amount"], money.currency) == money


@given(MONEY)
def test_an_amount_may_come_as_a_text(money):
    assert money_of(f"{major_of(money):f}", money.currency.lower()) == money


@pytest.mark.parametrize(
    ("money", "written"),
    [
        (Money(15_000_000, "IDR"), "150000"),
        (Money(12_345, "PHP"), "123.45"),
        (Money(12_340, "PHP"), "123.4"),
        (Money(5, "PHP"), "0.05"),
        (Money(5000, "VND"), "5000"),
        (Money(1234, "KWD"), "1.234"),
        (Money(0, "THB"), "0"),
        (Money(MAX_MINOR, "IDR"), "10000000000000"),
    ],
)
def test_amounts_are_written_in_the_major_unit_without_idle_decimals(money, written):
    assert dumps({"amount": major_of(money)}) == f'{{"amount":{written}}}'


@pytest.mark.parametrize(
    ("amount", "currency"),
    [
        (Decimal("1.005"), "PHP"),
        (Decimal("0.5"), "VND"),
        (-1, "IDR"),
        (True, "IDR"),
        (1.5, "PHP"),
        (None, "IDR"),
        ("", "IDR"),
        ("abc", "IDR"),
        ("NaN", "IDR"),
        ("1e99999999", "IDR"),
        (Decimal("1e-99999"), "IDR"),
        (10**30, "IDR"),
        ("٣", "IDR"),
        (1, "XXX"),
        (1, None),
        ([], "IDR"),
    ],
)
def test_what_is_no_amount_of_the_currency_is_none(amount, currency):
    assert money_of(amount, currency) is None


def test_json_is_written_as_the_standard_module_does():
    body = {"a": [1, "zwei", None, True, {"b": '"\n☃'}], "c": Decimal("1.10"), "d": ()}
    assert loads(dumps(body)) == {"a": [1, "zwei", None, True, {"b": '"\n☃'}], "c": Decimal("1.10"), "d": []}


def test_a_number_that_is_none_is_not_read_as_one():
    assert loads('{"amount": NaN, "other": Infinity}') == {"amount": None, "other": None}

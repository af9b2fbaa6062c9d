"""Reading what providers send without ever raising."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.money import Money
from app.psp.lenient import dict_of, int_of, iso_time, list_of, minor_money, text_of, unix_time

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.decimals() | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)


@given(ANYTHING, ANYTHING)
def test_nothing_breaks_the_reading(value, other):
    assert isinstance(dict_of(value), dict) == isinstance(value, dict)
    assert not list_of(value) or list_of(value) == value
    assert text_of(value) in {None, value} if isinstance(value, str) else text_of(value) is None
    for moment in (unix_time(value), iso_time(value)):
        assert moment is None or moment.tzinfo is not None
    assert minor_money(value, other) is None or isinstance(value, (int, str, Decimal))


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (5, 5),
        ("5", 5),
        (Decimal("5.0"), 5),
        (True, None),
        (5.0, None),
        ("5.0", None),
        ("-5", None),
        ("٣", None),
        ("9" * 16, None),
        (Decimal("5.5"), None),
        (Decimal("NaN"), None),
    ],
)
def test_whole_numbers_may_be_texts_and_nothing_else_is_one(value, number):
    assert int_of(value) == number


def test_times_and_amounts_are_read():
    assert unix_time("1763687790") == datetime(2025, 11, 21, 1, 16, 30, tzinfo=UTC)
    assert unix_time(10**11) is None
    assert iso_time("2026-05-02T14:52:10.000Z") == datetime(2026, 5, 2, 14, 52, 10, tzinfo=UTC)
    assert iso_time("2026-05-02T14:52:10") is None
    assert minor_money("500", "php") == Money(500, "PHP")
    assert (minor_money(-1, "PHP"), minor_money(1, "XXX"), minor_money(1, None)) == (None, None, None)

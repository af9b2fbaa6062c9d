"""Saved cards: what merchants tell of their end is read leniently, and nothing is made up."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from app.domain.notify.cards import ends_at, expires_before, expiry_of, name_of

MANILA = ZoneInfo("Asia/Manila")
END = datetime(2026, 11, 30, 16, 0, tzinfo=UTC)  # midnight in Manila


@pytest.mark.parametrize(
    ("month", "year", "expiry"),
    [
        (11, 2026, (2026, 11)),
        ("11", "2026", (2026, 11)),
        (" 7 ", "26", (2026, 7)),
        ("07", 26, (2026, 7)),
        (0, 2026, None),
        (13, 2026, None),
        (11, None, None),
        (None, 2026, None),
        ("November", "2026", None),
        (11, 1999, None),
        (11, "20266", None),
        ("\u0661\u0661", "2026", None),
        ([11], {"y": 2026}, None),
        (11.5, 2026, None),
    ],
)
def test_a_cards_end_is_read_however_it_is_told(month, year, expiry):
    assert expiry_of({"exp_month": month, "exp_year": year}) == expiry


def test_a_card_is_good_through_its_last_day_by_the_payers_clock():
    assert ends_at((2026, 11), zone=MANILA) == END
    assert ends_at((2026, 12), zone=MANILA) == datetime(2026, 12, 31, 16, 0, tzinfo=UTC)
    card = {"type": "card", "exp_month": "11", "exp_year": "2026"}
    assert not expires_before(card, END.replace(hour=15), zone=MANILA)
    assert expires_before(card, END, zone=MANILA)
    assert not expires_before({"type": "card"}, END, zone=MANILA)
    assert not expires_before({**card, "type": "upi"}, END, zone=MANILA)


@pytest.mark.parametrize(
    ("method", "name"),
    [
        ({"brand": "visa", "last4": "4242"}, "Visa 4242"),
        ({"brand": "american_express", "last4": "0005"}, "American Express 0005"),
        ({"last4": "4242"}, "4242"),
        ({"brand": "visa"}, ""),
        ({"brand": "<b>visa", "last4": "4242"}, "Bvisa 4242"),
        ({"brand": "visa", "last4": "4242 4242"}, ""),
    ],
)
def test_a_card_is_named_as_its_owner_knows_it(method, name):
    assert name_of(method) == name

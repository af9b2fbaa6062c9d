"""No life of an instrument breaks a network rule, and whoever checks that would notice.

CI lives some; `python -m tests.journeys.network_rules --attempts 1000000` lives many.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.journeys.network_rules.checker import Instrument, Try, broken, unwise
from tests.journeys.network_rules.life import Life

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MASTERCARD = Instrument("card", "mastercard", "US", mandate=False)
VISA = Instrument("card", "visa", "US", mandate=False)
AUTOPAY = Instrument("upi", "", "IN", mandate=True)


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 2**32))
def test_no_life_breaks_a_rule(seed):
    life = Life(seed)
    assert life.run() == []


def test_lives_are_full_of_what_rules_are_about():
    many = [Life(seed) for seed in range(150)]
    assert [life.run() for life in many] == [[]] * 150
    assert sum(life.planned for life in many) > 1000
    assert sum(life.made for life in many) > 500
    assert min(sum(life.deferred for life in many), sum(life.links for life in many)) > 20
    spoken = {rule for life in many for rule in life.rules}
    assert len({rule for rule in spoken if "." in rule}) > 18


def test_without_the_guard_lives_break_rules(guardless):
    wrong = [sentence for seed in range(100) for sentence in guardless(seed).run()]
    assert len({sentence.split(": ", 1)[1] for sentence in wrong}) > 15


@pytest.fixture
def guardless():
    """Lives in which planner and guard take every charge for one that no rule is about."""

    class Guardless(Life):
        def _charge(self, order):
            return replace(super()._charge(order), scheme="other", rail="none", mandate=False)

    return Guardless


def tries(number, *, every, **facts):
    return [Try(NOW - every * (n + 1), "order-1", 5000, ours=True, declined=True, **facts) for n in range(number)]


@pytest.mark.parametrize(
    ("card", "earlier", "sentence"),
    [
        (VISA, tries(1, every=400 * DAY, code="41"), "Visa: category 1 (41)"),
        (VISA, tries(20, every=DAY), "Visa: too many in 30 days"),
        (VISA, tries(1, every=DAY, code="1A"), "SCA: soft decline (1A)"),
        (MASTERCARD, tries(9, every=2 * HOUR), "Mastercard: too many in a day"),
        (MASTERCARD, tries(35, every=20 * HOUR), "Mastercard: too many of an amount in 30 days"),
        (MASTERCARD, tries(1, every=29 * DAY, advice="03"), "Mastercard: advice 03"),
        (MASTERCARD, tries(1, every=9 * DAY, advice="30"), "Mastercard: advice 30 asks to wait"),
        (Instrument("ach", "", "US", mandate=False), tries(3, every=DAY, code="R01"), "ACH: a fourth presentment"),
        (Instrument("ach", "", "US", mandate=False), tries(1, every=181 * DAY, code="R01"), "ACH: too late"),
        (Instrument("ach", "", "US", mandate=False), tries(1, every=DAY, code="R02"), "ACH: a final return"),
        (Instrument("sepa", "", "DE", mandate=False), tries(1, every=DAY, code="TM01"), "SEPA: a final return"),
        (AUTOPAY, tries(4, every=2 * DAY), "UPI: a fifth debit"),
        (AUTOPAY, tries(1, every=23 * HOUR), "India: no notice before the debit"),
    ],
)
def test_the_checker_notices(card, earlier, sentence):
    assert broken(card, "order-1", 5000, NOW, earlier) == [sentence]
    assert sentence in unwise(card, "order-1", 5000, NOW, earlier)


def test_the_checker_notices_hours_and_amounts():
    assert broken(AUTOPAY, "order-1", 1_500_001, NOW, []) == ["India: the payer must authenticate"]
    assert broken(AUTOPAY, "order-1", 5000, NOW - 2 * HOUR, []) == ["UPI: a peak hour"]
    assert broken(AUTOPAY, "order-1", 5000, NOW, []) == []


def test_plans_are_held_to_their_margins():
    spent = tries(15, every=DAY)
    assert broken(VISA, "order-1", 5000, NOW, spent) == []
    assert unwise(VISA, "order-1", 5000, NOW, spent) == ["Visa: too many in 30 days"]

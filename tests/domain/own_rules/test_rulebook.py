"""Rules are held against failures in order; the first enabled one that fits decides."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.classification import Category, FailureSignals, Hardness, classify
from app.domain.own_rules import NO_RULES, Failure, Judged, Match, OwnRule, Rulebook, Then, country_of
from app.domain.own_rules.rulebook import is_like

SAID = Failure(
    FailureSignals(
        gateway="Acme-Pay",
        reason="Bank Busy",
        code="B_17",
        message="The bank is BUSY, please try later",
        network_decline_code="5",
        network_advice_code="MAC_02",
        method="card",
    ),
    amount=5000,
    currency="INR",
    country="IN",
)
THEN = Then(Category.FUNDS, Hardness.SOFT)
FITS = [
    Match(gateway="acme pay"),
    Match(failure_reason="bank_busy"),
    Match(failure_code="b17"),
    Match(network_decline_code="05"),
    Match(network_advice_code="2"),
    Match(message_contains="is busy"),
    Match(message_like="the bank*later"),
    Match(message_like="*busy*"),
    Match(min_amount=5000, currency="INR"),
    Match(max_amount=5000, currency="INR"),
    Match(min_amount=1, max_amount=9000, currency="INR"),
    Match(payment_method_type="card", country="in"),
]
MISSES = [
    Match(gateway="acme"),
    Match(failure_reason="b17"),
    Match(network_decline_code="51"),
    Match(network_advice_code="3"),
    Match(message_contains="is idle"),
    Match(message_like="bank*"),
    Match(min_amount=5001, currency="INR"),
    Match(max_amount=4999, currency="INR"),
    Match(min_amount=1, currency="USD"),
    Match(payment_method_type="upi"),
    Match(country="US"),
    Match(gateway="acme pay", failure_code="b18"),
]
a_match = st.sampled_from([*((match, True) for match in FITS), *((match, False) for match in MISSES)])


def rule(number: int, match: Match, *, enabled: bool = True) -> OwnRule:
    return OwnRule(f"rul_{number}", f"rule {number}", match, THEN, enabled)


@pytest.mark.parametrize("match", FITS, ids=str)
def test_a_failure_fits(match):
    assert Rulebook((rule(1, match),)).first(SAID) == rule(1, match)
    nothing = Failure(FailureSignals())
    assert Rulebook((rule(1, match),)).first(nothing) is None


@pytest.mark.parametrize("match", MISSES, ids=str)
def test_a_failure_does_not_fit(match):
    assert Rulebook((rule(1, match),)).first(SAID) is None


@given(st.lists(st.tuples(a_match, st.booleans()), max_size=12))
def test_the_first_enabled_rule_that_fits_decides(drawn):
    rules = tuple(rule(n, match, enabled=enabled) for n, ((match, _), enabled) in enumerate(drawn))
    expected = next((n for n, ((_, fits), enabled) in enumerate(drawn) if fits and enabled), None)
    judged = Rulebook(rules, 2).classify(SAID)
    if expected is None:
        assert judged == Judged(classify(SAID.signals))
    else:
        assert judged.verdict.rule == f"own:rul_{expected}"
        assert judged.applied.rule == rules[expected]


def test_without_rules_the_tables_speak():
    assert not NO_RULES
    assert NO_RULES.classify(SAID) == Judged(classify(SAID.signals))


def test_a_draft_takes_its_place():
    first, second = rule(1, FITS[0]), rule(2, FITS[1])
    book = Rulebook((first, second), 4)
    draft, again = rule(3, FITS[2]), rule(1, FITS[3])
    assert book.with_draft(draft, position=None).rules == (first, second, draft)
    assert book.with_draft(draft, position=1).rules == (first, draft, second)
    assert book.with_draft(draft, position=99).rules == (first, second, draft)
    assert book.with_draft(again, position=None).rules == (again, second)
    assert book.with_draft(again, position=1).rules == (second, again)


@pytest.mark.parametrize(
    ("text", "pattern", "fits"),
    [
        ("abc", "abc", True),
        ("abcd", "abc", False),
        ("ab", "ab*b", False),
        ("abb", "ab*b", True),
        ("a-b-c", "a*b*c", True),
        ("a-c-b", "a*b*c", False),
        ("aXbXbc", "*b*bc", True),
        ("bc", "*b*bc", False),
        ("anything", "*", True),
        ("a" * 2000 + "c", "*a" * 10 + "*b", False),
    ],
)
def test_stars_stand_for_anything(text, pattern, fits):
    assert is_like(text, pattern.split("*")) is fits


def test_the_methods_country_comes_before_the_payers():
    assert country_of({"issuer_country": " us "}, {"country": "IN"}) == "US"
    assert country_of({}, {"country": "in"}) == "IN"
    assert country_of({}, {}) is None

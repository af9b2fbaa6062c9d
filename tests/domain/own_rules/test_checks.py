"""What a rule may not say, and where that is told."""

import pytest

from app.domain.classification import Category, Hardness
from app.domain.own_rules import Match, OwnRule, RuleInvalidError, Then, checked

THEN = Then(Category.FUNDS, Hardness.SOFT)


@pytest.mark.parametrize(
    ("match", "pointer"),
    [
        (Match(), "/match"),
        (Match(failure_code=" "), "/match/failure_code"),
        (Match(message_contains="x" * 10_000), "/match/message_contains"),
        (Match(message_like="a*"), "/match/message_like"),
        (Match(message_like="abc" + "*" * 100), "/match/message_like"),
        (Match(currency="XXQ"), "/match/currency"),
        (Match(min_amount=1), "/match/currency"),
        (Match(max_amount=-1, currency="INR"), "/match/max_amount"),
        (Match(min_amount=2, max_amount=1, currency="INR"), "/match/max_amount"),
        (Match(payment_method_type="barter"), "/match/payment_method_type"),
        (Match(country="IND"), "/match/country"),
        (Match(country="ÄÖ"), "/match/country"),
    ],
    ids=str,
)
def test_what_cannot_be_held_against_a_failure_is_refused_by_its_field(match, pointer):
    with pytest.raises(RuleInvalidError) as refused:
        checked(OwnRule("rul_1", "a rule", match, THEN, enabled=True))
    assert [error.pointer for error in refused.value.errors] == [pointer]


def test_a_rule_within_bounds_is_returned_as_it_is():
    rule = OwnRule(
        "rul_1", "a rule", Match(min_amount=0, max_amount=0, currency="JPY", country="in"), THEN, enabled=True
    )
    assert checked(rule) is rule

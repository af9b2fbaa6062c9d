"""No rule of an organization lifts a safeguard, whatever it says; without one, the tables' answer stands."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.classification import (
    Category,
    FailureSignals,
    Hardness,
    Recommendation,
    Retry,
    classify,
)
from app.domain.classification.tables import ROWS
from app.domain.own_rules import (
    Failure,
    Kept,
    Match,
    OwnRule,
    Rulebook,
    RuleInvalidError,
    Then,
    checked,
    explain,
    judge,
    rule_from_settings,
)

AUTOMATIC = {Retry.RETRY_SOON, Retry.RETRY_LATER, Retry.POLL_STATUS}
ANY = Match(gateway="acme")
CODES = sorted({code for _, code in ROWS})

thens = st.builds(
    Then,
    category=st.sampled_from(Category),
    hardness=st.sampled_from(Hardness),
    reason=st.none() | st.sampled_from(["insufficient_funds", "generic_decline"]),
    retry=st.none() | st.sampled_from(Retry),
    recommendation=st.none() | st.sampled_from(Recommendation),
    cooldown_seconds=st.none() | st.integers(0, 90 * 86400),
)
signals = st.builds(
    FailureSignals,
    gateway=st.sampled_from(["stripe", "razorpay", "paypal", "acme", None]),
    reason=st.none() | st.sampled_from(CODES),
    code=st.none() | st.sampled_from(CODES),
    network_decline_code=st.none() | st.sampled_from(["05", "14", "41", "43", "46", "51", "R1", "U30"]),
    network_advice_code=st.none() | st.sampled_from(["01", "02", "03", "21", "24", "30"]),
    brand=st.none() | st.sampled_from(["visa", "mastercard"]),
    method=st.none() | st.sampled_from(["card", "upi"]),
)


def is_valid(then: Then) -> bool:
    try:
        checked(OwnRule("rul_1", "r", ANY, then))
    except RuleInvalidError:
        return False
    return True


def by(then: Then, base):
    return judge(OwnRule("rul_1", "Mine", ANY, then), base, version=3)


@given(then=thens.filter(is_valid), said=signals)
def test_no_rule_lifts_a_safeguard(then, said):
    base = classify(said)
    verdict = by(then, base).verdict
    if base.hardness is Hardness.HARD:
        assert verdict.hardness is Hardness.HARD
    if base.hardness is Hardness.HARD or base.retry is Retry.NEVER or base.network_rule is not None:
        assert verdict.retry not in AUTOMATIC or verdict.retry is base.retry
    if base.money_may_have_moved or base.stop_recovery or base.retry is Retry.POLL_STATUS:
        assert (verdict.hardness, verdict.retry, verdict.recommendation, verdict.cooldown_seconds) == (
            base.hardness,
            base.retry,
            base.recommendation,
            base.cooldown_seconds,
        )
    elif base.required_wait_seconds is not None:
        assert (verdict.cooldown_seconds or 0) >= base.required_wait_seconds
    kept = ("network_rule", "required_wait_seconds", "required_wait_rule", "money_may_have_moved", "stop_recovery")
    assert [getattr(verdict, name) for name in kept] == [getattr(base, name) for name in kept]
    assert verdict.category == then.category
    assert verdict.rule == "own:rul_1"


@given(then=thens.filter(is_valid), said=signals)
def test_a_rule_that_was_not_heard_in_something_says_so(then, said):
    base = classify(said)
    judged = by(then, base)
    if then.hardness != judged.verdict.hardness or (then.retry and then.retry != judged.verdict.retry):
        assert judged.applied.kept != ()
    assert all(explain(kept) for kept in judged.applied.kept)


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (FailureSignals(gateway="stripe", code="stolen_card"), (Kept.HARD, Kept.NEVER)),
        (FailureSignals(network_decline_code="14", brand="visa"), (Kept.HARD, Kept.NETWORK_RULE)),
        (FailureSignals(reason="already_paid"), (Kept.PAID_ALREADY,)),
        (FailureSignals(reason="upi_pending"), None),
        (FailureSignals(reason="nothing known"), ()),
    ],
)
def test_each_safeguard_has_its_name(said, kept):
    then = Then(Category.FUNDS, Hardness.SOFT, retry=Retry.RETRY_SOON)
    judged = by(then, classify(said))
    if kept is None:
        assert judged.applied.kept[0] in {Kept.MONEY_MAY_HAVE_MOVED, Kept.STATUS_FIRST}
    else:
        assert judged.applied.kept == kept


@pytest.mark.parametrize(
    ("then", "retry", "recommendation"),
    [
        (Then(Category.FUNDS, Hardness.SOFT), Retry.RETRY_LATER, "retry_later"),
        (Then(Category.FUNDS, Hardness.SOFT, retry=Retry.RETRY_SOON), Retry.RETRY_SOON, "retry_soon"),
        (Then(Category.FUNDS, Hardness.SOFT, retry=Retry.PAYER_ACTION), Retry.PAYER_ACTION, "ask_payer_later"),
        (
            Then(Category.AUTH_TIMEOUT, Hardness.SOFT, retry=Retry.PAYER_ACTION),
            "payer_action",
            "ask_payer_authenticate",
        ),
        (Then(Category.NETWORK, Hardness.HARD), Retry.NEVER, "ask_payer_new_method"),
        (
            Then(Category.UNKNOWN, Hardness.SOFT, recommendation=Recommendation.FIX_INTEGRATION),
            Retry.NEVER,
            "fix_integration",
        ),
        (
            Then(Category.FUNDS, Hardness.SOFT, recommendation=Recommendation.ASK_PAYER_LATER),
            Retry.PAYER_ACTION,
            "ask_payer_later",
        ),
        (Then(Category.FUNDS, Hardness.SOFT, recommendation=Recommendation.POLL_STATUS), "poll_status", "poll_status"),
    ],
)
def test_what_a_rule_leaves_out_follows_from_the_rest(then, retry, recommendation):
    verdict = by(then, classify(FailureSignals(reason="nothing known"))).verdict
    assert (verdict.retry, verdict.recommendation) == (retry, recommendation)


def test_a_networks_wait_is_the_least():
    base = replace(classify(FailureSignals(reason="nothing known")), required_wait_seconds=7200, required_wait_rule="w")
    judged = by(Then(Category.FUNDS, Hardness.SOFT, cooldown_seconds=60), base)
    assert (judged.verdict.cooldown_seconds, judged.applied.kept) == (7200, (Kept.NETWORK_WAIT,))
    longer = by(Then(Category.FUNDS, Hardness.SOFT, cooldown_seconds=9000), base)
    assert (longer.verdict.cooldown_seconds, longer.applied.kept) == (9000, ())


def test_a_rule_is_kept_as_plain_values_and_read_again():
    rule = OwnRule("rul_1", "Mine", Match(gateway="acme", min_amount=5, currency="INR"), Then("funds", "soft"))
    assert rule_from_settings(rule.as_settings()) == rule
    applied = Rulebook((rule,), 7).classify(Failure(FailureSignals(gateway="ACME"), 5, "INR")).applied
    assert applied.recorded()["version"] == 7
    assert rule_from_settings(applied.recorded()) == rule

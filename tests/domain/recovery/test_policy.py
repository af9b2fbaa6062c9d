"""Policies: the delays that they give, and the terms that they may have."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.classification import FailureSignals, classify
from app.domain.recovery.plan import Facts, Step, plan
from app.domain.recovery.policy import DEFAULT_POLICY, Policy, Strategy, policy_from_settings
from app.domain.recovery.policy_rules import CATEGORIES, PolicyInvalidError, changed

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
YEAR = 525_600

minutes = st.integers(1, YEAR)
multipliers = st.floats(1, 10)


@st.composite
def backoffs(draw):
    initial = draw(minutes)
    return {
        "max_retries": draw(st.integers(0, 50)),
        "initial_delay_minutes": initial,
        "backoff_multiplier": draw(multipliers),
        "max_delay_minutes": draw(st.integers(initial, YEAR)),
        "jitter": draw(st.floats(0, 0.5)),
        "window_days": draw(st.integers(1, 365)),
    }


ladders = st.lists(minutes, min_size=1, max_size=50).map(
    lambda rungs: {"strategy": "ladder", "ladder_minutes": rungs, "max_retries": len(rungs)}
)


def refusal(**changes) -> dict[str, str]:
    """Return what is wrong with the default policy after those changes, by pointer."""
    with pytest.raises(PolicyInvalidError) as caught:
        changed(DEFAULT_POLICY, changes)
    assert caught.value.code == "policy_invalid"
    found = {error.pointer: error.detail for error in caught.value.errors}
    assert len(found) == len(caught.value.errors)
    return found


# Delays


def test_the_default_waits_one_two_and_four_hours_and_never_more_than_a_day():
    hours = [DEFAULT_POLICY.delay(n).total_seconds() / 3600 for n in range(7)]
    assert hours == [1, 2, 4, 8, 16, 24, 24]
    assert DEFAULT_POLICY.max_retries == 3


@given(terms=backoffs(), n=st.integers(0, 40))
def test_a_backoff_delay_is_initial_times_multiplier_to_the_n_up_to_the_maximum(terms, n):
    exact = Fraction(terms["initial_delay_minutes"]) * Fraction(terms["backoff_multiplier"]) ** n
    capped = min(exact, Fraction(terms["max_delay_minutes"]))
    delay = changed(DEFAULT_POLICY, terms).delay(n)
    assert delay.total_seconds() / 60 == pytest.approx(float(capped), rel=1e-9, abs=1e-7)


@given(terms=backoffs() | ladders, n=st.integers(0, 10_000))
def test_delays_never_shrink_or_fail_however_many_there_were(terms, n):
    policy = changed(DEFAULT_POLICY, terms)
    delay = policy.delay(n)
    assert timedelta(minutes=1) <= delay <= timedelta(days=365)
    if policy.strategy is Strategy.BACKOFF:
        assert delay <= policy.delay(n + 1) <= timedelta(minutes=policy.max_delay_minutes)


def test_a_whole_number_as_multiplier_may_grow_beyond_every_float():
    assert replace(DEFAULT_POLICY, backoff_multiplier=10).delay(10_000) == timedelta(days=1)
    assert replace(DEFAULT_POLICY, backoff_multiplier=10.0).delay(10_000) == timedelta(days=1)


def test_a_ladder_stays_on_its_last_rung():
    policy = Policy(strategy=Strategy.LADDER, ladder_minutes=(5, 60, 30))
    assert [policy.delay(n) for n in range(5)] == [timedelta(minutes=m) for m in (5, 60, 30, 30, 30)]


@given(terms=backoffs(), n=st.integers(0, 49), seed=st.text(max_size=20))
def test_jitter_adds_at_most_its_share_of_the_delay_and_the_same_each_time(terms, n, seed):
    policy = changed(DEFAULT_POLICY, {**terms, "max_retries": 50})
    facts = Facts(
        classification=classify(FailureSignals(reason="insufficient_funds")),
        policy=policy,
        charges_made=n,
        can_charge=True,
        can_read_status=True,
        link_planned=False,
        failed_at=NOW,
        window_ends_at=NOW + timedelta(days=10_000),
        seed=seed,
    )
    step = plan(facts, now=NOW)
    assert isinstance(step, Step)
    assert policy.delay(n) <= step.due_at - NOW <= policy.delay(n) * (1 + policy.jitter)
    assert plan(facts, now=NOW) == step


# Settings and categories


@given(terms=backoffs() | ladders)
def test_a_policy_survives_being_stored(terms):
    policy = changed(DEFAULT_POLICY, terms)
    assert policy_from_settings(policy.as_settings()) == policy


def test_nothing_changed_is_the_same_policy():
    assert changed(DEFAULT_POLICY, {}) == DEFAULT_POLICY
    assert DEFAULT_POLICY.window == timedelta(days=30)


def test_a_category_overrides_what_it_names_and_keeps_the_rest():
    policy = changed(
        DEFAULT_POLICY,
        {
            "jitter": 0.1,
            "by_category": {
                "network": {"initial_delay_minutes": 2, "max_retries": 8},
                "funds": {"strategy": "ladder", "ladder_minutes": [1440, 4320]},
            },
        },
    )
    network, funds = policy.for_category("network"), policy.for_category("funds")
    assert (network.max_retries, network.initial_delay_minutes, network.jitter) == (8, 2, 0.1)
    assert [network.delay(n) for n in range(3)] == [timedelta(minutes=m) for m in (2, 4, 8)]
    assert (funds.strategy, funds.ladder_minutes, funds.max_retries) == (Strategy.LADDER, (1440, 4320), 3)
    assert policy.for_category("unknown") is policy
    assert policy_from_settings(policy.as_settings()).for_category("funds") == funds


def test_what_is_not_about_timing_can_be_said_too():
    policy = changed(
        DEFAULT_POLICY,
        {
            "enabled_channels": ["sms", "email", "sms"],
            "quiet_hours": {"start": "21:30", "end": "08:00"},
            "link_after_attempt": 2,
            "window_days": 365,
        },
    )
    assert policy.enabled_channels == ("sms", "email")
    assert policy.quiet_hours == {"start": "21:30", "end": "08:00"}
    assert policy.link_after_attempt == 2
    assert changed(policy, {"quiet_hours": None, "link_after_attempt": None, "enabled_channels": []}) == replace(
        DEFAULT_POLICY, enabled_channels=(), window_days=365
    )


# Bounds


@pytest.mark.parametrize(
    ("field", "good", "bad"),
    [
        ("max_retries", [0, 50], [-1, 51]),
        ("initial_delay_minutes", [1, 1440], [0, YEAR + 1]),
        ("max_delay_minutes", [60, YEAR], [0, YEAR + 1]),
        ("backoff_multiplier", [1, 1.0, 10.0], [0.99, 10.01, float("nan"), float("inf"), float("-inf")]),
        ("window_days", [1, 365], [0, 366]),
        ("jitter", [0, 0.0, 0.5], [-0.01, 0.51, float("nan"), float("inf")]),
        ("link_after_attempt", [None, 1, 50], [0, 51]),
    ],
)
def test_a_number_lies_within_its_bounds(field, good, bad):
    for value in good:
        assert getattr(changed(DEFAULT_POLICY, {field: value}), field) == value
    for value in bad:
        assert set(refusal(**{field: value})) == {f"/{field}"}


def test_the_bounds_are_told():
    assert refusal(max_delay_minutes=YEAR + 1) == {"/max_delay_minutes": "must be from 1 to 525,600"}
    assert refusal(link_after_attempt=0) == {"/link_after_attempt": "must be from 1 to 50, or null"}


def test_everything_that_is_wrong_is_told_at_once():
    assert set(refusal(max_retries=-1, jitter=1, window_days=0, enabled_channels=["fax"])) == {
        "/max_retries",
        "/jitter",
        "/window_days",
        "/enabled_channels/0",
    }


def test_the_longest_delay_is_not_shorter_than_the_first():
    assert refusal(initial_delay_minutes=1441) == {
        "/max_delay_minutes": "must be at least initial_delay_minutes, 1441",
    }
    assert changed(DEFAULT_POLICY, {"initial_delay_minutes": 1440}).delay(0) == timedelta(days=1)


def test_timed_comes_later():
    assert refusal(strategy="timed") == {
        "/strategy": "'timed' is not available yet; use one of backoff, ladder",
    }
    assert refusal(strategy="magic") == {"/strategy": "'magic' is not known; use one of backoff, ladder"}


def test_a_ladder_has_rungs():
    assert set(refusal(strategy="ladder")) == {"/ladder_minutes"}
    assert set(refusal(strategy="ladder", ladder_minutes=[5] * 51)) == {"/ladder_minutes"}
    assert set(refusal(strategy="backoff", ladder_minutes=[5] * 51)) == {"/ladder_minutes"}
    assert set(refusal(strategy="ladder", ladder_minutes=[5, 0, YEAR + 1])) == {
        "/ladder_minutes/1",
        "/ladder_minutes/2",
    }
    assert changed(DEFAULT_POLICY, {"strategy": "ladder", "ladder_minutes": [5] * 50}).delay(49) == timedelta(minutes=5)


@pytest.mark.parametrize(
    ("quiet", "pointers"),
    [
        ({"start": "21:00"}, {"/quiet_hours/end"}),
        ({"end": "21:00"}, {"/quiet_hours/start"}),
        ({"start": "24:00", "end": "9:00"}, {"/quiet_hours/start", "/quiet_hours/end"}),
        ({"start": "21:00", "end": "09:60"}, {"/quiet_hours/end"}),
        ({"start": "21:00", "end": "09:00\n"}, {"/quiet_hours/end"}),
        ({"start": "21:00", "end": "21:00"}, {"/quiet_hours/end"}),
        ({"start": "21:00", "end": "09:00", "zone": "x"}, {"/quiet_hours/zone"}),
    ],
)
def test_quiet_hours_have_a_start_and_another_end(quiet, pointers):
    assert set(refusal(quiet_hours=quiet)) == pointers


# Bounds of categories


def test_there_are_six_categories():
    assert set(CATEGORIES) == {"funds", "issuer_decline", "network", "auth_timeout", "upi_pending", "unknown"}
    assert set(refusal(by_category={"weather": {}})) == {"/by_category/weather"}


@pytest.mark.parametrize("field", ["window_days", "enabled_channels", "quiet_hours", "by_category", "nonsense"])
def test_a_category_overrides_timing_only(field):
    assert refusal(by_category={"funds": {field: 1}}) == {
        f"/by_category/funds/{field}": "cannot differ between categories",
    }


@pytest.mark.parametrize(
    ("overrides", "pointer"),
    [
        ({"max_retries": 51}, "max_retries"),
        ({"jitter": 0.6}, "jitter"),
        ({"strategy": "timed"}, "strategy"),
        ({"strategy": "ladder"}, "ladder_minutes"),
        ({"ladder_minutes": [0]}, "ladder_minutes/0"),
        # Each is well by itself, and they are not together with the policy's own.
        ({"initial_delay_minutes": 1441}, "max_delay_minutes"),
        ({"max_delay_minutes": 59}, "max_delay_minutes"),
    ],
)
def test_a_category_must_be_valid_together_with_the_policy(overrides, pointer):
    assert set(refusal(by_category={"funds": overrides})) == {f"/by_category/funds/{pointer}"}


def test_a_change_of_the_policy_must_leave_its_categories_valid():
    policy = changed(DEFAULT_POLICY, {"by_category": {"funds": {"initial_delay_minutes": 1440}}})
    with pytest.raises(PolicyInvalidError) as caught:
        changed(policy, {"max_delay_minutes": 600})
    assert [error.pointer for error in caught.value.errors] == ["/by_category/funds/max_delay_minutes"]


def test_what_is_wrong_with_the_policy_is_not_told_again_for_each_category():
    assert set(refusal(max_retries=51, by_category={"funds": {"jitter": 0.2}, "network": {"jitter": 9}})) == {
        "/max_retries",
    }

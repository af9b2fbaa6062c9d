"""Figures from sums: rates, what is left over, the median of buckets."""

from app.domain.analytics.figures import Amount, cohort_of, funnel_of, time_of
from app.domain.analytics.measures import MEASURES, TOOK, TOOK_BOUNDS

NOTHING = dict.fromkeys(MEASURES, 0)


def test_what_is_still_open_is_what_did_not_end_in_each_currency():
    sums = {
        "INR": NOTHING | {"opened": 10, "opened_amount": 1000, "recovered": 4, "recovered_amount": 300, "cancelled": 1},
        "JPY": NOTHING | {"opened": 1, "opened_amount": 50, "exhausted": 1, "exhausted_amount": 50},
    }
    cohort = cohort_of(sums)
    assert (cohort.failed.count, cohort.still_open.count) == (11, 5)
    assert cohort.failed.amounts == (Amount("INR", 1000), Amount("JPY", 50))
    assert cohort.still_open.amounts == (Amount("INR", 700),)
    assert (cohort.recovery_rate, cohort.still_open_rate) == (0.3636, 0.4545)
    assert cohort.settled_recovery_rate == 0.6667


def test_nothing_has_no_rates():
    cohort = cohort_of({})
    assert (cohort.recovery_rate, cohort.still_open_rate, cohort.settled_recovery_rate) == (None, None, None)
    assert [stage.rate for stage in funnel_of({})] == [None] * 5


def test_a_funnel_adds_up_over_currencies():
    sums = {"INR": NOTHING | {"opened": 3, "retried": 2}, "USD": NOTHING | {"opened": 1, "retried": 1, "recovered": 1}}
    stages = [(stage.stage, stage.count, stage.rate) for stage in funnel_of(sums)]
    assert stages == [
        ("failed", 4, 1.0),
        ("retried", 3, 0.75),
        ("messaged", 0, 0.0),
        ("opened", 0, 0.0),
        ("paid", 1, 0.25),
    ]


def test_buckets_follow_each_other_and_the_last_has_no_end():
    buckets = time_of({}).buckets
    assert [bucket.from_seconds for bucket in buckets] == [0, *TOOK_BOUNDS]
    assert [bucket.to_seconds for bucket in buckets] == [*TOOK_BOUNDS, None]
    assert time_of({}).median_seconds is None


def test_the_median_is_where_half_of_them_are():
    assert time_of({"INR": NOTHING | {TOOK[1]: 4}}).median_seconds == (600 + 3600) // 2
    assert time_of({"INR": NOTHING | {TOOK[0]: 1, TOOK[1]: 1, TOOK[2]: 2}}).median_seconds == 3600
    assert time_of({"INR": NOTHING | {TOOK[0]: 1, TOOK[-1]: 9}}).median_seconds == TOOK_BOUNDS[-1]
    assert time_of({"INR": NOTHING | {TOOK[0]: 1}, "JPY": NOTHING | {TOOK[2]: 2}}).count == 3

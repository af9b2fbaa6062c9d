"""Calls that were put off come back ever later, never sooner than told, and not all at once."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.domain.payments.deferral import LEAST_SPREAD, LONGEST, SPREAD, wait_again

WAITS = st.timedeltas(timedelta(milliseconds=1), timedelta(hours=3))


@given(WAITS, st.integers(0, 10_000), st.text(max_size=40))
def test_the_wait_is_never_shorter_than_told_and_bounded(told, times, seed):
    wait = wait_again(told, times=times, seed=seed)
    assert min(told, LONGEST) <= wait <= LONGEST * (1 + SPREAD)
    base = min(told * 2 ** min(max(times - 2, 0), 16), LONGEST)
    assert base <= wait <= base + max(base * SPREAD, LEAST_SPREAD)


@given(WAITS, st.integers(0, 200), st.text(max_size=40))
def test_the_same_attempt_waits_the_same_whenever_it_is_reckoned(told, times, seed):
    assert wait_again(told, times=times, seed=seed) == wait_again(told, times=times, seed=seed)


def test_the_base_doubles_from_the_third_time_on():
    told = timedelta(minutes=1)
    least = [1, 1, 1, 2, 4, 8, 16, 32, 60, 60]
    for times, minutes in enumerate(least):
        wait = wait_again(told, times=times, seed="att_1")
        assert timedelta(minutes=minutes) <= wait <= timedelta(minutes=minutes) * (1 + SPREAD)


def test_a_thousand_that_wait_for_one_moment_are_spread_evenly():
    waits = sorted(wait_again(timedelta(seconds=1), times=1, seed=f"att_{n}") for n in range(1000))
    by_second = [sum(second <= wait.total_seconds() - 1 < second + 1 for wait in waits) for second in range(10)]
    assert sum(by_second) == 1000
    assert all(60 < count < 140 for count in by_second)

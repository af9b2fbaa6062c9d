"""The breaker opens on evidence, lets one probe pass, and never stays open for ever."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.domain.payments.breaker import Breaker, BreakerRules, BreakerState, permit, record

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
RULES = BreakerRules()


def after(*results, breaker=None, now=NOW):
    """Record calls that all end at one time: True failed."""
    for failed in results:
        breaker = record(breaker or Breaker(), failed=failed, probe=False, rules=RULES, now=now)
    return breaker


def opened(now=NOW):
    return after(*[True] * 10, now=now)


def test_a_new_breaker_lets_every_call_pass():
    answer = permit(Breaker(), rules=RULES, now=NOW)
    assert (answer.allowed, answer.probe, answer.breaker) == (True, False, Breaker())


def test_nine_failures_are_too_few_to_judge():
    assert after(*[True] * 9).state is BreakerState.CLOSED


def test_the_tenth_call_may_open_it_for_thirty_seconds():
    breaker = after(*[False] * 5, *[True] * 5)
    assert (breaker.state, breaker.until) == (BreakerState.OPEN, NOW + timedelta(seconds=30))
    answer = permit(breaker, rules=RULES, now=NOW + timedelta(seconds=10))
    assert (answer.allowed, answer.retry_after) == (False, timedelta(seconds=20))


def test_less_than_half_failing_keeps_it_closed():
    assert after(*[False] * 6, *[True] * 5).state is BreakerState.CLOSED


def test_failures_of_an_earlier_window_are_forgotten():
    breaker = after(*[True], breaker=after(*[True] * 9), now=NOW + RULES.window)
    assert (breaker.state, breaker.calls, breaker.failures) == (BreakerState.CLOSED, 1, 1)


def test_after_the_pause_one_probe_passes_and_the_next_call_waits_for_it():
    later = NOW + timedelta(seconds=30)
    probe = permit(opened(), rules=RULES, now=later)
    assert (probe.allowed, probe.probe, probe.breaker.state) == (True, True, BreakerState.HALF_OPEN)
    second = permit(probe.breaker, rules=RULES, now=later)
    assert (second.allowed, second.retry_after) == (False, RULES.probe_lease)


def test_a_probe_that_went_well_closes_it():
    probing = permit(opened(), rules=RULES, now=NOW + timedelta(seconds=30)).breaker
    assert record(probing, failed=False, probe=True, rules=RULES, now=NOW) == Breaker()


def test_a_probe_that_failed_opens_it_for_longer():
    later = NOW + timedelta(seconds=30)
    probing = permit(opened(), rules=RULES, now=later).breaker
    again = record(probing, failed=True, probe=True, rules=RULES, now=later)
    assert (again.state, again.trips, again.until) == (BreakerState.OPEN, 2, later + timedelta(seconds=60))


def test_it_remembers_since_when_calls_do_not_pass_freely():
    later = NOW + timedelta(seconds=30)
    probing = permit(opened(), rules=RULES, now=later).breaker
    again = record(probing, failed=True, probe=True, rules=RULES, now=later)
    assert (opened().since, probing.since, again.since) == (NOW, NOW, NOW)
    well = permit(again, rules=RULES, now=later + timedelta(minutes=2)).breaker
    closed = record(well, failed=False, probe=True, rules=RULES, now=later + timedelta(minutes=2))
    assert closed.since is None


def test_a_probe_that_never_reported_gives_its_place_up():
    probing = permit(opened(), rules=RULES, now=NOW + timedelta(seconds=30)).breaker
    answer = permit(probing, rules=RULES, now=NOW + timedelta(seconds=30) + RULES.probe_lease)
    assert (answer.allowed, answer.probe) == (True, True)


def test_calls_that_began_before_and_end_late_say_nothing():
    probing = permit(opened(), rules=RULES, now=NOW + timedelta(seconds=30)).breaker
    for breaker, probe in ((opened(), False), (opened(), True), (probing, False)):
        for failed in (True, False):
            assert record(breaker, failed=failed, probe=probe, rules=RULES, now=NOW) == breaker


def test_the_pause_doubles_up_to_five_minutes():
    seconds = [RULES.pause(trips).total_seconds() for trips in (1, 2, 3, 4, 5, 6, 100_000)]
    assert seconds == [30, 60, 120, 240, 300, 300, 300]


steps = st.lists(st.tuples(st.booleans(), st.booleans(), st.integers(0, 90)), max_size=120)


@given(steps)
def test_whatever_happens_it_never_opens_early_nor_for_ever(calls):
    breaker, now, probes = Breaker(), NOW, []
    for failed, reports, seconds in calls:
        now += timedelta(seconds=seconds)
        answer = permit(breaker, rules=RULES, now=now)
        breaker = answer.breaker
        if answer.retry_after is not None:
            assert timedelta(0) < answer.retry_after <= max(RULES.open_cap, RULES.probe_lease)
            continue
        if answer.probe:
            assert not probes or now - probes[-1] >= min(RULES.probe_lease, RULES.open_for)
            probes.append(now)
        if reports:
            before = breaker
            breaker = record(breaker, failed=failed, probe=answer.probe, rules=RULES, now=now)
            if before.state is BreakerState.CLOSED and breaker.state is BreakerState.OPEN:
                assert failed or before.failures >= 5
                assert before.calls >= RULES.minimum_volume - 1
    assert permit(breaker, rules=RULES, now=now + RULES.open_cap).allowed


@given(st.integers(0, 2000))
def test_calls_that_go_well_never_open_it(count):
    assert after(*[False] * min(count, 200), breaker=Breaker()).state is BreakerState.CLOSED

"""Calls that the guard does not let through: nothing is sent, and the attempt comes back later."""

from datetime import timedelta

from tests.factories.recoveries import HOUR, MINUTE


def test_a_deferred_charge_comes_back_ever_later_and_is_then_made(engine):
    engine.report()
    engine.payments.defer(timedelta(seconds=30))
    waits = []
    for _ in range(10):
        attempt = engine.work_when_due()
        assert attempt.status == "scheduled"
        waits.append(attempt.wake_at - engine.clock.now())
    told = [timedelta(seconds=30), timedelta(seconds=30), MINUTE, 2 * MINUTE]
    for wait, least in zip([*waits[:4], waits[-1]], [*told, HOUR], strict=True):
        assert least <= wait <= 1.5 * least
    assert engine.psp.charges == []
    assert engine.timeline()[-1] == ("attempt_deferred", "rule:psp_deferred")
    engine.payments.defer(None)
    assert engine.work_when_due().status == "succeeded"
    assert engine.recovery().charges_made == 0


def test_a_charge_that_could_not_be_made_in_a_day_ends_as_an_error(engine):
    engine.report()
    engine.payments.defer(timedelta(seconds=30))
    for _ in range(24):
        assert engine.work_when_due().status == "scheduled"
    ended = engine.work_when_due()
    assert (ended.status, ended.result_code, ended.tries) == ("error", "psp_deferred", 25)
    assert engine.story()[1] == ("charge", "scheduled", "")
    assert engine.recovery().charges_made == 1
    assert engine.payments.calls == []


def test_what_an_outage_put_off_comes_back_spread_and_by_turns(engine):
    """A breaker tells everybody the same end; a merchant with one payment does not wait for another's hundred."""
    other = engine.another()
    for n in range(60):
        engine.report(f"order-{n}")
    other.report("their-only-order")
    engine.clock.advance(HOUR)
    engine.payments.defer(5 * MINUTE)
    assert engine.work() == 61
    assert engine.psp.charges == []

    waits = [attempt.wake_at - engine.clock.now() for n in range(60) for attempt in engine.attempts(f"order-{n}")]
    assert len(set(waits)) == 60
    assert all(5 * MINUTE <= wait <= 7.5 * MINUTE for wait in waits)
    fullest = max(sum(start <= wait < start + timedelta(seconds=15) for wait in waits) for start in waits)
    assert fullest < 30

    engine.payments.defer(None)
    engine.clock.advance(8 * MINUTE)
    claimed = [each.organization_id for each in engine.sweep(in_flight=10)]
    assert claimed.count(other.organization_id) == 1

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
    assert waits[:4] == [timedelta(seconds=30), timedelta(seconds=30), MINUTE, 2 * MINUTE]
    assert waits[-1] == HOUR
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

"""Charges of which nobody knows what became: they block, are looked up on a ladder, and end well or with a person."""

import pytest

from app.db.models import Recovery
from app.domain.payments.ladder import CHECKS
from app.domain.payments.port import Decline, Outcome, PaymentResult
from app.services.recovery import act
from tests.factories.recoveries import DAY, HOUR, MINUTE

UNKNOWN = PaymentResult(Outcome.UNKNOWN, error_code="timeout", detail="No reply in time.")
REFUSED = PaymentResult(Outcome.ERROR, error_code="credentials_invalid", detail="Not any more.")


def deaf(engine, answer):
    """Let every look-up bring that answer."""
    engine.psp.retrieve_payment = lambda **_: answer


def test_a_time_out_that_charged_is_found_and_booked_once(engine):
    engine.report(token="pm_sandbox_timeout_charged")
    attempt = engine.work_when_due()
    assert (attempt.status, attempt.result_code, attempt.checks_done) == ("unknown", "timeout", 0)
    assert attempt.wake_at == engine.clock.now() + MINUTE
    assert engine.recovery().status == "open"
    assert engine.charges() == []

    assert engine.work_when_due().status == "succeeded"
    assert engine.recovery().status == "recovered"
    assert [c.amount for c in engine.charges()] == [5000]
    assert [call for call, _ in engine.payments.calls] == ["create_payment", "retrieve_payment"]
    assert len(engine.psp.charges) == 1


def test_a_call_that_never_arrived_is_sent_once_more_under_its_key_and_then_given_up(engine):
    engine.report(token="pm_sandbox_timeout_not_charged")
    first = engine.work_when_due()
    again = engine.work_when_due()
    assert (again.id, again.status, again.tries) == (first.id, "scheduled", 1)
    assert again.wake_at == engine.clock.now()
    assert engine.entries()[-1].what == "attempt_sent_again"

    assert engine.work_when_due().status == "unknown"
    ended = engine.work_when_due()
    assert (ended.status, ended.result_code, ended.tries) == ("error", "never_arrived", 2)
    assert engine.story() == [("charge", "error", "never_arrived"), ("charge", "scheduled", "")]
    calls = [call for call, _ in engine.payments.calls]
    assert calls == ["create_payment", "retrieve_payment"] * 2
    assert engine.recovery().charges_made == 1


def test_an_attempt_that_is_sent_again_may_work(engine):
    engine.psp.script("pm_sandbox_ok", UNKNOWN)
    engine.report()
    statuses = [engine.work_when_due().status for _ in range(3)]
    assert statuses == ["unknown", "scheduled", "succeeded"]
    assert len(engine.attempts()) == 1
    assert len(engine.psp.captures("order-1")) == 1


@pytest.mark.parametrize("answer", [UNKNOWN, REFUSED])
def test_an_outcome_that_stays_unknown_is_asked_for_on_a_ladder_until_a_person_must_look(engine, answer):
    engine.psp.script("pm_sandbox_ok", UNKNOWN)
    deaf(engine, answer)
    engine.report()
    engine.work_when_due()
    waits = []
    for done in range(len(CHECKS)):
        before = engine.clock.now()
        attempt = engine.work_when_due()
        waits.append(engine.clock.now() - before)
        assert (attempt.status, attempt.checks_done) == ("unknown", done + 1)

    assert waits == [MINUTE, 5 * MINUTE, HOUR, DAY, DAY, DAY, DAY, DAY]
    assert attempt.wake_at is None
    recovery = engine.recovery()
    assert (recovery.status, recovery.needs_attention) == ("open", "outcome_unknown")
    engine.clock.advance(60 * DAY)
    assert engine.work() == 0
    assert engine.end_windows() == 0
    assert engine.recovery().status == "open"
    assert [call for call, _ in engine.payments.calls].count("create_payment") == 1


def test_a_payment_that_is_pending_is_waited_for(engine):
    engine.report(token="pm_sandbox_pending")
    attempt = engine.work_when_due()
    assert (attempt.status, attempt.result_code, attempt.psp_payment_id) == ("unknown", "pending", "pay_1")
    assert engine.work_when_due().status == "unknown"
    assert engine.work_when_due().status == "succeeded"
    assert engine.recovery().status == "recovered"


def test_a_look_up_may_find_a_decline_and_the_plan_goes_on(engine):
    engine.psp.script("pm_sandbox_ok", UNKNOWN)
    engine.report()
    engine.work_when_due()
    deaf(engine, PaymentResult(Outcome.DECLINED, "pay_7", error_code=None))
    assert engine.work_when_due().status == "declined"
    assert engine.story() == [("charge", "declined", ""), ("charge", "scheduled", "")]
    assert engine.entries()[-2].why == "The attempt declined."


def test_a_look_up_that_is_deferred_is_made_later_without_counting(engine):
    engine.report(token="pm_sandbox_timeout_charged")
    engine.work_when_due()
    engine.payments.defer(7 * MINUTE)
    attempt = engine.work_when_due()
    assert (attempt.status, attempt.checks_done, attempt.tries) == ("unknown", 0, 1)
    assert 7 * MINUTE <= attempt.wake_at - engine.clock.now() <= 10.5 * MINUTE
    engine.payments.defer(None)
    assert engine.work_when_due().status == "succeeded"


def test_a_failure_that_is_reported_meanwhile_plans_no_second_charge(engine):
    engine.report(token="pm_sandbox_timeout_charged")
    engine.work_when_due()
    engine.report(token="pm_sandbox_timeout_charged")
    assert engine.story() == [("charge", "unknown", "timeout")]


@pytest.mark.parametrize("watched", [True, False])
def test_a_new_recovery_waits_behind_a_charge_in_flight_of_an_old_one(engine, watched):
    engine.report(token="pm_sandbox_timeout_charged")
    unknown = engine.work_when_due()
    where = {"organization_id": engine.organization_id, "recovery_id": engine.recoveries["order-1"]}
    with engine.begin() as session:
        act.cancel(session, **where, actor="usr_1", now=engine.clock.now())
        if not watched:
            session.merge(unknown).wake_at = None
    engine.report(token="pm_sandbox_timeout_charged")
    (waiting,) = engine.attempts()
    with engine.begin() as session:
        session.merge(unknown).wake_at = unknown.wake_at + DAY if watched else None
    engine.go_to(waiting.wake_at)
    assert engine.work() == 1
    (waiting,) = engine.attempts()
    expected = unknown.wake_at + DAY if watched else engine.clock.now() + HOUR
    assert (waiting.status, waiting.tries, waiting.wake_at) == ("scheduled", 0, expected)
    assert len(engine.psp.charges) == 1


def test_a_late_success_with_an_old_fence_is_booked_all_the_same(engine):
    engine.report()
    engine.clock.advance(HOUR)
    (first,) = engine.sweep()

    def overtaken(_):
        engine.psp.after_booking = None
        engine.clock.advance(5 * MINUTE)
        (second,) = engine.sweep()
        assert second.fence == first.fence + 1

    engine.psp.after_booking = overtaken
    assert engine.run(first) is True
    assert engine.recovery().status == "recovered"
    assert engine.attempts()[0].status == "succeeded"
    assert len(engine.charges()) == 1


def test_any_other_answer_with_an_old_fence_is_left_to_the_new_holder(engine):
    engine.report(token="pm_sandbox_insufficient_funds")
    engine.clock.advance(HOUR)
    (first,) = engine.sweep()
    taken_over = []

    def overtaken(_):
        engine.psp.after_booking = None
        engine.clock.advance(5 * MINUTE)
        taken_over.extend(engine.sweep())

    engine.psp.after_booking = overtaken
    engine.run(first)
    assert engine.story() == [("charge", "executing", "")]
    engine.run(taken_over[0])
    assert engine.story() == [("charge", "declined", "insufficient_funds"), ("charge", "scheduled", "")]
    assert engine.recovery().charges_made == 1
    assert len(engine.psp.charges) == 1


def test_a_cancelled_recovery_follows_its_charge_in_flight_to_the_end(engine):
    engine.report(token="pm_sandbox_timeout_not_charged")
    engine.work_when_due()
    with engine.begin() as session:
        act.cancel(
            session,
            organization_id=engine.organization_id,
            recovery_id=engine.recoveries["order-1"],
            actor="usr_1",
            now=engine.clock.now(),
        )
    assert engine.work_when_due().status == "scheduled"
    assert engine.work_when_due().status == "cancelled"
    assert engine.story() == [("charge", "cancelled", "recovery_ended")]
    assert engine.recovery().status == "cancelled"


def test_an_unknown_outcome_that_is_resolved_needs_no_attention_any_more(engine):
    engine.psp.script("pm_sandbox_ok", UNKNOWN)
    engine.report()
    engine.work_when_due()
    with engine.begin() as session:
        session.get_one(Recovery, engine.recoveries["order-1"]).needs_attention = "outcome_unknown"
    deaf(engine, PaymentResult(Outcome.DECLINED, "pay_1", decline=Decline("insufficient_funds")))
    assert engine.work_when_due().status == "declined"
    assert engine.recovery().needs_attention is None

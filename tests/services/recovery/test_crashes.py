"""Workers that die between any two steps: the lease ends, somebody else finds out, and nobody is charged twice."""

import pytest

from app.domain.money import Money
from app.domain.payments.port import PaymentStatus
from tests.factories.recoveries import HOUR, LEASE, MINUTE


def captured(engine):
    return len(engine.psp.captures("order-1")), len(engine.charges()), engine.recovery().status


def test_a_worker_that_dies_before_it_takes_the_attempt_up_loses_nothing(engine):
    engine.report()
    engine.clock.advance(HOUR)
    (claimed,) = engine.sweep()
    engine.clock.advance(LEASE)
    assert engine.sweep() == []
    engine.clock.advance(MINUTE)
    (again,) = engine.sweep()
    assert (again.id, again.fence) == (claimed.id, claimed.fence + 1)
    assert engine.run(claimed) is False
    assert engine.run(again) is True
    assert captured(engine) == (1, 1, "recovered")


def test_a_worker_that_dies_before_the_call_is_found_out_and_the_call_is_made(engine):
    engine.report()
    engine.clock.advance(HOUR)
    engine.payments.die_before = "create_payment"
    engine.work_and_die()
    (attempt,) = engine.attempts()
    assert (attempt.status, attempt.tries) == ("executing", 1)

    engine.clock.advance(LEASE + MINUTE)
    engine.work()
    assert engine.timeline()[-2:] == [
        ("outcome_unknown", "tinko"),
        ("attempt_sent_again", f"psp:{attempt.psp_account_id}"),
    ]
    assert engine.work_when_due().status == "succeeded"
    assert captured(engine) == (1, 1, "recovered")


def test_a_worker_that_dies_after_the_call_is_found_out_and_the_payment_is_booked_once(engine):
    engine.report()
    engine.clock.advance(HOUR)
    engine.payments.die_after = "create_payment"
    engine.work_and_die()
    assert captured(engine) == (1, 0, "open")

    engine.clock.advance(LEASE + MINUTE)
    assert engine.work() == 1
    assert captured(engine) == (1, 1, "recovered")
    assert [call for call, _ in engine.payments.calls] == ["create_payment", "retrieve_payment"]


def test_a_decline_whose_worker_died_counts_once(engine):
    engine.report(token="pm_sandbox_insufficient_funds")
    engine.clock.advance(HOUR)
    engine.payments.die_after = "create_payment"
    engine.work_and_die()
    engine.clock.advance(LEASE + MINUTE)
    engine.work()
    assert engine.story() == [("charge", "declined", "insufficient_funds"), ("charge", "scheduled", "")]
    assert engine.recovery().charges_made == 1
    assert len(engine.psp.charges) == 1


def test_workers_that_die_again_and_again_charge_at_most_once(engine):
    engine.report(token="pm_sandbox_timeout_charged")
    engine.clock.advance(HOUR)
    engine.payments.die_before = "create_payment"
    engine.work_and_die()
    for _ in range(3):
        engine.clock.advance(LEASE + MINUTE)
        engine.payments.die_before = "retrieve_payment"
        engine.work_and_die()
    engine.clock.advance(LEASE + MINUTE)
    engine.work()
    engine.payments.die_after = "create_payment"
    engine.work_and_die()
    engine.clock.advance(LEASE + MINUTE)
    engine.work()
    assert captured(engine) == (1, 1, "recovered")


@pytest.mark.parametrize("call", ["create_payment", "retrieve_payment"])
def test_a_worker_that_dies_within_a_check_first_charge_charges_at_most_once(engine, call):
    payment = engine.psp._book("order-1", "merchants-own", Money(5000, "INR"), None, PaymentStatus.DECLINED).id
    engine.report(failure_reason="upi_pending", psp_payment_id=payment)
    engine.clock.advance(HOUR)
    engine.payments.die_before = call
    engine.work_and_die()
    engine.clock.advance(LEASE + MINUTE)
    engine.work()
    assert engine.work_when_due().status == "succeeded"
    assert captured(engine) == (1, 1, "recovered")

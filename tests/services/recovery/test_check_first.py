"""Failures that may have moved money: the failed payment is looked up before anything is charged."""

from app.domain.money import Money
from app.domain.payments.port import Outcome, PaymentResult, PaymentStatus
from tests.factories.recoveries import HOUR, MINUTE


def failed_elsewhere(engine, status, ref="order-1"):
    """Put a payment into the provider's books that the merchant made, and return its id."""
    return engine.psp._book(ref, f"merchants-own-{ref}", Money(5000, "INR"), None, status).id


def test_a_payment_that_was_captured_after_all_recovers_the_transaction_without_a_charge(engine):
    payment = failed_elsewhere(engine, PaymentStatus.CAPTURED)
    engine.report(failure_reason="upi_pending", psp_payment_id=payment)
    (planned,) = engine.attempts()
    assert planned.check_first
    assert planned.decision["why"].endswith("The provider is asked first whether the money has moved.")
    assert engine.work_when_due().status == "cancelled"

    recovery, (charge,) = engine.recovery(), engine.charges()
    assert (recovery.status, recovery.recovered_via) == ("recovered", "external")
    assert (charge.psp_payment_id, charge.attempt_id, charge.amount) == (payment, None, 5000)
    assert engine.story() == [("charge", "cancelled", "already_paid")]
    assert [call for call, _ in engine.payments.calls] == ["retrieve_payment"]


def test_a_payment_that_failed_for_sure_lets_the_charge_go_on(engine):
    payment = failed_elsewhere(engine, PaymentStatus.DECLINED)
    engine.report(failure_reason="upi_pending", psp_payment_id=payment)
    assert engine.work_when_due().status == "succeeded"
    assert [call for call, _ in engine.payments.calls] == ["retrieve_payment", "create_payment"]
    assert engine.recovery().recovered_via == "retry"


def test_a_payment_that_is_on_its_way_is_asked_for_again(engine):
    payment = failed_elsewhere(engine, PaymentStatus.PENDING)
    engine.report(failure_reason="upi_pending", psp_payment_id=payment)
    attempt = engine.work_when_due()
    assert (attempt.status, attempt.wake_at) == ("scheduled", engine.clock.now() + MINUTE)
    assert engine.timeline()[-1] == ("attempt_deferred", "rule:must_check_first")
    assert engine.work_when_due().status == "cancelled"
    assert engine.recovery().recovered_via == "external"
    assert [c.attempt_id for c in engine.psp.charges] == ["merchants-own-order-1"]


def test_a_payment_that_stays_on_its_way_is_left_to_the_payer_at_last(engine):
    engine.psp.retrieve_payment = lambda **_: PaymentResult(Outcome.UNKNOWN, error_code="pending")
    engine.report(failure_reason="upi_pending", psp_payment_id="pay_77")
    for _ in range(8):
        assert engine.work_when_due().status == "scheduled"
    assert engine.work_when_due().status == "error"
    assert engine.story() == [("charge", "error", "status_unreadable"), ("link", "scheduled", "")]
    assert engine.entries()[-2].why == "The failed payment is still on its way."
    assert engine.psp.charges == []


def test_a_payment_that_the_provider_does_not_know_is_left_to_the_payer(engine):
    engine.report(failure_reason="upi_pending", psp_payment_id="pay_unheard_of")
    assert engine.work_when_due().status == "error"
    assert engine.story() == [("charge", "error", "status_unreadable"), ("link", "scheduled", "")]
    assert engine.attempts()[1].decision["rule"] == "status_unreadable.link"
    assert engine.psp.charges == []


def test_a_failure_that_cannot_be_looked_up_is_never_charged(engine):
    engine.report(failure_reason="upi_pending")
    assert engine.story() == [("link", "scheduled", "")]
    engine.clock.advance(HOUR)
    engine.work()
    assert engine.payments.calls == []


def test_a_payment_that_paid_another_transaction_wants_a_person(engine):
    payment = failed_elsewhere(engine, PaymentStatus.CAPTURED)
    for ref in ("order-1", "order-2"):
        engine.report(ref, failure_reason="upi_pending", psp_payment_id=payment)
    engine.clock.advance(HOUR)
    assert engine.work() == 2
    recoveries = [engine.recovery(ref) for ref in ("order-1", "order-2")]
    assert sorted((r.status, r.needs_attention) for r in recoveries if r.needs_attention) == [
        ("open", "possibly_already_paid")
    ]
    assert len(engine.charges("order-1") + engine.charges("order-2")) == 1


def test_a_deferred_look_up_charges_nobody(engine):
    payment = failed_elsewhere(engine, PaymentStatus.DECLINED)
    engine.report(failure_reason="upi_pending", psp_payment_id=payment)
    engine.payments.defer(MINUTE)
    assert engine.work_when_due().status == "scheduled"
    engine.payments.defer(None)
    assert engine.work_when_due().status == "succeeded"

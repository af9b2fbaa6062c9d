"""Captured money: booked once, and what came twice goes back."""

from dataclasses import replace

import pytest

from app.db.models import Transaction
from app.domain.errors import UnavailableError
from app.domain.money import Money
from app.domain.payments.port import Outcome, PaymentResult, PaymentStatus, RefundResult
from app.services.payments.capture import record_capture
from app.services.payments.refund import RefundNotDoneError, refund_duplicate
from app.services.recovery.settle import Answer, settle
from app.services.recovery.take_up import take_up
from tests.factories.recoveries import HOUR, MINUTE, WorkerKilled


@pytest.fixture
def paid_twice(engine):
    """A transaction whose charge worked although another rail had captured it meanwhile."""
    engine.report()
    engine.clock.advance(HOUR)
    (claimed,) = engine.sweep()

    def another_rail(_):
        engine.psp.after_booking = None
        capture_elsewhere(engine)

    engine.psp.after_booking = another_rail
    engine.run(claimed)
    return engine


def capture_elsewhere(engine, ref="order-1", *, via="link"):
    """Let another rail capture the transaction, and book that."""
    charge = engine.psp._book(ref, f"rail-{len(engine.psp.charges)}", Money(5000, "INR"), None, PaymentStatus.CAPTURED)
    with engine.begin() as session:
        return record_capture(
            session,
            transaction=session.get_one(Transaction, engine.recovery(ref).transaction_id, with_for_update=True),
            psp_account_id=engine.account().account_id,
            psp_payment_id=charge.id,
            money=charge.money,
            attempt_id=None,
            via=via,
            now=engine.clock.now(),
        )


def test_money_that_comes_by_another_rail_ends_what_was_planned(engine):
    engine.report()
    assert capture_elsewhere(engine) is True
    recovery = engine.recovery()
    assert (recovery.status, recovery.recovered_via) == ("recovered", "link")
    assert engine.story() == [("charge", "cancelled", "")]
    assert engine.entries()[-1].why == "The money has come back."
    engine.clock.advance(HOUR)
    assert engine.work() == 0


def test_a_capture_is_booked_once_however_often_it_is_told_of(engine):
    engine.report()
    engine.work_when_due()
    assert engine.charges()[0].psp_payment_id == "pay_1"
    with engine.begin() as session:
        again = record_capture(
            session,
            transaction=session.get_one(Transaction, engine.recovery().transaction_id),
            psp_account_id=engine.account().account_id,
            psp_payment_id="pay_1",
            money=Money(5000, "INR"),
            attempt_id=None,
            via="retry",
            now=engine.clock.now(),
        )
    assert again is False
    assert len(engine.charges()) == 1
    assert engine.ledger() == {"psp_clearing": 5000, "recovered_revenue": -5000}


def test_a_second_capture_is_a_duplicate_that_is_refunded_once_by_itself(paid_twice):
    engine = paid_twice
    first, second = engine.charges()
    assert [(c.is_duplicate, c.status) for c in (first, second)] == [(False, "captured"), (True, "refund_due")]
    assert engine.recovery().needs_attention == "duplicate_charge"
    assert engine.timeline()[-1] == ("duplicate_charge", "tinko")
    assert engine.ledger() == {"psp_clearing": 10000, "recovered_revenue": -5000, "duplicate_refunds": -5000}
    assert [message.topic for message in engine.outbox()] == ["refund.duplicate"]

    assert engine.settle_outbox() == 1
    assert engine.settle_outbox() == 0
    second = engine.charges()[1]
    assert (second.status, second.refunded_at) == ("refunded", engine.clock.now())
    assert engine.ledger() == {"psp_clearing": 5000, "recovered_revenue": -5000, "duplicate_refunds": 0}
    assert len(engine.psp.captures("order-1")) == 1
    assert engine.timeline()[-1] == ("duplicate_refunded", "tinko")
    assert engine.recovery().status == "recovered"


def refund(engine, charge_id):
    refund_duplicate(
        engine.begin,
        payments=engine.payments,
        crypto=engine.container.crypto,
        clock=engine.clock,
        charge_id=charge_id,
    )


def test_a_refund_whose_worker_died_is_made_once(paid_twice):
    engine = paid_twice
    charge_id = engine.charges()[1].id
    engine.payments.die_before = "refund"
    with pytest.raises(WorkerKilled):
        refund(engine, charge_id)
    real = engine.psp.refund

    def made_and_killed(request):
        engine.psp.refund = real
        real(request)
        raise WorkerKilled

    engine.psp.refund = made_and_killed
    with pytest.raises(WorkerKilled):
        refund(engine, charge_id)
    assert engine.charges()[1].status == "refund_due"
    refund(engine, charge_id)
    refund(engine, charge_id)
    assert [c.refunded for c in engine.psp.charges] == [5000, 0]
    assert engine.charges()[1].status == "refunded"
    assert engine.ledger()["duplicate_refunds"] == 0


def test_two_workers_that_refund_at_once_book_one_refund(paid_twice):
    engine = paid_twice
    charge_id = engine.charges()[1].id
    real = engine.psp.refund

    def overtaken(request):
        engine.psp.refund = real
        refund(engine, charge_id)
        return real(request)

    engine.psp.refund = overtaken
    refund(engine, charge_id)
    assert engine.ledger()["duplicate_refunds"] == 0
    assert [what for what, _ in engine.timeline()].count("duplicate_refunded") == 1


@pytest.mark.parametrize(
    ("result", "words"),
    [
        (RefundResult(Outcome.UNKNOWN, detail="Still on its way."), "Still on its way."),
        (RefundResult(Outcome.ERROR, error_code="credentials_invalid"), "credentials_invalid"),
        (RefundResult(Outcome.UNKNOWN), "unknown"),
    ],
)
def test_a_refund_that_is_not_confirmed_is_tried_again(paid_twice, result, words):
    engine = paid_twice
    charge_id = engine.charges()[1].id
    real, engine.psp.refund = engine.psp.refund, lambda _: result
    with pytest.raises(RefundNotDoneError) as waiting:
        refund(engine, charge_id)
    assert waiting.value.detail == f"{charge_id}: {words}"
    assert isinstance(waiting.value, UnavailableError)
    engine.settle_outbox()
    (message,) = engine.outbox()
    assert (message.tries, message.done_at) == (1, None)
    engine.psp.refund = real
    engine.clock.advance(MINUTE)
    assert engine.settle_outbox() == 1
    assert engine.charges()[1].status == "refunded"


def test_an_answer_for_an_attempt_that_is_not_there_is_dropped(engine):
    engine.report()
    engine.clock.advance(HOUR)
    (claimed,) = engine.sweep()
    with engine.begin() as session:
        job = take_up(
            session,
            crypto=engine.container.crypto,
            attempt_id=claimed.id,
            fence=claimed.fence,
            now=engine.clock.now(),
        )
    assert job is not None
    answer: Answer = PaymentResult(Outcome.SUCCEEDED, "pay_1")
    with engine.begin() as session:
        settle(session, job=replace(job, attempt_id="att_none"), answer=answer, now=engine.clock.now())
    assert engine.charges() == []


def test_a_capture_without_an_amount_or_id_is_booked_as_it_was_asked_for(engine):
    engine.psp.script("pm_sandbox_ok", PaymentResult(Outcome.SUCCEEDED))
    engine.report()
    attempt = engine.work_when_due()
    (charge,) = engine.charges()
    assert (charge.psp_payment_id, charge.amount, charge.currency) == (attempt.id, 5000, "INR")

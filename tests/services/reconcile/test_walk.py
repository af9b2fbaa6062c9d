"""Walks through a provider's payments: what webhooks missed is found, once, wherever a worker died."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, text, update

from app.db.models import PspAccount, PspReading
from app.domain.errors import InvalidError, NotFoundError
from app.domain.money import Money
from app.domain.payments.errors import CallDeferredError, PspUnsupportedError
from app.domain.payments.facts import PaymentFacts
from app.domain.payments.port import Outcome, PaymentsPage, PaymentStatus
from app.domain.payments.problems import Problem
from app.services.payments.connect import Actor
from app.services.reconcile import begin_backfill, begin_reconciling, claim_walks, walk_on
from app.services.reconcile.walk import LEASE, PAGE, ROUND
from tests.factories.recoveries import DAY, HOUR, MINUTE, WorkerKilled
from tests.services.psp_events.inbound import (
    deliver,
    failures,
    own_failure,
    own_payment,
    states,
    tell,
    transactions,
)

INTERVAL = timedelta(minutes=15)


@pytest.fixture(autouse=True)
def only_this_merchant(engine):
    """Let no walk of an earlier test be due."""
    with engine.begin() as session:
        session.execute(text("UPDATE psp_readings SET status = 'cancelled', wake_at = NULL WHERE status = 'running'"))
        others = update(PspAccount).where(PspAccount.organization_id != engine.organization_id)
        session.execute(others.values(is_enabled=False))


def begin(engine):
    with engine.begin() as session:
        return begin_reconciling(session, now=engine.clock.now(), batch=100)


def claim(engine):
    with engine.begin() as session:
        return claim_walks(session, now=engine.clock.now(), batch=10)


def walk(engine, walks=None):
    """Take one step of each walk that is due; return what each did."""
    return [
        walk_on(
            engine.begin,
            payments=engine.payments,
            crypto=engine.container.crypto,
            clock=engine.clock,
            reading_id=each.id,
            fence=each.fence,
            interval=INTERVAL,
        )
        for each in (claim(engine) if walks is None else walks)
    ]


def walk_a_window(engine):
    """Walk until the walk rests."""
    for _ in range(50):
        if not walk(engine):
            return
        engine.clock.advance(timedelta(seconds=2))
    raise AssertionError("a walk without an end")


def reading(engine):
    statement = select(PspReading).where(PspReading.organization_id == engine.organization_id)
    with engine.begin() as session:
        return session.execute(statement.order_by(PspReading.id.desc()).limit(1)).scalar_one()


def backfill(engine, *, since, until=None, account_id=None):
    actor = Actor(engine.organization_id, "test", "usr_1", None, engine.clock.now())
    with engine.begin() as session:
        found = account_id or engine.account().account_id
        return begin_backfill(session, account_id=found, since=since, until=until, actor=actor).id


class TestReconciling:
    def test_each_enabled_account_has_one_walk(self, engine):
        assert begin(engine) == 1
        assert begin(engine) == 0
        assert (reading(engine).kind, reading(engine).status) == ("reconcile", "running")
        with engine.begin() as session:
            session.get_one(PspAccount, engine.account().account_id).is_enabled = False
        assert walk(engine) == [None]
        assert reading(engine).status == "cancelled"
        assert begin(engine) == 0
        assert engine.payments.calls == []

    def test_a_failure_whose_webhook_was_lost_opens_a_recovery_once(self, engine):
        charge = own_failure(engine, reference="order-7")
        begin(engine)
        walk_a_window(engine)
        assert [t.transaction_ref for t in transactions(engine)] == ["order-7"]
        assert engine.story("order-7") == [("charge", "scheduled", "")]
        # Twice in the list, since it opened something, and once as the payment of an open recovery.
        assert (reading(engine).payments_read, reading(engine).recoveries_opened) == (3, 1)
        assert tell(engine, charge) == "processed"  # the webhook comes after all
        engine.clock.advance(INTERVAL)
        walk_a_window(engine)
        assert failures(engine) == [("insufficient_funds", charge.id)]
        assert reading(engine).recoveries_opened == 1

    def test_a_lost_success_closes_the_recovery(self, engine):
        engine.report()
        own_payment(engine)
        begin(engine)
        walk_a_window(engine)
        assert engine.recovery().recovered_via == "external"
        assert engine.story() == [("charge", "cancelled", "")]
        assert reading(engine).repaired == 1

    def test_a_charge_of_ours_whose_outcome_was_unknown_is_settled(self, engine):
        engine.report(token="pm_sandbox_timeout_charged")
        engine.work_when_due()
        assert engine.story() == [("charge", "unknown", "timeout")]
        engine.psp.charges[0].created_at = engine.clock.now() - MINUTE
        begin(engine)
        walk_a_window(engine)
        assert engine.recovery().recovered_via == "retry"
        assert len(engine.charges()) == 1
        assert states(engine) == []

    def test_a_failed_payment_that_was_captured_late_is_found_although_no_list_has_it(self, engine):
        charge = own_failure(engine, reference="order-7", created_at=engine.clock.now() - 20 * DAY)
        tell(engine, charge)
        transactions(engine)
        charge.status, charge.decline = PaymentStatus.CAPTURED, None
        begin(engine)
        walk_a_window(engine)
        assert engine.recovery("order-7").recovered_via == "external"

    def test_the_next_window_begins_where_the_last_ended_and_a_little_earlier(self, engine):
        begin(engine)
        first = reading(engine)
        walk_a_window(engine)
        resting = reading(engine)
        assert resting.since == first.until - timedelta(minutes=30)
        assert resting.wake_at >= engine.clock.now() + INTERVAL - timedelta(seconds=10)
        engine.clock.advance(5 * HOUR)
        begun = engine.clock.now()
        walk_a_window(engine)
        assert reading(engine).since == begun - timedelta(minutes=30)

    def test_what_is_paid_further_down_the_list_is_never_charged(self, engine):
        for number in range(3):
            own_failure(engine, told=PaymentFacts(), reference=f"order-{number}")
        begin(engine)
        walk(engine)
        transactions(engine)
        for number in range(3):
            own_payment(engine, f"order-{number}")
        engine.clock.advance(9 * MINUTE)
        assert engine.work() == 0
        with engine.begin() as session:  # the same window once more
            session.execute(text("UPDATE psp_readings SET cursor = NULL, phase = 'payments' WHERE status = 'running'"))
        walk_a_window(engine)
        assert {engine.recovery(f"order-{number}").recovered_via for number in range(3)} == {"external"}


class TestBackfill:
    def test_it_reads_everything_page_by_page_and_ends(self, engine):
        for number in range(PAGE + 5):
            own_failure(
                engine, told=PaymentFacts(), reference=f"order-{number}", created_at=engine.clock.now() - 10 * DAY
            )
        own_failure(engine, reference="too-old", created_at=engine.clock.now() - 40 * DAY)
        backfill(engine, since=engine.clock.now() - 30 * DAY)
        assert [step.read for step in walk(engine)] == [PAGE]
        half = reading(engine)
        assert (half.status, half.payments_read, half.recoveries_opened) == ("running", PAGE, PAGE)
        assert walk(engine) == []  # not before its pace allows it
        engine.clock.advance(timedelta(seconds=2))
        walk_a_window(engine)
        done = reading(engine)
        assert (done.status, done.payments_read, done.recoveries_opened) == ("done", 2 * (PAGE + 5), PAGE + 5)
        assert (done.wake_at, done.finished_at is not None) == (None, True)
        assert len(transactions(engine)) == PAGE + 5
        assert {t.held_by for t in transactions(engine)} == {"reading.patience"}
        engine.clock.advance(5 * HOUR)
        assert engine.work() == 0

    def test_a_worker_that_dies_leaves_it_to_the_next_and_nothing_is_opened_twice(self, engine):
        for number in range(3):
            own_failure(engine, told=PaymentFacts(), reference=f"order-{number}")
        backfill(engine, since=engine.clock.now() - DAY)
        (lost,) = claim(engine)
        engine.payments.die_before = "list_payments"
        with pytest.raises(WorkerKilled):
            walk(engine, [lost])
        assert claim(engine) == []
        engine.clock.advance(LEASE)
        (found,) = claim(engine)
        assert walk(engine, [found])[0].opened == 3
        assert walk(engine, [lost]) == [None]  # the first comes back late
        assert reading(engine).recoveries_opened == 3
        assert len(failures(engine)) == 3

    def test_an_order_that_was_paid_after_all_is_closed_whatever_the_list_begins_with(self, engine):
        engine.psp.lists_newest_first = True
        own_failure(engine, told=PaymentFacts(), reference="order-1")
        own_payment(engine, "order-1")
        backfill(engine, since=engine.clock.now() - DAY)
        walk_a_window(engine)
        transactions(engine)
        assert engine.recovery().recovered_via == "external"
        assert engine.story() == [("link", "cancelled", "")]
        assert reading(engine).status == "done"

    def test_one_runs_at_a_time_and_is_returned_again(self, engine):
        first = backfill(engine, since=engine.clock.now() - DAY)
        assert backfill(engine, since=engine.clock.now() - 2 * DAY) == first

    def test_only_a_range_that_makes_sense_is_read(self, engine):
        now = engine.clock.now()
        for since, until in ((now, None), (now + DAY, None), (now - 400 * DAY, None), (now - DAY, now - 2 * DAY)):
            with pytest.raises(InvalidError):
                backfill(engine, since=since, until=until)

    def test_nobody_reads_another_merchants_account(self, engine):
        other = engine.another()
        with pytest.raises(NotFoundError):
            backfill(other, since=engine.clock.now() - DAY, account_id=engine.account().account_id)

    def test_one_payment_that_cannot_be_applied_does_not_end_it(self, engine):
        own_failure(engine, told=PaymentFacts(), reference="order-1")
        bad = own_failure(engine, told=PaymentFacts(), reference="order-2")
        own_failure(engine, told=PaymentFacts(), reference="order-3")
        engine.report("order-2", amount=5000)
        bad.money = Money(1, "USD")
        backfill(engine, since=engine.clock.now() - DAY)
        walk_a_window(engine)
        assert (reading(engine).status, reading(engine).payments_read) == ("done", 6)
        assert {t.transaction_ref for t in transactions(engine)} == {"order-1", "order-2", "order-3"}
        assert transactions(engine)[0].currency == "INR"


class TestTrouble:
    def test_a_provider_that_may_not_be_called_is_asked_later_from_the_same_place(self, engine):
        begin(engine)
        engine.payments.defer(MINUTE)
        walk(engine)
        assert reading(engine).wake_at == engine.clock.now() + MINUTE
        engine.payments.defer(None)
        engine.clock.advance(MINUTE)
        own_failure(engine, told=PaymentFacts(), reference="order-7")
        walk_a_window(engine)
        assert len(transactions(engine)) == 1

    def test_passing_trouble_is_waited_out_ever_longer(self, engine):
        backfill(engine, since=engine.clock.now() - DAY)
        engine.psp.list_payments = lambda **_: PaymentsPage(error_code=Problem.TIMEOUT, transient=True)
        waits = []
        for _ in range(4):
            walk(engine)
            waits.append((reading(engine).wake_at - engine.clock.now()).total_seconds())
            engine.clock.advance(reading(engine).wake_at - engine.clock.now())
        assert waits == [10, 20, 40, 80]
        assert (reading(engine).status, reading(engine).error) == ("running", "timeout")
        del engine.psp.list_payments
        walk_a_window(engine)
        assert (reading(engine).status, reading(engine).error) == ("done", None)

    def test_what_is_refused_for_good_ends_a_backfill_and_says_why(self, engine):
        backfill(engine, since=engine.clock.now() - DAY)
        engine.psp._credentials_valid = False
        walk(engine)
        assert (reading(engine).status, reading(engine).error) == ("failed", "credentials_invalid")

    def test_and_the_reconciling_walk_comes_back_in_an_hour(self, engine):
        begin(engine)
        engine.psp._credentials_valid = False
        walk(engine)
        assert (reading(engine).status, reading(engine).wake_at) == ("running", engine.clock.now() + HOUR)

    def test_a_payment_without_a_verdict_is_passed_by(self, engine):
        charge = own_failure(engine, told=PaymentFacts(), reference="order-7")
        real = engine.psp._result
        engine.psp._result = lambda each: type(real(each))(Outcome.UNKNOWN, error_code=Problem.MALFORMED_REPLY)
        backfill(engine, since=engine.clock.now() - DAY)
        walk_a_window(engine)
        assert reading(engine).status == "done"
        assert transactions(engine) == []
        assert charge.status is PaymentStatus.DECLINED

    def test_an_adapter_that_cannot_list_payments_ends_a_backfill_and_says_why(self, engine):
        def refuse(**_):
            raise PspUnsupportedError("No list of payments there.")

        backfill(engine, since=engine.clock.now() - DAY)
        engine.psp.list_payments = refuse
        (step,) = walk(engine)
        assert (step.refused, step.read) == (True, 0)
        assert (reading(engine).status, reading(engine).error) == ("failed", "No list of payments there.")

    def test_an_account_whose_secrets_cannot_be_opened_ends_its_walk_before_any_call(self, engine):
        begin(engine)
        account_id = engine.account().account_id
        with engine.begin() as session:
            session.get_one(PspAccount, account_id).sealed_credentials = b"sealed elsewhere"
        assert walk(engine) == [None]
        ended = reading(engine)
        assert (ended.status, ended.wake_at) == ("failed", None)
        assert ended.error == "sealed with a key that is not configured"
        assert engine.payments.calls == []

    def test_whoever_lost_the_walk_while_reading_records_nothing_of_it(self, engine):
        backfill(engine, since=engine.clock.now() - DAY)
        (slow,) = claim(engine)

        def overtaken(**_):
            del engine.psp.list_payments
            engine.clock.advance(LEASE)
            assert claim(engine)[0].id == slow.id
            return PaymentsPage(error_code=Problem.TIMEOUT, transient=True)

        engine.psp.list_payments = overtaken
        assert walk(engine, [slow]) == [None]
        assert (reading(engine).status, reading(engine).error, reading(engine).tries) == ("running", None, 0)

    def test_a_round_that_the_provider_cuts_short_goes_on_where_it_stopped(self, engine):
        early = engine.clock.now() - 20 * DAY
        charges = [own_failure(engine, told=PaymentFacts(), reference=f"order-{n}", created_at=early) for n in range(3)]
        for charge in charges:
            tell(engine, charge)
        transactions(engine)
        begin(engine)
        walk(engine)  # the window itself is empty
        engine.clock.advance(timedelta(seconds=2))
        real = engine.psp.retrieve_payment
        read = []

        def one_only(**asked):
            if read:
                raise CallDeferredError("not now", retry_after=MINUTE)
            read.append(asked["psp_payment_id"])
            return real(**asked)

        engine.psp.retrieve_payment = one_only
        walk(engine)
        resting = reading(engine)
        assert read == [charges[0].id]
        assert (resting.phase, resting.recoveries_after) == ("payments", engine.recoveries["order-0"])
        assert (resting.error, resting.payments_read) == (None, 1)
        engine.psp.retrieve_payment = lambda **asked: read.append(asked["psp_payment_id"])  # gone there, and no verdict
        engine.clock.advance(INTERVAL)
        walk_a_window(engine)
        assert read == [charge.id for charge in charges]
        assert (reading(engine).recoveries_after, reading(engine).payments_read) == (None, 1)

    def test_a_full_round_goes_on_after_its_last_recovery(self, engine):
        early = engine.clock.now() - 20 * DAY
        for number in range(ROUND):
            own_failure(engine, told=PaymentFacts(), reference=f"order-{number}", created_at=early)
            deliver(engine, engine.psp.event(engine.psp.charges[-1], event_id=f"evt_{number}"))
        engine.settle_outbox()
        transactions(engine)
        begin(engine)
        walk_a_window(engine)
        assert reading(engine).payments_read == ROUND
        assert reading(engine).recoveries_after == max(engine.recoveries.values())

    def test_a_fault_with_one_payment_is_passed_by_and_the_others_are_read(self, engine):
        faulty = own_failure(engine, told=PaymentFacts(), reference="order-1")
        own_failure(engine, told=PaymentFacts(), reference="order-2")
        faulty.told = replace(faulty.told, customer=None)  # no adapter should say so
        backfill(engine, since=engine.clock.now() - DAY)
        walk_a_window(engine)
        assert [t.transaction_ref for t in transactions(engine)] == ["order-2"]
        assert (reading(engine).status, reading(engine).recoveries_opened) == ("done", 1)

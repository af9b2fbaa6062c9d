"""Payments made past Tinko, refunds, disputes, and providers that charge again by themselves."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.api.schemas.recoveries import ReversalView
from app.db.models import Organization
from app.domain.errors import ConflictError
from app.domain.money import Money
from app.domain.payments.facts import DisputeFacts, DisputeStatus, EventKind
from app.domain.payments.port import Decline, PaymentStatus
from app.services.recovery.act import resume, retry_now
from app.services.recovery.read import get_recovery
from tests.factories.recoveries import DAY, HOUR, MINUTE
from tests.services.psp_events.inbound import (
    ASKED,
    TOLD,
    deliver,
    events,
    failures,
    let_native_retries,
    own_failure,
    own_payment,
    reversals,
    tell,
    transactions,
)


class TestPaidElsewhere:
    def test_a_payment_elsewhere_closes_the_recovery_and_cancels_what_was_planned(self, engine):
        engine.report()
        charge = own_payment(engine)
        assert tell(engine, charge) == "processed"
        recovery = engine.recovery()
        assert (recovery.status, recovery.recovered_via, recovery.needs_attention) == ("recovered", "external", None)
        assert engine.story() == [("charge", "cancelled", "")]
        assert [(c.psp_payment_id, c.attempt_id, c.status) for c in engine.charges()] == [(charge.id, None, "captured")]
        assert engine.ledger() == {"psp_clearing": 5000, "recovered_revenue": -5000}
        engine.clock.advance(DAY)
        assert engine.work() == 0
        assert engine.psp.refunds == {}

    def test_the_failed_payment_itself_captured_late_closes_it(self, engine):
        charge = own_failure(engine)
        tell(engine, charge)
        charge.status, charge.decline = PaymentStatus.CAPTURED, None
        assert tell(engine, charge, named="in_1") == "processed"
        transactions(engine)
        assert engine.recovery(charge.id).recovered_via == "external"
        assert engine.story(charge.id) == [("charge", "cancelled", "")]

    def test_told_again_and_in_any_order_it_changes_nothing(self, engine):
        charge = own_failure(engine)
        tell(engine, charge)
        decline, charge.decline, charge.status = charge.decline, None, PaymentStatus.CAPTURED
        tell(engine, charge)
        charge.decline, charge.status = decline, PaymentStatus.DECLINED  # a reader that is behind
        tell(engine, charge)
        charge.decline, charge.status = None, PaymentStatus.CAPTURED
        tell(engine, charge)
        transactions(engine)
        assert engine.recovery(charge.id).status == "recovered"
        assert len(engine.charges(charge.id)) == 1
        assert len(failures(engine)) == 1
        assert len(transactions(engine)) == 1

    def test_success_that_is_told_before_the_failure_it_makes_good_closes_it_all_the_same(self, engine):
        failed = own_failure(engine, reference="order-1")
        paid = own_payment(engine, "order-1")
        assert tell(engine, paid) == "ignored"  # nobody knows what it is about
        assert engine.payments.calls == []
        deliver(engine, engine.psp.event(failed, event_id="evt_late"))
        while engine.settle_outbox():
            engine.clock.advance(MINUTE)
        assert [event.status for event in events(engine)] == ["processed", "processed"]
        transactions(engine)
        assert engine.recovery().recovered_via == "external"
        engine.clock.advance(DAY)
        assert engine.work() == 0

    def test_a_payment_of_somebody_else_closes_nothing(self, engine):
        engine.report()
        other = engine.another()
        other.report("order-2")
        assert tell(engine, own_payment(engine, "order-2")) == "ignored"
        assert (engine.recovery().status, other.recovery("order-2").status) == ("open", "open")

    def test_what_was_paid_and_given_back_closes_nothing(self, engine):
        engine.report()
        charge = own_payment(engine)
        charge.status, charge.refunded = PaymentStatus.REFUNDED, 5000
        tell(engine, charge)
        assert engine.recovery().status == "open"
        assert engine.charges() == []

    def test_another_amount_is_shown_to_a_person(self, engine):
        engine.report()
        tell(engine, own_payment(engine, money=Money(4000, "INR")))
        assert (engine.recovery().status, engine.recovery().needs_attention) == ("recovered", "captured_amount_differs")

    def test_a_page_that_the_payer_has_open_ends_in_a_refund_of_ours_if_they_pay_there_too(self, engine):
        engine.report(token="pm_sandbox_timeout_charged")
        engine.work_when_due()
        tell(engine, own_payment(engine))
        assert engine.recovery().recovered_via == "external"
        engine.work_when_due()  # the look-up finds that ours had worked
        engine.settle_outbox()
        ours = next(c for c in engine.charges() if c.attempt_id)
        assert (ours.is_duplicate, ours.status) == (True, "refunded")
        assert engine.ledger() == {"psp_clearing": 5000, "recovered_revenue": -5000, "duplicate_refunds": 0}


class TestPaidTwice:
    """Tinko captured, and the merchant was paid past it as well."""

    def paid_by_us(self, engine):
        engine.report()
        engine.work_when_due()
        assert engine.recovery().recovered_via == "retry"

    def test_the_merchants_later_payment_is_never_refunded_by_tinko(self, engine):
        self.paid_by_us(engine)
        engine.clock.advance(HOUR)
        engine.psp._now = engine.clock.now()
        theirs = own_payment(engine)
        assert tell(engine, theirs) == "processed"
        recovery = engine.recovery()
        assert (recovery.needs_attention, recovery.recovered_via) == ("duplicate_charge", "retry")
        assert [(c.is_duplicate, c.status) for c in engine.charges()] == [(False, "captured"), (True, "captured")]
        assert engine.outbox() == []
        assert engine.psp.refunds == {}
        assert engine.ledger() == {"psp_clearing": 10000, "recovered_revenue": -5000, "duplicate_refunds": -5000}
        # The merchant gives it back at the provider, and the debt is gone.
        theirs.status, theirs.refunded = PaymentStatus.REFUNDED, 5000
        tell(engine, theirs, kind=EventKind.REFUND)
        assert [(c.is_duplicate, c.status) for c in engine.charges()] == [(False, "captured"), (True, "refunded")]
        assert engine.ledger() == {"psp_clearing": 5000, "recovered_revenue": -5000, "duplicate_refunds": 0}

    def test_ours_goes_back_if_it_was_the_later_one(self, engine):
        engine.report()
        theirs = own_payment(engine)  # nobody tells us
        engine.work_when_due()
        assert tell(engine, theirs) == "processed"
        engine.settle_outbox()
        by_id = {c.psp_payment_id: (c.is_duplicate, c.status) for c in engine.charges()}
        ours = next(c for c in engine.charges() if c.attempt_id)
        assert by_id == {theirs.id: (False, "captured"), ours.psp_payment_id: (True, "refunded")}
        assert [request.psp_payment_id for request, _ in engine.psp.refunds.values()] == [ours.psp_payment_id]
        recovery = engine.recovery()
        assert (recovery.status, recovery.recovered_via) == ("recovered", "external")
        assert recovery.needs_attention == "duplicate_charge"
        assert engine.ledger() == {"psp_clearing": 5000, "recovered_revenue": -5000, "duplicate_refunds": 0}

    def test_told_again_it_is_one_incident(self, engine):
        engine.report()
        theirs = own_payment(engine)
        engine.work_when_due()
        for _ in range(3):
            tell(engine, theirs)
        engine.settle_outbox()
        assert len(engine.charges()) == 2
        assert len(engine.psp.refunds) == 1
        assert [what for what, _ in engine.timeline()].count("duplicate_charge") == 1


class TestRefunds:
    def test_refunds_are_written_down_as_one_sum_that_never_shrinks(self, engine):
        engine.report()
        engine.work_when_due()
        charge = engine.psp.charges[0]
        for refunded in (2000, 5000, 2000):
            charge.refunded = refunded
            tell(engine, charge, kind=EventKind.REFUND)
        assert reversals(engine) == [("refund", "succeeded", 5000)]
        with engine.begin() as session:
            shown = get_recovery(session, organization_id=engine.organization_id, recovery_id=engine.recovery().id)
        view = ReversalView.of(shown.reversals[0])
        assert (view.kind, view.status, view.amount, view.psp_payment_id) == ("refund", "succeeded", 5000, charge.id)
        assert [what for what, _ in engine.timeline()].count("refunded") == 2
        assert engine.recovery().status == "recovered"

    def test_the_refund_of_our_own_duplicate_is_told_of_once(self, engine):
        engine.report()
        theirs = own_payment(engine)
        engine.work_when_due()
        tell(engine, theirs)
        engine.settle_outbox()
        ours = next(c for c in engine.psp.charges if c.attempt_id)
        tell(engine, ours, kind=EventKind.REFUND)
        assert reversals(engine) == []


class TestDisputes:
    OPEN = DisputeFacts("dp_1", DisputeStatus.OPEN, ASKED, "fraudulent")

    def dispute(self, engine, charge, status=DisputeStatus.OPEN):
        return tell(engine, charge, kind=EventKind.DISPUTE, dispute=replace(self.OPEN, status=status))

    def test_a_dispute_ends_automatic_charging_and_asks_for_a_person(self, engine):
        charge = own_failure(engine)
        tell(engine, charge)
        transactions(engine)
        assert self.dispute(engine, charge) == "processed"
        recovery = engine.recovery(charge.id)
        assert recovery.needs_attention == "disputed"
        assert recovery.paused_at == engine.clock.now()
        assert transactions(engine)[0].charges_barred == "disputed"
        assert reversals(engine) == [("dispute", "open", 5000)]
        engine.clock.advance(DAY)
        assert engine.work() == 0

    def test_a_warning_of_fraud_ends_automatic_charging_and_no_money_goes_back(self, engine):
        charge = own_failure(engine)
        tell(engine, charge)
        transactions(engine)
        warning = DisputeFacts("issfr_1", DisputeStatus.OPEN, reason="early_fraud_warning")
        assert [tell(engine, charge, kind=EventKind.DISPUTE, dispute=warning) for _ in range(2)] == ["processed"] * 2
        assert transactions(engine)[0].charges_barred == "disputed"
        assert engine.recovery(charge.id).needs_attention == "disputed"
        assert reversals(engine) == [("dispute", "open", None)]
        assert engine.ledger() == {}
        assert [what for what, _ in engine.timeline(charge.id)].count("dispute_open") == 1
        engine.clock.advance(DAY)
        assert engine.work() == 0
        assert engine.psp.captures(charge.id) == []

    def test_not_even_a_person_charges_what_is_disputed(self, engine):
        charge = own_failure(engine)
        tell(engine, charge)
        self.dispute(engine, charge)
        transactions(engine)
        engine.clock.advance(HOUR)
        who = {"organization_id": engine.organization_id, "recovery_id": engine.recoveries[charge.id], "actor": "usr_1"}
        with engine.begin() as session, pytest.raises(ConflictError, match="disputed"):
            retry_now(session, **who, now=engine.clock.now())
        with engine.begin() as session:
            resume(session, **who, now=engine.clock.now())
        engine.clock.advance(DAY)
        engine.work()
        assert engine.story(charge.id) == [("charge", "cancelled", "charges_barred")]
        assert engine.psp.captures(charge.id) == []

    def test_a_decided_dispute_is_never_open_again(self, engine):
        engine.report()
        engine.work_when_due()
        charge = engine.psp.charges[0]
        for status in (DisputeStatus.OPEN, DisputeStatus.LOST, DisputeStatus.OPEN, DisputeStatus.WON):
            self.dispute(engine, charge, status)
        assert reversals(engine) == [("dispute", "lost", 5000)]
        assert engine.recovery().status == "recovered"
        assert [what for what, _ in engine.timeline()][-2:] == ["dispute_open", "dispute_lost"]

    def test_a_dispute_of_a_payment_that_cannot_be_read_is_known_by_its_name(self, engine):
        charge = own_failure(engine)
        tell(engine, charge)
        engine.psp.charges.clear()
        deliver(engine, engine.psp.event(charge, event_id="evt_d", kind=EventKind.DISPUTE, dispute=self.OPEN))
        engine.settle_outbox()
        assert events(engine)[-1].status == "processed"
        assert reversals(engine) == [("dispute", "open", 5000)]

    def test_a_dispute_of_a_strange_payment_is_kept_and_changes_nothing(self, engine):
        assert self.dispute(engine, own_payment(engine, "order-9")) == "ignored"
        assert reversals(engine) == []


class TestNativeRetries:
    def retried_by_them(self, engine, after=2 * DAY, **fields):
        charge = own_failure(engine, **fields)
        self.next_at = engine.clock.now() + after
        charge.told = replace(TOLD, native_retry_at=self.next_at)
        return charge

    def test_by_default_nothing_happens_until_the_provider_gave_up(self, engine):
        charge = self.retried_by_them(engine)
        tell(engine, charge)
        (transaction,) = transactions(engine)
        assert transaction.held_until == self.next_at + HOUR
        (attempt,) = engine.attempts(charge.id)
        assert attempt.due_at == attempt.wake_at == self.next_at + HOUR
        assert ("held", "rule:native_retries.wait") in engine.timeline(charge.id)
        # Its retry fails too, and it says when the next is.
        engine.go_to(self.next_at)
        later = self.next_at + 3 * DAY
        charge.told = replace(TOLD, other_ids=("ch_2", "in_1"), native_retry_at=later)
        tell(engine, charge)
        assert transactions(engine)[0].held_until == later + HOUR
        # Then it gives up: it is our turn.
        engine.go_to(later)
        charge.told = replace(TOLD, other_ids=("ch_3", "in_1"), native_retry_at=None)
        tell(engine, charge)
        assert engine.attempts(charge.id)[0].wake_at <= engine.clock.now() + MINUTE
        assert len(engine.psp.charges) == 1
        engine.clock.advance(2 * MINUTE)
        engine.work()
        assert engine.recovery(charge.id).status == "recovered"

    def test_nobody_charges_beside_the_provider_also_not_by_hand(self, engine):
        charge = self.retried_by_them(engine)
        tell(engine, charge)
        transactions(engine)
        who = {"organization_id": engine.organization_id, "recovery_id": engine.recoveries[charge.id], "actor": "usr_1"}
        with engine.begin() as session, pytest.raises(ConflictError, match=r"native_retries\.wait"):
            retry_now(session, **who, now=engine.clock.now())
        engine.go_to(self.next_at)
        assert engine.work() == 0
        assert len(engine.psp.charges) == 1

    def test_a_retry_of_theirs_that_works_closes_the_recovery(self, engine):
        charge = self.retried_by_them(engine)
        tell(engine, charge)
        charge.status, charge.decline = PaymentStatus.CAPTURED, None
        tell(engine, charge, named="in_1")
        transactions(engine)
        assert engine.recovery(charge.id).recovered_via == "external"

    def test_what_the_merchant_reported_waits_as_well(self, engine):
        charge = self.retried_by_them(engine)
        engine.report("order-1", psp_payment_id=charge.id)
        assert tell(engine, charge) == "processed"
        assert len(failures(engine)) == 1
        assert transactions(engine)[0].held_until == self.next_at + HOUR

    def test_whoever_takes_over_does_not_wait(self, engine):
        let_native_retries(engine, "take_over")
        charge = self.retried_by_them(engine, reference="order-1")
        tell(engine, charge)
        (transaction,) = transactions(engine)
        assert (transaction.held_until, transaction.held_by) == (engine.clock.now() + MINUTE, "events.wait")
        engine.work_when_due()
        assert engine.recovery().status == "recovered"

    def test_whoever_observes_never_charges_and_asks_nobody(self, engine):
        let_native_retries(engine, "observe")
        charge = self.retried_by_them(engine, reference="order-1")
        tell(engine, charge)
        tell(engine, charge, named="ch_1")
        (transaction,) = transactions(engine)
        assert transaction.charges_barred == "observe_only"
        assert engine.story() == [("charge", "cancelled", "")]
        assert engine.recovery().status == "open"
        assert engine.timeline()[-1] == ("observed", "rule:native_retries.observe")
        engine.clock.advance(DAY)
        assert engine.work() == 0
        charge.status, charge.decline = PaymentStatus.CAPTURED, None
        tell(engine, charge, named="in_1")
        assert engine.recovery().recovered_via == "external"

    def test_a_test_organizations_own_time_counts(self, engine):
        with engine.begin() as session:
            session.get_one(Organization, engine.organization_id).clock_offset = timedelta(days=10)
        charge = self.retried_by_them(engine)  # two days from now is long past there
        tell(engine, charge)
        (transaction,) = transactions(engine)
        assert transaction.held_until == engine.clock.now() + 10 * DAY + MINUTE


def test_a_decline_with_a_new_code_replans_but_never_before_the_hold(engine):
    charge = own_failure(engine)
    charge.told = replace(TOLD, native_retry_at=engine.clock.now() + DAY)
    tell(engine, charge)
    charge.decline = Decline("do_not_honor")
    tell(engine, charge)
    transactions(engine)
    assert len(failures(engine)) == 2
    engine.clock.advance(HOUR * 12)
    assert engine.work() == 0
    assert len(engine.psp.charges) == 1

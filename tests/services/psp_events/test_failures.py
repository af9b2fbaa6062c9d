"""Failures that only the provider told of: one recovery, however often and under whichever name they are told."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy.exc import NoResultFound

from app.db.models import Transaction
from app.domain.ingest.report import FailureReport
from app.domain.money import Money
from app.domain.payments.facts import EventKind, PaymentFacts
from app.domain.payments.port import Decline, PaymentStatus
from app.services.ingest import Incoming, Recorded, record_group
from app.services.psp_events import join_twins
from tests.factories.recoveries import DAY, HOUR, MINUTE
from tests.services.psp_events.inbound import (
    ASKED,
    TOLD,
    deliver,
    events,
    failures,
    own_failure,
    states,
    tell,
    transactions,
)


def test_a_failure_known_from_the_provider_opens_a_recovery_like_a_posted_one(engine):
    charge = own_failure(engine, reference="order-7")
    assert tell(engine, charge) == "processed"
    (transaction,) = transactions(engine)
    assert (transaction.transaction_ref, transaction.amount, transaction.currency) == ("order-7", 5000, "INR")
    assert (transaction.gateway, transaction.psp_payment_id) == ("sandbox", charge.id)
    assert transaction.payment_method == {"type": "card", "token": "pm_sandbox_ok", "brand": "visa", "last4": "4242"}
    assert transaction.customer == {"ref": "cus-1", "email": "priya@example.com", "name": "Priya"}
    recovery = engine.recovery("order-7")
    assert (recovery.status, recovery.category, recovery.hardness) == ("open", "funds", "soft")
    assert engine.story("order-7") == [("charge", "scheduled", "")]
    assert failures(engine) == [("insufficient_funds", charge.id)]
    assert engine.timeline("order-7")[0] == ("recovery_opened", f"psp:{engine.account().account_id}")
    engine.work_when_due()
    assert engine.recovery("order-7").status == "recovered"
    assert [c.attempt_id for c in engine.psp.captures("order-7")] == [engine.attempts("order-7")[0].id]


def test_without_a_reference_the_payments_own_id_is_one(engine):
    charge = own_failure(engine)
    tell(engine, charge)
    (transaction,) = transactions(engine)
    assert transaction.transaction_ref == charge.id
    assert engine.story(charge.id) == [("charge", "scheduled", "")]


def test_one_failure_told_three_ways_is_one_recovery_and_one_failure(engine):
    charge = own_failure(engine)
    told = [tell(engine, charge, named=name) for name in (charge.id, "ch_1", "in_1", charge.id)]
    assert told == ["processed"] * 4
    assert len(transactions(engine)) == 1
    assert failures(engine) == [("insufficient_funds", charge.id)]
    assert engine.story(charge.id) == [("charge", "scheduled", "")]


def test_three_ways_at_once_are_one_recovery_too(engine):
    charge = own_failure(engine)
    for number, name in enumerate((charge.id, "ch_1", "in_1") * 3):
        deliver(engine, engine.psp.event(charge, event_id=f"evt_{number}", named=name))
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda _: engine.settle_outbox(), range(4)))
    while engine.settle_outbox():
        engine.clock.advance(MINUTE)
    assert sum(done) >= 9
    assert set(states(engine)) == {"processed"}
    assert len(transactions(engine)) == 1
    assert failures(engine) == [("insufficient_funds", charge.id)]


@pytest.mark.parametrize("order", [(("ch_1",), ("ch_1", "in_1"), ()), (("ch_1", "in_1"), (), ("ch_1",))])
def test_a_decline_is_one_whether_its_invoice_is_named_or_not(engine, order):
    charge = own_failure(engine)
    for others in order:
        charge.told = replace(TOLD, other_ids=others)
        tell(engine, charge)
    assert len(failures(engine)) == 1
    charge.told = replace(TOLD, other_ids=("ch_2", "in_1"))
    tell(engine, charge)
    assert len(failures(engine)) == 2


def test_a_second_decline_of_the_same_payment_is_a_second_failure_of_the_same_recovery(engine):
    charge = own_failure(engine)
    tell(engine, charge)
    charge.decline, charge.told = Decline("lost_card"), replace(TOLD, other_ids=("ch_2", "in_1"))
    tell(engine, charge)
    tell(engine, charge, named="ch_2")
    assert [code for code, _ in failures(engine)] == ["insufficient_funds", "lost_card"]
    assert len(transactions(engine)) == 1
    assert engine.recovery(charge.id).hardness == "hard"
    assert engine.story(charge.id) == [("charge", "cancelled", ""), ("link", "scheduled", "")]


@pytest.mark.parametrize("name", ["own", "ch_1", "in_1"])
def test_a_later_post_with_the_same_payment_joins_and_gives_it_the_merchants_reference(engine, name):
    charge = own_failure(engine)
    tell(engine, charge)
    (before,) = transactions(engine)
    recovery_id = engine.recoveries[charge.id]
    answer = engine.report("order-9", psp_payment_id=charge.id if name == "own" else name)
    (after,) = transactions(engine)
    assert (after.id, after.transaction_ref) == (before.id, "order-9")
    assert (answer["recovery"]["id"], answer["transaction_ref"]) == (recovery_id, "order-9")
    assert len(failures(engine)) == 2
    assert engine.story("order-9") == [("charge", "scheduled", "")]
    # From here on both names lead there.
    assert tell(engine, charge) == "processed"
    assert engine.report("order-9")["recovery"]["id"] == recovery_id
    assert len(transactions(engine)) == 1


def test_a_post_by_the_short_way_and_in_a_group_joins_too(engine):
    charge = own_failure(engine)
    tell(engine, charge)
    (before,) = transactions(engine)
    own = {"gateway": "sandbox", "failure_reason": "insufficient_funds", "amount": 5000, "currency": "INR"}
    reports = [
        FailureReport(transaction_ref=f"order-{number}", psp_payment_id=payment_id, **own)
        for number, payment_id in enumerate(("pay_new", charge.id, None))
    ]
    outcomes = record_group(
        engine.begin,
        items=[Incoming(engine.organization_id, report) for report in reports],
        clock=engine.clock,
        retention=DAY * 2,
        at_once=engine.container.at_once,
    )
    assert all(isinstance(outcome, Recorded) for outcome in outcomes)
    found = {transaction.id: transaction.transaction_ref for transaction in transactions(engine)}
    assert found[before.id] == "order-1"
    assert sorted(found.values()) == ["order-0", "order-1", "order-2"]


def test_another_merchants_post_with_the_same_payment_id_joins_nothing(engine):
    charge = own_failure(engine)
    tell(engine, charge)
    other = engine.another()
    other.report("order-9", psp_payment_id=charge.id)
    assert [t.transaction_ref for t in transactions(engine)] == [charge.id]
    assert [t.transaction_ref for t in transactions(other)] == ["order-9"]


def test_two_posts_for_one_payment_are_two_transactions_and_only_the_first_joins(engine):
    charge = own_failure(engine)
    tell(engine, charge)
    engine.report("order-9", psp_payment_id=charge.id)
    engine.report("order-10", psp_payment_id=charge.id)
    assert [t.transaction_ref for t in transactions(engine)] == ["order-9", "order-10"]


def test_what_the_merchant_reported_first_is_not_told_twice(engine):
    charge = own_failure(engine)
    engine.report("order-1", psp_payment_id=charge.id, failure_code="insufficient_funds")
    assert tell(engine, charge) == "processed"
    assert [t.transaction_ref for t in transactions(engine)] == ["order-1"]
    assert len(failures(engine)) == 1
    assert engine.story() == [("charge", "scheduled", "")]


def test_what_the_provider_knows_better_is_added_and_the_merchants_words_stay(engine):
    engine.report("order-1", failure_reason="card_declined", customer={"email": "own@example.com"})
    charge = own_failure(engine, reference="order-1", decline=Decline("lost_card"), money=Money(4000, "INR"))
    tell(engine, charge)
    (transaction,) = transactions(engine)
    assert (transaction.amount, transaction.payment_method["token"]) == (5000, "pm_sandbox_ok")
    assert transaction.customer == {"email": "own@example.com", "ref": "cus-1", "name": "Priya"}
    assert engine.recovery().hardness == "hard"


def test_a_decline_of_our_own_attempt_is_not_taken_for_the_merchants(engine):
    engine.report(token="pm_sandbox_insufficient_funds")
    engine.work_when_due()
    tell(engine, engine.psp.charges[0])
    assert len(failures(engine)) == 1


@pytest.mark.parametrize("status", [PaymentStatus.PENDING, PaymentStatus.REQUIRES_ACTION, PaymentStatus.CANCELLED])
def test_a_payment_that_nobody_refused_opens_nothing(engine, status):
    charge = engine.psp.merchants_own(money=ASKED, status=status, reference="order-7")
    charge.reads = -5
    assert tell(engine, charge) == "ignored"
    assert transactions(engine) == []


def test_a_payment_that_failed_and_worked_before_it_is_read_opens_nothing(engine):
    charge = own_failure(engine, reference="order-7")
    deliver(engine, engine.psp.event(charge))
    charge.status = PaymentStatus.CAPTURED
    engine.settle_outbox()
    assert states(engine) == ["ignored"]
    assert transactions(engine) == []


def test_a_failure_without_an_amount_is_kept_with_the_reason(engine):
    charge = own_failure(engine)
    real = engine.psp._facts
    engine.psp._facts = lambda charge: replace(real(charge), asked=None)
    assert tell(engine, charge) == "ignored"
    assert transactions(engine) == []
    engine.psp._facts = real


def test_a_failure_in_another_currency_is_refused_and_changes_nothing(engine):
    engine.report("order-1")
    charge = own_failure(engine, reference="order-1", decline=Decline("lost_card"))
    charge.money = Money(5000, "USD")
    tell(engine, charge)
    assert transactions(engine)[0].currency == "INR"


def test_an_old_failure_told_late_opens_no_case_that_was_closed_meanwhile(engine):
    charge = own_failure(engine, reference="order-1")
    engine.clock.advance(HOUR)
    engine.report("order-1", failure_reason="card_declined")
    engine.work_when_due()
    assert engine.recovery().status == "recovered"
    tell(engine, charge)
    assert len(failures(engine)) == 1
    assert engine.recovery().status == "recovered"


def test_events_of_a_payment_that_the_provider_does_not_know_are_kept_with_the_reason(engine):
    deliver(engine, engine.psp.event(None, named="pay_gone"))
    engine.settle_outbox()
    (event,) = events(engine)
    assert (event.status, event.error) == ("ignored", "The provider knows no such payment.")


def test_success_of_payments_that_are_none_of_ours_costs_no_call(engine):
    charge = engine.psp.merchants_own(money=ASKED, reference="order-77")
    assert tell(engine, charge) == "ignored"
    assert engine.payments.calls == []


def test_other_kinds_of_events_are_kept_and_cost_no_call(engine):
    deliver(engine, engine.psp.event(None, kind=EventKind.OTHER))
    assert states(engine) == ["ignored"]
    assert engine.outbox() == []
    assert engine.payments.calls == []


class TestTwins:
    """The merchant's report and the provider's word cross: neither saw the other."""

    def cross(self, engine):
        charge = own_failure(engine)
        tell(engine, charge)
        # As if it had been written in the same moment: without its name, the report cannot join.
        engine.report("order-1")
        with engine.begin() as session:
            mine = session.get_one(Transaction, engine.recovery("order-1").transaction_id)
            mine.psp_payment_id = charge.id
        transactions(engine)
        return charge

    def test_nothing_is_charged_before_twins_were_looked_for(self, engine):
        charge = own_failure(engine)
        tell(engine, charge)
        (transaction,) = transactions(engine)
        assert transaction.held_until == engine.clock.now() + MINUTE
        assert engine.attempts(charge.id)[0].wake_at >= transaction.held_until
        assert [message.topic for message in engine.outbox()] == ["psp_payment.join"]

    def test_the_providers_twin_ends_and_the_merchants_goes_on(self, engine):
        charge = self.cross(engine)
        engine.clock.advance(2 * MINUTE)
        engine.settle_outbox()
        assert engine.recovery(charge.id).status == "cancelled"
        assert engine.story(charge.id) == [("charge", "cancelled", "")]
        assert engine.timeline(charge.id)[-1] == ("joined", "tinko")
        assert engine.recovery("order-1").status == "open"
        assert tell(engine, charge, named="in_1") == "processed"
        engine.clock.advance(DAY)
        while engine.work():
            pass
        assert len(engine.psp.captures("order-1")) == 1
        assert engine.psp.captures(charge.id) == []

    def test_without_a_twin_nothing_changes(self, engine):
        charge = own_failure(engine)
        tell(engine, charge)
        transactions(engine)
        engine.clock.advance(2 * MINUTE)
        assert engine.settle_outbox() == 1
        assert engine.recovery(charge.id).status == "open"
        assert engine.outbox() == []

    def test_nobody_joins_what_is_somebody_elses(self, engine):
        charge = own_failure(engine)
        tell(engine, charge)
        (transaction,) = transactions(engine)
        other = engine.another()
        with engine.begin() as session, pytest.raises(NoResultFound):
            join_twins(
                session,
                organization_id=other.organization_id,
                transaction_id=transaction.id,
                now=engine.clock.now(),
            )


def test_what_is_told_is_enough_even_when_it_is_little(engine):
    charge = own_failure(engine, told=PaymentFacts(), decline=Decline("a_word_of_next_year", None))
    tell(engine, charge)
    (transaction,) = transactions(engine)
    assert (transaction.customer, transaction.payment_method) == ({}, {})
    assert engine.recovery(charge.id).status == "open"

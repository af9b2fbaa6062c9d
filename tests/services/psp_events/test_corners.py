"""What seldom happens between a provider's word and what it leads to: races, faults, and news that is none."""

from contextlib import contextmanager
from dataclasses import replace

import pytest
from sqlalchemy import text

from app.db.models import Organization, PspAccount, Transaction
from app.domain.money import Money
from app.domain.payments.errors import WebhookUnreadableError
from app.domain.payments.facts import DisputeFacts, DisputeStatus, EventKind
from app.domain.payments.port import Outcome, PaymentResult, PaymentStatus
from app.services.ingest.record import RacedError
from app.services.psp_events import Effect, Told, apply_told, open_source, process_event, replay_event
from app.services.recovery import act
from tests.factories.recoveries import DAY, HOUR, MINUTE
from tests.services.psp_events.inbound import (
    ASKED,
    FUNDS,
    TOLD,
    deliver,
    events,
    failures,
    let_native_retries,
    own_failure,
    own_payment,
    reversals,
    states,
    tell,
    transactions,
)

QUIET = text("UPDATE outbox SET wake_at = NULL WHERE wake_at IS NOT NULL")


def apply(engine, found, *, begin=None):
    """Apply what was read of a payment without a webhook, as walks do."""
    with engine.begin() as session:
        account = session.get_one(PspAccount, engine.account().account_id)
        organization = session.get_one(Organization, engine.organization_id)
        source = open_source(account, organization, crypto=engine.container.crypto)
    return apply_told(begin or engine.begin, source=source, told=Told(found), clock=engine.clock)


def racing(engine, times):
    """Return a `begin` whose first transactions lose a race when they end, and the list of those begun."""
    begun = []

    @contextmanager
    def begin():
        begun.append(None)
        with engine.begin() as session:
            yield session
            if len(begun) <= times:
                raise RacedError

    return begin, begun


class TestEvents:
    def test_an_event_of_an_account_that_was_deleted_meanwhile_costs_no_call(self, engine):
        deliver(engine, engine.psp.event(own_failure(engine, reference="order-7")))
        with engine.begin() as session:
            account = session.get_one(PspAccount, engine.account().account_id)
            account.deleted_at, account.is_enabled = engine.clock.now(), False
        engine.settle_outbox()
        (event,) = events(engine)
        assert (event.status, event.error) == ("ignored", "The account was deleted.")
        assert engine.payments.calls == []
        assert transactions(engine) == []

    def test_success_of_what_becomes_known_while_it_is_looked_at_is_looked_at_again(self, engine):
        deliver(engine, engine.psp.event(own_payment(engine)))
        begun = []

        @contextmanager
        def begin():
            begun.append(None)
            if len(begun) == 2:
                engine.report()
            with engine.begin() as session:
                yield session

        with engine.begin() as session:
            session.execute(QUIET)
        process_event(
            begin,
            payments=engine.payments,
            crypto=engine.container.crypto,
            clock=engine.clock,
            psp_event_id=events(engine)[0].id,
        )
        assert states(engine) == ["pending"]
        assert engine.recovery().status == "open"
        engine.settle_outbox()
        assert states(engine) == ["processed"]
        assert engine.recovery().recovered_via == "external"

    def test_a_replay_of_an_event_that_can_lead_to_nothing_costs_no_call(self, engine):
        deliver(engine, engine.psp.event(own_failure(engine), kind=EventKind.OTHER))
        with engine.begin() as session:
            where = {"organization_id": engine.organization_id, "psp_event_id": events(engine)[0].id}
            replay_event(session, **where)
        assert states(engine) == ["pending"]
        engine.settle_outbox()
        assert states(engine) == ["ignored"]
        assert engine.payments.calls == []
        assert transactions(engine) == []

    @pytest.mark.parametrize("fault", [RecursionError(), UnicodeError()])
    def test_a_body_that_breaks_its_reader_is_refused_and_not_kept(self, engine, fault):
        def broken(**_):
            raise fault

        engine.psp.parse_webhook = broken
        with pytest.raises(WebhookUnreadableError, match="cannot be read"):
            deliver(engine, b"{}")
        assert events(engine) == []


class TestApplying:
    def test_a_lost_race_is_run_again_and_leaves_one_failure(self, engine):
        found = engine.psp._result(own_failure(engine, reference="order-7"))
        begin, begun = racing(engine, 2)
        assert apply(engine, found, begin=begin) is Effect.OPENED
        assert len(begun) == 3
        assert failures(engine) == [("insufficient_funds", found.psp_payment_id)]

    def test_who_loses_every_race_says_so_and_writes_nothing(self, engine):
        found = engine.psp._result(own_failure(engine, reference="order-7"))
        begin, begun = racing(engine, 9)
        with pytest.raises(RacedError):
            apply(engine, found, begin=begin)
        assert len(begun) == 3
        assert transactions(engine) == []

    def test_a_decline_of_a_payment_without_a_name_opens_nothing(self, engine):
        found = PaymentResult(Outcome.DECLINED, None, status=PaymentStatus.DECLINED, decline=FUNDS, facts=TOLD)
        assert apply(engine, found) is Effect.NOTHING
        assert transactions(engine) == []


class TestMoney:
    def test_two_payments_of_the_merchants_own_are_the_merchants_affair(self, engine):
        engine.report()
        first = own_payment(engine)
        assert [tell(engine, first), tell(engine, own_payment(engine))] == ["processed", "ignored"]
        assert [charge.psp_payment_id for charge in engine.charges()] == [first.id]
        assert engine.recovery().needs_attention is None
        assert engine.ledger() == {"psp_clearing": 5000, "recovered_revenue": -5000}

    @pytest.mark.parametrize(("made", "ours_goes_back"), [(-MINUTE, True), (MINUTE, False)])
    def test_without_a_webhook_the_payments_own_time_says_which_came_later(self, engine, made, ours_goes_back):
        engine.report()
        engine.work_when_due()
        theirs = own_payment(engine, created_at=engine.clock.now() + made)
        engine.clock.advance(HOUR)
        assert apply(engine, engine.psp._result(theirs)) is Effect.CLOSED
        by_id = {charge.psp_payment_id: charge for charge in engine.charges()}
        ours = next(charge for charge in by_id.values() if charge.attempt_id)
        assert (ours.is_duplicate, by_id[theirs.id].is_duplicate) == (ours_goes_back, not ours_goes_back)
        assert ours.status == ("refund_due" if ours_goes_back else "captured")

    def test_a_dispute_of_what_nobody_knows_is_read_and_changes_nothing(self, engine):
        charge = own_payment(engine, "order-9", money=Money(100, "INR"))
        charge.status, charge.refunded = PaymentStatus.REFUNDED, 100
        dispute = DisputeFacts("dp_1", DisputeStatus.OPEN, ASKED, "fraudulent")
        assert tell(engine, charge, kind=EventKind.DISPUTE, dispute=dispute) == "ignored"
        assert engine.payments.calls != []
        assert reversals(engine) == []

    def test_a_dispute_that_is_won_when_it_is_first_told_of_stops_nothing(self, engine):
        charge = own_failure(engine)
        tell(engine, charge)
        won = DisputeFacts("dp_1", DisputeStatus.WON, ASKED)
        assert tell(engine, charge, kind=EventKind.DISPUTE, dispute=won) == "processed"
        (transaction,) = transactions(engine)
        recovery = engine.recovery(charge.id)
        assert reversals(engine) == [("dispute", "won", 5000)]
        assert (transaction.charges_barred, recovery.needs_attention, recovery.paused_at) == (None, None, None)


class TestHolding:
    def test_whoever_stops_observing_may_charge_again(self, engine):
        let_native_retries(engine, "observe")
        charge = own_failure(engine, reference="order-1")
        tell(engine, charge)
        assert transactions(engine)[0].charges_barred == "observe_only"
        let_native_retries(engine, "take_over")
        tell(engine, charge)
        assert transactions(engine)[0].charges_barred is None

    def test_what_is_paused_does_not_wake_when_the_provider_gives_up(self, engine):
        charge = own_failure(engine)
        charge.told = replace(TOLD, native_retry_at=engine.clock.now() + 2 * DAY)
        tell(engine, charge)
        transactions(engine)
        who = {"organization_id": engine.organization_id, "recovery_id": engine.recoveries[charge.id]}
        with engine.begin() as session:
            act.pause(session, **who, actor="usr_1", now=engine.clock.now())
        (before,) = engine.attempts(charge.id)
        charge.told = replace(TOLD, native_retry_at=None)
        tell(engine, charge)
        assert transactions(engine)[0].held_until == engine.clock.now() + MINUTE
        (after,) = engine.attempts(charge.id)
        assert (after.wake_at, after.due_at) == (None, before.due_at)

    def test_a_twin_that_was_cancelled_already_only_hands_its_names_over(self, engine):
        charge = own_failure(engine)
        tell(engine, charge)
        engine.report("order-1")
        transactions(engine)
        with engine.begin() as session:
            session.get_one(Transaction, engine.recovery("order-1").transaction_id).psp_payment_id = charge.id
            who = {"organization_id": engine.organization_id, "recovery_id": engine.recoveries[charge.id]}
            act.cancel(session, **who, actor="usr_1", now=engine.clock.now())
        engine.clock.advance(2 * MINUTE)
        engine.settle_outbox()
        assert "joined" not in [what for what, _ in engine.timeline(charge.id)]
        charge.status, charge.decline = PaymentStatus.CAPTURED, None
        tell(engine, charge, named="in_1")
        assert engine.recovery("order-1").recovered_via == "external"

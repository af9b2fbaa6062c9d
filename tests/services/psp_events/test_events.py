"""Webhooks: verified, stored once, and taken as hints; the payment itself says what is true."""

import pytest
from sqlalchemy import text

from app.db.queries.psp import EventFilters
from app.domain.errors import NotFoundError
from app.domain.money import Money
from app.domain.payments.errors import SignatureInvalidError, WebhookUnreadableError
from app.domain.payments.port import Decline, Outcome, PaymentResult, PaymentStatus
from app.services.psp_events import (
    bury_event,
    get_event,
    list_events,
    process_event,
    replay_event,
)
from tests.factories.recoveries import HOUR, MINUTE, make_engine
from tests.fakes.psp import Charge
from tests.services.psp_events.inbound import deliver, events, states

UNKNOWN = PaymentResult(Outcome.UNKNOWN, error_code="timeout")


def test_a_webhook_resolves_an_unknown_charge_before_its_look_up(engine):
    engine.report(token="pm_sandbox_timeout_charged")
    engine.work_when_due()
    assert deliver(engine, engine.psp.event(engine.psp.charges[0])) is True
    assert states(engine) == ["pending"]
    assert engine.settle_outbox() == 1
    (event,) = events(engine)
    assert (event.status, event.type, event.processed_at) == ("processed", "payment.captured", engine.clock.now())
    assert engine.recovery().status == "recovered"
    assert len(engine.charges()) == 1
    engine.clock.advance(MINUTE)
    assert engine.work() == 0


def test_the_same_webhook_twice_is_stored_once(engine):
    engine.report()
    engine.work_when_due()
    body = engine.psp.event(engine.psp.charges[0])
    assert [deliver(engine, body) for _ in range(2)] == [True, False]
    assert len(engine.outbox()) == 1
    assert engine.settle_outbox() == 1
    assert states(engine) == ["processed"]
    assert len(engine.charges()) == 1


def test_webhooks_in_any_order_book_what_the_payment_says(engine):
    engine.report(token="pm_sandbox_recovers_on_2")
    engine.work_when_due()
    engine.work_when_due()
    declined, captured = engine.psp.charges
    deliver(engine, engine.psp.event(captured, event_id="evt_2"))
    deliver(engine, engine.psp.event(declined, event_id="evt_1"))
    engine.settle_outbox()
    assert states(engine) == ["processed", "ignored"]
    assert engine.recovery().status == "recovered"
    assert len(engine.charges()) == 1


def test_a_webhook_of_a_decline_ends_an_unknown_charge(engine):
    engine.psp.script("pm_sandbox_ok", UNKNOWN)
    engine.report()
    attempt = engine.work_when_due()
    charge = engine.psp._book(
        "order-1", attempt.id, Money(5000, "INR"), None, PaymentStatus.DECLINED, Decline("lost_card")
    )
    deliver(engine, engine.psp.event(charge))
    engine.settle_outbox()
    assert engine.story() == [("charge", "declined", "lost_card"), ("link", "scheduled", "")]
    assert states(engine) == ["processed"]


def test_a_charge_that_was_declined_and_is_captured_late_recovers(engine):
    engine.report(token="pm_sandbox_recovers_on_2")
    engine.work_when_due()
    late = engine.psp.charges[0]
    late.status = PaymentStatus.CAPTURED
    deliver(engine, engine.psp.event(late))
    engine.settle_outbox()
    assert engine.story() == [("charge", "succeeded", ""), ("charge", "cancelled", "")]
    assert engine.recovery().status == "recovered"


def test_a_late_capture_while_the_next_charge_is_out_is_refunded_as_the_second(engine):
    engine.report(token="pm_sandbox_recovers_on_2")
    engine.work_when_due()
    late = engine.psp.charges[0]
    engine.clock.advance(2 * HOUR)
    (claimed,) = engine.sweep()

    def meanwhile(_):
        engine.psp.after_booking = None
        late.status = PaymentStatus.CAPTURED
        deliver(engine, engine.psp.event(late))
        engine.settle_outbox()

    engine.psp.after_booking = meanwhile
    engine.run(claimed)
    assert len(engine.psp.captures("order-1")) == 2
    engine.settle_outbox()
    assert [c.attempt_id for c in engine.psp.captures("order-1")] == [late.attempt_id]
    assert [(c.is_duplicate, c.status) for c in engine.charges()] == [(False, "captured"), (True, "refunded")]


def test_a_webhook_that_comes_while_the_worker_waits_for_the_answer_is_booked_once(engine):
    engine.report()
    engine.clock.advance(HOUR)
    (claimed,) = engine.sweep()

    def meanwhile(_):
        engine.psp.after_booking = None
        deliver(engine, engine.psp.event(engine.psp.charges[0]))
        engine.settle_outbox()

    engine.psp.after_booking = meanwhile
    assert engine.run(claimed) is True
    assert len(engine.charges()) == 1
    assert engine.outbox() == []
    assert engine.recovery().needs_attention is None


def strange_charge(attempt_id):
    return Charge("pay_9", "order-9", attempt_id, Money(1, "INR"), None, PaymentStatus.CAPTURED)


@pytest.mark.parametrize("attempt_id", [None, "somebody-elses", "att_" + "0" * 26])
def test_a_webhook_that_names_no_attempt_of_ours_is_ignored(engine, attempt_id):
    deliver(engine, engine.psp.event(strange_charge(attempt_id)))
    engine.settle_outbox()
    assert states(engine) == ["ignored"]


def test_a_webhook_that_names_a_payment_nobody_knows_is_ignored(engine):
    engine.report()
    deliver(engine, engine.psp.event(strange_charge(engine.attempts()[0].id)))
    engine.settle_outbox()
    assert states(engine) == ["ignored"]
    assert engine.story() == [("charge", "scheduled", "")]


def test_an_attempt_of_another_account_is_left_alone(engine):
    engine.report(token="pm_sandbox_timeout_charged")
    engine.work_when_due()
    other = engine.another()
    deliver(other, engine.psp.event(engine.psp.charges[0]))
    engine.settle_outbox()
    assert states(other) == ["ignored"]
    assert engine.charges() == []
    assert engine.story() == [("charge", "unknown", "timeout")]


def test_a_webhook_that_nobody_signed_is_refused_and_not_kept(engine):
    with pytest.raises(SignatureInvalidError):
        deliver(engine, b"{}", secret="a guess")
    assert events(engine) == []


@pytest.mark.parametrize("event_id", ["x" * 256, "evt_\0"])
def test_an_event_whose_id_is_none_is_refused_and_not_kept(engine, event_id):
    with pytest.raises(WebhookUnreadableError):
        deliver(engine, engine.psp.event(strange_charge(None), event_id=event_id))
    assert events(engine) == []


def test_events_are_read_one_by_one_and_the_newest_first(engine):
    for event_id in ("evt_1", "evt_2"):
        deliver(engine, engine.psp.event(strange_charge(None), event_id=event_id))
        engine.clock.advance(MINUTE)
    where = {"organization_id": engine.organization_id}
    with engine.begin() as session:
        listed = list_events(session, **where, filters=EventFilters(status="pending"), after=None, limit=10)
        found = get_event(session, **where, psp_event_id=listed[0].id)
        assert list_events(session, **where, filters=EventFilters(status="dead"), after=None, limit=10) == []
    assert [event.event_id for event in listed] == ["evt_2", "evt_1"]
    assert found.event_id == "evt_2"


def test_a_signed_body_that_is_no_event_is_refused_and_not_kept(engine):
    with pytest.raises(WebhookUnreadableError):
        deliver(engine, b"[]")
    assert events(engine) == []


@pytest.mark.parametrize(("psp", "account_id"), [("stripe", None), ("sandbox", "psp_none")])
def test_a_webhook_for_an_account_that_is_not_there_is_not_found(engine, psp, account_id):
    with pytest.raises(NotFoundError):
        deliver(engine, b"{}", psp=psp, account_id=account_id)


def test_an_event_that_cannot_be_processed_is_buried_at_last_and_can_be_replayed(engine):
    engine.report(token="pm_sandbox_timeout_charged")
    engine.work_when_due()
    deliver(engine, engine.psp.event(engine.psp.charges[0]))
    engine.psp.retrieve_payment = lambda **_: UNKNOWN
    assert engine.settle_outbox() == 1
    assert states(engine) == ["pending"]
    with engine.begin() as session:
        session.execute(text("UPDATE outbox SET tries = 11 WHERE wake_at IS NOT NULL"))
    engine.clock.advance(HOUR)
    assert engine.settle_outbox() == 1
    (event,) = events(engine)
    assert (event.status, event.error) == ("dead", "PaymentUnreadableError: The payment could not be read.")
    assert engine.settle_outbox() == 0

    del engine.psp.retrieve_payment
    with engine.begin() as session:
        replay_event(session, organization_id=engine.organization_id, psp_event_id=event.id)
    assert states(engine) == ["pending"]
    engine.settle_outbox()
    assert states(engine) == ["processed"]
    assert engine.recovery().status == "recovered"


def test_an_event_waits_for_its_provider_without_using_up_a_try(engine):
    engine.report(token="pm_sandbox_timeout_charged")
    engine.work_when_due()
    deliver(engine, engine.psp.event(engine.psp.charges[0]))
    engine.payments.defer(MINUTE)
    for _ in range(20):
        assert engine.settle_outbox() == 1
        engine.clock.advance(HOUR)
    assert states(engine) == ["pending"]
    (waiting,) = engine.outbox()
    assert waiting.tries == 0
    engine.payments.defer(None)
    engine.settle_outbox()
    assert states(engine) == ["processed"]
    assert engine.recovery().status == "recovered"


def test_an_event_is_processed_once(engine):
    engine.report(token="pm_sandbox_timeout_charged")
    engine.work_when_due()
    deliver(engine, engine.psp.event(engine.psp.charges[0]))
    engine.settle_outbox()
    before = list(engine.payments.calls)
    process_event(
        engine.begin,
        payments=engine.payments,
        crypto=engine.container.crypto,
        clock=engine.clock,
        psp_event_id=events(engine)[0].id,
    )
    assert engine.payments.calls == before


def test_nobody_replays_another_merchants_event(engine, engine_container):
    deliver(engine, engine.psp.event(strange_charge(None)))
    (event,) = events(engine)
    outsider = make_engine(engine_container)
    with engine.begin() as session, pytest.raises(NotFoundError):
        replay_event(session, organization_id=outsider.organization_id, psp_event_id=event.id)


def test_an_event_that_is_not_there_cannot_be_buried(engine):
    with engine.begin() as session, pytest.raises(NotFoundError):
        bury_event(session, psp_event_id="pev_none", error="why")


def test_a_webhook_whose_payment_cannot_be_read_is_processed_again_later(engine):
    engine.report(token="pm_sandbox_timeout_charged")
    engine.work_when_due()
    deliver(engine, engine.psp.event(engine.psp.charges[0]))
    engine.psp.retrieve_payment = lambda **_: UNKNOWN
    engine.settle_outbox()
    assert states(engine) == ["pending"]
    (message,) = engine.outbox()
    assert (message.tries, message.done_at) == (1, None)
    assert message.error.startswith("PaymentUnreadableError")
    del engine.psp.retrieve_payment
    engine.clock.advance(MINUTE)
    engine.settle_outbox()
    assert states(engine) == ["processed"]

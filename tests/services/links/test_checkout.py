"""Paying through a link, under the charge lease: beside automatic retries, and whatever dies on the way."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.db.models import Checkout, Link
from app.domain.errors import UnavailableError
from app.domain.links.errors import BeingRetriedError, LinkGoneError, TooManyCheckoutsError
from app.domain.payments.port import PaymentStatus
from app.services.recovery import act
from tests.factories.recoveries import DAY, HOUR, MINUTE, WorkerKilled


def links(engine):
    with engine.begin() as session:
        return list(session.execute(select(Link).order_by(Link.id)).scalars())[-1:]


def checkouts(engine):
    statement = select(Checkout).where(Checkout.organization_id == engine.organization_id).order_by(Checkout.id)
    with engine.begin() as session:
        return [(row.outcome, row.link_id) for row in session.execute(statement).scalars()]


def test_a_payment_through_the_link_recovers_the_transaction_and_cancels_the_retry(engine, payer):
    engine.report()
    issued = payer.link()
    payer.pay(payer.open(issued.token))
    payer.refresh()

    assert engine.story() == [("charge", "cancelled", ""), ("link", "succeeded", "")]
    assert (engine.recovery().status, engine.recovery().recovered_via) == ("recovered", "payer_link")
    assert checkouts(engine) == [("paid", issued.link_id)]
    assert links(engine)[0].used_at == engine.clock.now()
    assert [c.is_duplicate for c in engine.charges()] == [False]
    with pytest.raises(LinkGoneError) as gone:
        payer.open(issued.token)
    assert gone.value.code == "link_used"


def test_a_second_click_leads_to_the_same_page(engine, payer):
    engine.report()
    issued = payer.link()
    assert payer.open(issued.token) == payer.open(issued.token)
    assert payer.open(payer.link().token) == payer.open(issued.token)
    assert len(engine.psp.checkouts) == 1


def test_an_open_page_holds_the_automatic_retry_off(engine, payer):
    engine.report()
    engine.clock.advance(HOUR - MINUTE)
    payer.open(payer.link().token)
    engine.clock.advance(10 * MINUTE)
    assert engine.work() == 1
    assert [call for call, _ in engine.payments.calls] == ["create_checkout"]
    assert [(k, s) for k, s, _ in engine.story()] == [("charge", "scheduled"), ("link", "awaiting_payer")]


def test_an_abandoned_page_gives_the_lease_back_after_thirty_minutes(engine, payer):
    engine.report()
    payer.open(payer.link(ttl=DAY).token)
    engine.clock.advance(29 * MINUTE)
    assert engine.work() == 0
    engine.clock.advance(MINUTE)
    assert engine.work() == 1
    assert [(k, s) for k, s, _ in engine.story()] == [("charge", "scheduled"), ("link", "scheduled")]
    assert [outcome for outcome, _ in checkouts(engine)] == ["abandoned"]
    assert engine.work_when_due().status == "succeeded"
    assert engine.recovery().recovered_via == "retry"


def test_after_an_abandoned_page_another_one_is_opened_under_a_key_of_its_own(engine, payer):
    engine.report()
    issued = payer.link(ttl=DAY)
    first = payer.open(issued.token)
    engine.clock.advance(30 * MINUTE)
    engine.work()
    second = payer.open(issued.token)
    assert first != second
    payer.pay(second)
    payer.refresh()
    assert engine.recovery().recovered_via == "payer_link"


def test_a_page_that_ended_at_the_provider_frees_the_payer_at_once(engine, payer):
    engine.report()
    url = payer.open(payer.link().token)
    payer.refresh()
    assert engine.story()[1][1] == "awaiting_payer"
    payer.pay(url, status=PaymentStatus.CANCELLED)
    payer.refresh()
    assert engine.story()[1][1] == "scheduled"


def test_a_payment_on_its_way_is_asked_again_on_the_ladder(engine, payer):
    engine.report()
    payer.pay(payer.open(payer.link().token), status=PaymentStatus.PENDING)
    engine.clock.advance(30 * MINUTE)
    assert engine.work() == 1
    assert engine.story()[1][1] == "awaiting_payer"
    engine.clock.advance(MINUTE)
    engine.work()
    assert (engine.recovery().status, engine.recovery().recovered_via) == ("recovered", "payer_link")


def test_a_provider_that_does_not_answer_decides_nothing(engine, payer):
    engine.report()
    payer.open(payer.link().token)
    engine.clock.advance(30 * MINUTE)
    engine.payments.defer(MINUTE)
    payer.refresh()
    assert engine.work() == 1
    assert engine.story()[1][1] == "awaiting_payer"
    engine.payments.defer(None)
    engine.clock.advance(MINUTE)
    engine.work()
    assert engine.story()[1][1] == "scheduled"


def test_a_charge_in_flight_blocks_the_payer(engine, payer):
    engine.report(token="pm_sandbox_timeout_not_charged")
    issued = payer.link(ttl=DAY)
    engine.clock.advance(HOUR)
    engine.work()
    with pytest.raises(BeingRetriedError):
        payer.open(issued.token)
    assert engine.psp.checkouts == {}


def test_a_provider_that_is_down_costs_the_payer_nothing_but_another_click(engine, payer):
    engine.report()
    issued = payer.link()
    engine.payments.defer(MINUTE)
    with pytest.raises(UnavailableError):
        payer.open(issued.token)
    assert engine.story()[1][1] == "scheduled"
    engine.payments.defer(None)
    assert payer.open(issued.token).startswith("https://psp.test/")
    assert [outcome for outcome, _ in checkouts(engine)] == ["failed", None]


def test_whoever_dies_while_the_page_is_opened_holds_the_lease_for_two_minutes(engine, payer):
    engine.report()
    issued = payer.link()
    engine.payments.die_before = "create_checkout"
    with pytest.raises(WorkerKilled):
        payer.open(issued.token)
    with pytest.raises(BeingRetriedError):
        payer.open(issued.token)
    engine.clock.advance(2 * MINUTE)
    assert engine.work() == 1
    assert payer.open(issued.token).startswith("https://psp.test/")


def test_a_page_paid_after_the_money_came_elsewhere_is_given_back(engine, payer):
    engine.report()
    url = payer.open(payer.link(ttl=DAY).token)
    engine.clock.advance(30 * MINUTE)
    engine.work()
    assert engine.work_when_due().status == "succeeded"
    charge = payer.pay(url)
    deliver(engine, charge)
    assert [(c.is_duplicate, c.status) for c in engine.charges()] == [(False, "captured"), (True, "refund_due")]
    assert engine.recovery().needs_attention == "duplicate_charge"
    engine.settle_outbox()
    assert [c.status for c in engine.charges()] == ["captured", "refunded"]


def test_a_webhook_of_the_page_settles_it_without_the_payers_return(engine, payer):
    engine.report()
    charge = payer.pay(payer.open(payer.link().token))
    deliver(engine, charge)
    assert engine.recovery().recovered_via == "payer_link"


def deliver(engine, charge):
    from app.services.psp_events import receive_event

    body = engine.psp.event(charge, event_id=f"evt_{charge.id}_{engine.organization_id}")
    with engine.begin() as session:
        receive_event(
            session,
            payments=engine.payments,
            crypto=engine.container.crypto,
            psp="sandbox",
            account_id=engine.account().account_id,
            headers=engine.psp.sign(body, secret="fake-webhook-secret", at=engine.clock.now()),
            body=body,
            now=engine.clock.now(),
        )
    engine.settle_outbox()


def test_a_cancelled_recovery_lets_nobody_pay_and_ends_the_page_at_its_time(engine, payer):
    engine.report()
    issued = payer.link(ttl=DAY)
    payer.open(issued.token)
    with engine.begin() as session:
        act.cancel(
            session,
            organization_id=engine.organization_id,
            recovery_id=engine.recoveries["order-1"],
            actor="usr_1",
            now=engine.clock.now(),
        )
    with pytest.raises(LinkGoneError) as gone:
        payer.open(issued.token)
    assert gone.value.code == "link_revoked"
    engine.clock.advance(30 * MINUTE)
    assert engine.work() == 1
    assert engine.story()[1] == ("link", "cancelled", "recovery_ended")


def test_ten_pages_are_opened_through_one_link_and_no_more(engine, payer):
    engine.report()
    issued = payer.link(ttl=timedelta(days=7))
    engine.payments.defer(MINUTE)
    for _ in range(10):
        with pytest.raises(UnavailableError):
            payer.open(issued.token)
    engine.payments.defer(None)
    with pytest.raises(TooManyCheckoutsError):
        payer.open(issued.token)
    assert payer.open(payer.link().token).startswith("https://psp.test/")


def test_thirty_pages_are_opened_for_one_recovery_and_no_more(engine, payer):
    engine.report()
    engine.payments.defer(MINUTE)
    for _ in range(3):
        issued = payer.link()
        for _ in range(10):
            with pytest.raises(UnavailableError):
                payer.open(issued.token)
    engine.payments.defer(None)
    with pytest.raises(TooManyCheckoutsError):
        payer.open(payer.link().token)


def test_a_live_merchant_without_an_account_keeps_the_lease_free(engine, payer):
    from app.domain.payments.errors import NoPspAccountError

    payer.engine = engine.another(mode="live")
    payer.engine.report()
    with pytest.raises(NoPspAccountError):
        payer.open(payer.link().token)
    assert payer.engine.story()[-1] != ("link", "awaiting_payer", "")


def test_a_due_link_has_its_payer_written_to_once(engine):
    engine.report(failure_reason="lost_card")
    assert engine.work() == 1
    (message,) = engine.outbox()
    (link,) = engine.attempts()
    assert (message.topic, message.payload["event"], message.payload["link_attempt_id"]) == (
        "message.plan",
        "payment_failed_action_needed",
        link.id,
    )
    assert (link.status, link.wake_at, link.leased_until) == ("scheduled", None, None)
    engine.clock.advance(DAY)
    assert engine.work() == 0

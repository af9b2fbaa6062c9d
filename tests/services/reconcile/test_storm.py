"""A storm of webhooks, doubled, shuffled, half of the good news lost, workers killed: afterwards the books agree."""

import random
from collections import Counter

import pytest
from sqlalchemy import text

from app.domain.payments.facts import MethodFacts, PaymentFacts
from app.domain.payments.port import PaymentStatus
from app.services.outbox import claim_messages
from app.tasks.work import handle_message
from tests.factories.recoveries import DAY, HOUR, LEASE, MINUTE, WorkerKilled, make_engine
from tests.services.psp_events.inbound import ASKED, FUNDS, deliver, events, failures, transactions
from tests.services.reconcile.test_walk import begin, claim, walk

ORDERS = 60


@pytest.fixture
def storm(engine_container):
    engine = make_engine(engine_container)
    with engine.begin() as session:
        session.execute(text("UPDATE psp_readings SET status = 'cancelled', wake_at = NULL WHERE status = 'running'"))
        session.execute(
            text("UPDATE psp_accounts SET is_enabled = false WHERE organization_id <> :id"),
            {"id": engine.organization_id},
        )
    return engine


def failed(engine, number):
    """A payment of the merchant's own that was declined."""
    told = PaymentFacts(method=MethodFacts(type="card", token="pm_sandbox_ok"), other_ids=(f"ch_{number}",))
    made = engine.clock.now() - MINUTE
    return engine.psp.merchants_own(money=ASKED, decline=FUNDS, reference=f"order-{number}", told=told, created_at=made)


def news(engine, dice, charges):
    """Return the bodies of all webhooks: each once to three times, half of the good news lost, in any order."""
    bodies = []
    for number, charge in enumerate(charges):
        if charge.status is PaymentStatus.CAPTURED and dice.random() < 0.5:
            continue
        name = dice.choice((charge.id, *charge.told.other_ids))
        body = engine.psp.event(charge, event_id=f"evt_{number}", named=name)
        bodies += [body] * dice.randint(1, 3)
    dice.shuffle(bodies)
    return bodies


def settle_with_deaths(engine, dice):
    """Do what waits in the outbox; now and then a worker dies with a message, before or after the provider's answer."""
    while True:
        with engine.begin() as session:
            claimed = claim_messages(session, now=engine.clock.now(), batch=50)
            messages = [(m.id, m.topic, m.payload) for m in claimed]
        if not messages:
            with engine.begin() as session:
                waits = session.execute(text("SELECT min(wake_at) FROM outbox WHERE wake_at IS NOT NULL")).scalar_one()
            if waits is None:
                return
            engine.go_to(waits)
            continue
        for message_id, topic, payload in messages:
            if dice.random() < 0.1:
                setattr(engine.payments, dice.choice(("die_before", "die_after")), "retrieve_payment")
            try:
                handle_message(engine.container, message_id=message_id, topic=topic, payload=payload)
            except WorkerKilled:
                continue  # its lease ends, and somebody else finds it
        engine.payments.live()


def work_with_deaths(engine, dice):
    for claimed in engine.sweep():
        if dice.random() < 0.15:
            setattr(engine.payments, dice.choice(("die_before", "die_after")), "create_payment")
        try:
            engine.run(claimed)
        except WorkerKilled:
            continue
        finally:
            engine.payments.live()


def walk_with_deaths(engine, dice):
    """Reconcile one window; now and then the worker dies before its page is recorded."""
    begin(engine)
    for _ in range(200):
        walks = claim(engine)
        if not walks:
            return
        if dice.random() < 0.3:
            engine.payments.die_before = "list_payments"
        try:
            walk(engine, walks)
        except WorkerKilled:
            engine.clock.advance(LEASE + MINUTE)
        engine.payments.live()
        engine.clock.advance(3 * MINUTE / 60)
    raise AssertionError("a walk without an end")


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_after_the_storm_and_a_walk_every_recovery_says_what_the_books_say(storm, seed):
    engine, dice = storm, random.Random(seed)
    lost = [failed(engine, number) for number in range(ORDERS)]
    paid = [
        engine.psp.merchants_own(money=ASKED, reference=charge.reference, created_at=engine.clock.now() - MINUTE)
        for charge in lost
        if dice.random() < 0.4
    ]
    for charge in dice.sample(lost, ORDERS // 6):
        charge.status, charge.decline = PaymentStatus.CAPTURED, None  # captured late, after its failure was told
    bodies = news(engine, dice, [*lost, *paid])
    for number, body in enumerate(bodies):
        deliver(engine, body)
        if number % 25 == 24:
            settle_with_deaths(engine, dice)
    settle_with_deaths(engine, dice)
    assert {event.status for event in events(engine)} <= {"processed", "ignored"}

    walk_with_deaths(engine, dice)
    for _ in range(60):
        engine.clock.advance(4 * HOUR)
        work_with_deaths(engine, dice)
        settle_with_deaths(engine, dice)
    with engine.begin() as session:
        session.execute(text("UPDATE psp_readings SET wake_at = now() WHERE status = 'running'"))
        session.execute(text("UPDATE psp_readings SET since = since - interval '9 days' WHERE status = 'running'"))
    walk_with_deaths(engine, dice)
    settle_with_deaths(engine, dice)

    known = {transaction.transaction_ref: transaction for transaction in transactions(engine)}
    opened = {charge.reference for charge in lost if charge.status is PaymentStatus.DECLINED}
    assert opened <= known.keys()
    kept = Counter(c.reference for c in engine.psp.charges if c.status is PaymentStatus.CAPTURED)
    ours = Counter(c.reference for c in engine.psp.charges if c.status is PaymentStatus.CAPTURED and c.attempt_id)
    for reference in known:
        recovery = engine.recovery(reference)
        assert recovery.status == "recovered", (reference, recovery.status)
        booked = [charge for charge in engine.charges(reference) if not charge.is_duplicate]
        assert len(booked) == 1
        theirs = kept[reference] - ours[reference]
        assert ours[reference] <= 1
        assert not (theirs and ours[reference]), f"{reference} was paid past Tinko, and charged by it"
    assert max(Counter(payment_id for _, payment_id in failures(engine)).values()) == 1
    assert engine.clock.now() > engine.psp._now + DAY

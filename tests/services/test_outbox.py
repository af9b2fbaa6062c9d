"""The outbox: what must happen later is done at least once, ever more slowly if it fails, and never lost."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text

from app.db.models import OutboxMessage
from app.services.housekeeping import tidy
from app.services.outbox import Topic, claim_messages, enqueue, postpone_message, settle_message
from tests.factories.recoveries import DAY, MINUTE

LEASE = timedelta(seconds=120)


def write(engine, *, commit=True):
    with engine.begin() as session:
        enqueue(session, topic=Topic.REFUND_DUPLICATE, payload={"charge_id": "chg_1"})
        if not commit:
            session.rollback()


def claim(engine, *, batch=10, in_flight=None):
    with engine.begin() as session:
        claimed = claim_messages(session, now=engine.clock.now(), batch=batch, in_flight=in_flight)
        return [message.id for message in claimed]


def read(engine, message_id):
    with engine.begin() as session:
        return session.get_one(OutboxMessage, message_id)


def fail(engine, message_id, error="it broke"):
    with engine.begin() as session:
        return postpone_message(session, message_id=message_id, error=error, now=engine.clock.now())


def settle(engine, message_id):
    with engine.begin() as session:
        settle_message(session, message_id=message_id, now=engine.clock.now())


def test_a_message_leaves_with_its_transaction_only(engine):
    write(engine, commit=False)
    assert claim(engine) == []
    write(engine)
    assert len(claim(engine)) == 1


def test_a_message_is_claimed_once_and_found_again_when_its_lease_ends(engine):
    write(engine)
    (message_id,) = claim(engine)
    assert claim(engine) == []
    engine.clock.advance(LEASE)
    assert claim(engine) == [message_id]
    assert read(engine, message_id).tries == 2


def test_the_longest_waiting_go_first_and_a_batch_is_bounded(engine):
    for _ in range(3):
        write(engine)
    first = claim(engine, batch=2)
    rest = claim(engine, batch=2)
    assert (len(first), len(rest)) == (2, 1)
    assert max(first) < rest[0]


def test_no_more_are_in_hand_than_may_be_whatever_waits(engine):
    for _ in range(5):
        write(engine)
    first = claim(engine, in_flight=3)
    assert len(first) == 3
    assert claim(engine, in_flight=3) == []
    settle(engine, first[0])
    assert len(claim(engine, in_flight=3)) == 1
    engine.clock.advance(LEASE)
    assert len(claim(engine, in_flight=3)) == 3


def test_what_failed_and_waits_for_its_next_try_keeps_nobody_back(engine):
    for _ in range(2):
        write(engine)
    (failed,) = claim(engine, in_flight=1)
    assert fail(engine, failed)
    (other,) = claim(engine, in_flight=1)
    assert other != failed


def test_a_message_that_is_done_is_done(engine):
    write(engine)
    (message_id,) = claim(engine)
    settle(engine, message_id)
    message = read(engine, message_id)
    assert (message.done_at, message.wake_at, message.error) == (engine.clock.now(), None, None)
    engine.clock.advance(DAY)
    assert claim(engine) == []


def test_a_message_that_fails_comes_back_ever_later_and_dies_at_last(engine):
    write(engine)
    waits = []
    while True:
        (message_id,) = claim(engine)
        if not fail(engine, message_id, "x" * 3000):
            break
        message = read(engine, message_id)
        waits.append((message.wake_at - engine.clock.now()).total_seconds())
        engine.clock.advance(message.wake_at - engine.clock.now())
    assert len(waits) == 11
    for tries, wait in enumerate(waits, start=1):
        assert 0.75 <= wait / 2**tries < 1.25
    assert len({round(wait / 2**tries, 6) for tries, wait in enumerate(waits, start=1)}) == 11  # no two in step
    message = read(engine, message_id)
    assert (message.tries, message.dead_at, message.wake_at) == (12, engine.clock.now(), None)
    assert message.error == "x" * 2000
    engine.clock.advance(DAY)
    assert claim(engine) == []


def test_a_failure_that_comes_after_somebody_elses_success_changes_nothing(engine):
    write(engine)
    (message_id,) = claim(engine)
    engine.clock.advance(LEASE)
    claim(engine)
    settle(engine, message_id)
    assert fail(engine, message_id) is True
    message = read(engine, message_id)
    assert (message.wake_at, message.dead_at, message.error) == (None, None, None)


@pytest.mark.parametrize(("age", "left"), [(7 * DAY, 1), (7 * DAY + MINUTE, 0)])
def test_messages_that_were_done_long_ago_go(engine, age, left):
    write(engine)
    (message_id,) = claim(engine)
    settle(engine, message_id)
    engine.clock.advance(age)
    with engine.begin() as session:
        tidy(session, now=engine.clock.now(), batch=1000, requests_kept=timedelta(days=7))
        assert len(session.execute(select(OutboxMessage.id).where(OutboxMessage.id == message_id)).all()) == left


def test_a_message_that_waits_or_is_dead_is_never_tidied_away(engine):
    write(engine)
    write(engine)
    waiting, dead = claim(engine)
    with engine.begin() as session:
        session.execute(text("UPDATE outbox SET tries = 12 WHERE id = :id"), {"id": dead})
    assert fail(engine, dead) is False
    engine.clock.advance(400 * DAY)
    with engine.begin() as session:
        tidy(session, now=engine.clock.now(), batch=1000, requests_kept=timedelta(days=7))
    assert read(engine, waiting).done_at is None
    assert read(engine, dead).dead_at is not None

"""When the payer is asked: at the link attempt's time, and not when something came between."""

from sqlalchemy import text

from tests.factories.recoveries import DAY, HOUR


def in_hand(engine):
    engine.report(failure_reason="lost_card")
    (claimed,) = engine.sweep()
    return claimed


def change(engine, statement):
    with engine.begin() as session:
        session.execute(text(statement), {"id": engine.recoveries["order-1"], "at": engine.clock.now() + DAY})


def test_nobody_is_asked_for_a_recovery_that_was_cancelled_meanwhile(engine):
    claimed = in_hand(engine)
    change(engine, "UPDATE recoveries SET status = 'cancelled', ended_at = :at WHERE id = :id")
    assert engine.run(claimed) is False
    assert (engine.story(), engine.outbox()) == ([("link", "cancelled", "recovery_ended")], [])


def test_nobody_is_asked_while_a_recovery_is_paused(engine):
    claimed = in_hand(engine)
    change(engine, "UPDATE recoveries SET paused_at = :at WHERE id = :id")
    assert engine.run(claimed) is False
    assert (engine.attempts()[0].wake_at, engine.outbox()) == (None, [])


def test_a_payer_who_is_to_be_asked_later_is_not_asked_now(engine):
    claimed = in_hand(engine)
    change(engine, "UPDATE attempts SET due_at = :at WHERE recovery_id = :id")
    assert engine.run(claimed) is False
    assert (engine.attempts()[0].wake_at, engine.outbox()) == (engine.clock.now() + DAY, [])


def test_a_worker_that_has_the_message_in_hand_leaves_an_open_page_alone(engine, payer):
    claimed = in_hand(engine)
    url = payer.open(payer.link().token)
    assert engine.run(claimed) is False
    assert engine.story() == [("link", "awaiting_payer", "")]
    payer.pay(url)
    engine.clock.advance(HOUR)
    assert engine.work() == 1
    assert engine.recovery().recovered_via == "payer_link"

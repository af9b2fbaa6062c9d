"""Sweeps: who is taken in hand, fairly and once, and which windows are over."""

from datetime import timedelta

from sqlalchemy import text

from app.services.recovery import act
from tests.factories.recoveries import DAY, HOUR, LEASE, MINUTE

# A backlog, written at once: copies of one attempt, each with a transaction and a recovery of its own.
BACKLOG = [
    """INSERT INTO transactions SELECT (jsonb_populate_record(t, jsonb_build_object('id', t.id || n,
       'transaction_ref', 'backlog-' || n))).* FROM transactions t, generate_series(1, :n) n WHERE t.id = :id""",
    """INSERT INTO recoveries SELECT (jsonb_populate_record(r, jsonb_build_object('id', r.id || n,
       'transaction_id', r.transaction_id || n))).* FROM recoveries r, generate_series(1, :n) n
       WHERE r.transaction_id = :id""",
    """INSERT INTO attempts SELECT (jsonb_populate_record(a, jsonb_build_object('id', a.id || n,
       'transaction_id', a.transaction_id || n, 'recovery_id', a.recovery_id || n))).*
       FROM attempts a, generate_series(1, :n) n WHERE a.transaction_id = :id""",
]


def add_backlog(engine, n):
    engine.report("backlog")
    with engine.begin() as session:
        for statement in BACKLOG:
            session.execute(text(statement), {"id": engine.recovery("backlog").transaction_id, "n": n})


def test_a_merchants_backlog_does_not_delay_anothers_only_attempt(engine):
    add_backlog(engine, 5000)
    engine.clock.advance(MINUTE)
    other = engine.another()
    other.report()
    engine.clock.advance(HOUR)

    claimed = engine.sweep(in_flight=50)
    by_merchant = [each.organization_id for each in claimed]
    assert by_merchant.count(other.organization_id) == 1
    assert by_merchant.count(engine.organization_id) == 25
    assert by_merchant.count(engine.organization_id) + 1 == len(claimed)


def test_a_backlog_that_fills_the_machine_leaves_the_next_free_places_to_others_too(engine):
    add_backlog(engine, 300)
    other = engine.another()
    other.report()
    engine.clock.advance(HOUR - MINUTE)
    with engine.begin() as session:
        wake = "UPDATE attempts SET wake_at = :now WHERE organization_id = :id"
        session.execute(text(wake), {"now": engine.clock.now(), "id": engine.organization_id})
    first = engine.sweep(in_flight=20)
    assert len(first) == 20
    engine.clock.advance(MINUTE)
    assert engine.sweep(in_flight=20) == []
    for each in first[:2]:
        engine.run(each)
    claimed = [each.organization_id for each in engine.sweep(in_flight=20)]
    assert sorted(claimed) == sorted([engine.organization_id, other.organization_id])


def test_more_merchants_than_places_are_drawn_by_lot_one_each(engine):
    merchants = [engine.another() for _ in range(6)]
    for merchant in merchants:
        merchant.report("order-1")
        merchant.report("order-2")
    engine.clock.advance(HOUR)
    claimed = [each.organization_id for each in engine.sweep(in_flight=4)]
    assert len(claimed) == len(set(claimed)) == 4


def test_an_attempt_is_claimed_once_however_many_sweep(engine):
    engine.report()
    engine.clock.advance(HOUR)
    assert len(engine.sweep()) == 1
    assert engine.sweep() == []


def test_what_is_not_due_is_left_alone(engine):
    engine.report()
    engine.clock.advance(HOUR - timedelta(seconds=1))
    assert engine.sweep() == []


def test_a_lease_that_ended_makes_room_again(engine):
    engine.report()
    engine.clock.advance(HOUR)
    (first,) = engine.sweep(in_flight=1)
    engine.clock.advance(LEASE + timedelta(seconds=1))
    (second,) = engine.sweep(in_flight=1)
    assert (second.id, second.fence) == (first.id, 2)


def test_a_recovery_whose_window_is_over_is_exhausted_and_its_link_expires(engine):
    engine.report(failure_reason="lost_card")
    engine.clock.advance(30 * DAY - MINUTE)
    assert engine.end_windows() == 0
    engine.clock.advance(MINUTE)
    assert engine.end_windows() == 1
    recovery = engine.recovery()
    assert (recovery.status, recovery.ended_at) == ("exhausted", engine.clock.now())
    assert engine.story() == [("link", "expired", "")]
    assert engine.timeline()[-1] == ("exhausted", "rule:policy.window")
    assert engine.end_windows() == 0


def test_a_paused_recovery_ends_with_its_window(engine):
    engine.report()
    with engine.begin() as session:
        act.pause(
            session,
            organization_id=engine.organization_id,
            recovery_id=engine.recoveries["order-1"],
            actor="usr_1",
            now=engine.clock.now(),
        )
    engine.clock.advance(30 * DAY)
    assert engine.end_windows() == 1
    assert (engine.recovery().status, engine.recovery().paused_at) == ("exhausted", None)


def test_a_window_does_not_end_while_a_charge_is_in_flight(engine):
    engine.report(token="pm_sandbox_timeout_charged")
    engine.work_when_due()
    engine.clock.advance(40 * DAY)
    assert engine.end_windows() == 0
    with engine.begin() as session:
        assert act.end_window(session, recovery_id=engine.recoveries["order-1"], now=engine.clock.now()) is False
    engine.work()
    assert engine.recovery().status == "recovered"


def test_ending_a_window_twice_or_too_early_changes_nothing(engine):
    engine.report()
    recovery_id, now = engine.recoveries["order-1"], engine.clock.now()
    with engine.begin() as session:
        assert act.end_window(session, recovery_id=recovery_id, now=now) is False
        assert act.end_window(session, recovery_id="rec_none", now=now) is False
        assert act.end_window(session, recovery_id=recovery_id, now=now + 31 * DAY) is True
        assert act.end_window(session, recovery_id=recovery_id, now=now + 31 * DAY) is False

"""A test organization's clock: what falls due while it moves happens in order, and nobody else's time passes."""

from datetime import timedelta

import pytest

from app.db.models import Organization
from app.domain.errors import ForbiddenError, InvalidError
from app.domain.payments.port import Outcome, PaymentResult
from app.services import clock as clocks
from app.services.clock import ClockMovingError
from app.services.recovery.act import cancel
from tests.factories.recoveries import DAY, HOUR, LEASE, MINUTE, WorkerKilled, make_engine
from tests.fakes.clock import FakeClock


class TickingClock(FakeClock):
    """A clock that goes on a little each time somebody looks."""

    def now(self):
        return self.advance(timedelta(milliseconds=1))


def start(engine, by):
    with engine.begin() as session:
        return clocks.start_advance(session, organization_id=engine.organization_id, by=by, now=engine.clock.now())


def pursue(engine, *, clock=None, budget=MINUTE):
    return clocks.pursue(
        engine.begin,
        payments=engine.payments,
        crypto=engine.container.crypto,
        clock=clock or engine.clock,
        organization_id=engine.organization_id,
        budget=budget,
    )


def advance(engine, by):
    start(engine, by)
    assert pursue(engine) is True


def read(engine):
    with engine.begin() as session:
        return clocks.read_clock(session, organization_id=engine.organization_id, now=engine.clock.now())


def test_a_clock_that_nobody_moved_shows_the_machines_time(engine):
    clock = read(engine)
    assert (clock.now, clock.offset, clock.target_at) == (engine.clock.now(), timedelta(0), None)


def test_thirty_days_pass_in_order_and_at_once(engine):
    begun = engine.clock.now()
    engine.report("declined", token="pm_sandbox_insufficient_funds")
    engine.report("recovers", token="pm_sandbox_recovers_on_3")
    engine.report("times-out", token="pm_sandbox_timeout_charged")
    engine.report("link", token="pm_sandbox_hard_decline")
    advance(engine, 30 * DAY)

    assert engine.clock.now() == begun
    clock = read(engine)
    assert (clock.now, clock.offset, clock.target_at) == (begun + 30 * DAY, 30 * DAY, None)
    ends = {ref: (engine.recovery(ref).status, engine.recovery(ref).ended_at - begun) for ref in engine.recoveries}
    assert ends == {
        "declined": ("exhausted", 7 * HOUR),
        "recovers": ("recovered", 7 * HOUR),
        "times-out": ("recovered", HOUR + MINUTE),
        "link": ("exhausted", 30 * DAY),
    }
    assert [a.finished_at - begun for a in engine.attempts("declined")] == [HOUR, 3 * HOUR, 7 * HOUR]
    assert [a.started_at for a in engine.attempts("declined")] == [a.due_at for a in engine.attempts("declined")]
    assert engine.story("link")[1] == ("link", "expired", "")


def test_time_passes_for_one_merchant_only(engine):
    other = engine.another()
    engine.report()
    other.report()
    advance(engine, 2 * HOUR)
    assert engine.recovery().status == "recovered"
    assert other.recovery().status == "open"
    assert read(other).offset == timedelta(0)
    assert other.work() == 0


def test_a_moved_clock_goes_on_with_the_machines(engine):
    advance(engine, 10 * DAY)
    engine.clock.advance(HOUR)
    assert read(engine).now == engine.clock.now() + 10 * DAY
    answer = engine.report()
    assert answer["received_at"] == (engine.clock.now() + 10 * DAY).isoformat().replace("+00:00", "Z")
    engine.clock.advance(HOUR)
    assert engine.work() == 1
    assert engine.attempts()[0].finished_at == engine.clock.now() + 10 * DAY


def test_moves_add_up(engine):
    engine.report(token="pm_sandbox_insufficient_funds")
    for _ in range(4):
        advance(engine, 30 * MINUTE)
    assert engine.story() == [("charge", "declined", "insufficient_funds"), ("charge", "scheduled", "")]
    assert read(engine).offset == 2 * HOUR


def test_what_was_overdue_happens_without_the_clock_going_back(engine):
    engine.report()
    engine.clock.advance(3 * HOUR)
    advance(engine, HOUR)
    assert engine.recovery().status == "recovered"
    assert read(engine).offset == HOUR
    assert engine.attempts()[0].finished_at == engine.clock.now()


def test_sweeps_leave_a_merchant_alone_whose_clock_is_on_its_way(engine):
    engine.report()
    engine.clock.advance(2 * HOUR)
    start(engine, DAY)
    assert engine.sweep() == []
    pursue(engine)
    assert engine.recovery().status == "recovered"


def test_a_clock_on_its_way_is_not_sent_elsewhere(engine):
    target = start(engine, DAY)
    with pytest.raises(ClockMovingError) as refused:
        start(engine, HOUR)
    assert refused.value.code == "clock_moving"
    assert target.isoformat() in refused.value.detail
    assert read(engine).target_at == target
    with engine.begin() as session:
        assert clocks.clocks_on_their_way(session) == [engine.organization_id]
    pursue(engine)
    with engine.begin() as session:
        assert clocks.clocks_on_their_way(session) == []
    assert pursue(engine) is True


def test_a_pursuit_that_runs_out_of_time_is_taken_up_again(engine):
    engine.report(token="pm_sandbox_insufficient_funds")
    start(engine, 30 * DAY)
    assert pursue(engine, budget=timedelta(0)) is False
    ticking = TickingClock(engine.clock.now())
    rounds = 0
    while not pursue(engine, clock=ticking, budget=timedelta(milliseconds=8)):
        rounds += 1
    assert rounds > 0
    assert engine.recovery().status == "exhausted"
    assert read(engine).target_at is None


def test_a_pursuit_waits_for_what_a_worker_has_in_hand(engine):
    engine.report()
    engine.clock.advance(HOUR)
    (claimed,) = engine.sweep()
    start(engine, DAY)
    assert pursue(engine, clock=TickingClock(engine.clock.now()), budget=timedelta(milliseconds=4)) is False
    assert engine.story() == [("charge", "scheduled", "")]
    engine.run(claimed)
    assert pursue(engine) is True
    assert engine.recovery().status == "recovered"


def test_a_pursuer_that_dies_leaves_the_rest_to_another(engine):
    engine.report(token="pm_sandbox_recovers_on_2")
    start(engine, DAY)
    engine.payments.die_after = "create_payment"
    with pytest.raises(WorkerKilled):
        pursue(engine)
    assert read(engine).offset == HOUR
    engine.clock.advance(LEASE + MINUTE)
    engine.sweep()
    assert pursue(engine) is True
    assert engine.recovery().status == "recovered"
    assert len(engine.psp.captures("order-1")) == 1
    assert read(engine).target_at is None


def test_a_charge_that_nobody_can_resolve_does_not_hold_the_clock_up(engine):
    engine.report(token="pm_sandbox_timeout_charged")
    engine.psp.retrieve_payment = lambda **_: PaymentResult(Outcome.UNKNOWN, error_code="timeout")
    advance(engine, 60 * DAY)
    recovery = engine.recovery()
    assert (recovery.status, recovery.needs_attention) == ("open", "outcome_unknown")
    assert read(engine).offset == 60 * DAY


def test_a_charge_that_waits_behind_an_unknown_one_does_not_hold_the_clock_up(engine):
    engine.report(token="pm_sandbox_timeout_charged")
    engine.psp.retrieve_payment = lambda **_: PaymentResult(Outcome.UNKNOWN, error_code="timeout")
    advance(engine, 2 * HOUR)
    with engine.begin() as session:
        cancel(
            session,
            organization_id=engine.organization_id,
            recovery_id=engine.recoveries["order-1"],
            actor="usr_1",
            now=engine.clock.now(),
        )
    engine.report()
    (waiting,) = engine.attempts()
    advance(engine, 8 * DAY)
    assert engine.attempt(waiting.id).fence < 100
    assert [call for call, _ in engine.payments.calls].count("create_payment") == 1


def test_a_clock_goes_no_further_than_a_hundred_years(engine):
    with pytest.raises(InvalidError) as refused:
        start(engine, 40_000 * DAY)
    assert [error.pointer for error in refused.value.errors] == ["/seconds"]
    assert read(engine).target_at is None


@pytest.mark.parametrize("asking", [start, lambda engine, _: read(engine)])
def test_a_live_merchants_clock_is_the_real_one(engine, asking):
    live = engine.another(mode="live")
    with pytest.raises(ForbiddenError) as refused:
        asking(live, DAY)
    assert refused.value.code == "live_organization"
    with live.begin() as session:
        assert session.get_one(Organization, live.organization_id).clock_offset == timedelta(0)


def test_each_merchants_clock_has_a_lock_of_its_own(engine, engine_container):
    other = make_engine(engine_container)
    assert clocks.lock_name(engine.organization_id) != clocks.lock_name(other.organization_id)


def test_what_takes_long_on_the_way_does_not_shorten_the_way(engine):
    engine.report(token="pm_sandbox_recovers_on_3")
    begun = engine.clock.now()
    slow = TickingClock(begun)
    start(engine, 30 * DAY)
    while not pursue(engine, clock=slow, budget=timedelta(milliseconds=8)):
        slow.advance(timedelta(milliseconds=1500))  # and it goes on in another process
    assert slow.now() - begun > timedelta(seconds=1)
    clock = read(engine)
    assert (clock.offset, clock.target_at) == (30 * DAY, None)
    assert engine.recovery().status == "recovered"
    with engine.begin() as session:
        assert session.get_one(Organization, engine.organization_id).clock_target_offset is None


def test_a_clock_that_set_out_before_offsets_were_kept_arrives_all_the_same(engine):
    target_at = start(engine, DAY)
    with engine.begin() as session:
        session.get_one(Organization, engine.organization_id).clock_target_offset = None
    assert pursue(engine) is True
    clock = read(engine)
    assert (clock.now, clock.target_at) == (target_at, None)

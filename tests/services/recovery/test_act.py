"""What people may do with a recovery, and each refusal with the name of its rule."""

from datetime import timedelta

import pytest

from app.db.models import Attempt, Recovery
from app.domain.errors import ConflictError, InvalidError, NotFoundError
from app.domain.recovery.policy import Policy
from app.domain.recovery.states import IllegalTransitionError
from app.services.recovery import act
from app.services.recovery.act import NotAllowedNowError
from tests.factories.recoveries import DAY, HOUR, MINUTE, make_engine

ACTOR = "usr_operator"


@pytest.fixture
def do(engine):
    """Do something with a recovery of the merchant: `do(act.pause)`."""

    def doing(verb, ref="order-1", **more):
        with engine.begin() as session:
            return verb(
                session,
                organization_id=engine.organization_id,
                recovery_id=engine.recoveries[ref],
                actor=ACTOR,
                now=engine.clock.now(),
                **more,
            )

    return doing


@pytest.fixture
def refusal(do):
    """Ask for a retry that is refused; return the name of the rule."""

    def asking():
        with pytest.raises(NotAllowedNowError) as refused:
            do(act.retry_now)
        assert refused.value.code == "retry_forbidden"
        return refused.value.detail.split(":")[0]

    return asking


def test_a_retry_makes_the_planned_charge_at_once(engine, do):
    engine.report()
    do(act.retry_now)
    assert engine.work() == 1
    assert engine.story() == [("charge", "succeeded", "")]
    moved = next(entry for entry in engine.entries() if entry.what == "attempt_moved")
    assert (moved.who, moved.why) == (ACTOR, "usr_operator asked for a retry now.")


def test_a_retry_lets_a_paused_recovery_go_on(engine, do):
    engine.report()
    do(act.pause)
    assert do(act.retry_now).paused_at is None
    assert engine.work() == 1


def test_a_retry_lets_a_paused_recoverys_link_go_on_too(engine_container):
    engine = make_engine(engine_container, policy=Policy(link_after_attempt=1))
    engine.report(token="pm_sandbox_insufficient_funds")
    engine.clock.advance(HOUR)
    (claimed,) = engine.sweep()
    where = {"organization_id": engine.organization_id, "recovery_id": engine.recoveries["order-1"], "actor": ACTOR}

    def pause(_):
        engine.psp.after_booking = None
        with engine.begin() as session:
            act.pause(session, **where, now=engine.clock.now())

    engine.psp.after_booking = pause
    engine.run(claimed)
    assert [attempt.wake_at for attempt in engine.attempts()] == [None, None, None]
    with engine.begin() as session:
        act.retry_now(session, **where, now=engine.clock.now())
    _, link, charge = engine.attempts()
    assert (link.kind, link.wake_at, charge.wake_at) == ("link", engine.clock.now(), engine.clock.now())


def test_a_retry_opens_an_exhausted_recovery_again(engine, do):
    engine.report(token="pm_sandbox_recovers_on_4")
    for _ in range(3):
        engine.work_when_due()
    assert engine.recovery().status == "exhausted"
    engine.clock.advance(40 * DAY)
    recovery = do(act.retry_now)
    assert (recovery.status, recovery.ended_at) == ("open", None)
    assert recovery.window_ends_at == engine.clock.now() + 30 * DAY
    assert engine.attempts()[3].decision["rule"] == "staff.retry"
    assert ("reopened", ACTOR) in engine.timeline()
    assert engine.work() == 1
    assert engine.recovery().status == "recovered"


def test_a_retry_that_fails_again_ends_the_reopened_recovery(engine, do):
    engine.report(token="pm_sandbox_insufficient_funds")
    for _ in range(3):
        engine.work_when_due()
    do(act.retry_now)
    engine.work()
    assert (engine.recovery().status, engine.recovery().charges_made) == ("exhausted", 4)


def test_a_retry_of_what_may_have_moved_money_still_looks_first(engine, do):
    engine.report(failure_reason="upi_pending", psp_payment_id="pay_unheard_of")
    do(act.retry_now)
    engine.work()
    assert [call for call, _ in engine.payments.calls] == ["retrieve_payment"]
    assert engine.psp.charges == []


def test_a_retry_is_refused_while_a_charge_is_under_way(engine, refusal):
    engine.report(token="pm_sandbox_timeout_charged")
    engine.clock.advance(HOUR)
    engine.payments.die_before = "create_payment"
    engine.work_and_die()
    assert refusal() == "charge_in_flight"
    assert len(engine.attempts()) == 1


def test_a_retry_is_refused_while_nobody_knows_what_became_of_a_charge(engine, refusal):
    engine.report(token="pm_sandbox_timeout_charged")
    engine.work_when_due()
    assert refusal() == "outcome_unknown"


MASTERCARD = {"type": "card", "brand": "mastercard", "token": "pm_sandbox_ok"}


@pytest.mark.parametrize(
    ("rule", "facts"),
    [
        (
            "mc.mac03_21.stop",
            {
                "failure_reason": "card_declined",
                "gateway": "stripe",
                "network_decline_code": "51",
                "network_advice_code": "03",
                "payment_method": MASTERCARD,
            },
        ),
        (
            "mc.mac.02",
            {
                "failure_reason": "card_declined",
                "gateway": "stripe",
                "network_decline_code": "51",
                "network_advice_code": "02",
                "payment_method": MASTERCARD,
            },
        ),
        ("hard_decline", {"failure_reason": "lost_card"}),
        ("payer_action", {"failure_reason": "authentication_required"}),
        ("payer_action", {"failure_reason": "upi_dummy_payment", "gateway": "razorpay"}),
        ("code.stop_recovery", {"failure_reason": "already_paid"}),
        ("no_saved_method", {"token": None}),
        ("must_check_first", {"failure_reason": "upi_pending"}),
    ],
)
def test_a_retry_is_refused_where_a_rule_forbids_it(engine, refusal, rule, facts):
    engine.report(**facts)
    before = engine.story()
    assert refusal() == rule
    assert engine.story() == before
    engine.work()
    assert engine.payments.calls == []


def test_a_retry_is_allowed_once_the_networks_wait_is_over(engine, do):
    facts = {"failure_reason": "card_declined", "gateway": "stripe", "network_decline_code": "51"}
    engine.report(**facts, network_advice_code="02", payment_method=MASTERCARD)
    engine.clock.advance(3 * DAY - MINUTE)
    with pytest.raises(NotAllowedNowError) as refused:
        do(act.retry_now)
    at = engine.clock.now() + MINUTE
    source = "PayPal server SDK enum + Braintree + TabaPay + Antom docs"
    said = f"mc.mac.02: the network allows the next charge at {at.isoformat()} (source: {source})."
    assert refused.value.detail == said
    engine.clock.advance(MINUTE)
    do(act.retry_now)
    assert engine.work() == 1


@pytest.mark.parametrize("token", ["pm_sandbox_ok", None])
def test_a_retry_of_an_ended_recovery_is_refused(engine, do, refusal, token):
    engine.report(token="pm_sandbox_ok")
    if token:
        engine.work_when_due()
    else:
        do(act.cancel)
    assert refusal() == "recovery.ended"


def test_a_retry_of_an_old_recovery_is_refused_when_there_is_a_newer_one(engine, refusal):
    engine.report(token="pm_sandbox_insufficient_funds")
    for _ in range(3):
        engine.work_when_due()
    old = engine.recoveries["order-1"]
    engine.report(token="pm_sandbox_ok")
    new, engine.recoveries["order-1"] = engine.recoveries["order-1"], old
    assert new != old
    assert refusal() == "newer_recovery"
    engine.recoveries["order-1"] = new
    engine.work_when_due()
    engine.recoveries["order-1"] = old
    assert refusal() == "already_paid"
    assert len(engine.psp.captures("order-1")) == 1


def test_a_cancelled_recovery_charges_nobody(engine, do):
    engine.report()
    recovery = do(act.cancel)
    assert (recovery.status, recovery.ended_at) == ("cancelled", engine.clock.now())
    assert engine.story() == [("charge", "cancelled", "")]
    assert engine.timeline()[-1] == ("cancelled", ACTOR)
    engine.clock.advance(DAY)
    assert engine.work() == 0


def test_a_recovery_that_has_ended_cannot_be_cancelled(engine, do):
    engine.report()
    do(act.cancel)
    with pytest.raises(IllegalTransitionError) as refused:
        do(act.cancel)
    assert refused.value.code == "illegal_transition"


def test_a_charge_that_was_claimed_before_the_cancel_is_not_made(engine, do):
    engine.report()
    engine.clock.advance(HOUR)
    (claimed,) = engine.sweep()
    do(act.cancel)
    assert engine.run(claimed) is False
    assert engine.psp.charges == []


def test_a_charge_that_succeeds_after_the_cancel_recovers_all_the_same(engine, do):
    engine.report(token="pm_sandbox_timeout_charged")
    engine.work_when_due()
    do(act.cancel)
    assert engine.work_when_due().status == "succeeded"
    assert engine.recovery().status == "recovered"


def test_a_charge_that_is_declined_after_the_cancel_plans_nothing(engine, do):
    engine.report(token="pm_sandbox_insufficient_funds")
    engine.clock.advance(HOUR)
    (claimed,) = engine.sweep()

    def cancelled(_):
        engine.psp.after_booking = None
        do(act.cancel)

    engine.psp.after_booking = cancelled
    engine.run(claimed)
    assert engine.story() == [("charge", "declined", "insufficient_funds")]
    assert (engine.recovery().status, engine.recovery().charges_made) == ("cancelled", 1)


def test_a_paused_recovery_waits_until_it_is_resumed(engine, do):
    engine.report()
    do(act.pause)
    do(act.pause)
    engine.clock.advance(2 * HOUR)
    assert engine.work() == 0
    do(act.resume)
    do(act.resume)
    assert engine.attempts()[0].due_at == engine.clock.now()
    assert engine.work() == 1
    assert engine.recovery().status == "recovered"
    assert [what for what, _ in engine.timeline()].count("paused") == 1
    assert [what for what, _ in engine.timeline()].count("resumed") == 1


def test_a_charge_that_was_claimed_before_the_pause_is_put_down(engine, do):
    engine.report()
    engine.clock.advance(HOUR)
    (claimed,) = engine.sweep()
    do(act.pause)
    assert engine.run(claimed) is False
    (attempt,) = engine.attempts()
    assert (attempt.status, attempt.wake_at, attempt.leased_until) == ("scheduled", None, None)
    do(act.resume)
    assert engine.work() == 1


def test_a_step_that_is_planned_during_a_pause_waits_too(engine, do):
    engine.report(token="pm_sandbox_recovers_on_2")
    engine.clock.advance(HOUR)
    engine.payments.die_after = "create_payment"
    engine.work_and_die()
    do(act.pause)
    engine.clock.advance(HOUR)
    engine.work()
    declined, planned = engine.attempts()
    assert (declined.status, planned.status, planned.wake_at) == ("declined", "scheduled", None)
    engine.clock.advance(DAY)
    assert engine.work() == 0
    do(act.resume)
    assert engine.work() == 1


def test_a_link_whose_payer_was_asked_stays_without_a_time_to_wake(engine, do):
    engine.report(failure_reason="lost_card")
    do(act.pause)
    assert engine.attempts()[0].wake_at is None
    do(act.resume)
    assert engine.attempts()[0].wake_at == engine.clock.now()
    engine.work()
    do(act.pause)
    do(act.resume)
    assert engine.attempts()[0].wake_at is None


@pytest.mark.parametrize("verb", [act.pause, act.resume])
def test_only_an_open_recovery_is_paused_or_resumed(engine, do, verb):
    engine.report()
    do(act.cancel)
    with pytest.raises(ConflictError) as refused:
        do(verb)
    assert refused.value.code == "recovery_not_open"


def test_the_next_step_can_be_moved(engine, do):
    engine.report()
    at = engine.clock.now() + 5 * HOUR
    do(act.move_next, due_at=at)
    (attempt,) = engine.attempts()
    assert (attempt.due_at, attempt.wake_at) == (at, at)
    assert engine.work_when_due().status == "succeeded"
    assert engine.clock.now() == at


def test_a_moved_step_of_a_paused_recovery_still_waits(engine, do):
    engine.report()
    do(act.pause)
    do(act.move_next, due_at=engine.clock.now() + MINUTE)
    assert engine.attempts()[0].wake_at is None


def test_a_planned_link_can_be_moved(engine, do):
    engine.report(failure_reason="lost_card")
    at = engine.clock.now() + HOUR
    do(act.move_next, due_at=at)
    (link,) = engine.attempts()
    assert (link.due_at, link.wake_at) == (at, at)


def test_a_charge_that_is_moved_while_a_worker_has_it_waits_for_its_new_time(engine, do):
    engine.report()
    engine.clock.advance(HOUR)
    (claimed,) = engine.sweep()
    at = engine.clock.now() + DAY
    do(act.move_next, due_at=at)
    assert engine.run(claimed) is False
    assert engine.psp.charges == []
    assert (engine.work_when_due().status, engine.clock.now()) == ("succeeded", at)


@pytest.mark.parametrize("shift", [timedelta(seconds=-1), 30 * DAY + timedelta(seconds=1)])
def test_a_step_is_not_moved_out_of_the_window(engine, do, shift):
    engine.report()
    with pytest.raises(InvalidError) as refused:
        do(act.move_next, due_at=engine.clock.now() + shift)
    assert [error.pointer for error in refused.value.errors] == ["/due_at"]


def test_a_step_is_not_moved_before_the_networks_wait_is_over(engine, do):
    facts = {"failure_reason": "card_declined", "gateway": "stripe", "network_decline_code": "51"}
    engine.report(**facts, network_advice_code="02", payment_method=MASTERCARD)
    with pytest.raises(NotAllowedNowError) as refused:
        do(act.move_next, due_at=engine.clock.now() + DAY)
    assert refused.value.detail.startswith("mc.mac.02: ")
    do(act.move_next, due_at=engine.clock.now() + 4 * DAY)


def test_nothing_is_moved_where_nothing_is_planned(engine, do):
    engine.report(failure_reason="already_paid")
    with pytest.raises(ConflictError) as refused:
        do(act.move_next, due_at=engine.clock.now())
    assert refused.value.code == "nothing_planned"
    do(act.cancel)
    with pytest.raises(ConflictError) as refused:
        do(act.move_next, due_at=engine.clock.now())
    assert refused.value.code == "nothing_planned"


@pytest.mark.parametrize("verb", [act.retry_now, act.cancel, act.pause, act.resume])
def test_nobody_acts_on_another_merchants_recovery(engine, engine_container, verb):
    engine.report()
    outsider = make_engine(engine_container)
    with pytest.raises(NotFoundError), engine.begin() as session:
        verb(
            session,
            organization_id=outsider.organization_id,
            recovery_id=engine.recoveries["order-1"],
            actor=ACTOR,
            now=engine.clock.now(),
        )
    assert engine.story() == [("charge", "scheduled", "")]


def test_a_person_may_have_the_provider_asked_again_after_the_ladder_ended(engine, do):
    engine.report()
    with engine.begin() as session:
        attempt = session.get_one(Attempt, engine.attempts()[0].id)
        attempt.status = "executing"
        session.flush()
        attempt.status, attempt.wake_at, attempt.checks_done = "unknown", None, 8
        session.get_one(Recovery, attempt.recovery_id).needs_attention = "outcome_unknown"
    assert do(act.check_now).needs_attention is None
    (checked,) = engine.attempts()
    assert (checked.wake_at, checked.checks_done) == (engine.clock.now(), 0)
    assert ("outcome_checked", ACTOR) in engine.timeline()


def test_nothing_is_checked_where_nothing_is_unknown(engine, do):
    engine.report()
    with pytest.raises(ConflictError) as refused:
        do(act.check_now)
    assert refused.value.code == "nothing_unknown"


def test_what_somebody_looked_at_needs_no_attention_any_more(engine, do):
    engine.report()
    with pytest.raises(ConflictError) as refused:
        do(act.acknowledge)
    assert refused.value.code == "nothing_to_acknowledge"
    with engine.begin() as session:
        session.get_one(Recovery, engine.recoveries["order-1"]).needs_attention = "duplicate_charge"
    assert do(act.acknowledge).needs_attention is None
    assert engine.timeline()[-1] == ("acknowledged", ACTOR)

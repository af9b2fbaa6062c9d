"""Charges that are taken up, made and settled, and what is planned after each."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from app.domain.payments.port import Outcome, PaymentResult
from app.domain.recovery.policy import Policy, Strategy
from app.services.payments.accounts import create_account
from tests.factories.recoveries import DAY, HOUR, MINUTE, make_engine


def test_a_charge_that_works_recovers_the_transaction(engine):
    answer = engine.report()
    assert engine.work() == 0
    engine.clock.advance(HOUR)
    assert engine.work() == 1

    recovery, (attempt,), (charge,) = engine.recovery(), engine.attempts(), engine.charges()
    assert answer["recovery"]["status"] == "open"
    assert (recovery.status, recovery.recovered_via, recovery.ended_at) == ("recovered", "retry", engine.clock.now())
    assert (attempt.status, attempt.result_code) == ("succeeded", None)
    assert (attempt.wake_at, attempt.leased_until) == (None, None)
    assert (attempt.psp_payment_id, attempt.tries, attempt.fence) == ("pay_1", 1, 1)
    assert (charge.amount, charge.currency, charge.is_duplicate, charge.status) == (5000, "INR", False, "captured")
    assert charge.attempt_id == attempt.id
    assert engine.ledger() == {"psp_clearing": 5000, "recovered_revenue": -5000}
    assert [c.attempt_id for c in engine.psp.captures("order-1")] == [attempt.id]
    psp = f"psp:{attempt.psp_account_id}"
    assert engine.timeline() == [
        ("recovery_opened", "merchant"),
        ("attempt_planned", "rule:policy.backoff"),
        ("attempt_succeeded", psp),
        ("recovered", psp),
    ]
    assert engine.sweep() == []
    assert engine.outbox() == []


def test_declines_are_retried_ever_later_and_then_given_up(engine):
    engine.report(token="pm_sandbox_insufficient_funds")
    begun = engine.clock.now()
    for _ in range(3):
        assert engine.work_when_due().status == "declined"

    assert [a.due_at - begun for a in engine.attempts()] == [HOUR, 3 * HOUR, 7 * HOUR]
    assert engine.story() == [("charge", "declined", "insufficient_funds")] * 3
    recovery = engine.recovery()
    assert (recovery.status, recovery.charges_made, recovery.ended_at) == ("exhausted", 3, engine.clock.now())
    assert engine.entries()[-1].why == "All 3 retries of the policy are used."
    assert engine.charges() == []
    assert engine.ledger() == {}
    engine.clock.advance(40 * DAY)
    assert engine.work() == 0
    assert engine.end_windows() == 0


def test_a_charge_may_work_after_declines(engine):
    engine.report(token="pm_sandbox_recovers_on_3")
    assert [engine.work_when_due().status for _ in range(3)] == ["declined", "declined", "succeeded"]
    assert engine.recovery().status == "recovered"
    assert len(engine.psp.captures("order-1")) == 1


def test_a_hard_decline_leads_to_a_link_and_no_further_charge(engine):
    engine.report(token="pm_sandbox_hard_decline")
    assert engine.work_when_due().status == "declined"

    assert engine.story() == [("charge", "declined", "lost_or_stolen"), ("link", "scheduled", "")]
    recovery, link = engine.recovery(), engine.attempts()[1]
    assert (recovery.status, recovery.hardness, recovery.category) == ("open", "hard", "issuer_decline")
    assert (link.wake_at, link.decision["rule"]) == (link.due_at, "hard_decline.link")
    engine.clock.advance(29 * DAY)
    calls = list(engine.payments.calls)
    assert engine.work() == 1
    assert engine.payments.calls == calls


def test_a_charge_that_wants_authentication_leads_to_a_link(engine):
    engine.report(token="pm_sandbox_requires_action")
    assert engine.work_when_due().status == "requires_action"

    assert engine.story() == [("charge", "requires_action", "authentication_required"), ("link", "scheduled", "")]
    assert engine.recovery().category == "auth_timeout"
    assert engine.charges() == []


def test_a_refusal_with_a_word_of_its_own_keeps_it(engine):
    result = PaymentResult(Outcome.REQUIRES_ACTION, "pay_9", error_code="mandate_needed")
    engine.psp.script("pm_sandbox_ok", result)
    engine.report()
    assert engine.work_when_due().result_code == "mandate_needed"
    assert engine.attempts()[0].psp_payment_id == "pay_9"


@pytest.mark.parametrize(
    ("token", "code"), [("pm_sandbox_rate_limited", "rate_limited"), ("pm_sandbox_down", "provider_unavailable")]
)
def test_a_provider_in_trouble_is_asked_again_for_a_day_before_it_costs_a_retry(engine, token, code):
    engine.report(token=token)
    for _ in range(24):
        assert engine.work_when_due().status == "scheduled"
    assert engine.recovery().charges_made == 0
    assert engine.timeline()[-1] == ("attempt_deferred", f"rule:{code}")
    ended = engine.work_when_due()
    assert (ended.status, ended.result_code) == ("error", code)
    recovery = engine.recovery()
    assert (recovery.status, recovery.reason, recovery.charges_made) == ("open", "insufficient_funds", 1)
    assert engine.psp.charges == []


def test_a_provider_that_recovers_makes_the_same_attempt_succeed(engine):
    engine.psp.script("pm_sandbox_ok", PaymentResult(Outcome.ERROR, error_code="unreachable", transient=True))
    engine.report()
    first = engine.work_when_due()
    second = engine.work_when_due()
    assert (first.id, first.status) == (second.id, "scheduled")
    assert second.status == "succeeded"
    assert engine.recovery().charges_made == 0


def test_a_policy_says_when_and_how_often(engine_container):
    policy = Policy(max_retries=2, strategy=Strategy.LADDER, ladder_minutes=(10, 30), by_category={"funds": {}})
    engine = make_engine(engine_container, policy=policy)
    engine.report(token="pm_sandbox_insufficient_funds")
    begun = engine.clock.now()
    for _ in range(2):
        engine.work_when_due()
    assert [a.due_at - begun for a in engine.attempts()] == [10 * MINUTE, 40 * MINUTE]
    assert engine.recovery().status == "exhausted"


def test_a_retry_that_would_fall_after_the_window_is_not_planned(engine_container):
    policy = Policy(window_days=1, initial_delay_minutes=1200)
    engine = make_engine(engine_container, policy=policy)
    engine.report(token="pm_sandbox_insufficient_funds")
    engine.work_when_due()
    assert engine.recovery().status == "exhausted"
    assert engine.timeline()[-1] == ("exhausted", "rule:policy.window")


def test_a_policy_may_ask_the_payer_beside_further_retries(engine_container):
    engine = make_engine(engine_container, policy=Policy(link_after_attempt=1))
    engine.report(token="pm_sandbox_insufficient_funds")
    assert engine.work_when_due().status == "declined"
    planned = [("charge", "declined", "insufficient_funds"), ("link", "scheduled", ""), ("charge", "scheduled", "")]
    assert engine.story() == planned
    for _ in range(3):
        engine.work_when_due()
    assert [kind for kind, _, _ in engine.story()] == ["charge", "link", "charge", "charge"]
    assert engine.recovery().status == "open"
    assert engine.timeline()[-1] == ("nothing_planned", "rule:payer.asked")
    engine.clock.advance(30 * DAY)
    assert engine.end_windows() == 1
    assert engine.story()[1] == ("link", "expired", "")


def test_a_recovery_whose_payer_was_asked_stays_open_until_its_window_ends(engine_container):
    engine = make_engine(
        engine_container, policy=Policy(window_days=1, initial_delay_minutes=800, link_after_attempt=1)
    )
    engine.report(token="pm_sandbox_insufficient_funds")
    engine.work_when_due()
    assert engine.story() == [("charge", "declined", "insufficient_funds"), ("link", "scheduled", "")]
    assert engine.recovery().status == "open"


def test_a_method_that_was_taken_away_meanwhile_is_not_charged(engine):
    engine.report()
    engine.report(payment_method={"type": "card"}, failure_reason="insufficient_funds")
    assert engine.story() == [("charge", "cancelled", ""), ("link", "scheduled", "")]


def test_a_planned_charge_without_a_method_ends_as_an_error(engine):
    engine.report()
    claimed_at = engine.clock.advance(HOUR)
    (claimed,) = engine.sweep()
    with engine.begin() as session:
        session.execute(text("UPDATE transactions SET payment_method = '{}' WHERE transaction_ref = 'order-1'"))
    assert engine.run(claimed) is False
    assert engine.story() == [("charge", "error", "no_saved_method"), ("link", "scheduled", "")]
    assert engine.attempts()[1].due_at == claimed_at + HOUR
    assert engine.payments.calls == []


def test_a_live_merchant_without_an_account_is_told_so(engine):
    live = engine.another(mode="live")
    live.report()
    live.clock.advance(HOUR)
    assert live.work() == 1
    assert live.story()[0] == ("charge", "error", "no_psp_account")
    recovery = live.recovery()
    assert (recovery.needs_attention, recovery.status, recovery.charges_made) == ("no_psp_account", "open", 1)
    assert engine.payments.calls == []


def test_a_provider_without_an_adapter_charges_nobody_and_ends_as_an_error(engine):
    engine.payments.strangers.add("sandbox")
    engine.report()
    assert engine.work_when_due().status == "error"
    assert engine.story() == [("charge", "error", "psp_unsupported"), ("charge", "scheduled", "")]


def test_a_capture_of_another_amount_is_booked_as_it_is_and_shown(engine):
    engine.report(amount=5000)
    engine.clock.advance(HOUR)
    (claimed,) = engine.sweep()

    def change(_):
        engine.psp.after_booking = None
        engine.report(amount=7000)

    engine.psp.after_booking = change
    engine.run(claimed)
    (charge,) = engine.charges()
    assert (charge.amount, engine.recovery().needs_attention) == (5000, "captured_amount_differs")
    assert engine.entries()[-1].what == "amount_differs"
    assert engine.recovery().status == "recovered"


def test_the_provider_is_asked_through_the_account_of_the_gateway(engine):
    with engine.begin() as session:
        other = create_account(
            session,
            crypto=engine.container.crypto,
            organization_id=engine.organization_id,
            psp="stripe",
            label="Stripe",
            credentials={"secret_key": "sk_test_1"},
            webhook_secrets=(),
            now=engine.clock.now(),
        )
    engine.report(gateway="Stripe")
    engine.work_when_due()
    assert engine.payments.calls == [("create_payment", other.id)]


def test_a_worker_that_comes_late_finds_nothing_to_do(engine):
    engine.report()
    engine.clock.advance(HOUR)
    (claimed,) = engine.sweep()
    assert engine.run(claimed) is True
    assert engine.run(claimed) is False
    assert engine.run(claimed._replace(fence=claimed.fence - 1)) is False
    assert engine.run(claimed._replace(id="att_" + "0" * 26)) is False
    assert len(engine.psp.charges) == 1


def test_an_attempt_that_was_ended_in_a_workers_hands_is_put_down(engine):
    engine.report()
    engine.clock.advance(HOUR)
    (claimed,) = engine.sweep()
    engine.report(failure_reason="lost_card")
    assert engine.run(claimed) is False
    charge, link = engine.attempts()
    assert (charge.status, charge.leased_until, link.kind) == ("cancelled", None, "link")
    assert engine.psp.charges == []


def test_an_attempt_that_was_moved_while_it_waited_for_a_worker_waits_for_its_new_time(engine):
    engine.report()
    engine.clock.advance(HOUR)
    (claimed,) = engine.sweep()
    engine.report(
        network_decline_code="51",
        network_advice_code="02",
        payment_method={"type": "card", "brand": "mastercard", "token": "pm_sandbox_ok"},
    )
    (attempt,) = engine.attempts()
    assert attempt.due_at == engine.clock.now() + timedelta(days=3)
    assert engine.run(claimed) is False
    assert engine.psp.charges == []
    assert engine.work_when_due().status == "succeeded"
    assert engine.clock.now() == attempt.due_at

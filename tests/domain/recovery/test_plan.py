"""What is next for a recovery: the first rule that has an answer gives it, with its name."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.classification import FailureSignals, Hardness, Retry, classify
from app.domain.network_rules import ChargeFacts, Past
from app.domain.recovery.memory import recalled, remembered
from app.domain.recovery.plan import Facts, GiveUp, Step, Wait, plan, plan_all
from app.domain.recovery.policy import DEFAULT_POLICY, Policy, Strategy
from app.domain.recovery.states import AttemptKind

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SOFT = classify(FailureSignals(reason="insufficient_funds"))
HARD = classify(FailureSignals(reason="lost_card"))
POLL = classify(FailureSignals(reason="upi_pending"))
PAYER = classify(FailureSignals(reason="authentication_required"))
PAID = classify(FailureSignals(reason="already_paid"))
NETWORK = {"gateway": "stripe", "reason": "card_declined", "network_decline_code": "51", "brand": "mastercard"}
NETWORK_STOP = classify(FailureSignals(**NETWORK, network_advice_code="03"))
NETWORK_WAIT = classify(FailureSignals(**NETWORK, network_advice_code="02"))


def facts(classification=SOFT, **changes):
    known = Facts(
        classification=classification,
        policy=DEFAULT_POLICY,
        charges_made=0,
        can_charge=True,
        can_read_status=True,
        link_planned=False,
        failed_at=NOW,
        window_ends_at=NOW + 30 * DAY,
        seed="rec_1",
    )
    return replace(known, **changes)


def decide(classification=SOFT, **changes):
    return plan(facts(classification, **changes), now=NOW)


@pytest.mark.parametrize(("made", "delay"), [(0, HOUR), (1, 2 * HOUR), (2, 4 * HOUR)])
def test_a_soft_failure_is_charged_again_ever_later(made, delay):
    step = decide(charges_made=made)
    words = f"Retry {made + 1} of 3: backoff waits {delay // HOUR} h 0 min."
    assert step == Step(AttemptKind.CHARGE, NOW + delay, "policy.backoff", words)


def test_short_waits_are_said_in_minutes():
    step = decide(policy=Policy(initial_delay_minutes=15))
    assert step.why == "Retry 1 of 3: backoff waits 15 min."


def test_used_up_retries_end_the_recovery():
    assert decide(charges_made=3) == GiveUp("policy.max_retries", "All 3 retries of the policy are used.")


def test_used_up_retries_wait_for_a_payer_who_was_asked():
    decision = decide(charges_made=3, link_planned=True)
    assert decision == Wait("payer.asked", "All 3 retries are used; the payer was asked, waiting for them.")


def test_a_hard_failure_is_left_to_the_payer_at_once():
    step = decide(HARD)
    assert (step.kind, step.due_at, step.rule, step.excluded) == (
        AttemptKind.LINK,
        NOW,
        "hard_decline.link",
        ("hard_decline",),
    )


def test_a_failure_that_only_the_payer_can_mend_is_left_to_the_payer():
    step = decide(PAYER)
    assert (step.kind, step.rule, step.excluded) == (AttemptKind.LINK, "payer_action.link", ("payer_action",))


def test_a_networks_ban_is_named():
    step = decide(NETWORK_STOP)
    assert (step.kind, step.excluded) == (AttemptKind.LINK, ("mc.mac03_21.stop", "hard_decline"))


@pytest.mark.parametrize("verdict", [HARD, PAYER, NETWORK_STOP])
def test_a_payer_is_asked_once(verdict):
    assert decide(verdict, link_planned=True) == Wait("payer.asked", "The payer was asked already; waiting for them.")


def test_a_networks_wait_is_kept():
    step = decide(NETWORK_WAIT)
    assert (step.due_at, step.excluded) == (NOW + 3 * DAY, ("mc.mac.02",))
    assert step.why == "Retry 1 of 3: mc.mac.02 allows it no sooner."


def test_a_networks_wait_that_is_over_excludes_nothing():
    step = decide(NETWORK_WAIT, failed_at=NOW - 3 * DAY)
    assert (step.due_at, step.excluded) == (NOW + HOUR, ())


def test_what_may_be_paid_already_wants_a_person():
    decision = decide(PAID)
    assert (decision.rule, decision.attention) == ("code.stop_recovery", "possibly_already_paid")


def test_a_failure_that_may_have_moved_money_is_looked_up_before_the_charge():
    step = decide(POLL)
    assert (step.kind, step.check_first) == (AttemptKind.CHARGE, True)
    assert step.why.endswith(" The provider is asked first whether the money has moved.")


def test_a_failure_that_cannot_be_looked_up_is_left_to_the_payer():
    step = decide(POLL, can_read_status=False)
    assert (step.kind, step.due_at, step.rule, step.excluded) == (
        AttemptKind.LINK,
        NOW + HOUR,
        "status_unreadable.link",
        ("must_check_first",),
    )
    again = decide(POLL, can_read_status=False, link_planned=True)
    assert again == Wait("payer.asked", "The failed payment cannot be looked up, and the payer was asked.")


@pytest.mark.parametrize("made", [0, 5])
def test_without_a_saved_method_the_payer_is_asked_after_the_first_delay(made):
    step = decide(can_charge=False, charges_made=made)
    assert (step.kind, step.due_at, step.rule) == (AttemptKind.LINK, NOW + HOUR, "no_saved_method.link")
    again = decide(can_charge=False, charges_made=0, link_planned=True)
    assert again == Wait("payer.asked", "There is no saved method to charge, and the payer was asked.")


def test_a_retry_after_the_window_is_not_planned():
    assert decide(window_ends_at=NOW + HOUR).kind is AttemptKind.CHARGE
    late = decide(window_ends_at=NOW + HOUR - timedelta(seconds=1))
    assert late == GiveUp("policy.window", "The next retry would fall after the end of the policy's window.")


def test_a_payer_who_was_asked_keeps_the_rest_of_the_window():
    late = decide(window_ends_at=NOW, link_planned=True)
    assert late == Wait("payer.asked", "The next retry would fall after the policy's window; the payer was asked.")


CUT_OFF = classify(FailureSignals(reason="TM01", method="bank_debit"))
CARD = ChargeFacts("txn_1", "card-1", "mastercard", "card", "US", mandate=False, amount=5000, currency="USD")


def test_a_ban_on_a_code_that_seems_worth_a_retry_leaves_it_to_the_payer():
    assert (CUT_OFF.network_rule, CUT_OFF.retry) == ("sepa.retry.codes", Retry.RETRY_SOON)
    step = decide(CUT_OFF)
    assert (step.kind, step.due_at, step.rule) == (AttemptKind.LINK, NOW, "network_rule.link")
    assert step.excluded == ("sepa.retry.codes",)
    assert step.why == "sepa.retry.codes allows no other charge of this method in time, so the payer is asked."
    again = decide(CUT_OFF, link_planned=True)
    words = "sepa.retry.codes allows no other charge in time, and the payer was asked."
    assert again == Wait("payer.asked", words)


def test_a_rule_about_what_was_tried_before_moves_the_charge():
    asked = Past(NOW - DAY, "txn_other", 900, "USD", marks=frozenset({"mastercard:MAC_27"}))
    step = decide(charge=CARD, history=(asked,))
    assert (step.kind, step.due_at, step.rule) == (AttemptKind.CHARGE, NOW + 3 * DAY, "policy.backoff")
    assert (step.excluded, step.why) == (("mc.mac.27",), "Retry 1 of 3: mc.mac.27 allows it no sooner.")


def test_a_rule_that_moves_the_charge_out_of_the_window_leaves_it_to_the_payer():
    asked = Past(NOW - DAY, "txn_other", 900, "USD", marks=frozenset({"mastercard:MAC_27"}))
    step = decide(charge=CARD, history=(asked,), window_ends_at=NOW + 3 * DAY - HOUR)
    assert (step.rule, step.excluded) == ("network_rule.link", ("mc.mac.27",))
    late = decide(NETWORK_WAIT, window_ends_at=NOW + 3 * DAY - HOUR)
    assert (late.rule, late.excluded) == ("network_rule.link", ("mc.mac.02",))


def test_a_rule_that_says_what_the_newest_code_says_is_named_once():
    asked = Past(NOW, "txn_1", 5000, "USD", marks=frozenset({"mastercard:MAC_02"}))
    step = decide(NETWORK_WAIT, charge=CARD, history=(asked,))
    assert (step.due_at, step.excluded) == (NOW + 3 * DAY, ("mc.mac.02",))


ASK_EARLY = Policy(link_after_attempt=1)


def decide_all(classification=SOFT, **changes):
    return plan_all(facts(classification, **changes), now=NOW)


def test_a_policy_may_ask_the_payer_beside_further_retries():
    link, charge = decide_all(policy=ASK_EARLY, charges_made=1)
    assert (link.kind, link.due_at, link.rule) == (AttemptKind.LINK, NOW, "policy.link_after_attempt")
    assert link.why == "1 retries failed; the policy asks the payer after 1, beside further retries."
    assert (charge.kind, charge.due_at) == (AttemptKind.CHARGE, NOW + 2 * HOUR)


@pytest.mark.parametrize("changes", [{"charges_made": 3}, {"charges_made": 1, "window_ends_at": NOW}])
def test_a_payer_who_is_asked_at_the_end_is_waited_for(changes):
    link, wait = decide_all(policy=ASK_EARLY, **changes)
    assert (link.rule, wait.rule) == ("policy.link_after_attempt", "payer.asked")


@pytest.mark.parametrize(
    ("verdict", "changes"),
    [
        (SOFT, {"charges_made": 0}),
        (SOFT, {"charges_made": 1, "link_planned": True}),
        (SOFT, {"charges_made": 1, "policy": DEFAULT_POLICY}),
        (HARD, {"charges_made": 1}),
        (PAID, {"charges_made": 1}),
    ],
)
def test_otherwise_the_next_step_is_all(verdict, changes):
    known = facts(verdict, **{"policy": ASK_EARLY, **changes})
    assert plan_all(known, now=NOW) == (plan(known, now=NOW),)


def test_a_ladder_gives_its_rungs():
    policy = Policy(max_retries=9, strategy=Strategy.LADDER, ladder_minutes=(5, 30))
    waits = [decide(policy=policy, charges_made=made).due_at - NOW for made in range(3)]
    assert waits == [timedelta(minutes=5), timedelta(minutes=30), timedelta(minutes=30)]
    assert decide(policy=policy).rule == "policy.ladder"


@given(st.floats(0, 1), st.integers(0, 2), st.text(max_size=8))
def test_jitter_adds_at_most_its_share_and_always_the_same(jitter, made, seed):
    known = facts(policy=replace(DEFAULT_POLICY, jitter=jitter), charges_made=made, seed=seed)
    step, plain = plan(known, now=NOW), DEFAULT_POLICY.delay(made)
    assert plain <= step.due_at - NOW <= plain * (1 + jitter)
    assert plan(known, now=NOW) == step


def test_jitter_differs_from_recovery_to_recovery():
    policy = replace(DEFAULT_POLICY, jitter=0.5)
    assert len({decide(policy=policy, seed=f"rec_{n}").due_at for n in range(20)}) > 15


verdicts = st.builds(
    replace,
    st.sampled_from([SOFT, HARD, POLL, PAYER, PAID, NETWORK_STOP, NETWORK_WAIT]),
    hardness=st.sampled_from(Hardness),
    retry=st.sampled_from(Retry),
    money_may_have_moved=st.booleans(),
    stop_recovery=st.booleans(),
)


@given(
    verdicts,
    st.integers(0, 5),
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.timedeltas(min_value=timedelta(0), max_value=60 * DAY),
)
def test_no_plan_breaks_a_rule(verdict, made, can_charge, can_read, link, window):
    known = facts(
        verdict,
        charges_made=made,
        can_charge=can_charge,
        can_read_status=can_read,
        link_planned=link,
        window_ends_at=NOW + window,
    )
    decision = plan(known, now=NOW)
    assert decision.rule
    assert decision.why
    if isinstance(decision, Wait):
        assert link or decision.attention
    if not isinstance(decision, Step):
        return
    assert decision.due_at >= NOW
    assert not verdict.stop_recovery
    if decision.kind is AttemptKind.LINK:
        assert not link
        return
    assert can_charge
    assert made < 3
    assert verdict.hardness is Hardness.SOFT
    assert verdict.retry not in {Retry.NEVER, Retry.PAYER_ACTION}
    assert decision.due_at <= known.window_ends_at
    assert known.charge_allowed_at() is None or decision.due_at >= known.charge_allowed_at()
    if verdict.money_may_have_moved or verdict.retry is Retry.POLL_STATUS:
        assert decision.check_first
        assert can_read


def test_a_fingerprint_tells_inputs_apart_and_knows_them_again():
    assert facts().fingerprint() == facts().fingerprint()
    assert len(facts().fingerprint()) == 16
    others = [facts(charges_made=1), facts(can_charge=False), facts(HARD), facts(link_planned=True)]
    assert len({facts().fingerprint(), *(other.fingerprint() for other in others)}) == 5


def test_a_failure_is_remembered_as_it_was():
    signals = FailureSignals(gateway="stripe", reason="card_declined", network_decline_code="51", method="card")
    memory = remembered(signals, psp_payment_id="pi_1", failed_at=NOW)
    last = recalled(memory)
    assert (last.signals, last.psp_payment_id, last.failed_at) == (signals, "pi_1", NOW)

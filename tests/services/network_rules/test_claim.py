"""The guard at the moment of a charge: what is refused is not made, and says which rule refused it."""

from dataclasses import replace
from datetime import datetime

import pytest
from sqlalchemy import select

from app.db.models import FailureEvent, RuleAttempt
from app.domain.errors import NotFoundError
from app.domain.payments.port import Decline, Outcome, PaymentResult
from app.domain.recovery.policy import Policy
from app.services.network_rules.budget import get_budget
from app.services.recovery import act
from app.services.recovery.act import NotAllowedNowError
from tests.factories.recoveries import DAY, HOUR, MINUTE, make_engine

CARD = {"type": "card", "brand": "mastercard", "fingerprint": "fp_1", "token": "pm_sandbox_insufficient_funds"}
VISA = {**CARD, "brand": "visa"}
DECLINED = Decline("card_declined", None, "51", None)


def declined(**codes):
    return PaymentResult(Outcome.DECLINED, psp_payment_id=None, decline=replace(DECLINED, **codes))


def counted(engine):
    """Return (made, marks, attempted_at) of every charge that rules count."""
    statement = select(RuleAttempt).where(RuleAttempt.organization_id == engine.organization_id)
    with engine.begin() as session:
        rows = session.execute(statement.order_by(RuleAttempt.attempted_at)).scalars()
        return [(row.made, row.marks, row.attempted_at) for row in rows]


def report_others(engine, number, *, every=HOUR, method=CARD, **facts):
    """Let the merchant report charges of its own on the same card, the newest `every` ago, and nothing more."""
    now = engine.clock.now()
    for n in range(number):
        told = {"occurred_at": now - every * (n + 1), "payment_method": {**method, "token": None}, **facts}
        engine.report(f"other-{n}", **told)
        with engine.begin() as session:
            act.cancel(
                session,
                organization_id=engine.organization_id,
                recovery_id=engine.recoveries[f"other-{n}"],
                actor="usr_operator",
                now=now,
            )


def left(engine, ref="order-1"):
    with engine.begin() as session:
        budget = get_budget(
            session,
            organization_id=engine.organization_id,
            recovery_id=engine.recoveries[ref],
            now=engine.clock.now(),
        )
    return budget, {each.rule_id: each for each in budget.rules}


def retry(engine, ref="order-1"):
    with engine.begin() as session:
        return act.retry_now(
            session,
            organization_id=engine.organization_id,
            recovery_id=engine.recoveries[ref],
            actor="usr_operator",
            now=engine.clock.now(),
        )


def test_a_charge_is_counted_when_it_is_claimed_and_told_what_became_of_it(engine):
    engine.report(payment_method=CARD, failure_code="card_declined")
    engine.psp.script(CARD["token"], declined(network_advice_code="24"))
    engine.work_when_due()
    at = engine.clock.now()
    assert counted(engine) == [("declined", ["mastercard:51", "mastercard:MAC_24"], at)]
    engine.work_when_due()
    assert [made for made, _, _ in counted(engine)] == ["declined", "declined"]


def test_a_charge_that_succeeds_is_counted_as_one(engine):
    engine.report(payment_method={**CARD, "token": "pm_sandbox_ok"})
    engine.work_when_due()
    assert counted(engine) == [("succeeded", [], engine.clock.now())]


def test_a_charge_that_nobody_knows_of_counts_until_somebody_does(engine):
    engine.report(payment_method={**CARD, "token": "pm_sandbox_timeout_charged"})
    engine.work_when_due()
    assert [made for made, _, _ in counted(engine)] == ["pending"]
    engine.work_when_due()
    assert [made for made, _, _ in counted(engine)] == ["succeeded"]


def test_a_charge_that_was_not_made_counts_for_nothing(engine):
    engine.report(payment_method=CARD)
    engine.payments.defer(HOUR)
    engine.work_when_due()
    assert [made for made, _, _ in counted(engine)] == ["not_made"]
    assert left(engine)[1]["mc.tpe.24h"].used == 1
    engine.payments.defer(None)
    engine.work_when_due()
    assert [made for made, _, _ in counted(engine)] == ["declined"]
    assert left(engine)[1]["mc.tpe.24h"].used == 2


def test_a_refusal_of_the_provider_reached_no_network(engine):
    engine.report(payment_method=CARD)
    engine.psp.script(CARD["token"], PaymentResult(Outcome.ERROR, error_code="credentials_invalid"))
    engine.work_when_due()
    assert [made for made, _, _ in counted(engine)] == ["not_made"]


def test_an_unbranded_script_of_the_sandbox_is_not_counted(engine):
    engine.report(token="pm_sandbox_insufficient_funds")
    engine.work_when_due()
    assert counted(engine) == []


# Refused when it is claimed.


def test_a_spent_limit_defers_the_charge_to_the_first_lawful_moment(engine):
    engine.report(payment_method=CARD)
    report_others(engine, 8)
    engine.clock.advance(HOUR)
    at, first = engine.clock.now(), engine.clock.now() - 9 * HOUR
    assert engine.work() == 1
    assert engine.payments.calls == []
    (attempt,) = engine.attempts()
    assert (attempt.status, attempt.tries, attempt.leased_until) == ("scheduled", 0, None)
    assert (attempt.due_at, attempt.wake_at) == (first + DAY, first + DAY)
    assert attempt.result_code == "mc.tpe.24h"
    deferred = engine.entries()[-1]
    assert (deferred.what, deferred.who, deferred.at) == ("attempt_deferred", "rule:mc.tpe.24h", at)
    until = (first + DAY).isoformat()
    assert deferred.why == (
        "mc.tpe.24h: Declined charges of one Mastercard at one merchant in 24 hours;"
        f" the network allows the next charge at {until} (source: Braintree support, TabaPay, Forte (20 in 2019))."
    )
    assert deferred.why == attempt.result_detail
    assert (deferred.facts["attempt_id"], deferred.facts["wake_at"]) == (attempt.id, until)
    assert engine.recovery().charges_made == 0
    assert counted(engine) == []
    engine.work_when_due()
    assert engine.clock.now() == first + DAY
    assert engine.story()[0] == ("charge", "declined", "insufficient_funds")
    assert [made for made, _, _ in counted(engine)] == ["declined"]


def test_a_ban_that_another_transaction_met_turns_the_charge_into_a_link(engine):
    engine.report(payment_method=VISA)
    report_others(engine, 1, method=VISA, network_decline_code="R1")
    engine.clock.advance(HOUR)
    engine.work()
    assert engine.payments.calls == []
    charge, link = engine.attempts()
    assert (charge.status, charge.result_code, charge.kind) == ("cancelled", "network_rule", "charge")
    assert charge.result_detail.startswith("visa.cat1.never: The issuer will never approve this card again")
    assert (link.kind, link.status, link.due_at) == ("link", "scheduled", engine.clock.now())
    assert link.decision["rule"] == "network_rule.link"
    assert link.decision["excluded"] == ["visa.cat1.never"]
    assert ("attempt_cancelled", "rule:visa.cat1.never") in engine.timeline()
    assert engine.recovery().status == "open"
    assert engine.recovery().charges_made == 0


def test_another_card_of_the_same_payer_is_another_card(engine):
    engine.report(payment_method={**VISA, "fingerprint": "fp_2", "token": "pm_sandbox_ok"})
    report_others(engine, 1, method=VISA, network_decline_code="R1")
    engine.work_when_due()
    assert engine.story() == [("charge", "succeeded", "")]


def test_another_merchants_charges_are_not_counted(engine):
    other = engine.another()
    report_others(other, 9)
    engine.report(payment_method=CARD)
    engine.work_when_due()
    assert [made for made, _, _ in counted(engine)] == ["declined"]


def test_a_rule_that_outlasts_the_window_leaves_it_to_the_payer(engine_container):
    engine = make_engine(engine_container, policy=Policy(window_days=1))
    engine.report(payment_method=CARD)
    report_others(engine, 1, network_decline_code="51", network_advice_code="30")
    engine.clock.advance(HOUR)
    engine.work()
    assert engine.payments.calls == []
    assert [(a.kind, a.status, a.decision["excluded"]) for a in engine.attempts()] == [
        ("charge", "cancelled", []),
        ("link", "scheduled", ["mc.mac.30"]),
    ]


def test_a_payer_who_was_asked_already_is_not_asked_again(engine_container):
    engine = make_engine(engine_container, policy=Policy(link_after_attempt=1, max_retries=9))
    engine.report(payment_method=VISA)
    engine.work_when_due()
    assert [a.kind for a in engine.attempts()] == ["charge", "link", "charge"]
    report_others(engine, 1, method=VISA, network_decline_code="41")
    engine.clock.advance(3 * HOUR)
    engine.work()
    assert [(a.kind, a.status) for a in engine.attempts()] == [
        ("charge", "declined"),
        ("link", "scheduled"),
        ("charge", "cancelled"),
    ]
    assert engine.timeline()[-1] == ("nothing_planned", "rule:payer.asked")
    assert len(engine.psp.charges) == 1


def test_a_failure_told_three_ways_counts_once(engine):
    engine.report(payment_method=CARD, psp_payment_id="pi_1")
    engine.report(payment_method=CARD, psp_payment_id="pi_1", network_decline_code="51")
    engine.work_when_due()
    charge = engine.psp.charges[0]
    engine.report(payment_method=CARD, psp_payment_id=charge.id)
    assert engine.attempts()[0].psp_payment_id == charge.id
    assert left(engine)[1]["mc.tpe.24h"].used == 2


def test_a_report_that_names_no_card_counts_for_its_own_transaction(engine):
    engine.report(payment_method={"type": "card", "brand": "visa"}, network_decline_code="51")
    engine.report(payment_method=VISA)
    engine.report("order-2", payment_method=VISA)
    assert left(engine)[1]["visa.cap.reattempts"].used == 3
    assert left(engine, "order-2")[1]["visa.cap.reattempts"].used == 2


def test_a_ban_is_found_behind_hundreds_of_newer_reports(engine):
    engine.report(payment_method=VISA)
    report_others(engine, 1, method=VISA, every=90 * DAY, network_decline_code="43")
    with engine.begin() as session:
        (banned,) = session.execute(select(FailureEvent).where(FailureEvent.network_decline_code == "43")).scalars()
        columns = {c.key: getattr(banned, c.key) for c in FailureEvent.__mapper__.column_attrs}
        for n in range(250):
            plain = {"network_decline_code": "51", "classification": {"network_rule": None}}
            occurred_at = engine.clock.now() - 60 * DAY + n * MINUTE
            session.add(FailureEvent(**{**columns, **plain, "id": f"evt_more_{n}", "occurred_at": occurred_at}))
    engine.work_when_due()
    assert engine.payments.calls == []
    assert [a.decision["excluded"] for a in engine.attempts()] == [[], ["visa.cat1.never"]]


# Planned by the same guard.


def test_the_plan_after_a_decline_knows_what_else_was_tried_on_the_card(engine):
    engine.report(payment_method=CARD)
    report_others(engine, 3)
    engine.work_when_due()
    planned = engine.attempts()[1]
    # Four declines within a day are half of what plans may use.
    assert planned.due_at == engine.clock.now() + DAY
    assert planned.decision["excluded"] == ["engine.min_gap"]
    assert planned.decision["why"] == "Retry 2 of 3: engine.min_gap allows it no sooner."


@pytest.mark.parametrize("method", [CARD, VISA, {"type": "card", "token": "pm_sandbox_insufficient_funds"}])
def test_the_default_policy_keeps_its_delays(engine, method):
    engine.report(payment_method=method)
    waits = []
    for _ in range(3):
        before = engine.clock.now()
        engine.work_when_due()
        waits.append((engine.clock.now() - before) // MINUTE)
    assert waits == [60, 120, 240]
    assert [a.decision["excluded"] for a in engine.attempts()] == [[], [], []]


MANDATE = {"type": "card", "brand": "rupay", "mandate_id": "m_1", "token": "pm_sandbox_ok"}


def test_a_debit_of_an_indian_mandate_is_planned_with_its_notice(engine):
    answer = engine.report(payment_method=MANDATE)
    due_at = datetime.fromisoformat(answer["recovery"]["next_attempt_at"])
    assert due_at == engine.clock.now() + 36 * HOUR
    assert engine.attempts()[0].decision["excluded"] == ["rbi.predebit.notice"]


def test_a_debit_above_the_limit_is_left_to_the_payer_at_once(engine):
    answer = engine.report(payment_method=MANDATE, amount=1_500_001)
    assert answer["recovery"]["next_attempt_kind"] == "link"
    (link,) = engine.attempts()
    assert (link.decision["rule"], link.decision["excluded"]) == ("network_rule.link", ["rbi.afa.limit"])


def test_a_upi_debit_is_planned_and_made_outside_the_peak(engine):
    upi = {"type": "upi", "mandate_id": "m_1", "token": "pm_sandbox_ok"}
    noon = (engine.clock.now() + DAY).replace(hour=6, minute=30, second=0, microsecond=0)  # in India
    engine.go_to(noon)
    engine.report(payment_method=upi)
    (charge,) = engine.attempts()
    assert charge.due_at == noon + 2 * DAY + HOUR
    assert charge.decision["excluded"] == ["npci.pdn", "npci.autopay.window"]
    evening = noon.replace(hour=12, minute=0) + 2 * DAY
    engine.go_to(evening)
    engine.work()
    assert engine.payments.calls == []
    assert engine.attempts()[0].due_at == evening.replace(hour=16)
    engine.work_when_due()
    assert engine.story() == [("charge", "succeeded", "")]


# The click.


def test_a_person_is_told_which_rule_forbids_a_retry_and_when_it_ends(engine):
    engine.report(payment_method=CARD)
    report_others(engine, 8)
    with pytest.raises(NotAllowedNowError) as refused:
        retry(engine)
    until = engine.clock.now() - 8 * HOUR + DAY
    assert refused.value.code == "retry_forbidden"
    assert refused.value.detail.startswith("mc.tpe.24h: Declined charges of one Mastercard")
    assert f"; the network allows the next charge at {until.isoformat()} (source: " in refused.value.detail
    assert engine.payments.calls == []
    engine.go_to(until)
    retry(engine)
    engine.work()
    assert len(engine.psp.charges) == 1


def test_a_person_may_use_what_plans_leave(engine):
    engine.report(payment_method=CARD)
    report_others(engine, 7)
    retry(engine)
    engine.work()
    assert len(engine.psp.charges) == 1


def test_a_click_that_another_charge_overtook_is_deferred_when_it_is_claimed(engine):
    engine.report(payment_method=CARD)
    report_others(engine, 7)
    retry(engine)
    engine.report("other-99", payment_method={**CARD, "token": None})
    engine.work()
    assert engine.payments.calls == []
    assert engine.timeline()[-1] == ("attempt_deferred", "rule:mc.tpe.24h")


def test_a_step_is_not_moved_to_where_a_rule_forbids_it(engine):
    engine.report(payment_method={"type": "upi", "mandate_id": "m_1", "token": "pm_sandbox_ok"})
    where = {"organization_id": engine.organization_id, "recovery_id": engine.recoveries["order-1"]}
    peak = (engine.clock.now() + 5 * DAY).replace(hour=6, minute=0)
    with pytest.raises(NotAllowedNowError) as refused, engine.begin() as session:
        act.move_next(session, **where, due_at=peak, actor="usr_operator", now=engine.clock.now())
    assert refused.value.detail.startswith("npci.autopay.window: ")
    with engine.begin() as session:
        act.move_next(session, **where, due_at=peak.replace(hour=9), actor="usr_operator", now=engine.clock.now())


# What is left.


def test_staff_see_what_is_left_of_each_rule(engine):
    engine.report(payment_method=CARD)
    report_others(engine, 8)
    budget, rules = left(engine)
    assert (budget.hold.rule_id, budget.charge_allowed_at) == ("mc.tpe.24h", engine.clock.now() + 16 * HOUR)
    day = rules["mc.tpe.24h"]
    assert (day.used, day.cap, day.plan, day.window_seconds, day.blocks) == (9, 9, 8, 86400, True)
    assert day.resets_at == engine.clock.now() + 16 * HOUR
    assert rules["mc.tpe.30d"].used == 9


def test_a_banned_card_has_no_lawful_moment(engine):
    engine.report(payment_method=VISA, network_decline_code="41")
    budget, rules = left(engine)
    assert (budget.hold.rule_id, budget.charge_allowed_at) == ("visa.cat1.never", None)
    assert (rules["visa.cat1.never"].cap, rules["visa.cat1.never"].resets_at) == (0, None)


def test_where_no_rule_counts_there_is_nothing_to_see(engine):
    engine.report()
    budget, rules = left(engine)
    assert (budget.hold, budget.charge_allowed_at, rules) == (None, engine.clock.now(), {})


def test_nobody_sees_what_is_left_of_another_merchants_card(engine):
    engine.report(payment_method=CARD)
    outsider = engine.another()
    with pytest.raises(NotFoundError), engine.begin() as session:
        get_budget(
            session,
            organization_id=outsider.organization_id,
            recovery_id=engine.recoveries["order-1"],
            now=engine.clock.now(),
        )

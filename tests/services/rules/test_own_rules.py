"""Own rules in ingest and after charges: never stale, and remembered with the failure that they decided."""

from dataclasses import replace
from datetime import timedelta

from app.domain.recovery.memory import recalled
from app.services.ingest import AtOnce
from app.services.rules.keep import RuleWish, Who, change_rule, create_rule, delete_rule
from tests.factories.recoveries import HOUR

FUNDS = {"category": "funds", "hardness": "soft", "reason": "limit_exceeded"}
HARD = {"category": "issuer_decline", "hardness": "hard"}


def who(engine) -> Who:
    return Who(engine.organization_id, "usr_1", None, engine.clock.now())


def make(engine, match, then) -> str:
    with engine.begin() as session:
        _, rule_id = create_rule(
            session, who=who(engine), wish=RuleWish({"name": "Mine", "match": match, "then": then})
        )
    return rule_id


def test_no_event_is_classified_by_stale_rules_whichever_process_takes_it(engine):
    others = AtOnce(engine.container.at_once._connect)
    mine = engine.container.at_once

    def told(ref, at_once):
        engine.container = replace(engine.container, at_once=at_once)
        return engine.report(ref, failure_reason="acme_busy")["category"]

    assert [told("a1", mine), told("a2", others)] == ["unknown", "unknown"]
    rule_id = make(engine, {"failure_reason": "acme_busy"}, FUNDS)
    assert [told("b1", mine), told("b2", others)] == ["funds", "funds"]
    with engine.begin() as session:
        change_rule(session, who=who(engine), rule_id=rule_id, wish=RuleWish({"then": HARD}))
    assert [told("c1", others), told("c2", mine)] == ["issuer_decline", "issuer_decline"]
    with engine.begin() as session:
        delete_rule(session, who=who(engine), rule_id=rule_id)
    assert [told("d1", mine), told("d2", others)] == ["unknown", "unknown"]


def test_a_second_report_of_a_transaction_is_held_against_the_rules_too(engine):
    engine.report()
    make(engine, {"failure_reason": "acme_busy", "payment_method_type": "card"}, HARD)
    answer = engine.report(failure_reason="acme_busy", payment_method=None)
    assert (answer["hardness"], answer["recovery"]["next_attempt_kind"]) == ("hard", "link")


def test_a_rule_decides_on_tinkos_own_declines_too(engine):
    rule_id = make(engine, {"failure_code": "insufficient_funds", "max_amount": 5000, "currency": "INR"}, HARD)
    engine.report(failure_reason="do_not_honor", token="pm_sandbox_insufficient_funds")
    assert engine.recovery().hardness == "soft"
    assert engine.work_when_due().status == "declined"
    recovery = engine.recovery()
    assert (recovery.category, recovery.hardness) == ("issuer_decline", "hard")
    assert [(a.kind, a.status) for a in engine.attempts()] == [("charge", "declined"), ("link", "scheduled")]
    assert recalled(recovery.last_failure).own_rule["id"] == rule_id


def test_the_plan_goes_on_by_the_rule_of_that_time(engine):
    rule_id = make(engine, {"failure_reason": "acme_busy"}, FUNDS)
    engine.report(failure_reason="acme_busy")
    with engine.begin() as session:
        change_rule(session, who=who(engine), rule_id=rule_id, wish=RuleWish({"then": HARD}))
    last = recalled(engine.recovery().last_failure)
    assert (last.verdict().category, last.verdict().rule) == ("funds", f"own:{rule_id}")
    engine.clock.advance(HOUR + timedelta(minutes=1))
    assert engine.work() == 1
    assert engine.recovery().status == "recovered"


def test_a_rule_never_has_a_payment_charged_that_may_have_moved(engine):
    make(engine, {"gateway": "sandbox"}, {"category": "funds", "hardness": "soft", "retry": "retry_soon"})
    answer = engine.report(failure_reason="upi_pending", psp_payment_id="pay_9")
    assert answer["recommendation"] == "poll_status"
    (attempt,) = engine.attempts()
    assert attempt.check_first is True
    engine.report("order-2", failure_reason="already_paid")
    assert engine.attempts("order-2") == []
    assert engine.recovery("order-2").needs_attention == "possibly_already_paid"

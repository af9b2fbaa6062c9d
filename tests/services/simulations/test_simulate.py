"""A draft held against what happened: what is known of it, and what is said to be unknown."""

from datetime import timedelta

import pytest

from app.domain.recovery.policy import Policy, Strategy
from app.domain.recovery.replay import Fate
from app.services.simulations import Side, simulate

SHORT = Policy(max_retries=1)
SLOW = Policy(strategy=Strategy.LADDER, ladder_minutes=(3 * 1440,), max_retries=2)
NEVER = Policy(max_retries=0, link_after_attempt=None)


@pytest.fixture
def history(engine):
    """One came back by the second charge after 3 hours, one never, one is open; the fourth is another currency."""
    engine.report("back", token="pm_sandbox_recovers_on_2", amount=700)
    engine.report("never", token="pm_sandbox_insufficient_funds", amount=900)
    engine.report("dollars", token="pm_sandbox_ok", amount=50, currency="USD")
    for _ in range(12):
        engine.clock.advance(timedelta(hours=1))
        engine.work()
    engine.report("open", amount=1)
    return engine


def run(engine, policy, **period):
    with engine.begin() as session:
        return simulate(
            session,
            organization_id=engine.organization_id,
            policy=policy,
            since=period.get("since"),
            until=period.get("until"),
        )


def test_the_policy_that_was_used_gives_what_was(history):
    found = run(history, Policy())
    assert (found.seen, found.is_bounded) == (3, False)
    assert (found.charges_made, found.charges_planned, found.more, found.fewer) == (6, 6, 0, 0)
    rupees, dollars = found.by_currency["INR"], found.by_currency["USD"]
    assert (rupees.all, rupees.came_back, rupees.fates[Fate.WITHIN]) == (Side(2, 1600), Side(1, 700), Side(1, 700))
    assert (dollars.came_back, dollars.fates[Fate.WITHIN]) == (Side(1, 50), Side(1, 50))
    assert dict(found.by_number) == {(2, Fate.WITHIN): 1, (1, Fate.WITHIN): 1}


def test_a_draft_that_stops_earlier_does_not_reach_it(history):
    found = run(history, SHORT)
    assert found.by_currency["INR"].fates[Fate.NOT_REACHED] == Side(1, 700)
    assert found.by_currency["USD"].fates[Fate.WITHIN] == Side(1, 50)
    assert (found.charges_made, found.charges_planned, found.more, found.fewer) == (6, 3, 0, 3)


def test_a_draft_that_waits_longer_is_later_and_nobody_claims_to_know(history):
    found = run(history, SLOW)
    assert found.by_currency["INR"].fates[Fate.LATER] == Side(1, 700)
    assert found.by_currency["INR"].fates[Fate.WITHIN] == Side(0, 0)


def test_a_draft_without_retries_makes_no_charge(history):
    found = run(history, NEVER)
    assert (found.charges_planned, found.fewer) == (0, 6)
    assert found.by_currency["INR"].fates[Fate.NOT_REACHED] == Side(1, 700)


def test_only_recoveries_of_that_time_are_looked_at(history):
    opened_at = history.recovery("back").opened_at
    assert run(history, Policy(), until=opened_at).seen == 0
    assert run(history, Policy(), since=opened_at).seen == 3
    assert run(history.another(), Policy()).seen == 0


def test_limits_that_moved_a_step_are_counted(engine):
    method = {"type": "upi", "mandate_id": "umn-1", "token": "pm_sandbox_insufficient_funds", "fingerprint": "mine"}
    engine.report(payment_method=method)
    for _ in range(4):
        if engine.recovery().status == "open":
            engine.work_when_due()
    assert engine.recovery().status == "exhausted"
    found = run(engine, Policy())
    assert found.excluded["npci.pdn"] == 1

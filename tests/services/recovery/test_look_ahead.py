"""A look ahead is what really happens, if every charge fails for the same reason."""

import pytest

from app.domain.ingest.report import FailureReport
from app.domain.recovery.policy import Policy
from app.services.recovery.look_ahead import Sample, look_ahead
from tests.factories.recoveries import make_engine

PATIENT = Policy(max_retries=4, initial_delay_minutes=30, backoff_multiplier=3.0, max_delay_minutes=9000)


def foreseen(engine, policy, **said):
    report = FailureReport("same", **said)
    with engine.begin() as session:
        (schedule,) = look_ahead(
            session,
            organization_id=engine.organization_id,
            policy=policy,
            samples=(Sample("same", report),),
            now=engine.clock.now(),
        )
    steps = [each.step for each in schedule.foreseen if each.step]
    return [(step.kind, step.due_at, step.rule, step.excluded) for step in steps]


@pytest.mark.parametrize(
    ("policy", "method"),
    [
        (Policy(), {"type": "card"}),
        (Policy(link_after_attempt=1, max_retries=3), {"type": "card"}),
        (PATIENT, {"type": "card", "brand": "visa", "fingerprint": "a-card", "issuer_country": "US"}),
        (PATIENT, {"type": "upi", "mandate_id": "umn-1", "fingerprint": "an-account"}),
        (Policy(window_days=1, max_retries=9), {"type": "card"}),
        (Policy(by_category={"funds": {"max_retries": 1, "initial_delay_minutes": 5}}), {"type": "card"}),
    ],
)
def test_every_step_is_foreseen_with_its_time_rule_and_what_was_excluded(engine_container, policy, method):
    engine = make_engine(engine_container, policy=policy)
    method |= {"token": "pm_sandbox_insufficient_funds"}
    said = {"gateway": "sandbox", "failure_reason": "insufficient_funds", "amount": 5000, "currency": "INR"}
    expected = foreseen(engine, policy, **said, payment_method=method)
    engine.report(payment_method=method)
    for _ in range(len([step for step in expected if step[0] == "charge"])):
        charge = next(each for each in engine.attempts() if each.kind == "charge" and each.status == "scheduled")
        engine.go_to(charge.due_at)
        engine.work()
    planned = [(a.kind, a.due_at, a.decision["rule"], tuple(a.decision["excluded"])) for a in engine.attempts()]
    assert planned == expected
    assert all(a.status != "scheduled" or a.kind == "link" for a in engine.attempts())
    assert expected

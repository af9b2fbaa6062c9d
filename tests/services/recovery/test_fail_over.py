"""After a definite decline the next charge may go through another account, where the method is saved too."""

import pytest
from sqlalchemy import text

from app.db.models import PspAccount, Transaction
from app.domain.money import Money
from app.domain.payments.port import Decline, Outcome, PaymentResult, PaymentStatus
from app.domain.payments.problems import Problem
from app.services.payments.accounts import create_account

HERE, THERE = "pm_sandbox_ok", "pm_sandbox_ok_there"
DECLINED = PaymentResult(Outcome.DECLINED, "pay_here", decline=Decline("do_not_honor", "Do not honor."))
NO_FUNDS = PaymentResult(Outcome.DECLINED, "pay_here", decline=Decline("insufficient_funds", "No funds."))


@pytest.fixture
def there(engine) -> str:
    """Connect a second account, to which routing does not lead."""
    with engine.begin() as session:
        account = create_account(
            session,
            crypto=engine.container.crypto,
            organization_id=engine.organization_id,
            psp="stripe",
            label="Second",
            credentials={"secret_key": "sk_test_second"},
            webhook_secrets=("whsec_1",),
            now=engine.clock.now(),
        )
        return account.id


def report(engine, tokens, **facts):
    method = {"type": "card", "token": HERE, "brand": "visa", "fingerprint": "fp_1", "tokens": tokens}
    engine.report(failure_reason="do_not_honor", payment_method=method, **facts)


def charged(engine):
    """Return the accounts that charges were sent to."""
    return [account for call, account in engine.payments.calls if call == "create_payment"]


def test_the_next_charge_goes_where_the_method_is_saved_too(engine, there):
    here = engine.account().account_id
    engine.psp.script(HERE, DECLINED)
    engine.psp.script(THERE, PaymentResult(Outcome.SUCCEEDED, "pay_there"))
    report(engine, {there: THERE})
    first = engine.work_when_due()
    assert (first.status, first.psp_account_id) == ("declined", here)

    planned = engine.attempts()[1]
    why = f"declined at sandbox ({here}) with code do_not_honor; the method is also saved at stripe ({there})."
    assert planned.decision["why"].endswith(f"It goes through another account: {why}")
    assert engine.timeline()[-1] == ("fail_over_planned", "rule:fail_over")
    assert engine.entries()[-1].why == why
    assert (planned.id != first.id, THERE in str(planned.decision)) == (True, False)

    second = engine.work_when_due()
    assert (second.id, second.status, second.psp_account_id) == (planned.id, "succeeded", there)
    assert charged(engine) == [here, there]
    assert [(charge.psp_account_id, charge.psp_payment_id) for charge in engine.charges()] == [(there, "pay_there")]
    assert engine.recovery().status == "recovered"


def test_a_fail_over_that_is_declined_too_is_followed_by_the_ordinary_way(engine, there):
    here = engine.account().account_id
    engine.psp.script(HERE, DECLINED, DECLINED)
    engine.psp.script(THERE, PaymentResult(Outcome.DECLINED, "pay_there", decline=DECLINED.decline))
    report(engine, {there: THERE})
    for _ in range(3):
        assert engine.work_when_due().status == "declined"
    assert charged(engine) == [here, there, here]
    # That account has declined already.
    assert [what for what, _ in engine.timeline()].count("fail_over_planned") == 1
    assert engine.recovery().charges_made == 3


@pytest.mark.parametrize(
    "answer",
    [
        NO_FUNDS,
        PaymentResult(Outcome.ERROR, error_code=Problem.REQUEST_INVALID),
        PaymentResult(Outcome.UNKNOWN, error_code=Problem.TIMEOUT),
    ],
)
def test_nothing_travels_without_a_definite_decline_that_may_differ(engine, there, answer):
    engine.psp.script(HERE, answer)
    report(engine, {there: THERE})
    engine.work_when_due()
    if answer.outcome is Outcome.UNKNOWN:
        engine.work_when_due()
    engine.work_when_due()
    assert set(charged(engine)) == {engine.account().account_id}
    assert "fail_over_planned" not in [what for what, _ in engine.timeline()]


def test_a_method_that_is_saved_nowhere_else_stays(engine, there):
    engine.psp.script(HERE, DECLINED)
    report(engine, {"psp_of_somebody_else": THERE})
    engine.work_when_due()
    engine.work_when_due()
    assert set(charged(engine)) == {engine.account().account_id}
    assert there not in charged(engine)


def test_another_organizations_account_is_never_taken(engine):
    stranger = engine.another().account().account_id
    engine.psp.script(HERE, DECLINED)
    report(engine, {stranger: THERE})
    engine.work_when_due()
    assert engine.work_when_due().psp_account_id == engine.account().account_id
    assert stranger not in charged(engine)


def test_an_account_that_is_disabled_meanwhile_is_left_out_by_a_new_attempt(engine, there):
    here = engine.account().account_id
    engine.psp.script(HERE, DECLINED)
    report(engine, {there: THERE})
    engine.work_when_due()
    with engine.begin() as session:
        session.get_one(PspAccount, there).is_enabled = False
    left = engine.work_when_due()
    assert (left.status, left.result_code, left.tries) == ("cancelled", "fail_over_gone", 0)
    assert engine.recovery().charges_made == 1
    assert engine.work_when_due().status == "succeeded"
    assert charged(engine) == [here, here]


def test_a_fail_over_whose_outcome_is_unknown_is_looked_up_there_and_sent_nowhere_else(engine, there):
    here = engine.account().account_id
    engine.psp.script(HERE, DECLINED)
    engine.psp.script(THERE, PaymentResult(Outcome.UNKNOWN, error_code=Problem.TIMEOUT))
    report(engine, {there: THERE})
    engine.work_when_due()
    assert engine.work_when_due().status == "unknown"
    engine.work_when_due()
    assert engine.payments.calls == [("create_payment", here), ("create_payment", there), ("retrieve_payment", there)]


def test_an_outage_there_puts_the_same_attempt_off_and_keeps_its_account(engine, there):
    engine.psp.script(HERE, DECLINED)
    engine.psp.script(THERE, PaymentResult(Outcome.SUCCEEDED, "pay_there"))
    report(engine, {there: THERE})
    engine.work_when_due()
    engine.payments.defer(engine.clock.now() - engine.clock.now())
    waiting = engine.work_when_due()
    assert waiting.status == "scheduled"
    engine.payments.defer(None)
    made = engine.work_when_due()
    assert (made.id, made.status, made.psp_account_id) == (waiting.id, "succeeded", there)


def test_the_charge_elsewhere_counts_as_the_same_card(engine, there):
    engine.psp.script(HERE, DECLINED)
    engine.psp.script(THERE, PaymentResult(Outcome.DECLINED, "pay_there", decline=DECLINED.decline))
    report(engine, {there: THERE})
    engine.work_when_due()
    engine.work_when_due()
    with engine.begin() as session:
        counted = session.execute(
            text("SELECT count(*), count(DISTINCT instrument) FROM rule_attempts WHERE transaction_id = :id"),
            {"id": engine.recovery().transaction_id},
        ).one()
    assert tuple(counted) == (2, 1)


def test_what_must_be_looked_up_first_is_asked_and_charged_where_it_was_declined(engine, there):
    here = engine.account().account_id
    unclear = Decline("payment_method_provider_timeout", "The bank did not answer.")
    engine.psp.script(HERE, DECLINED)
    engine.psp.script(
        THERE,
        PaymentResult(Outcome.DECLINED, "pay_there", decline=unclear),
        PaymentResult(Outcome.SUCCEEDED, "pay_at_last"),
    )
    report(engine, {there: THERE})
    engine.work_when_due()
    engine.work_when_due()
    booked = engine.psp._book("order-1", engine.attempts()[1].id, Money(5000, "INR"), THERE, PaymentStatus.DECLINED)
    booked.id = "pay_there"
    assert engine.attempts()[2].check_first
    last = engine.work_when_due()
    assert (last.status, last.psp_account_id) == ("succeeded", there)
    assert engine.payments.calls == [
        ("create_payment", here),
        ("create_payment", there),
        ("retrieve_payment", there),
        ("create_payment", there),
    ]


def test_a_method_that_is_not_saved_there_any_more_is_not_charged_there(engine, there):
    here = engine.account().account_id
    engine.psp.script(HERE, DECLINED)
    report(engine, {there: THERE})
    engine.work_when_due()
    with engine.begin() as session:
        transaction = session.get_one(Transaction, engine.recovery().transaction_id)
        transaction.payment_method = transaction.payment_method | {"tokens": {}}
    left = engine.work_when_due()
    assert (left.status, left.result_code, left.tries) == ("cancelled", "fail_over_gone", 0)
    assert engine.work_when_due().status == "succeeded"
    assert charged(engine) == [here, here]

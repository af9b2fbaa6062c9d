"""Sixty-four workers and one budget: whoever comes first, no more is charged than the rule allows."""

import threading
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from app.db.models import Attempt, RuleAttempt, Transaction
from app.db.session import Database
from app.domain.network_rules import Made
from app.services.network_rules.claim import admit_charge
from tests.factories.recoveries import DAY, HOUR, WorkerKilled

THREADS = 64
CARD = {"type": "card", "brand": "mastercard", "fingerprint": "fp_race", "token": "pm_sandbox_insufficient_funds"}


@pytest.fixture
def crowd(engine):
    """The merchant with a connection for every thread."""
    wide = Database(engine.container.settings.database_url.get_secret_value(), pool_size=THREADS)
    yield replace(engine, container=replace(engine.container, database=wide))
    wide.dispose()


def together(deeds):
    """Do these at once; return what each returned."""
    barrier, answers, failures = threading.Barrier(len(deeds)), [], []

    def run(deed):
        barrier.wait()
        try:
            answers.append(deed())
        except WorkerKilled:
            answers.append("killed")
        except Exception as error:  # noqa: BLE001  (a thread's failure must reach the test)
            failures.append(error)

    threads = [threading.Thread(target=run, args=(deed,)) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    return answers


def counted(engine):
    statement = select(func.count()).where(
        RuleAttempt.organization_id == engine.organization_id, RuleAttempt.made != Made.NOT_MADE
    )
    with engine.begin() as session:
        return session.execute(statement).scalar_one()


@pytest.fixture
def crowded(crowd):
    """Payments on one card, all to be charged again at the same time; their failures are a day old by then."""
    for n in range(THREADS):
        # Of different amounts, so that only the limit of a day is in the way.
        crowd.report(f"order-{n}", payment_method=CARD, amount=5000 + n, occurred_at=crowd.clock.now() - DAY)
    crowd.clock.advance(HOUR)
    return crowd


def test_sixty_four_workers_never_charge_a_card_more_often_than_its_rule_allows(crowded):
    claimed = crowded.sweep()
    assert len(claimed) == THREADS
    answers = together([lambda each=each: crowded.run(each) for each in claimed])
    # Mastercard counts ten declines in a day, and nobody makes more than nine.
    assert (answers.count(True), len(crowded.psp.charges), counted(crowded)) == (9, 9, 9)
    first = [crowded.attempts(f"order-{n}")[0] for n in range(THREADS)]
    refused = [attempt for attempt in first if attempt.status == "scheduled"]
    assert len(refused) == THREADS - 9
    assert {attempt.result_code for attempt in refused} == {"mc.tpe.24h"}
    assert {attempt.wake_at for attempt in refused} == {crowded.clock.now() + DAY}


def test_claims_that_are_rolled_back_give_their_part_of_the_budget_back(crowded):
    with crowded.begin() as session:
        owned = select(Attempt).where(Attempt.organization_id == crowded.organization_id)
        attempts = list(session.execute(owned).scalars())

    def claim(attempt, *, dies):
        with crowded.begin() as session:
            transaction = session.get_one(Transaction, attempt.transaction_id)
            held = admit_charge(session, attempt=attempt, transaction=transaction, now=crowded.clock.now())
            if dies:
                raise WorkerKilled
        return "refused" if held else "claimed"

    answers = together([lambda a=a, dies=n % 2 == 0: claim(a, dies=dies) for n, a in enumerate(attempts)])
    assert answers.count("killed") == THREADS / 2
    assert (answers.count("claimed"), counted(crowded)) == (9, 9)

"""The payer and the automatic retry at the same moment: one of them pays, whoever is killed on the way."""

import random
import threading

import pytest

from app.domain.errors import TinkoError
from tests.factories.recoveries import DAY, HOUR, WorkerKilled

ROUNDS = 40


def together(*deeds):
    """Do these at once; refusals and deaths are part of it."""
    barrier = threading.Barrier(len(deeds))

    def run(deed):
        barrier.wait()
        try:
            deed()
        except (TinkoError, WorkerKilled):
            return

    threads = [threading.Thread(target=run, args=(deed,)) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_a_race_of_payer_and_retry_never_leaves_two_captures(engine, payer, seed):
    dice = random.Random(seed)
    engine.report()
    issued = payer.link(ttl=DAY)
    engine.clock.advance(HOUR)
    claimed = engine.sweep()
    engine.payments.die_before = dice.choice([None, None, "create_checkout", "create_payment", "retrieve_payment"])

    def pay():
        url = payer.open(issued.token)
        if dice.random() < 0.8:
            payer.pay(url)
        payer.refresh()

    together(pay, *(lambda each=each: engine.run(each) for each in claimed))
    engine.payments.die_before = None
    for _ in range(6):
        engine.clock.advance(HOUR)
        engine.work()
        engine.settle_outbox()

    assert len(engine.psp.captures("order-1")) == 1
    assert engine.recovery().status == "recovered"
    assert [c.is_duplicate for c in engine.charges()].count(False) == 1
    assert all(c.status == "refunded" for c in engine.charges() if c.is_duplicate)

"""What makes the storm and what judges it. The storm itself, with processes that die, is too long for every day:

`python -m tests.journeys.webhook_storm --webhooks 10000`. `tests/services/reconcile/test_storm.py` is a small one.
"""

import json
import random
import re
import time
from collections import Counter
from dataclasses import replace

import pytest
import stripe

from tests.journeys.fault_injection.merchants import Shop
from tests.journeys.providers.shop import STRIPE, market
from tests.journeys.webhook_storm.courier import MOST_COPIES, Courier
from tests.journeys.webhook_storm.merchants import FATES, Sales, Till, open_shops
from tests.journeys.webhook_storm.verdict import judge
from tests.simulators.receiver import Receiver

ORDERS = 40
REFUSALS = 3


@pytest.fixture(scope="module")
def after(postgres_url, redis_url):
    """A storm that met somebody who answers 200 and writes nothing down."""
    with market(STRIPE, postgres_url, redis_url) as theirs, Receiver() as receiver:
        told = {"public_base_url": receiver.url.removesuffix("/hook")}
        container = replace(theirs, settings=theirs.settings.model_copy(update=told))
        till = Till(container.settings.stripe_api_base)
        shops = open_shops(container, STRIPE, till, 1)
        sales = Sales(till, STRIPE, shops, random.Random(4))
        sales.sell(ORDERS)
        courier = Courier(container, "stripe", shops, seed=4)
        written = courier.waiting()
        receiver.refusals = REFUSALS
        courier.start()
        deadline = time.monotonic() + 20
        while not courier.rests():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        courier.end()
        verdict = judge(container, till, shops, courier.sent, ended=False)
        yield After(shops[0], courier.sent, written, receiver.seen, verdict)
        till.close()


class After:
    def __init__(self, shop: Shop, sent, written, seen, verdict):
        self.shop, self.sent, self.written, self.seen, self.verdict = shop, sent, written, seen, verdict
        self.events = [json.loads(one.body) for one in seen]


def test_every_fate_is_among_the_orders(after):
    assert set(after.shop.tokens.values()) == set(FATES)
    assert len(after.shop.tokens) == ORDERS


def test_what_is_not_lost_arrives_once_to_three_times_and_again_where_it_was_refused(after):
    times = Counter(event["id"] for event in after.events)
    assert after.sent.written == after.written
    assert len(times) == len(after.sent.heard) == after.written - after.sent.lost
    assert after.sent.refused >= REFUSALS
    assert sum(times.values()) == after.sent.posts + after.sent.refused
    assert after.sent.posts == sum(copies * count for copies, count in after.sent.copies.items())
    assert set(after.sent.copies) == set(range(1, MOST_COPIES + 1))


def test_only_good_news_is_lost_and_about_half_of_it(after):
    good = {event["id"] for event in after.events if event["type"].endswith(("succeeded", "paid"))}
    assert len(good) == after.sent.good_news - after.sent.lost
    assert 0.25 < after.sent.lost / after.sent.good_news < 0.75


def test_it_comes_in_no_order_and_truly_signed(after):
    orders = [int(number) for one in after.seen for number in re.findall(rb'"order-([0-9]+)"', one.body)]
    assert orders != sorted(orders)
    for one in after.seen:
        header = {name.lower(): value for name, value in one.headers.items()}["stripe-signature"]
        assert stripe.WebhookSignature.verify_header(one.body.decode(), header, after.shop.webhook_secret)


def test_the_verdict_says_what_is_lost_and_which_failures_nobody_knows(after):
    heard = len(after.sent.heard)
    assert f"{heard} events were answered with 200 and are lost" in after.verdict.wrong
    assert any("failures that nobody knows" in sentence for sentence in after.verdict.wrong)
    assert after.verdict.told["events lost"] == heard

"""PayMongo's list of payments, page by page."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from app.domain.payments.port import Outcome
from app.domain.payments.problems import Problem
from tests.psp.paymongo.paymongo_replies import MADE, Answers, adapter, intent, listing, lost, ok, payment

MADE_AT = datetime.fromtimestamp(MADE, UTC)


def listed(*replies, since=MADE_AT, until=MADE_AT + timedelta(days=1), cursor=None, limit=10):
    transport = Answers(*replies)
    with adapter(transport) as psp:
        return psp.list_payments(since=since, until=until, cursor=cursor, limit=limit), transport


def test_a_list_reads_what_is_not_paid_by_its_intent_and_tells_each_payment_once():
    waits = payment("pending", "pay_2", payment_intent_id="pi_2")
    failed_before = payment("failed", "pay_4", failed_code="lost_card")
    in_flight = intent("processing") | {"id": "pi_2"}
    paid_since = intent("succeeded", payments=[payment()])
    page, asked = listed(listing(waits, failed_before, payment()), ok(in_flight), ok(paid_since))
    assert [(item.psp_payment_id, item.outcome) for item in page.items] == [
        ("pi_2", Outcome.UNKNOWN),
        ("pi_1", Outcome.SUCCEEDED),
    ]
    assert asked.asked[1:] == ["GET /v1/payment_intents/pi_2", "GET /v1/payment_intents/pi_1"]
    assert (page.next_cursor, page.error_code) == (None, None)


@pytest.mark.parametrize(
    ("reply", "problem", "transient"),
    [
        (lost(), Problem.TIMEOUT, True),
        (httpx.Response(429), Problem.RATE_LIMITED, True),
        (httpx.Response(401), Problem.CREDENTIALS_INVALID, False),
    ],
)
def test_a_list_ends_at_the_first_payment_that_cannot_be_read_and_says_why(reply, problem, transient):
    failed = payment("failed", "pay_2", failed_code="lost_card", payment_intent_id="pi_2")
    page, asked = listed(listing(payment(), failed, failed, has_more=True), reply)
    assert [item.psp_payment_id for item in page.items] == ["pi_1"]
    assert (page.next_cursor, page.error_code, page.transient) == (None, problem, transient)
    assert len(asked.seen) == 2


def test_a_payment_that_makes_no_sense_does_not_end_a_list():
    failed = payment("failed", "pay_2", failed_code="lost_card", payment_intent_id="pi_2")
    page, _ = listed(listing(failed, payment()), httpx.Response(200, json={}))
    assert [item.outcome for item in page.items] == [Outcome.UNKNOWN, Outcome.SUCCEEDED]
    assert page.error_code is None


def test_a_list_keeps_to_its_window_and_ends_where_the_window_does():
    early, late = payment(created_at=MADE - 1), payment(created_at=MADE + 86_400)
    page, asked = listed(listing(late, payment(own_id="pay_2", payment_intent_id="pi_2"), early, has_more=True))
    assert [item.psp_payment_id for item in page.items] == ["pi_2"]
    assert page.next_cursor is None
    assert dict(asked.seen[0].url.params) == {"limit": "10"}


def test_a_list_goes_on_after_the_last_payment_of_a_page_even_if_none_of_it_is_wanted():
    late = payment(created_at=MADE + 86_400)
    page, asked = listed(listing(late, has_more=True), cursor="pay_0", limit=500)
    assert (page.items, page.next_cursor) == ((), "pay_1")
    assert dict(asked.seen[0].url.params) == {"limit": "25", "after": "pay_0"}


@pytest.mark.parametrize(
    ("reply", "problem", "transient"),
    [
        (lost(), Problem.TIMEOUT, True),
        (httpx.Response(429), Problem.RATE_LIMITED, True),
        (httpx.Response(200, json={"data": None}), Problem.MALFORMED_REPLY, True),
        (httpx.Response(401), Problem.CREDENTIALS_INVALID, False),
    ],
)
def test_a_list_that_cannot_be_read_says_why(reply, problem, transient):
    page, _ = listed(reply)
    assert (page.items, page.next_cursor) == ((), None)
    assert (page.error_code, page.transient) == (problem, transient)

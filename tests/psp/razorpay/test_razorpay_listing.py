"""Lists: Razorpay's are newest first and counted, ours are oldest first and each payment is in them once."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.payments.problems import Problem
from app.psp.razorpay.listing import MOST_READS
from tests.psp.razorpay.razorpay_far_side import NOW, ORDER, STAMP, FarSide, error, items, order, payment

DAY = timedelta(days=1)


def account(*seconds, to_is_in=True):
    """An account with payments made so many seconds after NOW."""
    made = [payment(id=f"pay_{number}", created_at=STAMP + after) for number, after in enumerate(seconds)]
    far = FarSide()

    def answer(asked):
        start, end = int(asked.params["from"]), int(asked.params["to"]) + to_is_in
        count, skip = int(asked.params["count"]), int(asked.params["skip"])
        found = [each for each in made if start <= each["created_at"] < end]
        found.sort(key=lambda each: (each["created_at"], each["id"]), reverse=True)
        return items(*found[skip : skip + count])

    far["GET /payments"] = answer
    return far


def read(far, *, since=NOW, until=NOW + DAY, limit=3):
    adapter, cursor, found = far.adapter(), None, []
    while True:
        page = adapter.list_payments(since=since, until=until, cursor=cursor, limit=limit)
        assert page.error_code is None
        assert len(page.items) <= limit
        found.append([item.psp_payment_id for item in page.items])
        cursor = page.next_cursor
        if cursor is None:
            return found


def test_a_list_that_fits_is_one_call():
    far = account(5, 1, 3)
    assert read(far, limit=4) == [["pay_1", "pay_2", "pay_0"]]
    assert far.asked[0].params == {
        "from": str(STAMP),
        "to": str(STAMP + 86_400),
        "count": "4",
        "skip": "0",
        "expand[]": "card",
    }


def test_nothing_is_one_empty_page():
    assert read(account()) == [[]]
    assert read(account(), until=NOW) == [[]]


@pytest.mark.parametrize("to_is_in", [True, False])
@given(seconds=st.lists(st.integers(-5, 90_000), max_size=25), limit=st.integers(1, 7))
@settings(max_examples=30, deadline=None)
def test_every_payment_of_the_window_is_listed_once_and_in_order(to_is_in, seconds, limit):
    far = account(*seconds, to_is_in=to_is_in)
    listed = [one for page in read(far, limit=limit) for one in page]
    assert sorted(listed) == sorted(f"pay_{number}" for number, after in enumerate(seconds) if 0 <= after < 86_400)
    moments = [seconds[int(one.removeprefix("pay_"))] for one in listed]
    assert all(earlier <= later for earlier, later in pairwise(moments))


def test_a_second_with_more_payments_than_a_page_is_paged_through():
    far = account(*[7] * 10)
    assert sorted(one for page in read(far, limit=3) for one in page) == [f"pay_{number}" for number in range(10)]


def test_a_page_that_would_take_too_many_calls_ends_empty_and_is_gone_on_with():
    far = account(*[1] * 90)
    found = read(far, limit=1)
    assert sorted(one for page in found for one in page) == sorted(f"pay_{number}" for number in range(90))
    assert found[0] == []


def test_one_page_asks_no_more_than_so_often():
    far = account(*range(0, 80_000, 500))
    adapter, cursor, most = far.adapter(), None, 0
    for _ in range(200):
        before = len(far.asked)
        page = adapter.list_payments(
            since=datetime(2020, 1, 1, tzinfo=UTC), until=NOW + 1000 * DAY, cursor=cursor, limit=2
        )
        most, cursor = max(most, len(far.asked) - before), page.next_cursor
        if cursor is None:
            break
    assert cursor is None
    assert most <= MOST_READS


@pytest.mark.parametrize(
    ("answer", "problem", "transient"),
    [
        ((401, error("Authentication failed")), Problem.CREDENTIALS_INVALID, False),
        ((429, error("slow down"), {"retry-after": "4"}), Problem.RATE_LIMITED, True),
        ((500, b""), Problem.PROVIDER_ERROR, True),
        ((200, {}), Problem.MALFORMED_REPLY, True),
        (httpx.ReadTimeout("slow"), Problem.TIMEOUT, True),
        (httpx.ConnectError("nobody"), Problem.UNREACHABLE, True),
    ],
)
def test_a_list_that_cannot_be_read_says_why(answer, problem, transient):
    far = FarSide()
    far["GET /payments"] = answer
    page = far.adapter().list_payments(since=NOW, until=NOW + DAY, cursor=None, limit=10)
    assert (page.items, page.next_cursor, page.error_code, page.transient) == ((), None, problem, transient)
    assert page.retry_after == (timedelta(seconds=4) if problem is Problem.RATE_LIMITED else None)


def test_a_payment_in_a_list_tells_what_its_order_and_its_subscription_know():
    far = FarSide()
    far["GET /payments"] = items(payment("failed", notes=[], invoice_id="inv_1"))
    far[f"GET /orders/{ORDER}"] = order(notes={"order_id": "shop-9"})
    far["GET /invoices/inv_1"] = {"id": "inv_1", "order_id": ORDER, "subscription_id": "sub_1"}
    far["GET /subscriptions/sub_1"] = {"id": "sub_1", "status": "pending", "charge_at": None}
    (item,) = far.adapter().list_payments(since=NOW, until=NOW + DAY, cursor=None, limit=10).items
    assert (item.facts.transaction_ref, item.facts.native_retry_at) == ("shop-9", NOW + DAY)


@pytest.mark.parametrize(("answer", "problem"), [((500, b""), "provider_error"), ((429, b"{}"), "rate_limited")])
def test_a_list_whose_payments_cannot_be_completed_is_read_again(answer, problem):
    far = FarSide()
    far["GET /payments"] = items(payment(), payment("failed", id="pay_A2", notes=[]))
    far[f"GET /orders/{ORDER}"] = answer
    page = far.adapter().list_payments(since=NOW, until=NOW + DAY, cursor=None, limit=10)
    assert (page.items, page.next_cursor, page.error_code, page.transient) == ((), None, problem, True)


@pytest.mark.parametrize("cursor", ["", "x", "1:0:0", "1:2", "-1:2:3", "1:2:3:4", "9" * 40])
def test_a_cursor_of_somebody_elses_is_refused(cursor):
    far = FarSide()
    page = far.adapter().list_payments(since=NOW, until=NOW + DAY, cursor=cursor, limit=10)
    assert (page.items, page.error_code, page.transient) == ((), Problem.REQUEST_INVALID, False)
    assert far.asked == []

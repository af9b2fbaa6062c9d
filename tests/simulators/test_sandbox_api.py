"""The sandbox behaves like a provider: keys are honoured, books are kept, accounts do not see each other."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.simulators.sandbox_server import STALL_SECONDS, running_sandbox


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer nonsense", "Bearer sbx_short", "Basic sbx_aaaaaaaaaaaa"])
def test_a_key_that_is_none_is_refused(accounts, header):
    reply = accounts().client.get("/v1/account", headers={"authorization": header} if header else {})
    assert (reply.status_code, reply.json()["error"]["code"]) == (401, "unauthorized")


def test_a_new_key_is_an_account_at_its_first_use_also_when_used_in_parallel(account):
    with ThreadPoolExecutor(8) as pool:
        seen = {account("GET", "/v1/account").json()["id"] for _ in pool.map(lambda _: None, range(8))}
        seen |= {r.json()["id"] for r in pool.map(lambda _: account("GET", "/v1/account"), range(16))}
    assert len(seen) == 1


def test_a_payment_shows_what_was_asked_and_what_became_of_it(account):
    reply = account(
        "POST",
        "/v1/payments",
        key="att_1",
        json={
            "reference": "order-1",
            "amount": 5000,
            "currency": "INR",
            "method_token": "pm_sandbox_ok",
            "metadata": {"attempt_id": "att_1", "other": "ignored"},
        },
    )
    assert reply.status_code == 201
    body = reply.json()
    assert (body["status"], body["amount"], body["currency"], body["reference"]) == ("captured", 5000, "INR", "order-1")
    assert (body["metadata"], body["idempotency_key"]) == ({"attempt_id": "att_1"}, "att_1")
    assert "idempotent-replayed" not in reply.headers
    assert account("GET", f"/v1/payments/{body['id']}").json() == body


def test_a_decline_is_a_402_with_the_codes_of_the_issuer(account):
    reply = account.pay("pm_sandbox_hard_decline")
    assert reply.status_code == 402
    assert (reply.json()["decline_code"], reply.json()["network_decline_code"]) == ("lost_card", "41")


def test_the_same_key_and_body_replays_the_first_answer_even_after_a_refund(account):
    first = account.pay(key="k1")
    account("POST", f"/v1/payments/{first.json()['id']}/refunds", key="r1", json={})
    again = account.pay(key="k1")
    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["idempotent-replayed"] == "true"
    assert account.charges() == [("refunded", 5000)]


def test_the_same_key_with_another_body_is_refused(account):
    account.pay(key="k1")
    reply = account.pay(key="k1", amount=1)
    assert (reply.status_code, reply.json()["error"]["code"]) == (422, "idempotency_key_reused")
    assert account.charges() == [("captured", 0)]


def test_a_key_that_is_still_running_is_a_409(account, books):
    number = account("GET", "/v1/account").json()["id"].removeprefix("acct_")
    with books.transaction():
        books.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"payment:{number}:k1"])
        reply = account.pay(key="k1")
    assert (reply.status_code, reply.json()["error"]["code"]) == (409, "idempotency_in_progress")
    assert reply.headers["retry-after"] == "1"
    assert account.pay(key="k1").status_code == 201


def test_parallel_posts_to_two_processes_make_one_payment(account, books_url, sandbox_url):
    with running_sandbox(books_url, webhook_threads=0) as second, ThreadPoolExecutor(8) as pool:
        body = {"reference": "order-1", "amount": 5000, "currency": "INR", "method_token": "pm_sandbox_ok"}

        def post(number):
            base = second if number % 2 else sandbox_url
            return account("POST", f"{base}/v1/payments", key="k1", json=body)

        replies = list(pool.map(post, range(24)))
    assert {reply.status_code for reply in replies} <= {201, 409}
    assert len({reply.json()["id"] for reply in replies if reply.status_code == 201}) == 1
    assert account.charges() == [("captured", 0)]


def test_declines_before_a_recovery_are_counted_per_reference_also_in_parallel(account):
    with ThreadPoolExecutor(6) as pool:
        replies = list(pool.map(lambda _: account.pay("pm_sandbox_recovers_on_4"), range(6)))
    assert sorted(reply.status_code for reply in replies) == [201, 201, 201, 402, 402, 402]
    assert account.pay("pm_sandbox_recovers_on_4", reference="order-2").status_code == 402
    assert account.pay("pm_sandbox_recovers_on_1", reference="order-3").status_code == 201


@pytest.mark.parametrize(
    ("token", "status", "code", "retry_after"),
    [
        ("pm_sandbox_rate_limited", 429, "rate_limited", "2"),
        ("pm_sandbox_down", 503, "service_unavailable", None),
    ],
)
def test_refusals_book_nothing_and_use_no_key_up(account, token, status, code, retry_after):
    reply = account.pay(token, key="k1")
    assert (reply.status_code, reply.json()["error"]["code"]) == (status, code)
    assert reply.headers.get("retry-after") == retry_after
    assert account.charges() == []
    assert account.pay(key="k1").status_code == 201


def test_stalled_callers_do_not_hold_up_others_nor_connections(account):
    with ThreadPoolExecutor(24) as pool:
        begun = time.monotonic()
        stalled = [
            pool.submit(account.pay, token, reference=f"order-{number}")
            for number in range(10)
            for token in ("pm_sandbox_timeout_charged", "pm_sandbox_timeout_not_charged")
        ]
        time.sleep(0.3)
        assert account.pay(reference="quick").status_code == 201
        quick = time.monotonic() - begun
        statuses = sorted(future.result().status_code for future in stalled)
    assert quick < STALL_SECONDS
    assert statuses == [201] * 10 + [504] * 10
    assert account.charges("order-3") == [("captured", 0)]


def test_a_sandbox_without_a_free_connection_says_so_before_it_books_anything(account, books, books_url):
    number = account("GET", "/v1/account").json()["id"].removeprefix("acct_")
    small = running_sandbox(books_url, webhook_threads=0, pool_size=1, pool_wait_seconds=0.3)
    with small as base, ThreadPoolExecutor(1) as pool:
        body = {"reference": "order-1", "amount": 1, "currency": "INR", "method_token": "pm_sandbox_recovers_on_2"}
        with books.transaction():
            books.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"reference:{number}:order-1"])
            waiting = pool.submit(account, "POST", f"{base}/v1/payments", key="k1", json=body)
            time.sleep(0.5)
            reply = account("POST", f"{base}/v1/payments", key="k2", json=body)
        assert waiting.result().status_code == 402
    assert (reply.status_code, reply.json()["error"]["code"]) == (503, "service_unavailable")
    assert account.charges() == [("declined", 0)]


def test_a_pending_payment_is_captured_at_the_second_read(account):
    payment = account.pay("pm_sandbox_pending").json()
    path = f"/v1/payments/{payment['id']}"
    assert account.charges() == [("pending", 0)]
    assert [account("GET", path).json()["status"] for _ in range(3)] == ["pending", "captured", "captured"]


def test_what_waits_for_the_payer_is_pending_in_the_books(account):
    account.pay("pm_sandbox_requires_action")
    assert account.charges() == [("pending", 0)]


def test_the_books_are_listed_page_by_page_oldest_first(account):
    for number in range(5):
        account.pay(reference="order-1", amount=number + 1)
    account.pay(reference="order-2")
    amounts, cursor = [], None
    while True:
        params = {"reference": "order-1", "limit": 2} | ({"cursor": cursor} if cursor else {})
        page = account("GET", "/v1/charges", params=params).json()
        assert len(page["items"]) <= 2
        amounts += [item["amount"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert amounts == [1, 2, 3, 4, 5]
    (item,) = account("GET", "/v1/charges", params={"reference": "order-2"}).json()["items"]
    assert sorted(item) == ["amount", "created_at", "currency", "id", "refunded_amount", "status", "transaction_ref"]
    assert len(account("GET", "/v1/charges").json()["items"]) == 6


def test_a_look_up_by_reference_and_key_takes_both_into_account(account):
    account.pay(key="k1", reference="order-1")
    found = account("GET", "/v1/payments", params={"idempotency_key": "k1", "reference": "order-1"})
    assert len(found.json()["items"]) == 1
    other = account("GET", "/v1/payments", params={"idempotency_key": "k1", "reference": "order-2"})
    assert other.json() == {"items": [], "next_cursor": None}


def test_accounts_do_not_see_each_other(accounts):
    one, other = accounts(), accounts()
    payment = one.pay(key="k1").json()["id"]
    assert other("GET", f"/v1/payments/{payment}").status_code == 404
    assert other("POST", f"/v1/payments/{payment}/refunds", key="r1", json={}).status_code == 404
    assert other("GET", "/v1/payments", params={"idempotency_key": "k1"}).json()["items"] == []
    assert other.charges() == []
    assert other.pay(key="k1").headers.get("idempotent-replayed") is None


def test_refunds_in_parallel_never_give_back_more_than_was_captured(account):
    payment = account.pay().json()["id"]
    with ThreadPoolExecutor(8) as pool:
        replies = list(
            pool.map(
                lambda n: account("POST", f"/v1/payments/{payment}/refunds", key=f"r{n}", json={"amount": 2000}),
                range(8),
            )
        )
    assert sorted(reply.status_code for reply in replies) == [201, 201, *[422] * 6]
    assert account.charges() == [("captured", 4000)]
    last = account("POST", f"/v1/payments/{payment}/refunds", key="rest", json={})
    assert last.json()["amount"] == 1000
    replay = account("POST", f"/v1/payments/{payment}/refunds", key="rest", json={})
    assert (replay.json(), replay.headers["idempotent-replayed"]) == (last.json(), "true")
    assert account.charges() == [("refunded", 5000)]


GOOD = {"reference": "order-1", "amount": 5000, "currency": "INR", "method_token": "pm_sandbox_ok"}


@pytest.mark.parametrize(
    "change",
    [
        {"amount": 0},
        {"amount": -1},
        {"amount": 1.5},
        {"amount": "5000"},
        {"amount": True},
        {"amount": 10**16},
        {"currency": "inr"},
        {"currency": "RUPEE"},
        {"reference": ""},
        {"reference": "a" * 129},
        {"reference": "a\x00b"},
        {"reference": None},
        {"method_token": "\x00"},
        {"metadata": {"attempt_id": "a\nb"}},
    ],
)
def test_a_wrong_body_is_a_422_and_books_nothing(account, change):
    reply = account("POST", "/v1/payments", key="k1", json=GOOD | change)
    assert (reply.status_code, reply.json()["error"]["code"]) == (422, "invalid_request")
    assert account.charges() == []


@pytest.mark.parametrize("key", [None, "", "a" * 256, "a b"])
def test_a_post_needs_a_usable_key(account, key):
    assert account("POST", "/v1/payments", key=key, json=GOOD).status_code == 422


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v1/payments/pay_nobody", 404),
        ("/v1/payments/%00", 422),
        ("/v1/checkout_sessions/cs_nobody", 404),
        ("/v1/charges?limit=0", 422),
        ("/v1/charges?limit=101", 422),
        ("/v1/charges?cursor=abc", 422),
        ("/v1/charges?cursor=99999999999999999999", 422),
        ("/v1/charges?reference=%00", 422),
        ("/checkout/cs_nobody", 404),
        ("/healthz", 200),
    ],
)
def test_strange_reads_are_never_a_500(account, path, status):
    assert account("GET", path).status_code == status

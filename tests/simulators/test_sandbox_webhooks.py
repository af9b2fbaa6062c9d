"""The sandbox's webhooks: signed, retried, and as unruly as they are told to be."""

import json
from datetime import UTC, datetime

import pytest

from app.psp.sandbox import webhook
from app.simulators.sandbox.sender import BACKOFF_CAP_SECONDS, backoff
from tests.simulators.sandbox_server import running_sandbox


def events(received):
    return [(json.loads(r.body)["type"], json.loads(r.body)["data"]["payment"]["reference"]) for r in received]


def stamp_of(received):
    header = {name.lower(): value for name, value in received.headers.items()}["sandbox-signature"]
    return datetime.fromtimestamp(int(header.partition("=")[2].partition(",")[0]), UTC)


def test_every_change_is_told_with_a_signature_that_tinko_accepts(account, receiver):
    account.webhooks_to(receiver.url)
    paid = account.pay().json()
    account.pay("pm_sandbox_insufficient_funds", reference="order-2")
    account.pay("pm_sandbox_requires_action", reference="order-3")
    account.pay("pm_sandbox_pending", reference="order-4")
    account("POST", f"/v1/payments/{paid['id']}/refunds", key="r1", json={})
    received = receiver.wait_for(4)
    assert sorted(events(received)) == [
        ("payment.captured", "order-1"),
        ("payment.declined", "order-2"),
        ("payment.refunded", "order-1"),
        ("payment.requires_action", "order-3"),
    ]
    for one in received:
        webhook.verify(headers=one.headers, body=one.body, secrets=["webhook-secret"], now=stamp_of(one))
    captured = next(webhook.parse(one.body) for one in received if b"payment.captured" in one.body)
    assert (captured.type, captured.psp_payment_id, captured.transaction_ref) == (
        "payment.captured",
        paid["id"],
        "order-1",
    )
    assert len({webhook.parse(one.body).event_id for one in received}) == 4


def test_a_payment_that_settles_later_is_told_then(account, receiver):
    account.webhooks_to(receiver.url)
    payment = account.pay("pm_sandbox_pending").json()["id"]
    for _ in range(2):
        account("GET", f"/v1/payments/{payment}")
    assert events(receiver.wait_for(1)) == [("payment.captured", "order-1")]


def test_a_charge_that_timed_out_is_told_too(account, receiver):
    account.webhooks_to(receiver.url)
    account.pay("pm_sandbox_timeout_charged")
    assert events(receiver.wait_for(1)) == [("payment.captured", "order-1")]


def test_doubled_webhooks_come_twice_with_one_event_id(account, receiver):
    account.webhooks_to(receiver.url, double=True)
    account.pay()
    first, second = receiver.wait_for(2)
    assert first.body == second.body


def test_reordered_webhooks_come_in_another_order_and_none_is_lost(account, receiver):
    account.webhooks_to(receiver.url, reorder=True)
    references = [f"order-{number}" for number in range(4)]
    for reference in references:
        account.pay(reference=reference)
    came = [reference for _, reference in events(receiver.wait_for(4))]
    assert sorted(came) == references
    assert came != references


def test_delayed_webhooks_come_later(account, receiver, books):
    account.webhooks_to(receiver.url, delay_seconds=3600)
    account.pay()
    row = books.execute(
        "SELECT d.status, d.due_at - p.created_at FROM sandbox_psp.deliveries d"
        " JOIN sandbox_psp.payments p USING (account_id) JOIN sandbox_psp.accounts a ON a.id = d.account_id"
        " WHERE a.api_key = %s",
        [account.key],
    ).fetchone()
    assert row[0] == "waiting"
    assert 3590 < row[1].total_seconds() < 3610
    assert receiver.seen == []


def test_dropped_webhooks_are_written_down_and_never_sent(account, receiver):
    account.webhooks_to(receiver.url, drop=True)
    account.pay(reference="dropped")
    account.webhooks_to(receiver.url)
    account.pay(reference="sent")
    assert events(receiver.wait_for(1)) == [("payment.captured", "sent")]


def test_a_refused_webhook_is_sent_again_with_the_same_event_id(account, receiver):
    account.webhooks_to(receiver.url)
    receiver.refusals = 2
    account.pay()
    assert len({one.body for one in receiver.wait_for(3)}) == 1


def test_what_a_killed_process_had_claimed_is_sent_by_another(account, receiver, books):
    account.webhooks_to(receiver.url, delay_seconds=3600)
    account.pay()
    # As a killed sender leaves it: claimed once, never finished, its lease over.
    books.execute(
        "UPDATE sandbox_psp.deliveries SET attempts = 1, due_at = clock_timestamp()"
        " WHERE account_id = (SELECT id FROM sandbox_psp.accounts WHERE api_key = %s)",
        [account.key],
    )
    assert events(receiver.wait_for(1)) == [("payment.captured", "order-1")]


def test_what_was_written_while_no_sender_ran_is_sent_by_the_next(account, receiver, books_url):
    account.webhooks_to(receiver.url)
    body = {"reference": "order-1", "amount": 1, "currency": "INR", "method_token": "pm_sandbox_ok"}
    with running_sandbox(books_url, webhook_threads=0) as silent:
        assert account("POST", f"{silent}/v1/payments", key="k1", json=body).status_code == 201
    assert events(receiver.wait_for(1)) == [("payment.captured", "order-1")]


def test_a_receiver_that_never_answers_is_given_up_after_a_bounded_number_of_tries(account, books):
    account.webhooks_to("http://127.0.0.1:1/nobody")
    account.pay()
    number = "(SELECT id FROM sandbox_psp.accounts WHERE api_key = %s)"
    books.execute(
        f"UPDATE sandbox_psp.deliveries SET attempts = 11, due_at = clock_timestamp() WHERE account_id = {number}",
        [account.key],
    )
    import time

    deadline, status = time.monotonic() + 10, "waiting"
    while status == "waiting" and time.monotonic() < deadline:
        time.sleep(0.05)
        (status,) = books.execute(
            f"SELECT status FROM sandbox_psp.deliveries WHERE account_id = {number}", [account.key]
        ).fetchone()
    assert status == "dead"


def test_the_waits_between_tries_double_up_to_a_cap():
    assert [backoff(attempts) for attempts in (1, 2, 3, 4)] == [0.5, 1.0, 2.0, 4.0]
    assert backoff(10_000) == BACKOFF_CAP_SECONDS


@pytest.mark.parametrize(
    "change",
    [
        {"url": "ftp://a.test/x"},
        {"url": "file:///etc/passwd"},
        {"url": "http://"},
        {"url": "http://["},
        {"url": "/hook"},
        {"secret": "short"},
        {"secret": "with space 123"},
        {"delay_seconds": -1},
        {"delay_seconds": 1e9},
    ],
)
def test_a_wrong_endpoint_is_refused(account, change):
    body = {"url": "http://127.0.0.1:1/", "secret": "webhook-secret"} | change
    assert account("PUT", "/v1/webhook_endpoint", json=body).status_code == 422

"""Failure events over HTTP: accepted once, refused with a pointer, and never lost."""

import secrets
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import httpx
import pytest

from app.bootstrap import Container
from tests.factories.identity import Merchant

URL = "/v1/events/payment_failed"


def event(**fields) -> dict:
    return {
        "transaction_ref": f"order-{secrets.token_hex(6)}",
        "amount": 5000,
        "currency": "INR",
        "gateway": "stripe",
        "failure_reason": "insufficient_funds",
        "payment_method": {"type": "card", "token": "pm_sandbox_ok"},
    } | fields


def post(client: httpx.Client, merchant: Merchant, body: dict, **headers) -> httpx.Response:
    return client.post(URL, json=body, headers=merchant.headers | headers)


def pointers(answer: httpx.Response) -> list[str]:
    return [each["pointer"] for each in answer.json()["errors"]]


def test_a_failure_is_stored_understood_and_its_first_retry_planned(client, merchant, container: Container):
    answer = post(client, merchant, event(transaction_ref="abc"))

    assert answer.status_code == 201, answer.text
    body = answer.json()
    assert body["transaction_ref"] == "abc"
    assert (body["category"], body["hardness"], body["reason"]) == ("funds", "soft", "insufficient_funds")
    assert body["recovery"]["status"] == "open"
    assert body["recovery"]["next_attempt_kind"] == "charge"
    received_at = datetime.fromisoformat(body["received_at"])
    assert datetime.fromisoformat(body["recovery"]["next_attempt_at"]) == received_at + timedelta(minutes=60)
    assert received_at == container.clock.now()


def test_a_second_failure_extends_the_same_recovery(client, merchant):
    first = post(client, merchant, event(transaction_ref="twice")).json()
    second = post(client, merchant, event(transaction_ref="twice", failure_reason="do_not_honor")).json()

    assert second["id"] != first["id"]
    assert second["recovery"] == first["recovery"]
    events = client.get("/v1/events/by_ref/twice", headers=merchant.headers).json()["items"]
    assert [each["id"] for each in events] == [second["id"], first["id"]]


def test_a_hard_failure_takes_the_planned_charge_back_and_asks_the_payer(client, merchant):
    post(client, merchant, event(transaction_ref="hard"))
    second = post(client, merchant, event(transaction_ref="hard", failure_reason="stolen_card")).json()

    assert second["hardness"] == "hard"
    assert second["recovery"]["next_attempt_kind"] == "link"
    recovery = client.get(f"/v1/recoveries/{second['recovery']['id']}", headers=merchant.headers).json()
    assert [(a["kind"], a["status"]) for a in recovery["attempts"]] == [("charge", "cancelled"), ("link", "scheduled")]


@pytest.mark.parametrize(
    "tokens",
    [{"psp_1": "pm_2", "razorpay": {"token": "t", "psp_customer_id": "c"}}, {}, None, "pm_2", 7, ["a"], {"a": 1}],
)
def test_whatever_is_said_of_where_else_a_method_is_saved_no_report_is_refused_for_it(client, merchant, tokens):
    method = {"type": "card", "token": "pm_sandbox_ok", "tokens": tokens}
    answer = post(client, merchant, event(payment_method=method))
    assert answer.status_code == 201, answer.text
    assert answer.json()["recovery"]["next_attempt_kind"] == "charge"


def test_a_failure_without_a_saved_method_asks_the_payer(client, merchant):
    body = event()
    del body["payment_method"]
    answer = post(client, merchant, body).json()

    assert answer["recovery"]["next_attempt_kind"] == "link"


def test_fifty_parallel_posts_of_one_key_make_one_event_and_fifty_equal_answers(client, merchant):
    body = event()

    def send(_: int) -> httpx.Response:
        return post(client, merchant, body, **{"Idempotency-Key": "one-key"})

    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(send, range(50)))

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert sum("Idempotent-Replayed" not in answer.headers for answer in answers) == 1
    listed = client.get(f"/v1/events/by_ref/{body['transaction_ref']}", headers=merchant.headers).json()["items"]
    assert len(listed) == 1


def test_a_key_with_another_body_is_refused_and_leaves_no_trace(client, merchant):
    body = event()
    post(client, merchant, body, **{"Idempotency-Key": "k"})
    answer = post(client, merchant, body | {"amount": 5001}, **{"Idempotency-Key": "k"})

    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"currency": "XXQ"}, "/currency"),
        ({"amount": -1}, "/amount"),
        ({"amount": 0}, "/amount"),
        ({"amount": 10.5}, "/amount"),
        ({"amount": "5000"}, "/amount"),
        ({"amount": 10**18}, "/amount"),
        ({"amount": None}, "/amount"),
        ({"currency": None}, "/currency"),
        ({"transaction_ref": ""}, "/transaction_ref"),
        ({"transaction_ref": "x" * 129}, "/transaction_ref"),
        ({"occurred_at": "yesterday"}, "/occurred_at"),
        ({"occurred_at": "0001-01-01T00:00:00+14:00"}, "/occurred_at"),
        ({"payment_method": {"type": "barter"}}, "/payment_method/type"),
    ],
)
def test_what_is_wrong_is_refused_with_a_pointer(client, merchant, fields, pointer):
    answer = post(client, merchant, event(**fields))

    assert answer.status_code == 422, answer.text
    assert pointer in pointers(answer)


@pytest.mark.parametrize("batch", ["", "/batch"])
def test_a_number_of_more_than_64_bits_is_no_reason_to_refuse_a_report(client, merchant, batch):
    method = {"type": "card", "token": "pm_sandbox_ok", "tokens": 2**64, "exp_year": -(2**63) - 1}
    body = event(metadata={"n": 2**64, "deep": [{"n": 10**30}], "fine": 2**63}, payment_method=method, order=10**20)
    path = f"/v1/events/payment_failed{batch}"
    answer = client.post(path, json=[body] if batch else body, headers=merchant.headers)
    assert answer.status_code == (200 if batch else 201), answer.text
    params = {"transaction_ref": body["transaction_ref"]}
    (stored,) = client.get("/v1/events", params=params, headers=merchant.headers).json()["items"]
    assert stored["metadata"]["fine"] == 2**63
    assert stored["metadata"]["n"] == pytest.approx(2**64)
    assert stored["metadata"]["deep"] == [{"n": 10**30}]
    again = client.post(path, json=[body] if batch else body, headers=merchant.headers)  # on top of what is stored
    assert again.status_code == answer.status_code, again.text
    assert len(client.get("/v1/events", params=params, headers=merchant.headers).json()["items"]) == 2


def test_metadata_may_have_sixteen_kilobytes(client, merchant):
    assert post(client, merchant, event(metadata={"a": "x" * 16_000})).status_code == 201
    assert post(client, merchant, event(metadata={"a": "x" * 17_000})).status_code == 422


def test_messy_reports_are_understood(client, merchant):
    answer = post(
        client,
        merchant,
        event(gateway=" STRIPE ", currency="inr", occurred_at="2026-11-20T10:00:00", cart={"id": 7}, metadata={"a": 1}),
    )

    assert answer.status_code == 201, answer.text
    stored = client.get(f"/v1/events/{answer.json()['id']}", headers=merchant.headers).json()
    assert (stored["gateway"], stored["currency"]) == ("stripe", "INR")
    assert stored["metadata"] == {"cart": {"id": 7}, "a": 1}
    assert datetime.fromisoformat(stored["occurred_at"]) == datetime.fromisoformat("2026-11-20T10:00:00+00:00")


def test_the_currency_of_a_transaction_never_changes(client, merchant):
    post(client, merchant, event(transaction_ref="c"))
    answer = post(client, merchant, event(transaction_ref="c", currency="USD"))

    assert answer.status_code == 422
    assert pointers(answer) == ["/currency"]


def test_the_amount_of_an_open_transaction_may_change(client, merchant):
    first = post(client, merchant, event(transaction_ref="a")).json()
    post(client, merchant, event(transaction_ref="a", amount=4000))

    recovery = client.get(f"/v1/recoveries/{first['recovery']['id']}", headers=merchant.headers).json()
    assert recovery["amount"] == 4000


def test_a_later_report_needs_no_amount(client, merchant):
    post(client, merchant, event(transaction_ref="later"))
    body = event(transaction_ref="later")
    del body["amount"], body["currency"]

    assert post(client, merchant, body).status_code == 201


def test_a_batch_answers_for_each_item_and_one_bad_item_rejects_no_other(client, merchant):
    good, keyed = event(), event(idempotency_key="batch-key")
    items = [good, event(amount=-5), "no object", keyed, keyed, keyed | {"amount": 6000}, event(metadata={"x": "\0"})]
    answer = client.post(f"{URL}/batch", json=items, headers=merchant.headers)

    assert answer.status_code == 200, answer.text
    body = answer.json()
    statuses = [each["status"] for each in body["results"]]
    assert statuses == ["accepted", "rejected", "rejected", "accepted", "replayed", "rejected", "rejected"]
    assert (body["accepted"], body["replayed"], body["rejected"]) == (2, 1, 4)
    assert body["results"][1]["problem"]["errors"][0]["pointer"] == "/amount"
    assert body["results"][3]["id"] == body["results"][4]["id"]
    assert body["results"][5]["problem"]["code"] == "idempotency_key_reused"


def test_a_batch_may_come_as_lines(client, merchant):
    lines = b'{"transaction_ref":"l1","amount":1,"currency":"JPY","gateway":"x","failure_reason":"y"}\n\nnot json\n'
    headers = merchant.headers | {"Content-Type": "application/x-ndjson"}
    body = client.post(f"{URL}/batch", content=lines, headers=headers).json()

    assert [each["status"] for each in body["results"]] == ["accepted", "rejected"]


def test_a_batch_of_one_transaction_keeps_its_order(client, merchant):
    items = [event(transaction_ref="row", amount=amount) for amount in (100, 200, 300)]
    answer = client.post(f"{URL}/batch", json=items, headers=merchant.headers).json()

    assert answer["accepted"] == 3
    recovery = client.get("/v1/recoveries/by_ref/row", headers=merchant.headers).json()
    assert recovery["amount"] == 300
    assert len(recovery["attempts"]) == 1


def test_too_many_items_are_refused_whole(client, merchant):
    lines = b"{}\n" * 10_001
    headers = merchant.headers | {"Content-Type": "application/x-ndjson"}

    answer = client.post(f"{URL}/batch", content=lines, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (413, "batch_too_large")


def test_an_event_of_another_organization_is_not_there(client, cast, merchant):
    event_id = post(client, merchant, event()).json()["id"]

    assert client.get(f"/v1/events/{event_id}", headers=cast.outsider.headers).status_code == 404


def test_unknown_codes_are_counted(client, merchant, container):
    for _ in range(3):
        post(client, merchant, event(gateway="acme", failure_reason="flux_capacitor_empty"))

    from app.db.queries.events import list_unknown_codes

    with container.database.begin() as session:
        (code,) = list_unknown_codes(session, organization_id=merchant.id, limit=10)
        assert (code.gateway, code.code, code.count) == ("acme", "flux_capacitor_empty", 3)
    assert "tinko_unknown_codes_total 0" not in client.get("/metrics").text

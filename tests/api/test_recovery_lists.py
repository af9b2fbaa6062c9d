"""Lists of recoveries: filters, search, counts, and what a recovery's page shows."""

import secrets
from datetime import timedelta

import pytest

from app.domain.ids import RECOVERY, first_id
from tests.factories.identity import make_api_key

LIST = "/v1/recoveries"


def report(client, who, ref, **facts):
    """Report a failure, and return the recovery's id."""
    body = {
        "transaction_ref": ref,
        "amount": 5000,
        "currency": "INR",
        "gateway": "sandbox",
        "failure_reason": "insufficient_funds",
        "payment_method": {"type": "card", "token": "pm_sandbox_ok"},
        **facts,
    }
    answer = client.post("/v1/events/payment_failed", json=body, headers=who.headers)
    assert answer.status_code == 201, answer.text
    return answer.json()["recovery"]["id"]


def found(client, who, **params):
    """Return the references that a list shows, the newest first, after checking its count."""
    answer = client.get(LIST, params=params, headers=who.headers)
    assert answer.status_code == 200, answer.text
    refs = [item["transaction_ref"] for item in answer.json()["items"]]
    count = client.get(f"{LIST}/count", params=params, headers=who.headers).json()
    assert count == {"count": len(refs), "exact": True, "shown": str(len(refs))}
    return refs


@pytest.fixture
def three(client, merchant):
    """Three recoveries that differ in everything."""
    return {
        "a_1": report(client, merchant, "a_1", amount=100, customer={"ref": "cus_A", "email": "Asha@Example.com"}),
        "a%1": report(client, merchant, "a%1", amount=200, failure_reason="lost_card", psp_payment_id="pay_2"),
        "ab1": report(client, merchant, "ab1", amount=300, currency="JPY", gateway="stripe", customer={"ref": "cus_B"}),
    }


@pytest.mark.parametrize(
    ("params", "refs"),
    [
        ({}, ["ab1", "a%1", "a_1"]),
        ({"gateway": "Stripe"}, ["ab1"]),
        ({"currency": "inr"}, ["a%1", "a_1"]),
        ({"currency": "INR", "min_amount": 200}, ["a%1"]),
        ({"currency": "INR", "max_amount": 199}, ["a_1"]),
        ({"currency": "INR", "min_amount": 100, "max_amount": 200}, ["a%1", "a_1"]),
        ({"status": "open"}, ["ab1", "a%1", "a_1"]),
        ({"status": "recovered"}, []),
        ({"category": "funds", "gateway": "sandbox"}, ["a_1"]),
        ({"reason": "insufficient_funds", "currency": "JPY"}, ["ab1"]),
        ({"needs_attention": "true"}, []),
        ({"q": "a"}, ["ab1", "a%1", "a_1"]),
        ({"q": "a", "currency": "JPY"}, ["ab1"]),
        ({"q": "a%"}, ["a%1"]),
        ({"q": "a_"}, ["a_1"]),
        ({"q": "%"}, []),
        ({"q": "1"}, []),
        ({"q": "cus_A"}, ["a_1"]),
        ({"q": "cus_a"}, []),
        ({"q": " asha@example.COM "}, ["a_1"]),
        ({"q": "asha@example"}, []),
        ({"q": "pay_2"}, ["a%1"]),
        ({"q": ""}, ["ab1", "a%1", "a_1"]),
    ],
)
@pytest.mark.usefixtures("three")
def test_a_list_shows_what_fits_every_filter(client, merchant, params, refs):
    assert found(client, merchant, **params) == refs


def test_a_recovery_is_found_by_its_id_and_its_transactions(client, merchant, three):
    shown = client.get(f"{LIST}/{three['ab1']}", headers=merchant.headers).json()
    assert found(client, merchant, q=three["ab1"]) == ["ab1"]
    assert found(client, merchant, q=shown["transaction_id"]) == ["ab1"]


@pytest.mark.usefixtures("three")
def test_what_a_search_finds_comes_in_pages_too(client, merchant):
    first = client.get(LIST, params={"q": "a", "limit": 2}, headers=merchant.headers).json()
    assert [item["transaction_ref"] for item in first["items"]] == ["ab1", "a%1"]
    rest = client.get(LIST, params={"q": "a", "cursor": first["next_cursor"]}, headers=merchant.headers).json()
    assert ([item["transaction_ref"] for item in rest["items"]], rest["next_cursor"]) == (["a_1"], None)


def test_recoveries_are_narrowed_to_when_they_were_opened(client, container, merchant, three):
    opened = client.get(f"{LIST}/{three['a_1']}", headers=merchant.headers).json()["opened_at"]
    later = (container.clock.now() + timedelta(days=1)).isoformat()
    assert found(client, merchant, **{"from": later}) == []
    assert found(client, merchant, to=opened) == []
    assert "a_1" in found(client, merchant, **{"from": opened, "to": later})


def test_a_search_finds_nobody_elses(client, cast):
    secret = secrets.token_hex(8)
    recovery_id = report(client, cast.merchant, secret, customer={"ref": secret, "email": f"{secret}@example.com"})
    assert found(client, cast.merchant, q=secret) == [secret]
    for wanted in (secret, f"{secret}@example.com", recovery_id):
        assert found(client, cast.outsider, q=wanted) == []


@pytest.mark.parametrize(
    ("params", "pointer"),
    [
        ({"min_amount": 5}, "/query/min_amount"),
        ({"max_amount": 5}, "/query/max_amount"),
        ({"currency": "INR", "min_amount": -1}, "/query/min_amount"),
        ({"gateway": "x" * 65}, "/query/gateway"),
        ({"q": "x" * 201}, "/query/q"),
        ({"from": "2026-01-01T00:00:00"}, "/query/from"),
    ],
)
@pytest.mark.parametrize("path", ["", "/count", "/export.csv"])
def test_filters_that_make_no_sense_are_refused(client, merchant, path, params, pointer):
    answer = client.get(f"{LIST}{path}", params=params, headers=merchant.headers)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)


def test_a_currency_must_exist(client, merchant):
    answer = client.get(LIST, params={"currency": "XXX"}, headers=merchant.headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "currency_unknown")


# One recovery


def actions(client, who, recovery_id):
    body = client.get(f"{LIST}/{recovery_id}", headers=who.headers).json()
    return {each["action"]: each for each in body["actions"]}


def test_a_page_says_what_may_be_done_and_why_not(client, cast):
    recovery_id = report(client, cast.merchant, "order-1", failure_reason="lost_card")
    told = actions(client, cast.operator, recovery_id)
    assert {name for name, each in told.items() if each["allowed"]} == {"cancel", "pause", "move", "link"}
    assert {name: each["rule"] for name, each in told.items() if not each["allowed"]} == {
        "retry": "hard_decline",
        "resume": "not_paused",
        "check": "nothing_unknown",
        "acknowledge": "nothing_to_acknowledge",
    }
    refused = client.post(f"{LIST}/{recovery_id}/retry", headers=cast.operator.headers).json()
    # The words are those of the refusal itself.
    assert refused["detail"] == f"hard_decline: {told['retry']['reason']}"


def test_a_paused_recovery_may_be_resumed_and_not_paused(client, cast):
    recovery_id = report(client, cast.merchant, "order-1")
    assert client.post(f"{LIST}/{recovery_id}/pause", headers=cast.operator.headers).status_code == 200
    told = actions(client, cast.operator, recovery_id)
    assert (told["resume"]["allowed"], told["retry"]["allowed"]) == (True, True)
    assert (told["pause"]["allowed"], told["pause"]["rule"]) == (False, "paused_already")


def test_of_a_cancelled_recovery_nothing_is_left_to_do(client, cast):
    recovery_id = report(client, cast.merchant, "order-1")
    client.post(f"{LIST}/{recovery_id}/cancel", headers=cast.operator.headers)
    told = actions(client, cast.operator, recovery_id)
    assert {each["rule"] for each in told.values() if not each["allowed"]} == {
        "recovery.ended",
        "illegal_transition",
        "recovery_not_open",
        "nothing_unknown",
        "nothing_to_acknowledge",
        "nothing_planned",
    }
    assert [name for name, each in told.items() if each["allowed"]] == []


def test_whoever_only_reads_may_do_nothing(client, cast):
    recovery_id = report(client, cast.merchant, "order-1")
    assert {each["rule"] for each in actions(client, cast.analyst, recovery_id).values()} == {"permission_missing"}


def test_the_payers_contacts_are_hidden_from_who_may_not_read_them(client, container, cast):
    payer = {"ref": "cus_1", "name": "Asha Rao", "email": "asha@example.com", "phone": "+919876543210"}
    recovery_id = report(
        client,
        cast.merchant,
        "order-1",
        customer=payer,
        failure_message="declined for asha@example.com",
        metadata={"note": "call +919876543210", "api_key": "sk_live_abcdefghijkl", "plan": "monthly"},
    )
    path = f"{LIST}/{recovery_id}"
    whole = client.get(path, headers=cast.operator.headers).json()
    expected = payer | {"locale": None, "timezone": None, "country": None}
    assert whole["customer"] == expected | {"masked": False}
    assert whole["events"][0]["metadata"]["api_key"] == "***"
    assert whole["events"][0]["metadata"]["plan"] == "monthly"
    answer = client.get(path, headers=cast.analyst.headers)
    hidden = answer.json()["customer"]
    assert (hidden["masked"], hidden["ref"], hidden["email"]) == (True, "cus_1", "a…@example.com")
    for secret in ("asha@example.com", "9876543210", "Rao", "sk_live_abc"):
        assert secret not in answer.text
    _, key = make_api_key(container, cast.merchant, "recoveries:read")
    keyed = client.get(path, headers={"Authorization": f"Bearer {key}"}).json()
    assert keyed["customer"] == hidden


def test_a_page_shows_each_report_as_it_came(client, cast):
    recovery_id = report(client, cast.merchant, "order-1", failure_code="51", metadata={"cart": "c-1"})
    report(client, cast.merchant, "order-1", failure_reason="card_declined")
    body = client.get(f"{LIST}/{recovery_id}", headers=cast.operator.headers).json()
    first, second = body["events"]
    assert (first["failure_reason"], first["failure_code"], first["metadata"]) == (
        "insufficient_funds",
        "51",
        {"cart": "c-1"},
    )
    assert first["classification"]["title"]
    assert second["failure_reason"] == "card_declined"
    assert (body["psp_events"], body["budget_url"]) == ([], f"{LIST}/{recovery_id}/budget")


def test_an_id_of_nobody_is_not_found(client, container, merchant):
    nobody = first_id(RECOVERY, at=container.clock.now())
    assert client.get(f"{LIST}/{nobody}", headers=merchant.headers).status_code == 404
    assert found(client, merchant, q=nobody) == []

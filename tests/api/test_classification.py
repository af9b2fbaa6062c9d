"""The classifier over HTTP, and the codes that it does not know."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.factories.identity import make_api_key

FIELDS = ("code", "message", "gateway", "network_decline_code", "network_advice_code")


def classify(client, merchant, body):
    return client.post("/v1/classify", json=body, headers=merchant.headers)


@pytest.mark.parametrize(
    ("body", "category", "hardness"),
    [
        ({"code": "insufficient_funds"}, "funds", "soft"),
        ({"code": "issuer_declined"}, "issuer_decline", "hard"),
        ({"code": "otp_timeout"}, "auth_timeout", "soft"),
        ({"code": "network_error"}, "network", "soft"),
        ({"message": "3DS authentication timeout"}, "auth_timeout", "soft"),
        ({"message": "insufficient balance"}, "funds", "soft"),
        ({"network_decline_code": 51}, "funds", "soft"),
        ({"code": "what is this"}, "unknown", "soft"),
        ({"code": "  "}, "unknown", "soft"),
        ({}, "unknown", "soft"),
    ],
)
def test_a_failure_is_understood(client, merchant, body, category, hardness):
    answer = classify(client, merchant, body)
    assert answer.status_code == 200
    assert answer.json()["ok"] is True
    data = answer.json()["data"]
    assert (data["category"], data["hardness"]) == (category, hardness)
    expected = {"category", "reason", "hardness", "recommendation", "alt", "cooldown_seconds", "retry", "rule"}
    assert set(data) == expected


def test_the_rule_is_named(client, merchant):
    data = classify(client, merchant, {"code": "insufficient_funds", "gateway": "Stripe"}).json()["data"]
    assert data["rule"] == "stripe:insufficient_funds"
    assert data["retry"] in {"retry_soon", "retry_later"}


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=4,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=8), anything, max_size=5) | anything)
def test_garbage_is_answered_or_refused_and_never_an_accident(client, merchant, body):
    assert classify(client, merchant, body).status_code in {200, 422}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.dictionaries(st.sampled_from(FIELDS), st.text(st.characters(exclude_categories=["Cs"]), max_size=60)))
def test_any_text_is_classified(client, merchant, body):
    storable = "\0" not in "".join(body.values())
    assert classify(client, merchant, body).status_code == (200 if storable else 422)


def test_a_key_for_something_else_may_not_ask(client, container, merchant):
    _, key = make_api_key(container, merchant, "policies:read")
    headers = {"Authorization": f"Bearer {key}"}
    assert client.post("/v1/classify", json={}, headers=headers).status_code == 403
    assert client.get("/v1/analytics/unknown-codes", headers=headers).status_code == 403
    assert client.post("/v1/classify", json={}).status_code == 401


def test_unknown_codes_are_counted_the_most_frequent_first(client, cast):
    def report(ref, code, message=None):
        body = {"transaction_ref": ref, "amount": 100, "currency": "INR", "gateway": "Acme", "failure_reason": code}
        answer = client.post(
            "/v1/events/payment_failed",
            json={**body, "failure_message": message},
            headers=cast.merchant.headers,
        )
        assert answer.status_code == 201

    report("o-1", "zz_rare")
    report("o-2", "zz_often", "Mystery")
    report("o-3", "zz_often")
    report("o-4", "insufficient_funds")
    page = client.get("/v1/analytics/unknown-codes", headers=cast.analyst.headers).json()
    assert page["next_cursor"] is None
    told = [(i["gateway"], i["code"], i["sample_message"], i["count"]) for i in page["items"]]
    assert told == [("acme", "zz_often", "Mystery", 2), ("acme", "zz_rare", None, 1)]
    assert page["items"][0]["first_seen_at"] <= page["items"][0]["last_seen_at"]
    one = client.get("/v1/analytics/unknown-codes", params={"limit": 1}, headers=cast.analyst.headers).json()
    assert [item["code"] for item in one["items"]] == ["zz_often"]
    assert client.get("/v1/analytics/unknown-codes", headers=cast.outsider.headers).json()["items"] == []


@pytest.mark.parametrize("limit", [0, 101, "all"])
def test_up_to_a_hundred_unknown_codes_are_shown(client, merchant, limit):
    answer = client.get("/v1/analytics/unknown-codes", params={"limit": limit}, headers=merchant.headers)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/query/limit")

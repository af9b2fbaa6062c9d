"""Policies before they hold: drafts, publishing, versions with their differences, and the schedules that they make."""

from datetime import datetime, timedelta

import pytest

from app.db.models import AuditEntry
from app.db.queries.scoped import owned

PATH = "/v1/retry/policies"
CARD = {"type": "card", "token": "pm_sandbox_ok"}


@pytest.fixture
def policy(client, merchant) -> dict:
    return client.get(f"{PATH}/active", headers=merchant.headers).json()


@pytest.fixture
def call(client, merchant, policy):
    def call(method, path, body=None, *, status=200):
        answer = client.request(method, f"{PATH}/{policy['id']}{path}", json=body, headers=merchant.headers)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    return call


def draft_of(call, **settings):
    return call("PUT", "/draft", {"settings": settings})


def look_ahead(client, merchant, body):
    answer = client.post(f"{PATH}/preview", json=body, headers=merchant.headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_draft_changes_nothing_until_it_is_published(container, merchant, policy, call):
    call("GET", "/draft", status=404)
    draft = draft_of(call, max_retries=5, by_category={"funds": {"max_retries": 1}})
    assert draft["changes"] == [
        {"path": "/by_category/funds/max_retries", "before": None, "after": 1},
        {"path": "/max_retries", "before": 3, "after": 5},
    ]
    assert (draft["based_on"], draft["published_version"], draft["is_outdated"]) == (1, 1, False)
    assert call("GET", "/draft") == draft
    assert call("GET", "") == policy | {"has_draft": True}
    published = call("POST", "/publish", {"expected_version": 1})
    assert (published["version"], published["max_retries"], published["has_draft"]) == (2, 5, False)
    call("GET", "/draft", status=404)
    with container.database.begin() as session:
        rows = session.scalars(owned(AuditEntry, merchant.id).where(AuditEntry.subject == policy["id"]))
        told = {row.action: ((row.before or {}).get("version"), row.after["settings"]["max_retries"]) for row in rows}
    assert told == {"policy.draft": (None, 5), "policy.publish": (1, 5)}


def test_a_draft_is_dropped_and_replaced(call):
    draft_of(call, max_retries=5)
    replaced = draft_of(call, window_days=9)
    assert [change["path"] for change in replaced["changes"]] == ["/window_days"]
    call("DELETE", "/draft", status=204)
    call("DELETE", "/draft", status=404)
    assert call("POST", "/publish", {}, status=409)["code"] == "no_draft"


def test_nobody_publishes_over_what_they_have_not_seen(call):
    draft_of(call, max_retries=5)
    call("PATCH", "", {"window_days": 9})
    assert call("GET", "/draft")["is_outdated"] is True
    assert call("POST", "/publish", {}, status=409)["code"] == "policy_changed"
    assert call("POST", "/publish", {"expected_version": 1}, status=409)["code"] == "policy_changed"
    assert call("GET", "")["version"] == 2
    published = call("POST", "/publish", {"expected_version": 2})
    assert (published["version"], published["max_retries"], published["window_days"]) == (3, 5, 30)


def test_open_recoveries_are_counted_by_the_version_that_they_keep(client, merchant, call):
    def fail(ref):
        body = {"transaction_ref": ref, "gateway": "sandbox", "failure_reason": "insufficient_funds"}
        body |= {"amount": 5000, "currency": "USD", "payment_method": CARD}
        return client.post("/v1/events/payment_failed", json=body, headers=merchant.headers).json()["recovery"]["id"]

    ended = fail("use-1")
    fail("use-2")
    draft_of(call, max_retries=5)
    call("POST", "/publish", {})
    fail("use-3")
    fail("use-4")
    assert client.post(f"/v1/recoveries/{ended}/cancel", json={}, headers=merchant.headers).status_code == 200
    assert call("GET", "/use") == {"open": 3, "versions": [{"version": 2, "open": 2}, {"version": 1, "open": 1}]}


def test_a_draft_that_is_not_valid_is_refused_below_its_settings(call):
    wrong = call("PUT", "/draft", {"settings": {"max_delay_minutes": 5}}, status=422)
    assert [error["pointer"] for error in wrong["errors"]] == ["/settings/max_delay_minutes"]
    call("GET", "/draft", status=404)


def test_versions_tell_what_each_changed_and_an_old_one_comes_back_as_a_new_one(call):
    call("PATCH", "", {"max_retries": 4})
    call("PATCH", "", {"max_retries": 6, "quiet_hours": {"start": "21:00", "end": "08:00"}})
    page = call("GET", "/versions")
    assert [version["version"] for version in page["items"]] == [3, 2, 1]
    assert page["items"][0]["changes"] == [
        {"path": "/max_retries", "before": 4, "after": 6},
        {"path": "/quiet_hours/end", "before": None, "after": "08:00"},
        {"path": "/quiet_hours/start", "before": None, "after": "21:00"},
    ]
    assert (page["items"][2]["changes"], page["next_before"]) == ([], None)
    first = call("GET", "/versions?limit=2")
    assert [version["version"] for version in first["items"]] == [3, 2]
    assert first["items"][1]["changes"] == [{"path": "/max_retries", "before": 3, "after": 4}]
    rest = call("GET", f"/versions?limit=2&before={first['next_before']}")
    assert [version["version"] for version in rest["items"]] == [1]
    restored = call("POST", "/versions/1/restore", {"expected_version": 3})
    assert (restored["version"], restored["max_retries"], restored["quiet_hours"]) == (4, 3, None)
    call("POST", "/versions/9/restore", {}, status=404)
    assert call("POST", "/versions/1/restore", {"expected_version": 3}, status=409)["code"] == "policy_changed"


def test_the_usual_samples_show_each_category(client, merchant):
    found = look_ahead(client, merchant, {})
    assert {item["category"] for item in found["items"]} == {
        "funds",
        "issuer_decline",
        "network",
        "auth_timeout",
        "upi_pending",
        "unknown",
    }
    funds = found["items"][0]
    assert [(step["kind"], step["offset_seconds"]) for step in funds["steps"]] == [
        ("charge", 3600),
        ("charge", 3 * 3600),
        ("charge", 7 * 3600),
    ]
    assert (funds["end"]["outcome"], funds["end"]["rule"]) == ("gives_up", "policy.max_retries")
    upi = next(item for item in found["items"] if item["name"] == "funds_upi_mandate")
    assert "npci.pdn" in upi["excluded"]


def test_a_preview_with_a_link_beside_retries_and_jitter(client, merchant):
    settings = {"link_after_attempt": 1, "max_retries": 2, "jitter": 0.5}
    sample = {"name": "mine", "failure_reason": "insufficient_funds", "payment_method": CARD}
    (item,) = look_ahead(client, merchant, {"settings": settings, "samples": [sample]})["items"]
    assert [step["kind"] for step in item["steps"]] == ["charge", "link", "charge"]
    assert [step["jitter_seconds"] for step in item["steps"]] == [1800, 0, 3600]
    assert item["end"]["outcome"] == "waits"
    bad = client.post(f"{PATH}/preview", json={"settings": {"max_delay_minutes": 5}}, headers=merchant.headers)
    assert bad.json()["errors"][0]["pointer"] == "/settings/max_delay_minutes"


def reported(client, merchant, ref, **said):
    body = {"transaction_ref": ref, "gateway": "sandbox", "amount": 5000, "currency": "INR", **said}
    return client.post("/v1/events/payment_failed", json=body, headers=merchant.headers).json()


@pytest.mark.parametrize(
    "said",
    [
        {"failure_reason": "insufficient_funds", "payment_method": CARD},
        {"failure_reason": "insufficient_funds"},
        {"failure_reason": "stolen_card", "payment_method": CARD},
        {
            "failure_reason": "upi_pending",
            "payment_method": {"type": "upi", "mandate_id": "m-1"},
            "psp_payment_id": "p",
        },
        {"failure_reason": "acme_busy", "payment_method": CARD},
        {"failure_reason": "x", "network_decline_code": "51", "payment_method": CARD | {"brand": "visa", "token": "t"}},
    ],
)
def test_the_preview_is_what_ingest_then_plans(client, merchant, said):
    rule = {"name": "Busy", "match": {"failure_reason": "acme_busy"}, "then": {"category": "funds", "hardness": "hard"}}
    assert client.post("/v1/rules", json=rule, headers=merchant.headers).status_code == 201
    event = reported(client, merchant, "order-1", **said)
    now = event["received_at"]
    sample = {"name": "same", "gateway": "sandbox", "amount": 5000, "currency": "INR", **said}
    (item,) = look_ahead(client, merchant, {"samples": [sample], "now": now})["items"]
    first = item["steps"][0]
    assert (first["kind"], first["due_at"]) == (
        event["recovery"]["next_attempt_kind"],
        event["recovery"]["next_attempt_at"],
    )
    assert item["verdict"]["rule"] == event["rule"]
    assert datetime.fromisoformat(item["window_ends_at"]) == datetime.fromisoformat(now) + timedelta(days=30)

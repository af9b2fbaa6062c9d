"""How recoveries are planned, over HTTP: versions, one active policy, and refusals that say where."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from app.db.models import AuditEntry, Policy, PolicyVersion
from app.db.queries.scoped import owned
from tests.factories.identity import make_api_key

PATH = "/v1/retry/policies"
DEFAULTS = {
    "max_retries": 3,
    "initial_delay_minutes": 60,
    "backoff_multiplier": 2.0,
    "max_delay_minutes": 1440,
    "window_days": 30,
    "jitter": 0.0,
    "strategy": "backoff",
    "ladder_minutes": [],
    "link_after_attempt": None,
    "enabled_channels": ["email"],
    "quiet_hours": None,
    "quiet_weekends": True,
    "notify_retry_scheduled": False,
    "notify_card_expiring": False,
    "by_category": {},
}


@pytest.fixture(autouse=True)
def ticking(client, clock):
    """Let a millisecond pass before each request, so that ids tell the order."""

    def tick(_):
        clock.advance(timedelta(milliseconds=1))

    client.event_hooks["request"].append(tick)
    yield
    client.event_hooks["request"].remove(tick)


def active(client, merchant) -> dict:
    answer = client.get(f"{PATH}/active", headers=merchant.headers)
    assert answer.status_code == 200
    return answer.json()


def make(client, merchant, name="Patient", **terms) -> dict:
    answer = client.post(PATH, json={"name": name, **terms}, headers=merchant.headers)
    assert answer.status_code == 201, answer.text
    return answer.json()


def change(client, merchant, policy_id, **changes):
    return client.patch(f"{PATH}/{policy_id}", json=changes, headers=merchant.headers)


def pointers(answer) -> list[str]:
    assert answer.status_code == 422, answer.text
    return sorted(error["pointer"] for error in answer.json()["errors"])


def audit(container, merchant, policy_id) -> list[AuditEntry]:
    with container.database.begin() as session:
        rows = session.scalars(owned(AuditEntry, merchant.id).where(AuditEntry.subject == policy_id))
        return sorted(rows, key=lambda row: row.id)


def test_a_new_merchant_has_the_default_policy(client, merchant):
    policy = active(client, merchant)
    assert {name: policy[name] for name in DEFAULTS} == DEFAULTS
    assert (policy["name"], policy["version"], policy["is_active"]) == ("Default", 1, True)
    assert client.get(f"{PATH}/{policy['id']}", headers=merchant.headers).json() == policy
    assert client.get(PATH, headers=merchant.headers).json() == {"items": [policy], "next_cursor": None}


def test_a_policy_is_made_from_the_defaults_and_what_is_said(client, container, merchant):
    terms = {
        "max_retries": 5,
        "jitter": 0.25,
        "enabled_channels": ["whatsapp", "sms"],
        "quiet_hours": {"start": "21:00", "end": "08:30"},
        "quiet_weekends": False,
        "notify_retry_scheduled": True,
        "notify_card_expiring": True,
        "link_after_attempt": 2,
        "by_category": {"funds": {"strategy": "ladder", "ladder_minutes": [1440, 4320]}, "network": {}},
    }
    made = make(client, merchant, "  Patient  ", **terms)
    assert (made["name"], made["version"], made["is_active"]) == ("Patient", 1, False)
    expected = {**DEFAULTS, **terms, "by_category": {"funds": terms["by_category"]["funds"]}}
    assert {name: made[name] for name in DEFAULTS} == expected
    assert active(client, merchant)["name"] == "Default"
    [entry] = audit(container, merchant, made["id"])
    assert (entry.action, entry.actor, entry.before) == ("policy.create", merchant.api_key_id, None)
    assert (entry.after["version"], entry.after["settings"]["max_retries"]) == (1, 5)


def test_each_change_is_a_new_version_and_the_old_one_stays(client, container, merchant):
    made = make(client, merchant, quiet_hours={"start": "21:00", "end": "08:00"}, link_after_attempt=1)
    second = change(client, merchant, made["id"], max_retries=7, quiet_hours=None).json()
    third = change(client, merchant, made["id"], name="Hasty", initial_delay_minutes=5).json()
    assert (second["version"], second["max_retries"], second["quiet_hours"]) == (2, 7, None)
    assert (third["version"], third["name"], third["max_retries"], third["initial_delay_minutes"]) == (3, "Hasty", 7, 5)
    assert third["link_after_attempt"] == 1
    with container.database.begin() as session:
        kept = [session.get_one(PolicyVersion, (made["id"], number)).settings for number in (1, 2, 3)]
    assert [settings["max_retries"] for settings in kept] == [3, 7, 7]
    assert kept[0]["quiet_hours"] == {"start": "21:00", "end": "08:00"}
    entries = audit(container, merchant, made["id"])
    assert [entry.action for entry in entries] == ["policy.create", "policy.update", "policy.update"]
    assert (entries[1].before["version"], entries[1].after["version"]) == (1, 2)


def test_a_recovery_keeps_the_version_that_it_began_with(client, merchant):
    policy = active(client, merchant)
    event = {"transaction_ref": "o-1", "amount": 500, "currency": "INR", "gateway": "x", "failure_reason": "no funds"}
    first = client.post("/v1/events/payment_failed", json=event, headers=merchant.headers).json()
    change(client, merchant, policy["id"], max_retries=9)
    other = {**event, "transaction_ref": "o-2"}
    second = client.post("/v1/events/payment_failed", json=other, headers=merchant.headers).json()
    versions = [
        client.get(f"/v1/recoveries/{each['recovery']['id']}", headers=merchant.headers).json()["policy_version"]
        for each in (first, second)
    ]
    assert versions == [1, 2]


def test_activating_one_retires_the_other(client, container, merchant):
    default, made = active(client, merchant), make(client, merchant)
    answer = change(client, merchant, made["id"], is_active=True)
    assert (answer.status_code, answer.json()["is_active"]) == (200, True)
    assert active(client, merchant)["id"] == made["id"]
    listed = client.get(PATH, headers=merchant.headers).json()["items"]
    assert [(each["id"], each["is_active"]) for each in listed] == [(made["id"], True), (default["id"], False)]
    [entry] = audit(container, merchant, default["id"])
    assert (entry.action, entry.after) == ("policy.deactivate", {"active": made["id"]})


def test_a_policy_may_be_active_from_the_start(client, merchant):
    made = make(client, merchant, is_active=True)
    assert active(client, merchant)["id"] == made["id"]


def test_activating_the_active_one_again_is_fine(client, container, merchant):
    policy = active(client, merchant)
    assert change(client, merchant, policy["id"], is_active=True).json()["is_active"] is True
    assert [entry.action for entry in audit(container, merchant, policy["id"])] == ["policy.update"]


def test_many_at_once_leave_exactly_one_active(client, container, merchant):
    made = [make(client, merchant, f"number {n}")["id"] for n in range(6)]
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda policy_id: change(client, merchant, policy_id, is_active=True), made))
    assert [answer.status_code for answer in answers] == [200] * 6
    with container.database.begin() as session:
        found = [row.id for row in session.scalars(owned(Policy, merchant.id)) if row.is_active]
    assert len(found) == 1
    assert found[0] in made


def test_there_is_always_an_active_policy(client, merchant):
    policy = active(client, merchant)
    retired = change(client, merchant, policy["id"], is_active=False)
    deleted = client.delete(f"{PATH}/{policy['id']}", headers=merchant.headers)
    assert [(a.status_code, a.json()["code"]) for a in (retired, deleted)] == [(409, "policy_active")] * 2
    assert active(client, merchant) == policy


def test_a_deleted_policy_is_out_of_sight_and_its_versions_stay(client, container, merchant):
    made = make(client, merchant)
    assert client.delete(f"{PATH}/{made['id']}", headers=merchant.headers).status_code == 204
    gone = [
        client.get(f"{PATH}/{made['id']}", headers=merchant.headers),
        change(client, merchant, made["id"], name="Back"),
        client.delete(f"{PATH}/{made['id']}", headers=merchant.headers),
    ]
    assert [answer.status_code for answer in gone] == [404] * 3
    assert [each["name"] for each in client.get(PATH, headers=merchant.headers).json()["items"]] == ["Default"]
    with container.database.begin() as session:
        assert session.get_one(PolicyVersion, (made["id"], 1)).settings["max_retries"] == 3
    assert [entry.action for entry in audit(container, merchant, made["id"])] == ["policy.create", "policy.delete"]


def test_the_list_goes_page_by_page(client, merchant):
    for n in range(4):
        make(client, merchant, f"number {n}")
    first = client.get(PATH, params={"limit": 3}, headers=merchant.headers).json()
    rest = client.get(PATH, params={"limit": 3, "cursor": first["next_cursor"]}, headers=merchant.headers).json()
    names = [each["name"] for each in first["items"] + rest["items"]]
    assert names == ["number 3", "number 2", "number 1", "number 0", "Default"]
    assert rest["next_cursor"] is None


def test_the_same_key_makes_one_policy(client, merchant):
    headers = {**merchant.headers, "Idempotency-Key": "once"}
    answers = [client.post(PATH, json={"name": "Patient"}, headers=headers) for _ in range(2)]
    assert answers[0].content == answers[1].content
    assert answers[1].headers["idempotent-replayed"] == "true"
    assert len(client.get(PATH, headers=merchant.headers).json()["items"]) == 2


@pytest.mark.parametrize(
    ("terms", "where"),
    [
        ({"max_retries": 51}, ["/max_retries"]),
        ({"max_retries": -1, "jitter": 0.6}, ["/jitter", "/max_retries"]),
        ({"max_retries": None}, ["/max_retries"]),
        ({"max_retries": True}, ["/max_retries"]),
        ({"initial_delay_minutes": 0}, ["/initial_delay_minutes"]),
        ({"initial_delay_minutes": 525_601}, ["/initial_delay_minutes"]),
        ({"initial_delay_minutes": 2**70}, ["/initial_delay_minutes"]),
        ({"initial_delay_minutes": 2000}, ["/max_delay_minutes"]),
        ({"backoff_multiplier": 0.5}, ["/backoff_multiplier"]),
        ({"backoff_multiplier": 10.5}, ["/backoff_multiplier"]),
        ({"backoff_multiplier": "fast"}, ["/backoff_multiplier"]),
        ({"window_days": 366}, ["/window_days"]),
        ({"link_after_attempt": 0}, ["/link_after_attempt"]),
        ({"strategy": "timed"}, ["/strategy"]),
        ({"strategy": "magic"}, ["/strategy"]),
        ({"strategy": "ladder"}, ["/ladder_minutes"]),
        ({"strategy": "ladder", "ladder_minutes": []}, ["/ladder_minutes"]),
        ({"strategy": "ladder", "ladder_minutes": [1] * 51}, ["/ladder_minutes"]),
        ({"strategy": "ladder", "ladder_minutes": [5, 0]}, ["/ladder_minutes/1"]),
        ({"enabled_channels": ["email", "fax"]}, ["/enabled_channels/1"]),
        ({"quiet_hours": {"start": "21:00"}}, ["/quiet_hours/end"]),
        ({"quiet_hours": {"start": "25:00", "end": "08:00"}}, ["/quiet_hours/start"]),
        ({"quiet_hours": {"start": "08:00", "end": "08:00"}}, ["/quiet_hours/end"]),
        ({"by_category": {"weather": {"max_retries": 1}}}, ["/by_category/weather"]),
        ({"by_category": {"funds": {"window_days": 1}}}, ["/by_category/funds/window_days"]),
        ({"by_category": {"funds": {"max_retries": 99}}}, ["/by_category/funds/max_retries"]),
        ({"by_category": {"funds": {"strategy": "ladder"}}}, ["/by_category/funds/ladder_minutes"]),
        ({"by_category": {"funds": {"max_delay_minutes": 5}}}, ["/by_category/funds/max_delay_minutes"]),
        ({"max_retires": 5}, ["/max_retires"]),
        ({"version": 5}, ["/version"]),
    ],
)
def test_what_cannot_be_is_refused_with_its_place(client, merchant, terms, where):
    assert pointers(client.post(PATH, json={"name": "Bad", **terms}, headers=merchant.headers)) == where
    policy = active(client, merchant)
    assert pointers(change(client, merchant, policy["id"], **terms)) == where
    assert active(client, merchant) == policy


def test_timed_is_refused_in_plain_words(client, merchant):
    answer = client.post(PATH, json={"name": "Later", "strategy": "timed"}, headers=merchant.headers)
    [error] = answer.json()["errors"]
    assert (answer.status_code, answer.json()["code"]) == (422, "policy_invalid")
    assert error["detail"] == "'timed' is not available yet; use one of backoff, ladder"


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_what_is_no_number_is_refused(client, merchant, number):
    body = f'{{"name": "Bad", "backoff_multiplier": {number}}}'
    headers = {**merchant.headers, "Content-Type": "application/json"}
    assert client.post(PATH, content=body, headers=headers).status_code in {400, 422}


@pytest.mark.parametrize("name", ["", "   ", None, "x" * 201, 5])
def test_a_policy_has_a_name(client, merchant, name):
    assert pointers(client.post(PATH, json={"name": name}, headers=merchant.headers)) == ["/name"]


def test_a_change_that_breaks_a_category_is_refused(client, merchant):
    made = make(client, merchant, by_category={"funds": {"initial_delay_minutes": 1440}})
    answer = change(client, merchant, made["id"], max_delay_minutes=600)
    assert pointers(answer) == ["/by_category/funds/max_delay_minutes"]


def test_readers_do_not_write(client, container, merchant):
    _, reader = make_api_key(container, merchant, "policies:read")
    _, stranger = make_api_key(container, merchant, "events:*")
    policy = active(client, merchant)
    as_reader, as_stranger = ({"Authorization": f"Bearer {key}"} for key in (reader, stranger))
    assert client.get(PATH, headers=as_reader).status_code == 200
    assert client.get(PATH, headers=as_stranger).status_code == 403
    refused = [
        client.post(PATH, json={"name": "Mine"}, headers=as_reader),
        client.patch(f"{PATH}/{policy['id']}", json={"name": "Mine"}, headers=as_reader),
        client.delete(f"{PATH}/{policy['id']}", headers=as_reader),
    ]
    assert [answer.status_code for answer in refused] == [403] * 3


def test_another_merchants_policy_is_not_there(client, cast):
    theirs = active(client, cast.outsider)
    answers = [
        client.get(f"{PATH}/{theirs['id']}", headers=cast.owner.headers),
        client.patch(f"{PATH}/{theirs['id']}", json={"is_active": True}, headers=cast.owner.headers),
        client.delete(f"{PATH}/{theirs['id']}", headers=cast.owner.headers),
    ]
    assert [answer.status_code for answer in answers] == [404] * 3
    assert active(client, cast.outsider) == theirs

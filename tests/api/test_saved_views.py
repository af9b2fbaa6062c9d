"""Views that people save: their own, and those that they share."""

import secrets

import pytest
from sqlalchemy import select

from app.db.models import AuditEntry
from tests.factories.identity import add_person

VIEWS = "/v1/saved_views"
BODY = {"name": "Rupee declines", "query": {"currency": "INR", "category": "issuer_decline", "needs_attention": True}}


def save(client, who, **more):
    answer = client.post(VIEWS, json=BODY | more, headers=who.headers)
    assert answer.status_code == 201, answer.text
    return answer.json()


def names(client, who, **params):
    answer = client.get(VIEWS, params=params, headers=who.headers)
    assert answer.status_code == 200, answer.text
    return [item["name"] for item in answer.json()["items"]]


def test_a_view_is_saved_changed_and_deleted_by_its_owner(client, container, cast):
    made = save(client, cast.analyst)
    assert made == {
        **BODY,
        "id": made["id"],
        "page": "recoveries",
        "shared": False,
        "mine": True,
        "user_id": cast.analyst.user.id,
        "created_at": made["created_at"],
        "updated_at": made["created_at"],
    }
    path = f"{VIEWS}/{made['id']}"
    changed = client.patch(path, json={"name": "Rupees", "shared": True}, headers=cast.analyst.headers).json()
    assert (changed["name"], changed["shared"], changed["query"]) == ("Rupees", True, BODY["query"])
    assert client.patch(path, json={"query": {}}, headers=cast.analyst.headers).json()["query"] == {}
    assert client.delete(path, headers=cast.analyst.headers).status_code == 204
    assert client.patch(path, json={"name": "x"}, headers=cast.analyst.headers).status_code == 404
    with container.database.begin() as session:
        entries = session.scalars(
            select(AuditEntry).where(AuditEntry.subject == made["id"]).order_by(AuditEntry.id)
        ).all()
    told = {"page": "recoveries", "filters": sorted(BODY["query"])}
    shared = {"name": "Rupees", "page": "recoveries", "shared": True}
    assert [(entry.action, entry.before, entry.after) for entry in entries] == [
        ("saved_view.create", None, {**told, "name": BODY["name"], "shared": False}),
        ("saved_view.update", {**told, "name": BODY["name"], "shared": False}, {**told, **shared}),
        ("saved_view.update", {**told, **shared}, {**shared, "filters": []}),
        ("saved_view.delete", {**shared, "filters": []}, None),
    ]


def test_others_see_what_is_shared_and_cannot_change_it(client, cast):
    mine, shared = save(client, cast.operator, name="mine"), save(client, cast.operator, name="ours", shared=True)
    assert names(client, cast.operator, page="recoveries") == ["ours", "mine"]
    assert names(client, cast.analyst) == ["ours"]
    path = f"{VIEWS}/{shared['id']}"
    for answer in (
        client.patch(path, json={"name": "x"}, headers=cast.analyst.headers),
        client.delete(path, headers=cast.analyst.headers),
        client.patch(path, json={"name": "x"}, headers=cast.owner.headers),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "view_not_yours")
    hidden = f"{VIEWS}/{mine['id']}"
    assert client.delete(hidden, headers=cast.owner.headers).status_code == 404
    assert names(client, cast.operator) == ["ours", "mine"]
    # Who manages members tidies up what is shared.
    assert client.delete(path, headers=cast.admin.headers).status_code == 204
    assert names(client, cast.operator) == ["mine"]


def test_an_organization_does_not_see_anothers_views(client, cast):
    shared = save(client, cast.owner, shared=True)
    outsider = cast.outsider.owner
    assert names(client, outsider) == []
    assert client.patch(f"{VIEWS}/{shared['id']}", json={"name": "x"}, headers=outsider.headers).status_code == 404


def test_views_come_in_pages(client, cast):
    for n in range(3):
        save(client, cast.owner, name=f"view {n}")
    first = client.get(VIEWS, params={"limit": 2}, headers=cast.owner.headers).json()
    assert [item["name"] for item in first["items"]] == ["view 2", "view 1"]
    assert names(client, cast.owner, cursor=first["next_cursor"]) == ["view 0"]


def test_a_person_has_fifty_views_and_no_more(client, container, cast):
    person = add_person(container, cast.merchant, "operator")
    for _ in range(50):
        save(client, person)
    answer = client.post(VIEWS, json=BODY, headers=person.headers)
    assert (answer.status_code, answer.json()["code"]) == (409, "too_many_views")
    save(client, cast.operator)


def test_the_same_key_saves_once(client, cast):
    headers = cast.owner.headers | {"Idempotency-Key": secrets.token_hex(8)}
    first, second = (client.post(VIEWS, json=BODY, headers=headers) for _ in range(2))
    assert first.json() == second.json()
    assert names(client, cast.owner) == [BODY["name"]]


def test_keys_have_no_views(client, merchant):
    for answer in (
        client.get(VIEWS, headers=merchant.headers),
        client.post(VIEWS, json=BODY, headers=merchant.headers),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "staff_only")


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"name": "x" * 201},
        {"page": "elsewhere"},
        {"query": {"status": "x" * 201}},
        {"query": {"Not A Filter": "x"}},
        {"query": {"status": {"deep": 1}}},
        {"query": {f"filter_{letter}": "x" for letter in "abcdefghijklmnopqrstu"}},
        {"colour": "red"},
    ],
)
def test_a_view_that_makes_no_sense_is_refused(client, cast, wrong):
    assert client.post(VIEWS, json=BODY | wrong, headers=cast.owner.headers).status_code == 422
    assert names(client, cast.owner) == []

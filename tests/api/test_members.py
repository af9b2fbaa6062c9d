"""Who belongs to an organization, over HTTP."""

from datetime import timedelta

import pytest

from app.db.models import AuditEntry, Membership
from app.db.queries.scoped import owned
from tests.factories.identity import make_merchant


def member_id(container, person) -> str:
    with container.database.begin() as session:
        rows = session.scalars(owned(Membership, person.organization_id))
        return next(row.id for row in rows if row.user_id == person.user.id)


def add(client, headers, email, role="operator", **more):
    return client.post("/v1/members", json={"email": email, "role": role}, headers={**headers, **more})


def test_the_members_are_listed_page_by_page(client, cast):
    seen, cursor = [], None
    while True:
        params = {"limit": 3, **({"cursor": cursor} if cursor else {})}
        page = client.get("/v1/members", params=params, headers=cast.operator.headers).json()
        seen += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            break
        assert len(page["items"]) == 3
    assert sorted(each["role"] for each in seen) == ["admin", "analyst", "operator", "owner"]
    assert len({each["id"] for each in seen}) == 4


@pytest.mark.parametrize("cursor", ["nonsense", "!!", "é", "b3Jn", ""])
def test_a_cursor_that_no_list_gave_is_refused(client, cast, cursor):
    answer = client.get("/v1/members", params={"cursor": cursor}, headers=cast.owner.headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "cursor_invalid")


@pytest.mark.parametrize("limit", [0, 101, "many"])
def test_a_page_has_one_to_a_hundred_rows(client, cast, limit):
    answer = client.get("/v1/members", params={"limit": limit}, headers=cast.owner.headers)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/query/limit")


def test_an_owner_adds_somebody_who_has_signed_up(client, container, cast):
    newcomer = make_merchant(container).owner.user
    answer = add(client, cast.owner.headers, newcomer.email.upper())
    assert answer.status_code == 201
    assert (answer.json()["user_id"], answer.json()["role"]) == (newcomer.id, "operator")
    again = add(client, cast.owner.headers, newcomer.email)
    assert (again.status_code, again.json()["code"]) == (409, "member_already")
    with container.database.begin() as session:
        [entry] = [e for e in session.scalars(owned(AuditEntry, cast.merchant.id)) if e.action == "member.add"]
        assert entry.actor == cast.owner.user.id
        assert entry.subject == answer.json()["id"]
        assert entry.after == {"role": "operator", "user_id": newcomer.id}
        assert entry.request_id == answer.headers["x-request-id"]


def test_somebody_who_has_not_signed_up_cannot_be_added(client, cast):
    answer = add(client, cast.owner.headers, "nobody-yet@example.com")
    assert (answer.status_code, answer.json()["code"]) == (404, "user_unknown")


@pytest.mark.parametrize("who", ["operator", "analyst"])
def test_only_owners_and_admins_manage_members(client, cast, who):
    headers = getattr(cast, who).headers
    assert add(client, headers, "a@example.com").status_code == 403


def test_a_key_manages_nobody(client, cast):
    answer = add(client, cast.merchant.headers, "a@example.com")
    assert (answer.status_code, answer.json()["code"]) == (403, "permission_missing")


def test_an_admin_neither_makes_nor_unmakes_owners(client, container, cast):
    newcomer = make_merchant(container).owner.user
    assert add(client, cast.admin.headers, newcomer.email, "owner").json()["code"] == "role_not_yours"
    owner_id = member_id(container, cast.owner)
    for answer in (
        client.patch(f"/v1/members/{owner_id}", json={"role": "analyst"}, headers=cast.admin.headers),
        client.delete(f"/v1/members/{owner_id}", headers=cast.admin.headers),
        client.patch(
            f"/v1/members/{member_id(container, cast.analyst)}", json={"role": "owner"}, headers=cast.admin.headers
        ),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "role_not_yours")


def test_a_changed_role_holds_at_once(client, container, cast):
    path = f"/v1/members/{member_id(container, cast.analyst)}"
    assert client.get("/v1/audit_log", headers=cast.analyst.headers).status_code == 403
    changed = client.patch(path, json={"role": "admin"}, headers=cast.owner.headers)
    assert (changed.status_code, changed.json()["role"]) == (200, "admin")
    assert client.get("/v1/audit_log", headers=cast.analyst.headers).status_code == 200
    again = client.patch(path, json={"role": "admin"}, headers=cast.owner.headers)
    assert (again.status_code, again.json()) == (200, changed.json())


def test_a_removed_member_is_out_at_once(client, container, cast):
    path = f"/v1/members/{member_id(container, cast.operator)}"
    assert client.delete(path, headers=cast.admin.headers).status_code == 204
    assert client.get("/v1/auth/org", headers=cast.operator.headers).status_code == 401
    refreshed = client.post("/v1/auth/refresh", json={"refresh_token": cast.operator.refresh_token})
    assert refreshed.status_code == 401
    assert client.delete(path, headers=cast.admin.headers).status_code == 404


def test_the_last_owner_stays(client, container, cast):
    path = f"/v1/members/{member_id(container, cast.owner)}"
    for answer in (
        client.delete(path, headers=cast.owner.headers),
        client.patch(path, json={"role": "admin"}, headers=cast.owner.headers),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "last_owner")
    other = f"/v1/members/{member_id(container, cast.admin)}"
    assert client.patch(other, json={"role": "owner"}, headers=cast.owner.headers).status_code == 200
    assert client.delete(path, headers=cast.owner.headers).status_code == 204
    assert client.get("/v1/members", headers=cast.owner.headers).status_code == 401


def test_a_role_that_does_not_exist_is_pointed_at(client, cast):
    answer = add(client, cast.owner.headers, "a@example.com", "king")
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/role")


def test_the_audit_log_tells_who_did_what(client, container, cast, clock):
    newcomer = make_merchant(container).owner.user
    clock.advance(timedelta(milliseconds=1))
    added = add(client, cast.admin.headers, newcomer.email).json()
    page = client.get("/v1/audit_log", params={"limit": 1}, headers=cast.owner.headers).json()
    [entry] = page["items"]
    assert (entry["actor"], entry["action"], entry["subject"]) == (cast.admin.user.id, "member.add", added["id"])
    assert page["next_cursor"] is not None
    assert newcomer.email not in str(page)


def test_the_audit_log_is_narrowed_by_action_person_thing_and_time(client, container, cast, clock):
    added = add(client, cast.admin.headers, make_merchant(container).owner.user.email).json()
    clock.advance(timedelta(seconds=1))
    change_it = {"headers": cast.owner.headers, "json": {"role": "analyst"}}
    assert client.patch(f"/v1/members/{added['id']}", **change_it).status_code == 200

    def actions(**wanted):
        page = client.get("/v1/audit_log", params=wanted, headers=cast.owner.headers).json()
        return [entry["action"] for entry in page["items"]]

    both = ["member.change_role", "member.add"]
    assert actions(subject=added["id"]) == both
    assert actions(subject=added["id"], action="member.") == both
    assert actions(subject=added["id"], action="member.a") == ["member.add"]
    assert actions(subject=added["id"], action="member_") == []
    assert actions(subject=added["id"], actor=cast.owner.user.id) == ["member.change_role"]
    now = clock.now().isoformat()
    assert actions(subject=added["id"], **{"from": now}) == ["member.change_role"]
    assert actions(subject=added["id"], to=now) == ["member.add"]

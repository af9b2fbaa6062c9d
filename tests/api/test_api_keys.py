"""Keys of merchants' servers, over HTTP."""

from datetime import timedelta

import pytest

from app.db.models import ApiKey
from tests.factories.identity import make_api_key


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def create(client, cast, **body):
    return client.post("/v1/api_keys", json={"name": "server", **body}, headers=cast.owner.headers)


def works(client, secret: str) -> bool:
    return client.get("/v1/auth/org", headers=bearer(secret)).status_code == 200


def test_a_key_is_shown_once_and_works(client, container, cast):
    made = create(client, cast).json()
    assert made["secret"].startswith("tk_test_")
    assert made["secret"].endswith(made["hint"])
    assert made["scopes"] == ["*"]
    assert works(client, made["secret"])
    listed = client.get("/v1/api_keys", headers=cast.owner.headers)
    assert made["secret"] not in listed.text
    assert {each["id"] for each in listed.json()["items"]} == {made["id"], cast.merchant.api_key_id}
    with container.database.begin() as session:
        assert made["secret"].encode() not in session.get_one(ApiKey, made["id"]).secret_hash


def test_a_key_of_the_live_organization_says_so(client, cast):
    switched = client.post(
        "/v1/auth/switch",
        json={"organization_id": cast.merchant.registered.live.id},
        headers=cast.owner.headers,
    ).json()
    made = client.post("/v1/api_keys", json={"name": "live"}, headers=bearer(switched["access_token"])).json()
    assert made["secret"].startswith("tk_live_")
    assert client.get("/v1/auth/org", headers=bearer(made["secret"])).json()["mode"] == "live"


def test_a_key_may_do_what_its_scopes_say(client, container, cast):
    _, reader = make_api_key(container, cast.merchant, "audit_log:*", "events:write")
    assert client.get("/v1/audit_log", headers=bearer(reader)).status_code == 200
    refused = client.get("/v1/api_keys", headers=bearer(reader))
    assert (refused.status_code, refused.json()["code"]) == (403, "permission_missing")


@pytest.mark.parametrize("scope", ["everything", "members:write", "events:", "*:read", ""])
def test_a_scope_that_keys_cannot_have_is_pointed_at(client, cast, scope):
    answer = create(client, cast, scopes=["events:read", scope])
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/scopes/1")


def test_a_key_makes_no_keys(client, cast):
    answer = client.post("/v1/api_keys", json={"name": "x"}, headers=cast.merchant.headers)
    assert answer.status_code == 403


def test_a_key_ends_at_its_expiry(client, cast, clock):
    ends = clock.now() + timedelta(seconds=2)
    secret = create(client, cast, expires_at=ends.isoformat()).json()["secret"]
    assert works(client, secret)
    clock.advance(timedelta(seconds=2))
    assert not works(client, secret)


def test_an_expiry_in_the_past_is_refused(client, cast, clock):
    answer = create(client, cast, expires_at=clock.now().isoformat())
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/expires_at")


def test_a_revoked_key_is_refused_at_once(client, cast):
    made = create(client, cast).json()
    assert works(client, made["secret"])
    for _ in range(2):
        assert client.delete(f"/v1/api_keys/{made['id']}", headers=cast.owner.headers).status_code == 204
    refused = client.get("/v1/auth/org", headers=bearer(made["secret"]))
    assert (refused.status_code, refused.json()["code"]) == (401, "api_key_invalid")


def test_a_rotated_key_works_beside_its_successor_for_a_while(client, cast, clock):
    old = create(client, cast, scopes=["events:write"]).json()
    answer = client.post(f"/v1/api_keys/{old['id']}/rotate", json={"overlap_seconds": 60}, headers=cast.owner.headers)
    new = answer.json()
    assert answer.status_code == 201
    assert (new["name"], new["scopes"]) == ("server", ["events:write"])
    assert new["id"] != old["id"]
    clock.advance(timedelta(seconds=59))
    assert works(client, old["secret"])
    clock.advance(timedelta(seconds=1))
    assert not works(client, old["secret"])
    assert works(client, new["secret"])
    again = client.post(f"/v1/api_keys/{old['id']}/rotate", headers=cast.owner.headers)
    assert (again.status_code, again.json()["code"]) == (409, "api_key_ended")


def test_a_repeated_request_gets_the_same_secret(client, cast):
    headers = {**cast.owner.headers, "Idempotency-Key": "make"}
    answers = [client.post("/v1/api_keys", json={"name": "x"}, headers=headers) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    assert answers[1].headers["idempotent-replayed"] == "true"


def test_the_last_use_is_noted_once_a_minute(client, container, cast, clock):
    made = create(client, cast).json()

    def last_used_at():
        with container.database.begin() as session:
            return session.get_one(ApiKey, made["id"]).last_used_at

    assert last_used_at() is None
    assert works(client, made["secret"])
    first = last_used_at()
    assert first == clock.now()
    clock.advance(timedelta(seconds=59))
    assert works(client, made["secret"])
    assert last_used_at() == first
    clock.advance(timedelta(seconds=6))
    assert works(client, made["secret"])
    assert last_used_at() == clock.now()


@pytest.mark.parametrize(
    "credential",
    ["tk_test_short", "tk_live_" + "0" * 46, "Bearer", "é", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ1c3JfMSJ9.", "a.b.c"],
)
def test_made_up_credentials_are_refused(client, credential):
    answer = client.get("/v1/auth/org", headers={"Authorization": f"Bearer {credential}".encode()})
    assert answer.status_code == 401


@pytest.mark.parametrize("header", ["Basic dXNlcjpwYXNz", "Bearer", "tk_test_x"])
def test_another_scheme_is_no_credential(client, header):
    answer = client.get("/v1/auth/org", headers={"Authorization": header})
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    assert answer.headers["www-authenticate"] == 'Bearer realm="tinko"'

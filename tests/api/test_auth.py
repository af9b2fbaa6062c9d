"""Signing up, in, on and out, over HTTP."""

import secrets
from datetime import timedelta

import httpx
import pytest

from app.db.models import AuditEntry, Organization, Policy, PspAccount, User
from app.db.queries.scoped import owned
from app.services.identity.register import SANDBOX

PASSWORD = "a quiet harbour at dawn"


def register(client: httpx.Client, **changes) -> httpx.Response:
    body = {
        "email": f"New.{secrets.token_hex(6)}@Example.com",
        "password": PASSWORD,
        "full_name": "Nora New",
        "organization_name": "New Ventures",
        "country": "in",
        "currency": "inr",
        **changes,
    }
    return client.post("/v1/auth/register", json=body)


def bearer(answer: httpx.Response) -> dict[str, str]:
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def test_signing_up_makes_a_live_organization_and_its_test_twin(client, container):
    answer = register(client)
    body = answer.json()
    assert answer.status_code == 201
    assert body["token_type"] == "bearer"
    assert body["expires_in"] == 900
    assert body["organization"]["mode"] == "live"
    assert [(each["mode"], each["role"]) for each in body["organizations"]] == [("live", "owner"), ("test", "owner")]
    live, test = (each["id"] for each in body["organizations"])
    with container.database.begin() as session:
        assert session.get_one(Organization, live).pair_id == session.get_one(Organization, test).pair_id
        assert session.get_one(Organization, test).currency == "INR"
        assert session.get_one(User, body["user"]["id"]).email == body["user"]["email"] == body["user"]["email"].lower()
        for organization_id in (live, test):
            [policy] = session.scalars(owned(Policy, organization_id))
            assert policy.is_active
            actions = [entry.action for entry in session.scalars(owned(AuditEntry, organization_id))]
            assert "organization.create" in actions
        [account] = session.scalars(owned(PspAccount, test))
        assert account.psp == SANDBOX
        assert b"sbx_" not in account.sealed_credentials
        assert session.scalars(owned(PspAccount, live)).all() == []


def test_a_taken_address_is_told_whatever_its_case(client):
    answer = register(client)
    again = register(client, email=answer.json()["user"]["email"].upper())
    assert (again.status_code, again.json()["code"]) == (409, "email_taken")


@pytest.mark.parametrize(
    ("field", "value", "pointer"),
    [
        ("email", "not an address", "/email"),
        ("password", "short", "/password"),
        ("password", "password1234", "/password"),
        ("country", "1X", "/country"),
        ("organization_name", "   ", "/organization_name"),
        ("full_name", None, "/full_name"),
    ],
)
def test_signing_up_with_a_bad_field_names_it(client, field, value, pointer):
    answer = register(client, **{field: value})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == pointer


def test_an_unknown_currency_is_refused(client):
    answer = register(client, currency="XQQ")
    assert (answer.status_code, answer.json()["code"]) == (422, "currency_unknown")


def test_a_wrong_password_and_an_unknown_user_get_the_same_answer(client):
    email = register(client).json()["user"]["email"]
    wrong = client.post("/v1/auth/login", json={"email": email, "password": "not the password"})
    unknown = client.post("/v1/auth/login", json={"email": "nobody@example.com", "password": "not the password"})
    odd = client.post("/v1/auth/login", json={"email": "no address", "password": "not the password"})
    assert wrong.status_code == unknown.status_code == odd.status_code == 401
    without_id = [{k: v for k, v in each.json().items() if k != "request_id"} for each in (wrong, unknown, odd)]
    assert without_id[0] == without_id[1] == without_id[2]
    assert without_id[0]["code"] == "invalid_credentials"


def test_signing_in_goes_to_the_organization_that_was_used_last(client):
    signed_up = register(client)
    body = signed_up.json()
    test_id = body["organizations"][1]["id"]
    switched = client.post("/v1/auth/switch", json={"organization_id": test_id}, headers=bearer(signed_up))
    assert switched.status_code == 200
    assert switched.json()["organization"]["id"] == test_id
    assert switched.json()["refresh_token"] is None
    assert client.get("/v1/auth/org", headers=bearer(switched)).json()["mode"] == "test"
    signed_in = client.post("/v1/auth/login", json={"email": body["user"]["email"], "password": PASSWORD})
    assert signed_in.status_code == 200
    assert signed_in.json()["organization"]["id"] == test_id


def test_nobody_switches_to_an_organization_of_others(client, cast):
    answer = client.post(
        "/v1/auth/switch", json={"organization_id": cast.merchant.id}, headers=cast.outsider.owner.headers
    )
    assert answer.status_code == 404


def test_me_tells_who_is_signed_in_and_where(client, cast):
    answer = client.get("/v1/auth/me", headers=cast.analyst.headers).json()
    assert answer["user"]["id"] == cast.analyst.user.id
    assert answer["organization"]["id"] == cast.merchant.id
    assert answer["organization"]["role"] == "analyst"


def test_an_api_key_is_nobody_in_person(client, cast):
    answer = client.get("/v1/auth/me", headers=cast.merchant.headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "staff_only")
    assert client.get("/v1/auth/org", headers=cast.merchant.headers).json()["role"] is None


def test_a_refresh_token_is_good_once_and_its_reuse_ends_the_sign_in(client):
    first = register(client).json()["refresh_token"]
    second = client.post("/v1/auth/refresh", json={"refresh_token": first}, headers={"Cookie": ""})
    assert second.status_code == 200
    assert second.json()["refresh_token"] != first
    assert client.get("/v1/auth/me", headers=bearer(second)).status_code == 200
    reused = client.post("/v1/auth/refresh", json={"refresh_token": first})
    assert (reused.status_code, reused.json()["code"]) == (401, "refresh_token_invalid")
    after = client.post("/v1/auth/refresh", json={"refresh_token": second.json()["refresh_token"]})
    assert after.status_code == 401
    assert client.get("/v1/auth/me", headers=bearer(second)).status_code == 401


def test_the_refresh_token_also_travels_in_a_cookie_that_scripts_cannot_read(base_url):
    with httpx.Client(base_url=base_url) as browser:
        answer = register(browser)
        [cookie] = [each for each in answer.headers.get_list("set-cookie") if each.startswith("tinko_refresh=")]
        assert "HttpOnly" in cookie
        assert "SameSite=strict" in cookie
        assert "Path=/v1/auth" in cookie
        assert browser.post("/v1/auth/refresh").status_code == 200
        headers = {"X-CSRF-Token": browser.cookies["tinko_csrf"]}
        assert browser.post("/v1/auth/logout", headers=headers).status_code == 204
        assert "tinko_refresh" not in browser.cookies
        assert browser.post("/v1/auth/refresh").json()["code"] == "unauthenticated"


@pytest.mark.parametrize("token", ["nonsense", "tkr_" + "a" * 46, "tk_test_" + "a" * 46, "é" * 20])
def test_a_refresh_token_that_is_none_is_refused(client, token):
    answer = client.post("/v1/auth/refresh", json={"refresh_token": token})
    assert (answer.status_code, answer.json()["code"]) == (401, "refresh_token_invalid")


def test_signing_out_ends_the_access_token_at_once(client):
    answer = register(client)
    client.cookies.clear()
    assert client.post("/v1/auth/logout", headers=bearer(answer)).status_code == 204
    refused = client.get("/v1/auth/me", headers=bearer(answer))
    assert (refused.status_code, refused.json()["code"]) == (401, "access_token_invalid")
    refreshed = client.post("/v1/auth/refresh", json={"refresh_token": answer.json()["refresh_token"]})
    assert refreshed.status_code == 401


def test_signing_out_with_nothing_to_end_is_refused(client):
    client.cookies.clear()
    assert client.post("/v1/auth/logout").status_code == 401


def test_an_access_token_expires(client, clock):
    answer = register(client)
    clock.advance(timedelta(minutes=15, seconds=4))
    assert client.get("/v1/auth/me", headers=bearer(answer)).status_code == 200
    clock.advance(timedelta(seconds=1))
    assert client.get("/v1/auth/me", headers=bearer(answer)).status_code == 401


def test_a_sign_in_ends_when_it_was_not_used_for_thirty_days(client, clock):
    token = register(client).json()["refresh_token"]
    clock.advance(timedelta(days=30))
    assert client.post("/v1/auth/refresh", json={"refresh_token": token}).status_code == 401

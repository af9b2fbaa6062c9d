"""Sign-ins of browsers: cookies, the token against forgeries, and seeing and ending one's own."""

from contextlib import ExitStack
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.db.models import AuditEntry, Membership, UserSession
from app.db.queries.scoped import owned
from app.infra.crypto import hash_secret
from tests.factories.people import browser, sign_up


@pytest.fixture
def here(base_url):
    with browser(base_url) as made:
        assert sign_up(made).status_code == 201
        yield made


@pytest.fixture
def elsewhere(base_url, here):
    """Sign the same person in in another browser."""
    email = here.get("/v1/auth/me").json()["user"]["email"]
    with ExitStack() as stack:

        def sign_in():
            there = stack.enter_context(browser(base_url))
            assert there.log_in(email).status_code == 200
            return there

        yield sign_in


def row_of(container, browser_) -> UserSession:
    with container.database.begin() as session:
        digest = hash_secret(browser_.cookies["tinko_session"])
        return session.scalars(select(UserSession).where(UserSession.secret_hash == digest)).one()


def test_signing_in_gives_one_cookie_that_scripts_read_and_one_that_they_do_not(base_url):
    with browser(base_url) as made:
        given = {each.partition("=")[0]: each for each in sign_up(made).headers.get_list("set-cookie")}
    month = 30 * 86_400
    for name in ("tinko_session", "tinko_csrf"):
        assert f"Max-Age={month}" in given[name]
        assert "Path=/;" in given[name]
        assert "SameSite=strict" in given[name]
        assert "Secure" not in given[name]  # PUBLIC_BASE_URL is plain http here
    assert "HttpOnly" in given["tinko_session"]
    assert "HttpOnly" not in given["tinko_csrf"]
    assert "HttpOnly" in given["tinko_browser"]


def test_the_cookie_alone_reads(here):
    me = here.get("/v1/auth/me").json()
    assert (me["mode"], me["organization"]["role"], me["totp_enabled"]) == ("live", "owner", False)
    assert "organization:write" in me["permissions"]
    assert "contacts:read" in me["permissions"]
    assert "csrf" not in str(me)
    assert here.get("/v1/recoveries").status_code == 200


def test_the_cookie_with_its_token_writes(here, container):
    answer = here.patch("/v1/auth/me", json={"full_name": "Nora Newer"})
    assert (answer.status_code, answer.json()["user"]["full_name"]) == (200, "Nora Newer")
    with container.database.begin() as session:
        rows = session.scalars(owned(AuditEntry, answer.json()["organization"]["id"]))
        [entry] = [row for row in rows if row.action == "user.rename"]
    assert (entry.before, entry.after) == ({"full_name": "Nora New"}, {"full_name": "Nora Newer"})
    assert entry.actor == entry.subject == answer.json()["user"]["id"]


def forged_headers(base_url, here) -> dict[str, dict[str, str]]:
    with browser(base_url) as other:
        sign_up(other)
        foreign = other.cookies["tinko_csrf"]
    own = here.cookies["tinko_csrf"]
    return {
        "none": {"X-CSRF-Token": ""},
        "wrong": {"X-CSRF-Token": own[:-1] + ("0" if own[-1] != "0" else "1")},
        "of another sign-in": {"X-CSRF-Token": foreign},
        "from another site": {"X-CSRF-Token": own, "Sec-Fetch-Site": "cross-site"},
        "from another host of our site": {"X-CSRF-Token": own, "Sec-Fetch-Site": "same-site"},
        "from another origin": {"X-CSRF-Token": own, "Origin": "https://evil.example"},
        "from nowhere": {"X-CSRF-Token": own, "Origin": "null"},
    }


def test_a_forged_request_changes_nothing(base_url, here):
    for why, headers in forged_headers(base_url, here).items():
        answer = here.patch("/v1/auth/me", json={"full_name": "Mallory"}, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "csrf_failed"), why
        for path in ("/v1/auth/logout", "/v1/auth/sessions/revoke_others", "/v1/events/payment_failed"):
            answer = here.post(path, json={}, headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (403, "csrf_failed"), (why, path)
    assert here.get("/v1/auth/me").json()["user"]["full_name"] == "Nora New"


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}])
def test_our_own_pages_are_no_other_site(here, headers):
    assert here.patch("/v1/auth/me", json={"full_name": "Nora"}, headers=headers).status_code == 200
    origin = {"Origin": str(here.base_url).rstrip("/")}
    assert here.patch("/v1/auth/me", json={"full_name": "Nora"}, headers=origin).status_code == 200


def test_another_site_signs_nobody_in(base_url):
    with browser(base_url) as made:
        email = sign_up(made).json()["user"]["email"]
        made.cookies.clear()
        body = {"email": email, "password": "a quiet harbour at dawn"}
        answer = made.post("/v1/auth/login", json=body, headers={"Sec-Fetch-Site": "cross-site"})
        assert (answer.status_code, answer.json()["code"]) == (403, "csrf_failed")
        assert dict(made.cookies) == {}


def test_ingest_takes_the_cookie_too(here):
    report = {
        "transaction_ref": "browser-1",
        "amount": 100,
        "currency": "INR",
        "gateway": "sandbox",
        "failure_reason": "insufficient_funds",
    }
    assert here.post("/v1/events/payment_failed", json=report).status_code == 201


def test_a_header_of_authorization_decides_alone(here, cast):
    answer = here.get("/v1/auth/me", headers={"Authorization": "Bearer nonsense"})
    assert (answer.status_code, answer.json()["code"]) == (401, "access_token_invalid")
    assert here.get("/v1/auth/me", headers={"Authorization": "Basic eDp5"}).status_code == 401
    own = here.patch("/v1/auth/me", json={"full_name": "A"}, headers={**cast.analyst.headers, "X-CSRF-Token": ""})
    assert own.json()["user"]["id"] == cast.analyst.user.id


@pytest.mark.parametrize("secret", ["nonsense", "tks_" + "a" * 46, "tkr_" + "a" * 46])
def test_a_cookie_that_is_none_is_refused(base_url, secret):
    with browser(base_url) as made:
        made.cookies.set("tinko_session", secret)
        answer = made.get("/v1/auth/me")
        assert (answer.status_code, answer.json()["code"]) == (401, "session_ended")


def test_a_page_that_believes_in_another_organization_changes_nothing(here):
    me = here.get("/v1/auth/me").json()
    live, test = (each["id"] for each in me["organizations"])
    assert here.post("/v1/auth/switch", json={"organization_id": test}).status_code == 200
    assert here.get("/v1/auth/me", headers={"X-Tinko-Organization": test}).json()["mode"] == "test"
    stale = here.patch("/v1/auth/me", json={"full_name": "X"}, headers={"X-Tinko-Organization": live})
    assert (stale.status_code, stale.json()["code"]) == (409, "organization_changed")
    assert here.get("/v1/auth/me").json()["user"]["full_name"] == "Nora New"


def test_signing_out_ends_the_sign_in_and_takes_the_cookies(here, base_url):
    secret = here.cookies["tinko_session"]
    assert here.post("/v1/auth/logout").status_code == 204
    assert {"tinko_session", "tinko_csrf", "tinko_refresh"} & set(here.cookies) == set()
    with browser(base_url) as thief:
        thief.cookies.set("tinko_session", secret)
        assert thief.get("/v1/auth/me").json()["code"] == "session_ended"


def test_a_sign_in_lasts_on_while_it_is_used_and_is_not_written_at_each_request(here, container, clock):
    started = row_of(container, here)
    clock.advance(timedelta(minutes=4))
    here.get("/v1/auth/org")
    assert row_of(container, here).last_used_at == started.last_used_at
    now = clock.advance(timedelta(days=20))
    renewed = here.get("/v1/auth/me")
    row = row_of(container, here)
    assert (row.last_used_at, row.expires_at) == (now, now + timedelta(days=30))
    assert any(each.startswith("tinko_session=") for each in renewed.headers.get_list("set-cookie"))
    clock.advance(timedelta(days=20))
    assert here.get("/v1/auth/me").status_code == 200
    clock.advance(timedelta(days=30))
    assert here.get("/v1/auth/me").json()["code"] == "session_ended"


def test_a_person_sees_their_own_sign_ins_and_which_one_asks(here, elsewhere, cast):
    there = elsewhere()
    listed = here.get("/v1/auth/sessions").json()["items"]
    assert [each["current"] for each in listed] == [False, True]
    assert {each["user_agent"] for each in listed} == {"Test Browser 1.0"}
    assert listed[0].keys() == {"id", "user_agent", "created_at", "last_used_at", "expires_at", "current"}
    page = there.get("/v1/auth/sessions", params={"limit": 1}).json()
    assert [each["current"] for each in page["items"]] == [True]
    assert page["next_cursor"] is not None
    assert here.delete(f"/v1/auth/sessions/{listed[0]['id']}", headers=cast.owner.headers).status_code == 404


def test_a_sign_in_that_is_revoked_elsewhere_ends_at_once(here, elsewhere, container):
    there = elsewhere()
    other = row_of(container, there)
    assert here.delete(f"/v1/auth/sessions/{other.id}").status_code == 204
    refused = there.get("/v1/auth/me")
    assert (refused.status_code, refused.json()["code"]) == (401, "session_ended")
    assert there.post("/v1/auth/refresh").status_code == 401
    assert here.get("/v1/auth/me").status_code == 200
    assert here.delete(f"/v1/auth/sessions/{other.id}").status_code == 404
    with container.database.begin() as session:
        rows = session.scalars(owned(AuditEntry, other.organization_id).where(AuditEntry.subject == other.id))
        [entry] = [row for row in rows if row.action == "session.revoke"]
    assert (entry.before["ended"], entry.after["ended"]) == (False, True)


def test_all_others_end_and_the_present_one_stays(here, elsewhere):
    one, two = elsewhere(), elsewhere()
    assert here.post("/v1/auth/sessions/revoke_others").json() == {"revoked": 2}
    assert [each.get("/v1/auth/me").status_code for each in (here, one, two)] == [200, 401, 401]
    assert here.post("/v1/auth/sessions/revoke_others").json() == {"revoked": 0}


def test_ending_the_present_one_is_signing_out(here, container):
    assert here.delete(f"/v1/auth/sessions/{row_of(container, here).id}").status_code == 204
    assert "tinko_session" not in here.cookies
    assert here.get("/v1/auth/me").status_code == 401


def test_who_was_taken_out_is_out_in_their_browser_too(here, container):
    me = here.get("/v1/auth/me").json()
    with container.database.begin() as session:
        for row in session.scalars(owned(Membership, me["organization"]["id"])):
            session.delete(row)
    assert here.get("/v1/auth/me").json()["code"] == "session_ended"


def test_an_api_key_has_no_sign_ins(client, cast):
    for path in ("/v1/auth/sessions/revoke_others", "/v1/auth/totp"):
        answer = client.post(path, headers=cast.merchant.headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "staff_only")

"""Asking people to join, and joining, over HTTP."""

import secrets
from datetime import timedelta

import pytest

from app.db.models import AuditEntry, Membership
from app.db.queries.scoped import owned
from app.domain.notify.port import SendOutcome, SendResult
from app.tasks.handlers.people import MailNotTakenError
from tests.factories.identity import PASSWORD, make_merchant, sign_in
from tests.factories.people import browser, mails_to, sign_up, token_in


def new_email() -> str:
    return f"guest-{secrets.token_hex(6)}@example.com"


def invite(client, person, email, role="operator", **headers):
    return client.post("/v1/invitations", json={"email": email, "role": role}, headers={**person.headers, **headers})


def token_for(container, email) -> str:
    [mail] = mails_to(container, email)
    assert f"{container.settings.public_base_url}/console/invite#token=" in mail.text
    return token_in(mail)


def accept(made, token, **body):
    return made.post("/v1/invitations/accept", json={"token": token, **body})


@pytest.fixture
def guest(base_url):
    with browser(base_url) as made:
        yield made


def newcomer(**changes) -> dict[str, str]:
    return {"full_name": "Gita Guest", "password": PASSWORD, **changes}


def test_a_new_person_joins_both_organizations_of_the_pair(client, container, cast, guest):
    email = new_email()
    answer = invite(client, cast.owner, email.upper(), "operator")
    shown = answer.json()
    assert answer.status_code == 201
    assert (shown["email"], shown["role"], shown["both_modes"], shown["sent_at"]) == (email, "operator", True, None)
    token = token_for(container, email)
    [listed] = client.get("/v1/invitations", headers=cast.operator.headers).json()["items"]
    assert listed["sent_at"] is not None
    told = guest.get(f"/v1/invitations/by_token/{token}").json()
    assert (told["email"], told["organization_name"], told["account_exists"]) == (email, "Harbour Books", False)
    assert told["invited_by_name"] == "Olga Owner"
    joined = accept(guest, token, **newcomer()).json()
    assert joined["organization"]["id"] == cast.merchant.id
    assert {(each["mode"], each["role"]) for each in joined["organizations"]} == {
        ("live", "operator"),
        ("test", "operator"),
    }
    assert guest.get("/v1/auth/me").json()["user"]["full_name"] == "Gita Guest"
    assert client.get("/v1/invitations", headers=cast.owner.headers).json()["items"] == []
    for again in (accept(guest, token, **newcomer()), guest.get(f"/v1/invitations/by_token/{token}")):
        assert (again.status_code, again.json()["code"]) == (410, "invitation_gone")
    with container.database.begin() as session:
        rows = session.scalars(owned(AuditEntry, cast.merchant.id)).all()
    assert {row.action for row in rows if row.subject == shown["id"]} == {"invitation.create", "invitation.accept"}
    assert email not in str([row.after for row in rows])


def test_an_inviter_gives_no_more_than_they_may(client, cast):
    refused = invite(client, cast.admin, new_email(), "owner")
    assert (refused.status_code, refused.json()["code"]) == (403, "role_not_yours")
    for person in (cast.operator, cast.analyst):
        assert invite(client, person, new_email(), "analyst").json()["code"] == "permission_missing"
    # The admin belongs to the test organization alone, and cannot let anybody into the live one.
    allowed = invite(client, cast.admin, new_email(), "admin").json()
    assert allowed["both_modes"] is False


def test_an_invitation_dies_with_the_inviters_right_to_give_it(client, container, cast, guest):
    email = new_email()
    invite(client, cast.admin, email, "admin")
    token = token_for(container, email)
    with container.database.begin() as session:
        [row] = [r for r in session.scalars(owned(Membership, cast.merchant.id)) if r.user_id == cast.admin.user.id]
        row.role = "operator"
    answer = accept(guest, token, **newcomer())
    assert (answer.status_code, answer.json()["code"]) == (410, "invitation_gone")
    with container.database.begin() as session:
        assert len(session.scalars(owned(Membership, cast.merchant.id)).all()) == 4


def test_who_has_an_account_proves_it(client, container, cast, guest):
    email = sign_up(guest).json()["user"]["email"]
    guest.cookies.clear()
    invite(client, cast.owner, email, "analyst")
    token = token_for(container, email)
    assert guest.get(f"/v1/invitations/by_token/{token}").json()["account_exists"] is True
    missing = accept(guest, token, full_name="Mallory")
    assert (missing.status_code, missing.json()["errors"][0]["pointer"]) == (422, "/password")
    wrong = accept(guest, token, password="a wrong guess")
    assert (wrong.status_code, wrong.json()["code"]) == (401, "invalid_credentials")
    joined = accept(guest, token, password=PASSWORD).json()
    assert (joined["organization"]["id"], joined["organization"]["role"]) == (cast.merchant.id, "analyst")
    assert len(joined["organizations"]) == 4
    assert joined["user"]["full_name"] == "Nora New"


def test_who_is_signed_in_joins_at_once_and_stays_signed_in(client, container, cast, guest):
    email = sign_up(guest).json()["user"]["email"]
    secret = guest.cookies["tinko_session"]
    invite(client, cast.owner, email, "analyst")
    token = token_for(container, email)
    forged = guest.post("/v1/invitations/accept", json={"token": token}, headers={"X-CSRF-Token": "0"})
    assert (forged.status_code, forged.json()["code"]) == (403, "csrf_failed")
    assert accept(guest, token).json()["refresh_token"] is None
    assert guest.cookies["tinko_session"] == secret
    assert guest.get("/v1/auth/me").json()["organization"]["id"] == cast.merchant.id


def test_another_person_does_not_join_in_somebodys_place(client, container, cast, guest):
    email = make_merchant(container).owner.user.email
    sign_up(guest)
    invite(client, cast.owner, email)
    answer = accept(guest, token_for(container, email))
    assert (answer.status_code, answer.json()["code"]) == (403, "invitation_not_yours")


def test_a_newcomer_says_a_name_and_a_good_password(client, container, cast, guest):
    email = new_email()
    invite(client, cast.owner, email)
    token = token_for(container, email)
    nothing = accept(guest, token)
    assert [each["pointer"] for each in nothing.json()["errors"]] == ["/full_name", "/password"]
    assert accept(guest, token, **newcomer(password="password2031!")).json()["code"] == "password_weak"
    assert accept(guest, token, **newcomer()).status_code == 200


def test_members_and_people_who_were_asked_are_not_asked_again(client, container, cast):
    member = invite(client, cast.owner, cast.analyst.user.email)
    assert (member.status_code, member.json()["code"]) == (409, "member_already")
    email = new_email()
    key = {"Idempotency-Key": secrets.token_hex(8)}
    first, replay = (invite(client, cast.owner, email, **key) for _ in range(2))
    assert first.json() == replay.json()
    again = invite(client, cast.owner, email)
    assert (again.status_code, again.json()["code"]) == (409, "invitation_pending")
    assert len(mails_to(container, email)) == 1


def test_an_invitation_ends_after_seven_days_and_makes_room(client, container, cast, guest, clock):
    email = new_email()
    first = invite(client, cast.owner, email).json()
    token = token_for(container, email)
    clock.advance(timedelta(days=7))
    headers = make_headers(container, cast)
    assert accept(guest, token, **newcomer()).json()["code"] == "invitation_gone"
    [listed] = client.get("/v1/invitations", headers=cast.merchant.headers).json()["items"]
    assert (listed["id"], listed["expired"]) == (first["id"], True)
    answer = client.post("/v1/invitations", json={"email": email, "role": "analyst"}, headers=headers)
    assert answer.status_code == 201
    [listed] = client.get("/v1/invitations", headers=cast.merchant.headers).json()["items"]
    assert listed["id"] == answer.json()["id"]


def make_headers(container, cast) -> dict[str, str]:
    """Sign the owner in anew: their token has expired."""
    return sign_in(container, cast.owner.user, cast.merchant.id, "owner").headers


def test_sent_again_the_new_link_works_and_the_old_one_does_not(client, container, cast, guest):
    email = new_email()
    made = invite(client, cast.owner, email).json()
    old = token_for(container, email)
    resent = client.post(f"/v1/invitations/{made['id']}/resend", headers=cast.admin.headers)
    assert (resent.status_code, resent.json()["invited_by"]) == (200, cast.admin.user.id)
    new = token_for(container, email)
    assert accept(guest, old, **newcomer()).status_code == 410
    assert accept(guest, new, **newcomer()).status_code == 200
    ended = client.post(f"/v1/invitations/{made['id']}/resend", headers=cast.admin.headers)
    assert (ended.status_code, ended.json()["code"]) == (409, "invitation_ended")


def test_what_is_taken_back_lets_nobody_in(client, container, cast, guest):
    email = new_email()
    made = invite(client, cast.owner, email, "owner").json()
    token = token_for(container, email)
    path = f"/v1/invitations/{made['id']}"
    assert client.delete(path, headers=cast.admin.headers).json()["code"] == "role_not_yours"
    assert client.delete(path, headers=cast.outsider.owner.headers).status_code == 404
    assert client.delete(path, headers=cast.owner.headers).status_code == 204
    assert accept(guest, token, **newcomer()).status_code == 410
    assert client.delete(path, headers=cast.owner.headers).status_code == 409


def test_what_was_taken_back_before_its_mail_left_is_not_mailed(client, container, cast):
    email = new_email()
    made = invite(client, cast.owner, email).json()
    client.delete(f"/v1/invitations/{made['id']}", headers=cast.owner.headers)
    assert mails_to(container, email) == []


@pytest.mark.parametrize("token", ["nonsense", "tki_" + "a" * 46, "tks_" + "a" * 46])
def test_a_token_that_is_none_shows_nothing(client, token):
    assert client.get(f"/v1/invitations/by_token/{token}").json()["code"] == "invitation_gone"


def test_a_mail_that_the_server_does_not_take_now_is_not_told_as_sent(client, container, cast):
    email = new_email()
    invite(client, cast.owner, email)
    with pytest.raises(MailNotTakenError):
        mails_to(container, email, SendResult(SendOutcome.TRANSIENT, error_code="451"))
    [listed] = client.get("/v1/invitations", headers=cast.owner.headers).json()["items"]
    assert listed["sent_at"] is None

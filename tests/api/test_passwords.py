"""Passwords forgotten, reset, changed and guessed."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import event, select

from app.db.models import AuditEntry, OutboxMessage, SignInTries
from app.db.queries.scoped import owned
from app.domain.errors import TinkoError
from app.services.identity.log_in import Claim, CredentialsInvalidError, Door, log_in
from app.services.identity.sessions import Client
from tests.factories.identity import PASSWORD
from tests.factories.people import browser, mails_to, sign_up, token_in

ANOTHER = "a louder harbour at dusk"


@pytest.fixture
def here(base_url):
    with browser(base_url) as made:
        sign_up(made)
        yield made


@pytest.fixture
def stranger(base_url):
    with browser(base_url) as made:
        yield made


def email_of(made) -> str:
    return made.get("/v1/auth/me").json()["user"]["email"]


def forget(made, container, email) -> str:
    assert made.post("/v1/auth/password/forgot", json={"email": email}).status_code == 202
    [mail] = mails_to(container, email.lower())
    assert mail.subject == "Choose a new password"
    assert f"{container.settings.public_base_url}/console/reset#token=" in mail.text
    return token_in(mail)


def reset(made, token, password=ANOTHER, **more):
    return made.post("/v1/auth/password/reset", json={"token": token, "password": password, **more})


def test_a_mailed_token_resets_once_ends_every_sign_in_and_begins_one(here, stranger, container):
    email = email_of(here)
    token = forget(stranger, container, email.upper())
    second = forget(stranger, container, email)
    answer = reset(stranger, token)
    assert (answer.status_code, answer.json()["user"]["email"]) == (200, email)
    assert here.get("/v1/auth/me").json()["code"] == "session_ended"
    assert stranger.get("/v1/auth/me").status_code == 200
    for used in (token, second):
        again = reset(here, used, "a third harbour at noon")
        assert (again.status_code, again.json()["code"]) == (410, "reset_token_gone")
    assert here.log_in(email).json()["code"] == "invalid_credentials"
    assert here.log_in(email, ANOTHER).status_code == 200
    assert [mail.subject for mail in mails_to(container, email)] == ["Your password was changed"]


def test_a_token_is_good_for_half_an_hour(here, container, clock):
    token = forget(here, container, email_of(here))
    clock.advance(timedelta(minutes=30))
    assert reset(here, token).json()["code"] == "reset_token_gone"
    assert here.get("/v1/auth/me").status_code == 200


def test_a_weak_password_does_not_use_the_token_up(here, container):
    token = forget(here, container, email_of(here))
    weak = reset(here, token, "P@ssw0rd2031!")
    assert (weak.status_code, weak.json()["errors"][0]["pointer"]) == (422, "/password")
    assert reset(here, token).status_code == 200


@pytest.mark.parametrize(
    "spoil", [lambda t: t[:-1] + "x", lambda t: "x" + t, lambda t: t.replace(".", ".9", 1), lambda _: "a.1.b"]
)
def test_a_token_that_is_none_resets_nothing(here, container, spoil):
    token = forget(here, container, email_of(here))
    assert reset(here, spoil(token)).status_code == 410
    assert here.get("/v1/auth/me").status_code == 200


def test_the_answer_tells_nobody_whether_there_is_an_account(stranger, container):
    unknown = "nobody-forgot@example.com"
    answer = stranger.post("/v1/auth/password/forgot", json={"email": unknown})
    assert (answer.status_code, answer.json()) == (202, {"accepted": True})
    assert mails_to(container, unknown) == []
    with container.database.begin() as session:
        assert not [row for row in session.scalars(select(OutboxMessage)) if unknown in str(row.payload)]


def test_only_a_few_mails_an_hour_go_to_one_address(here, stranger, container):
    email = email_of(here)
    for _ in range(7):
        assert stranger.post("/v1/auth/password/forgot", json={"email": email}).status_code == 202
    assert len(mails_to(container, email)) == 5


def test_changing_the_password_ends_the_other_sign_ins(here, stranger, container):
    email = email_of(here)
    stranger.log_in(email)
    wrong = {"current_password": "not my password", "new_password": ANOTHER}
    refused = here.post("/v1/auth/password/change", json=wrong)
    assert (refused.status_code, refused.json()["code"]) == (422, "password_wrong")
    assert refused.json()["errors"][0]["pointer"] == "/current_password"
    assert stranger.get("/v1/auth/me").status_code == 200
    changed = here.post("/v1/auth/password/change", json={"current_password": PASSWORD, "new_password": ANOTHER})
    assert changed.status_code == 204
    assert here.get("/v1/auth/me").status_code == 200
    assert stranger.get("/v1/auth/me").json()["code"] == "session_ended"
    assert stranger.log_in(email, ANOTHER).status_code == 200
    with container.database.begin() as session:
        rows = session.scalars(owned(AuditEntry, here.get("/v1/auth/me").json()["organization"]["id"])).all()
    [entry] = [row for row in rows if row.action == "password.change"]
    assert entry.after == {"sessions_ended": 1}


def test_five_wrong_passwords_are_free_and_then_the_wait_doubles(here, stranger, clock):
    email = email_of(here)
    assert [stranger.log_in(email, "a wrong guess").status_code for _ in range(5)] == [401] * 5
    for minutes in (1, 2, 4, 8, 15, 15):
        early = stranger.log_in(email)  # the right one too
        assert (early.status_code, early.json()["code"]) == (429, "too_many_tries")
        assert early.headers["retry-after"] == str(60 * minutes)
        clock.advance(timedelta(minutes=minutes))
        assert stranger.log_in(email, "a wrong guess").status_code == 401
    clock.advance(timedelta(minutes=15))
    assert stranger.log_in(email).status_code == 200
    assert stranger.log_in(email, "a wrong guess").status_code == 401


def test_a_stranger_who_guesses_keeps_neither_a_known_browser_nor_a_reset_out(here, stranger, container):
    email = email_of(here)
    here.post("/v1/auth/logout")
    for _ in range(6):
        stranger.log_in(email, "a wrong guess")
    assert stranger.log_in(email).status_code == 429
    assert here.log_in(email).status_code == 200
    assert reset(stranger, forget(stranger, container, email)).status_code == 200
    stranger.cookies.clear()
    assert stranger.log_in(email, ANOTHER).status_code == 200


def test_a_known_browser_waits_too_and_is_known_to_its_own_account_only(here, stranger):
    email = email_of(here)
    assert [here.log_in(email, "a wrong guess").status_code for _ in range(6)] == [401] * 5 + [429]
    assert stranger.log_in(email).status_code == 200
    sign_up(stranger)
    mine = stranger.cookies["tinko_browser"]
    for _ in range(5):
        stranger.log_in(email, "a wrong guess")
    stranger.cookies.clear()
    assert stranger.log_in(email).status_code == 429, mine


def test_tries_are_forgotten_after_a_day(here, stranger, clock):
    email = email_of(here)
    for _ in range(4):
        stranger.log_in(email, "a wrong guess")
    clock.advance(timedelta(days=1))
    assert [stranger.log_in(email, "a wrong guess").status_code for _ in range(5)] == [401] * 5
    assert stranger.log_in(email).status_code == 429


def test_an_address_without_an_account_waits_alike_and_is_not_written_down(stranger, container):
    email = "never-signed-up@example.com"
    answers = [stranger.log_in(email, "a wrong guess") for _ in range(6)]
    assert [each.status_code for each in answers] == [401] * 5 + [429]
    with container.database.begin() as session:
        rows = session.scalars(select(AuditEntry).where(AuditEntry.request_id == answers[0].headers["x-request-id"]))
        [entry] = rows.all()
    assert (entry.actor, entry.action, entry.organization_id) == ("nobody", "session.refused", None)
    assert entry.subject.startswith("address:")
    assert email not in f"{entry.subject} {entry.after}"


def test_a_refusal_is_in_the_audit_log_of_the_account(here, stranger, container):
    me = here.get("/v1/auth/me").json()
    refused = stranger.log_in(me["user"]["email"], "a wrong guess")
    with container.database.begin() as session:
        rows = session.scalars(owned(AuditEntry, me["organization"]["id"]))
        [entry] = [row for row in rows if row.request_id == refused.headers["x-request-id"]]
    assert (entry.action, entry.actor, entry.after) == ("session.refused", me["user"]["id"], {"why": "password"})


def test_guessing_the_present_password_waits_for_that_sign_in_alone(here, stranger):
    stranger.log_in(email_of(here))
    body = {"current_password": "a wrong guess", "new_password": ANOTHER}
    codes = [here.post("/v1/auth/password/change", json=body).status_code for _ in range(6)]
    assert codes == [422] * 5 + [429]
    right = {"current_password": PASSWORD, "new_password": ANOTHER}
    assert here.post("/v1/auth/password/change", json=right).status_code == 429
    assert stranger.post("/v1/auth/password/change", json=right).status_code == 204


def test_tries_at_once_count_before_they_are_judged(here, container):
    email, now = email_of(here), container.clock.now()
    door = Door(container.crypto, container.tokens, timedelta(days=1))
    start, codes = threading.Barrier(8), []

    def guess():
        start.wait()
        try:
            log_in(container.database.begin, door=door, claim=Claim(email, "a guess"), client=Client(), now=now)
        except TinkoError as error:
            codes.append(error.code)

    threads = [threading.Thread(target=guess) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(codes) == ["invalid_credentials"] * 5 + ["too_many_tries"] * 3


def statements_of(container, email) -> list[str]:
    """Return what a wrong password asks the database, from this thread."""
    me, seen = threading.get_ident(), []

    def note(_connection, _cursor, statement, *_rest):
        if threading.get_ident() == me:
            seen.append(statement)

    event.listen(container.database.engine, "before_cursor_execute", note)
    try:
        door = Door(container.crypto, container.tokens, timedelta(days=1))
        with pytest.raises(CredentialsInvalidError):
            log_in(
                container.database.begin,
                door=door,
                claim=Claim(email, "a wrong guess"),
                client=Client(),
                now=container.clock.now(),
            )
    finally:
        event.remove(container.database.engine, "before_cursor_execute", note)
    return seen


def test_known_and_unknown_addresses_cost_the_same_statements(here, container):
    known, unknown = statements_of(container, email_of(here)), statements_of(container, "unknown-x@example.com")
    assert known == unknown
    assert len(known) > 3


def test_no_row_of_tries_holds_an_address(here, stranger, container):
    email = email_of(here)
    stranger.log_in(email, "a wrong guess")
    with container.database.begin() as session:
        assert all(len(row.account_hash) == 32 for row in session.scalars(select(SignInTries)))

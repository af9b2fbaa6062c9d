"""Two-step sign-in over HTTP."""

import base64
from datetime import timedelta

import pytest

from app.db.models import AuditEntry, User
from app.db.queries.people import count_recovery_codes
from app.db.queries.scoped import owned
from app.domain.identity.totp import code_at, step_at
from tests.factories.identity import PASSWORD
from tests.factories.people import browser, mails_to, sign_up, token_in


class Device:
    """A person's browser, and their app."""

    def __init__(self, browser_, clock):
        self.browser, self.clock = browser_, clock
        self.email = sign_up(browser_).json()["user"]["email"]
        offer = browser_.post("/v1/auth/totp").json()
        assert offer["secret"] in offer["otpauth_uri"]
        self.secret = base64.b32decode(offer["secret"])

    def code(self, steps: int = 0) -> str:
        return code_at(self.secret, step_at(self.clock.now()) + steps)

    def confirm(self) -> list[str]:
        answer = self.browser.post("/v1/auth/totp/confirm", json={"code": self.code()})
        assert answer.status_code == 200, answer.text
        self.clock.advance(timedelta(seconds=90))
        return answer.json()["recovery_codes"]


@pytest.fixture
def device(base_url, clock):
    with browser(base_url) as made:
        yield Device(made, clock)


@pytest.fixture
def there(base_url):
    with browser(base_url) as made:
        yield made


def test_nothing_is_asked_for_until_the_app_was_tried(device, there, container):
    assert there.log_in(device.email).status_code == 200
    wrong = device.browser.post("/v1/auth/totp/confirm", json={"code": device.code(steps=5)})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "totp_invalid")
    assert there.log_in(device.email).status_code == 200
    codes = device.confirm()
    assert len(set(codes)) == 10
    me = device.browser.get("/v1/auth/me").json()
    assert me["totp_enabled"] is True
    with container.database.begin() as session:
        user = session.get_one(User, me["user"]["id"])
        assert device.secret not in user.totp_sealed
        rows = session.scalars(owned(AuditEntry, me["organization"]["id"])).all()
    [entry] = [row for row in rows if row.action == "totp.enable"]
    assert (entry.before, entry.after) == ({"totp": False}, {"totp": True})
    again = device.browser.post("/v1/auth/totp")
    assert (again.status_code, again.json()["code"]) == (409, "totp_state")


def test_a_code_is_asked_for_and_good_once(device, there):
    device.confirm()
    asked = there.log_in(device.email)
    assert (asked.status_code, asked.json()["code"]) == (401, "totp_required")
    assert dict(there.cookies) == {}
    code = device.code()
    assert there.log_in(device.email, totp_code=code).status_code == 200
    replayed = there.log_in(device.email, totp_code=code)
    assert (replayed.status_code, replayed.json()["code"]) == (401, "totp_invalid")
    older = there.log_in(device.email, totp_code=device.code(steps=-1))
    assert older.json()["code"] == "totp_invalid"
    assert there.log_in(device.email, totp_code=device.code(steps=1)).status_code == 200


def test_a_wrong_password_is_told_before_any_code(device, there):
    device.confirm()
    wrong = there.log_in(device.email, "a wrong guess", totp_code=device.code())
    assert wrong.json()["code"] == "invalid_credentials"
    assert there.log_in(device.email, totp_code=device.code()).status_code == 200


def test_guessing_codes_waits_though_the_password_is_right(device, there):
    device.confirm()
    for _ in range(5):
        assert there.log_in(device.email, totp_code=device.code(steps=9)).status_code == 401
        there.log_in(device.email)
    early = there.log_in(device.email, totp_code=device.code())
    assert (early.status_code, early.json()["code"]) == (429, "too_many_tries")


def test_being_asked_for_the_code_is_no_try_in_vain(device, there):
    device.confirm()
    for _ in range(6):
        assert there.log_in(device.email).json()["code"] == "totp_required"
    assert there.log_in(device.email, totp_code=device.code()).status_code == 200


def test_a_recovery_code_is_good_once(device, there, container):
    first, second, *_ = device.confirm()
    assert there.log_in(device.email, totp_code=f" {first.upper()} ").status_code == 200
    again = there.log_in(device.email, totp_code=first)
    assert (again.status_code, again.json()["code"]) == (401, "totp_invalid")
    assert there.log_in(device.email, totp_code=second.replace("-", "")).status_code == 200
    user_id = device.browser.get("/v1/auth/me").json()["user"]["id"]
    with container.database.begin() as session:
        assert count_recovery_codes(session, user_id=user_id) == 8


def test_it_is_switched_off_with_the_password(device, there, container):
    codes = device.confirm()
    wrong = device.browser.post("/v1/auth/totp/disable", json={"password": "a wrong guess"})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "password_wrong")
    assert there.log_in(device.email).json()["code"] == "totp_required"
    assert device.browser.post("/v1/auth/totp/disable", json={"password": PASSWORD}).status_code == 204
    assert there.log_in(device.email, totp_code=codes[0]).status_code == 200
    assert there.get("/v1/auth/me").json()["totp_enabled"] is False
    subjects = [mail.subject for mail in mails_to(container, device.email)]
    assert subjects == ["Two-step sign-in is on", "Two-step sign-in is off"]


def test_a_mailbox_alone_does_not_get_around_the_code(device, there, container):
    device.confirm()
    there.post("/v1/auth/password/forgot", json={"email": device.email})
    token = token_in(mails_to(container, device.email)[-1])
    body = {"token": token, "password": "a louder harbour at dusk"}
    assert there.post("/v1/auth/password/reset", json=body).json()["code"] == "totp_required"
    wrong = {**body, "totp_code": device.code(steps=9)}
    guesses = [there.post("/v1/auth/password/reset", json=wrong) for _ in range(6)]
    assert [each.json()["code"] for each in guesses] == ["totp_invalid"] * 5 + ["too_many_tries"]
    assert device.browser.get("/v1/auth/me").status_code == 200
    device.clock.advance(timedelta(minutes=1))
    assert there.post("/v1/auth/password/reset", json={**body, "totp_code": device.code()}).status_code == 200
    assert device.browser.get("/v1/auth/me").status_code == 401


def test_what_is_on_is_not_confirmed_again_and_what_is_off_not_switched_off(device):
    device.confirm()
    again = device.browser.post("/v1/auth/totp/confirm", json={"code": device.code()})
    assert (again.status_code, again.json()["code"]) == (409, "totp_state")
    off = [device.browser.post("/v1/auth/totp/disable", json={"password": PASSWORD}) for _ in range(2)]
    assert [each.status_code for each in off] == [204, 409]
    assert off[1].json()["code"] == "totp_state"

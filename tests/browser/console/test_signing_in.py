"""Coming in: invitations and resets by mail, and a sign-in that ends elsewhere."""

import re
import secrets

from playwright.sync_api import expect

from tests.browser.console.stand import invitation_token
from tests.factories.identity import PASSWORD, add_person
from tests.factories.people import mails_to, token_in
from tests.fakes.caller import ask

NEW_PASSWORD = "three lanterns over the pier"


def sign_in(desk, email, password):
    desk.fill("Email address", email)
    desk.fill("Password", password)
    desk.press("Sign in")


def test_an_invitation_by_mail_makes_a_colleague(console, merchant, open_desk):
    email = f"priya-{secrets.token_hex(4)}@example.com"
    token = invitation_token(console, merchant, email)
    desk = open_desk()
    desk.go(f"/invite#token={token}")
    desk.heading("Join Harbour Books")
    desk.sees(f"Olga Owner invites {email} as operator.")
    desk.fill("Your name", "Priya Nair")
    desk.fill("Password", NEW_PASSWORD)
    desk.press("Accept the invitation")
    desk.heading("Dashboard")
    expect(desk.page.get_by_role("button", name=re.compile("Priya Nair"))).to_be_visible()
    assert token not in desk.page.url
    members = console.ask(merchant, "/v1/members")["items"]
    assert [each["role"] for each in members if each["email"] == email] == ["operator"]

    late = open_desk(complaints=["410"])
    late.go(f"/invite#token={token}")
    late.sees("This invitation was used or taken back, or has expired.")


def test_a_forgotten_password_is_set_anew_through_the_mail(console, merchant, open_desk):
    email = merchant.owner.user.email
    desk = open_desk()
    desk.go("/sign-in")
    desk.press("Forgot the password?", role="link")
    desk.heading("Reset the password")
    desk.fill("Email address", email)
    desk.press("Send the link")
    desk.sees(f"If {email} has an account, a mail is on its way.")
    [mail] = mails_to(console.container, email)
    desk.go(f"/reset#token={token_in(mail)}")
    desk.fill("New password", NEW_PASSWORD)
    desk.press("Set the password")
    desk.heading("Dashboard")
    for password, status in ((PASSWORD, 401), (NEW_PASSWORD, 200)):
        body = {"email": email, "password": password}
        assert ask("POST", f"{console.url}/v1/auth/login", json=body).status_code == status


def test_a_sign_in_that_is_ended_elsewhere_ends_here_and_nothing_typed_is_lost(console, merchant, open_desk):
    desk = open_desk(merchant.owner, complaints=["401"])
    desk.go("/settings/organization")
    desk.fill("Name", "Harbour Books & Charts")
    answer = ask("POST", f"{console.url}/v1/auth/sessions/revoke_others", headers=merchant.owner.headers)
    assert answer.json()["revoked"] >= 1
    desk.press("Save")
    over = desk.dialog("You were signed out")
    expect(over.get_by_label("Email address")).to_have_value(merchant.owner.user.email)
    desk.fill("Password", PASSWORD, within=over)
    desk.press("Sign in", within=over)
    expect(over).to_be_hidden()
    expect(desk.page.get_by_label("Name", exact=True)).to_have_value("Harbour Books & Charts")
    desk.press("Save")
    desk.sees("Saved.")
    assert console.ask(merchant, "/v1/auth/org")["name"] == "Harbour Books & Charts"


def test_signing_in_leads_on_to_where_one_wanted_to_go(console, merchant, open_desk):
    desk = open_desk()
    desk.page.goto(console.at("/policies"))
    desk.heading("Sign in")
    sign_in(desk, merchant.owner.user.email, "not the password")
    desk.sees("The email address or the password is wrong.")
    sign_in(desk, merchant.owner.user.email, PASSWORD)
    desk.heading("Policies")


def test_an_analyst_sees_what_is_theirs_and_is_refused_the_rest(console, open_desk):
    merchant = console.new_merchant()
    analyst = add_person(console.container, merchant, "analyst")
    failure = console.fail(merchant, "masked-1")
    recovery_id = failure["recovery"]["id"]
    desk = open_desk(analyst, complaints=["403"])
    desk.go(f"/recoveries/{recovery_id}")
    desk.heading(re.compile("1,234.50"))
    assert "asha.masked-1@example.com" not in desk.page.content()
    retry = desk.page.get_by_role("button", name="Retry now")
    expect(retry).to_be_disabled()
    navigation = desk.page.get_by_role("navigation", name="Main navigation")
    expect(navigation.get_by_role("link", name="Recoveries")).to_be_visible()
    for hidden in ("API keys", "Team", "Audit log", "Request log"):
        expect(navigation.get_by_role("link", name=hidden)).to_have_count(0)
    for path in ("/settings/team", "/developers/keys", "/settings/audit"):
        desk.go(path)
        desk.heading("Not for your role")
        desk.sees("Your role here is analyst, which does not include this page")
    status = desk.page.evaluate(
        """async id => {
            const token = document.cookie.match(/tinko_csrf=([^;]*)/)[1];
            const asked = { method: "POST", headers: { "X-CSRF-Token": token } };
            return (await fetch(`/v1/recoveries/${id}/retry`, asked)).status;
        }""",
        recovery_id,
    )
    assert status == 403
    assert console.ask(merchant, f"/v1/recoveries/{recovery_id}")["status"] == "open"

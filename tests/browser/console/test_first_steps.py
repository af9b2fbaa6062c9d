"""A merchant signs up, and sees a first failed payment come back on the test clock."""

import re
import secrets

from playwright.sync_api import expect

from tests.factories.identity import PASSWORD


def test_from_signing_up_to_the_first_money_that_came_back(open_desk):
    desk = open_desk()
    desk.go("/sign-up")
    desk.fill("Your name", "Nora New")
    desk.fill("Company", "Night Market")
    desk.fill("Email address", f"nora-{secrets.token_hex(4)}@example.com")
    desk.fill("Password", PASSWORD)
    desk.press("Create the account")

    desk.heading("Get started")
    desk.press("Go to the test organization")
    desk.fill("Name", "Night Market")
    desk.press("Save and go on")
    desk.press("Go on with the sandbox")
    desk.sees("Waiting for a failure.")
    desk.press("Send it for me")
    desk.sees(re.compile("It arrived: "))
    desk.page.get_by_role("link", name="Watch it come back", exact=True).click()

    came = desk.page.get_by_text(re.compile(r"^₹[\d,.]+ came back$"))
    to_next = desk.page.get_by_role("button", name="Go to the next step")
    for _ in range(4):  # what the policy plans at most
        expect(came.or_(to_next.and_(desk.page.locator(":enabled"))).first).to_be_visible()
        if came.is_visible():
            break
        # Answered, it is busy until what came of it is drawn. Just clicked, it still looks as it did before.
        with desk.page.expect_response("**/v1/test/clock/advance"):
            to_next.click()
    expect(came.first).to_be_visible()
    desk.press("Go on", role="link")
    desk.press("Keep this policy")
    desk.sees("You have seen how it works")
    desk.press("See the dashboard", role="link")
    desk.heading("Dashboard")

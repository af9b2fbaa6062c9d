"""A payer pays, in a real browser: with and without script, after a scanner, with a link that expired."""

import re
from datetime import timedelta

from playwright.sync_api import expect

from app.services.recovery.read import get_recovery
from tests.fakes.caller import ask


def detail(till, recovery_id):
    with till.container.database.begin() as session:
        found = get_recovery(session, organization_id=till.merchant.id, recovery_id=recovery_id)
        return found.brief.recovery, found.attempts, found.links


def address(base_url, token):
    return f"{base_url}/pay/retry/{token}"


def test_a_payer_pays_in_two_taps(page_of_payer, base_url, till):
    page = page_of_payer
    issued = till.link()
    page.goto(address(base_url, issued.token))
    expect(page.get_by_role("heading", level=1)).to_have_text("Your payment did not go through")
    page.get_by_role("button", name="Pay ₹1,234.50").click()
    expect(page).to_have_title("Sandbox checkout")
    page.get_by_role("button", name="Pay", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you, this is paid")

    recovery, attempts, links = detail(till, issued.recovery_id)
    assert (recovery.status, recovery.recovered_via) == ("recovered", "payer_link")
    assert [(a.kind, a.status) for a in attempts] == [("charge", "cancelled"), ("link", "succeeded")]
    assert links[0].used_at is not None
    answer = page.goto(address(base_url, issued.token))
    assert answer.status == 410
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you, this is paid")


def test_a_payer_walks_away_comes_back_and_pays_after_a_decline(page_of_payer, base_url, till):
    page = page_of_payer
    issued = till.link()
    page.goto(address(base_url, issued.token))
    page.get_by_role("button", name=re.compile("^Pay ")).click()
    page.get_by_role("button", name="Walk away").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Nothing was paid")
    page.get_by_role("button", name=re.compile("^Pay ")).click()
    page.get_by_role("button", name="Decline").click()
    page.get_by_role("button", name="Ask for authentication").click()
    page.get_by_role("button", name="Authenticate and pay").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you, this is paid")
    recovery, _, _ = detail(till, issued.recovery_id)
    assert recovery.recovered_via == "payer_link"


def test_a_scanner_that_comes_first_burns_nothing(page_of_payer, base_url, till):
    issued = till.link()
    for _ in range(10):
        headers = {"user-agent": "Mozilla/5.0 (compatible; Mimecast)"}
        assert ask("GET", address(base_url, issued.token), headers=headers).status_code == 200
    assert detail(till, issued.recovery_id)[2][0].opens == 0
    test_a_payer_pays_in_two_taps(page_of_payer, base_url, till)


def test_an_expired_link_is_asked_for_afresh(page_of_payer, base_url, till, clock):
    page = page_of_payer
    issued = till.link(ttl=timedelta(minutes=1))
    clock.advance(timedelta(minutes=1))
    page.goto(address(base_url, issued.token))
    page.get_by_role("button", name="Send a fresh link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("A fresh link is on its way")


def test_a_payer_chooses_a_day_with_the_keyboard_alone(page_of_payer, base_url, till, clock):
    page = page_of_payer
    issued = till.link()
    page.goto(address(base_url, issued.token))
    for _ in range(2):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    day = (clock.now() + timedelta(days=3)).date()
    page.get_by_label(re.compile("^Day, from")).fill(day.isoformat())
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your day is noted")
    assert detail(till, issued.recovery_id)[0].promised_for.date() == day

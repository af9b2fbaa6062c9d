"""From the failure to the money, through the payer's mail: a real SMTP sink, a real browser, a real sandbox."""

import re
import secrets
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from app.services.recovery.read import get_recovery
from tests.browser.post import open_post_office


@pytest.fixture
def post(shop, merchant):
    with open_post_office(shop[1]) as office:
        office.open_at_a_decent_hour(merchant.id)
        yield office


@pytest.fixture
def address():
    return f"payer-{secrets.token_hex(4)}@example.com"


def detail(till, ref):
    answer = till.client.get(f"/v1/recoveries/by_ref/{ref}", headers=till.merchant.headers).json()
    with till.container.database.begin() as session:
        found = get_recovery(session, organization_id=till.merchant.id, recovery_id=answer["id"])
        return found.brief.recovery, [(a.kind, a.status) for a in found.attempts], found.links


def fail(till, address, **facts):
    customer = {"email": address, "country": "IN", "timezone": "Asia/Kolkata", "locale": "en-IN"}
    return till.fail(customer=customer, **facts)


def pay_at_the_sandbox(page):
    page.get_by_role("button", name="Pay ₹1,234.50").click()
    expect(page).to_have_title("Sandbox checkout")
    page.get_by_role("button", name="Pay", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you, this is paid")


def open_mail(page, post, address):
    """Open the newest mail, and follow its button."""
    page.goto(post.mail_to(address)[0])
    link = page.locator('a[href*="/pay/retry/"]').first
    url = link.get_attribute("href")
    link.click()
    return url


def test_a_hard_decline_is_paid_through_the_mail_that_it_leads_to(page_of_payer, till, post, address):
    page = page_of_payer
    ref = fail(till, address, failure_reason="lost_card")
    assert detail(till, ref)[1] == [("link", "scheduled")]
    post.work()
    assert len(post.mail_to(address)) == 1
    url = open_mail(page, post, address)
    expect(page.get_by_role("heading", level=1)).to_have_text("Your payment did not go through")
    pay_at_the_sandbox(page)

    recovery, attempts, links = detail(till, ref)
    assert (recovery.status, recovery.recovered_via) == ("recovered", "payer_link")
    assert attempts == [("link", "succeeded")]
    assert [link.used_at is not None for link in links] == [True]
    answer = page.goto(url)
    assert answer.status == 410
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you, this is paid")
    # Whatever becomes due later, nobody writes to somebody who has paid.
    post.let_time_pass(till.merchant.id, timedelta(days=40))
    post.work()
    assert len(post.mail_to(address)) == 1


def test_a_payer_who_pays_has_the_pending_retry_cancelled(page_of_payer, till, post, address):
    page = page_of_payer
    ref = fail(till, address)
    assert detail(till, ref)[1] == [("charge", "scheduled")]
    path = f"/v1/recoveries/by_ref/{ref}/link"
    answer = till.client.post(path, json={"channel": "email"}, headers=till.merchant.headers)
    assert answer.status_code == 201, answer.text
    post.work()
    open_mail(page, post, address)
    pay_at_the_sandbox(page)

    recovery, attempts, _ = detail(till, ref)
    assert (recovery.status, recovery.recovered_via) == ("recovered", "payer_link")
    assert attempts == [("charge", "cancelled"), ("link", "succeeded")]
    post.let_time_pass(till.merchant.id, timedelta(days=2))
    post.work()
    assert detail(till, ref)[1] == attempts
    page.goto(answer.json()["url"])
    expect(page.get_by_role("heading", level=1)).to_have_text("This is already paid")


def test_an_expired_link_leads_to_a_fresh_one_in_the_mail_and_to_payment(page_of_payer, till, post, address):
    page = page_of_payer
    ref = fail(till, address, failure_reason="lost_card")
    post.work()
    post.let_time_pass(till.merchant.id, timedelta(hours=73))
    old = open_mail(page, post, address)
    expect(page.get_by_role("heading", level=1)).to_have_text("This link has expired")
    page.get_by_role("button", name="Send a fresh link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("A fresh link is on its way")
    before = len(post.mail_to(address))
    post.work()
    assert len(post.mail_to(address)) == before + 1
    page.goto(old)
    expect(page.get_by_role("heading", level=1)).to_have_text("There is a newer link")
    fresh = open_mail(page, post, address)
    assert fresh != old
    pay_at_the_sandbox(page)
    recovery, _, links = detail(till, ref)
    assert (recovery.status, recovery.recovered_via) == ("recovered", "payer_link")
    assert [link.used_at is not None for link in links][-1]


def test_a_reader_checks_a_mail_and_stops_further_ones_with_the_keyboard_alone(page_of_payer, till, post, address):
    page = page_of_payer
    ref = fail(till, address, failure_reason="lost_card")
    post.work()
    (mail,) = post.store.newest_first(recipient=address)
    code = re.search(r"\b[2-9A-Z]{4}-[2-9A-Z]{4}\b", mail.text)[0]
    page.goto(f"{post.container.settings.public_base_url}/verify")
    page.keyboard.press("Tab")
    page.keyboard.type(code)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("This message is real")
    page.goto(mail.headers["List-Unsubscribe"].strip("<>"))
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("You will get no more messages")
    path = f"/v1/recoveries/by_ref/{ref}/link"
    till.client.post(path, json={"channel": "email"}, headers=till.merchant.headers)
    post.let_time_pass(till.merchant.id, timedelta(days=1))
    post.work()
    assert len(post.mail_to(address)) == 1

"""The payer's page as HTML, in every state, through a real server."""

import base64
import hashlib
import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.db.models import Attempt, Link, Recovery
from app.infra.crypto import Crypto
from app.infra.link_tokens import LinkTokens
from app.services.links.issue import revoke_link
from app.services.recovery import act
from tests.pages.tokens import tokens_that_are_none

HOUR = timedelta(hours=1)


def path(token):
    return f"/pay/retry/{token}"


def heading(answer):
    return re.search(r"<h1[^>]*>(.*?)</h1>", answer.text)[1]


def stored(container, link_id):
    with container.database.begin() as session:
        return session.get_one(Link, link_id)


def test_the_page_says_who_wants_how_much_for_what_and_why(client, till):
    answer = client.get(path(till.link().token))
    assert answer.status_code == 200
    assert heading(answer) == "Your payment did not go through"
    for part in ("Harbour Books", "₹1,234.50", "For invoice 1", "not enough money available", "Pay ₹1,234.50"):
        assert part in answer.text


@pytest.mark.parametrize("reason", ["stolen_card", "suspected_fraud", "legal_hold"])
def test_the_page_tells_nothing_that_helps_whoever_tries_cards(client, till, container, reason):
    link = till.link()
    with container.database.begin() as session:
        recovery = session.get_one(Recovery, link.recovery_id)
        recovery.category, recovery.reason = "funds", reason
    answer = client.get(path(link.token))
    assert "Your bank did not approve the payment this time." in answer.text
    assert "not enough money" not in answer.text


def policy_of(answer):
    return dict(part.split(" ", 1) for part in answer.headers["content-security-policy"].split("; "))


def test_the_page_is_small_strict_and_kept_by_nobody(client, till):
    answer = client.get(path(till.link().token))
    (style,) = re.findall(r"<style>(.*?)</style>", answer.text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy_of(answer) == {
        "default-src": "'none'",
        "img-src": "'self' data:",
        "style-src": f"'sha256-{digest}'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
        "form-action": "'self' https: http:",
    }
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-robots-tag"] == "noindex, nofollow"
    assert "<script" not in answer.text
    assert " style=" not in answer.text
    assert len(answer.content) < 10_000
    assert "http" not in style
    # Packing would let a stranger learn of the token in it, byte by byte.
    assert "content-encoding" not in answer.headers


@pytest.mark.parametrize(
    ("asked", "locale", "accepted", "language", "words"),
    [
        (None, None, "", "en", "Your payment did not go through"),
        (None, "hi-IN", "ta", "hi", "आपका भुगतान पूरा नहीं हुआ"),
        (None, None, "fr, ta;q=0.8, en;q=0.5", "ta", "உங்கள் கட்டணம் நிறைவேறவில்லை"),
        ("fil", "hi-IN", "ta", "fil", "Hindi natuloy ang iyong bayad"),
        ("tl", None, "", "fil", "Hindi natuloy ang iyong bayad"),
        ("xx", None, "q=;;,;q=x, *", "en", "Your payment did not go through"),
    ],
)
def test_the_page_speaks_the_payers_language(client, till, asked, locale, accepted, language, words):
    customer = {"country": "IN"} | ({"locale": locale} if locale else {})
    query = {"lang": asked} if asked else {}
    answer = client.get(path(till.link(customer=customer).token), params=query, headers={"accept-language": accepted})
    assert f'<html lang="{language}" dir="ltr">' in answer.text
    assert heading(answer) == words
    assert "1,234.50" in answer.text


def test_reading_leaves_a_mark_of_browsers_and_none_of_scanners(client, till, container):
    issued = till.link()
    for agent in ("", "Mozilla/5.0 (compatible; Mimecast)", "WhatsApp/2.23", "Slackbot-LinkExpanding 1.0"):
        assert client.get(path(issued.token), headers={"user-agent": agent}).status_code == 200
    client.get(path(issued.token), headers={"sec-purpose": "prefetch;prerender"})
    client.head(path(issued.token))
    assert (stored(container, issued.link_id).opened_at, stored(container, issued.link_id).opens) == (None, 0)
    client.get(path(issued.token))
    client.get(path(issued.token))
    link = stored(container, issued.link_id)
    assert (link.opened_at, link.opens, link.used_at) == (container.clock.now(), 2, None)


def test_an_expired_link_offers_a_fresh_one_and_never_shows_it(client, till, container, clock):
    issued = till.link()
    clock.advance(HOUR)
    answer = client.get(path(issued.token))
    assert (answer.status_code, heading(answer)) == (410, "This link has expired")
    assert "1,234.50" not in answer.text
    asked = client.post(f"{path(issued.token)}/reissue")
    assert (asked.status_code, heading(asked)) == (202, "A fresh link is on its way")
    assert "payer@example.com" not in asked.text
    assert "eyJ" not in asked.text
    assert stored(container, issued.link_id).superseded_at == clock.now()
    again = client.post(f"{path(issued.token)}/reissue")
    assert (again.status_code, "Please wait a little" in again.text) == (429, True)
    assert heading(client.get(path(issued.token))) == "There is a newer link"


def test_nobody_without_an_address_is_promised_a_fresh_link(client, till, clock):
    issued = till.link(customer={"ref": "cus_1"})
    clock.advance(HOUR)
    answer = client.post(f"{path(issued.token)}/reissue")
    assert (answer.status_code, "We have no address" in answer.text) == (409, True)


def test_a_revoked_link_and_a_cancelled_payment_say_so(client, till, container, merchant):
    issued, other = till.link(), till.link()
    now = container.clock.now()
    with container.database.begin() as session:
        revoke_link(session, organization_id=merchant.id, link_id=issued.link_id, actor="usr_1", now=now)
        act.cancel(session, organization_id=merchant.id, recovery_id=other.recovery_id, actor="usr_1", now=now)
    answer = client.get(path(issued.token))
    assert (answer.status_code, heading(answer)) == (410, "This link is no longer valid")
    answer = client.get(path(other.token))
    assert (answer.status_code, heading(answer)) == (200, "Nothing to pay")


def test_paying_leads_to_the_provider_and_back_to_the_truth(client, till, payments, container):
    issued = till.link()
    answer = client.post(f"{path(issued.token)}/checkout")
    assert answer.status_code == 303
    request, page = list(payments.psp.checkouts.values())[-1]
    assert answer.headers["location"] == page.url
    assert request.success_url.endswith(f"/pay/success?link={issued.token}")

    waiting = client.get("/pay/success", params={"link": issued.token})
    assert heading(waiting) == "We are waiting for your bank"
    assert "Pay ₹" not in waiting.text
    left = client.get("/pay/cancel", params={"link": issued.token})
    assert heading(left) == "Nothing was paid"
    assert "Pay ₹1,234.50" in left.text

    payments.psp.pay(page)
    assert heading(client.get("/pay/cancel", params={"link": issued.token})) == "Thank you, this is paid"
    with container.database.begin() as session:
        recovery = session.get_one(Recovery, issued.recovery_id)
    assert (recovery.status, recovery.recovered_via) == ("recovered", "payer_link")
    assert (client.get(path(issued.token)).status_code, heading(client.get(path(issued.token)))) == (
        410,
        "Thank you, this is paid",
    )


def test_somebody_elses_payment_makes_another_link_say_already_paid(client, till, payments):
    ref = till.fail()
    first, second = till.link(ref), till.link(ref)
    client.post(f"{path(first.token)}/checkout")
    payments.psp.pay(list(payments.psp.checkouts.values())[-1][1])
    client.get("/pay/success", params={"link": first.token})
    assert heading(client.get(path(second.token))) == "This is already paid"


def test_a_provider_that_is_down_is_said_and_nothing_is_charged(client, till, payments):
    issued = till.link()
    payments.defer(timedelta(seconds=30))
    try:
        answer = client.post(f"{path(issued.token)}/checkout")
    finally:
        payments.defer(None)
    assert (answer.status_code, "Nothing was charged" in answer.text) == (503, True)
    assert heading(client.get(path(issued.token))) == "Your payment did not go through"


def test_a_charge_under_way_is_shown_and_blocks_the_button(client, till, container):
    issued = till.link()
    with container.database.begin() as session:
        attempt = session.execute(
            select(Attempt).where(Attempt.recovery_id == issued.recovery_id, Attempt.kind == "charge")
        ).scalar_one()
        attempt.status = "executing"
    answer = client.get(path(issued.token))
    assert (answer.status_code, heading(answer)) == (200, "Your payment is being tried right now")
    assert "/checkout" not in answer.text
    blocked = client.post(f"{path(issued.token)}/checkout")
    assert heading(blocked) == "Your payment is being tried right now"


def test_a_day_moves_the_plan(client, till, container, clock):
    issued = till.link()
    day = (clock.now() + timedelta(days=5)).date()
    answer = client.post(f"{path(issued.token)}/day", data={"day": day.isoformat()})
    assert (answer.status_code, heading(answer)) == (200, "Your day is noted")
    assert "We will try the payment again on" in answer.text
    with container.database.begin() as session:
        recovery = session.get_one(Recovery, issued.recovery_id)
        attempts = session.execute(select(Attempt).where(Attempt.recovery_id == recovery.id)).scalars().all()
    assert recovery.promised_for.isoformat() == f"{day}T04:30:00+00:00"
    assert {a.due_at for a in attempts} == {a.wake_at for a in attempts} == {recovery.promised_for}
    assert "You chose" in client.get(path(issued.token)).text


def test_a_payer_without_a_saved_method_is_written_to_on_their_day(client, till, clock):
    issued = till.link(payment_method={"type": "upi"})
    day = (clock.now() + timedelta(days=2)).date()
    answer = client.post(f"{path(issued.token)}/day", data={"day": day.isoformat()})
    assert "Nothing is charged by itself." in answer.text


@pytest.mark.parametrize("day", ["", "yesterday", "2026-02-31", "2020-01-01", "2099-01-01", "x" * 2000])
def test_a_day_that_is_not_offered_is_refused_kindly(client, till, day):
    answer = client.post(f"{path(till.link().token)}/day", data={"day": day})
    assert (answer.status_code, "one of the days that are offered" in answer.text) == (422, True)


@pytest.fixture(scope="module")
def bad_tokens(container, client):
    from tests.factories.identity import make_merchant
    from tests.pages.conftest import Till

    return tokens_that_are_none(container, Till(container, client, make_merchant(container)).link())


@pytest.mark.parametrize(
    "kind",
    [
        "tampered",
        "truncated",
        "foreign",
        "huge",
        "none",
        "another audience",
        "another issuer",
        "unknown id",
        "another organization",
        "odd ids",
        "two dots",
        "words",
        "not ASCII",
        "an access token",
    ],
)
def test_what_is_no_token_of_a_link_gets_the_same_answer_everywhere(client, bad_tokens, kind):
    token = bad_tokens[kind]
    page = client.get(path(token))
    if kind == "two dots":
        assert page.status_code == 404
        return
    assert (page.status_code, heading(page)) == (404, "This link does not work")
    for what in ("checkout", "reissue", "day"):
        answer = client.post(f"{path(token)}/{what}")
        assert (answer.status_code, heading(answer)) == (404, "This link does not work"), what
    for address in ("success", "cancel"):
        assert client.get(f"/pay/{address}", params={"link": token}).status_code == 404
    answer = client.get(f"/v1/recoveries/by_token/{token}")
    assert (answer.status_code, answer.json()["code"]) == (404, "link_invalid")
    for what in ("open", "reissue"):
        answer = client.post(f"/v1/recoveries/by_token/{token}/{what}")
        assert (answer.status_code, answer.json()["code"]) == (404, "link_invalid"), what


def test_a_rotated_key_still_opens_what_it_signed(container, till):
    issued = till.link()
    old = container.settings.secret_key.get_secret_value()
    rotated = LinkTokens(Crypto("another secret that is long enough, too", previous=(old,)).keys_for("recovery-link"))
    assert rotated.read(issued.token).link_id == issued.link_id
    newer = rotated.issue(
        link_id="lnk_2", organization_id="org_2", now=container.clock.now(), expires_at=issued.expires_at
    )
    assert rotated.read(newer).link_id == "lnk_2"
    assert container.link_tokens.read(newer) is None
    forgotten = LinkTokens(Crypto("x" * 40).keys_for("recovery-link"))
    assert forgotten.read(issued.token) is None

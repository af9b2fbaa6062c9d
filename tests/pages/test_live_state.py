"""What changes under a payer's hands is said: amounts, payments that may still come through, too many tries."""

import re
from datetime import timedelta

import pytest

from app.db.models import Recovery
from app.domain.money import Money
from app.domain.payments.port import PaymentStatus
from app.pages.routes import MOST_TRIES
from tests.browser.states import DOUBTFUL, report

WAS, IS = 123450, 99900


def path(issued):
    return f"/pay/retry/{issued.token}"


def heading(answer):
    return re.search(r"<h1[^>]*>(.*?)</h1>", answer.text)[1]


def pages_at(payments):
    return len(payments.psp.checkouts)


@pytest.fixture
def changed(till):
    """A link whose amount has changed since it was made."""
    ref = till.fail()
    issued = till.link(ref)
    report(till, ref, amount=IS)
    return issued


def test_a_changed_amount_is_said_and_the_true_one_is_paid(client, changed, payments):
    answer = client.get(path(changed))
    assert answer.status_code == 200
    assert "it was ₹1,234.50 when this link was made, and is ₹999.00 now." in answer.text
    assert '<p class="amount">₹999.00</p>' in answer.text
    assert f'name="amount" value="{IS}"' in answer.text
    before = pages_at(payments)
    paid = client.post(f"{path(changed)}/checkout", data={"amount": IS})
    assert paid.status_code == 303
    request, _ = list(payments.psp.checkouts.values())[-1]
    assert (pages_at(payments), request.money) == (before + 1, Money(IS, "INR"))


def test_whoever_saw_the_old_amount_is_shown_the_new_one_before_anything_is_opened(client, changed, payments):
    before = pages_at(payments)
    answer = client.post(f"{path(changed)}/checkout", data={"amount": WAS})
    assert answer.status_code == 409
    assert "The amount has changed since you opened this page. Nothing was charged" in answer.text
    assert "Pay ₹999.00" in answer.text
    assert pages_at(payments) == before


@pytest.mark.parametrize("nonsense", ["", "x", "-1", "1e5", "\u0663", "9" * 30])
def test_a_form_that_says_no_amount_pays_the_true_one(client, till, payments, nonsense):
    answer = client.post(f"{path(till.link())}/checkout", data={"amount": nonsense})
    assert answer.status_code == 303
    assert list(payments.psp.checkouts.values())[-1][0].money == Money(WAS, "INR")


def test_an_open_page_for_another_amount_is_waited_for(client, till, payments):
    ref = till.fail()
    issued = till.link(ref)
    assert client.post(f"{path(issued)}/checkout").status_code == 303
    report(till, ref, amount=IS)
    before = pages_at(payments)
    answer = client.get(path(issued))
    assert (answer.status_code, heading(answer)) == (200, "The amount has changed")
    assert "A payment page that asks for ₹1,234.50 is still open." in answer.text
    assert re.search(r"closes by itself at \d+:\d\d\W[ap]m at the latest. After that you can pay ₹999.00", answer.text)
    assert "/checkout" not in answer.text
    again = client.post(f"{path(issued)}/checkout", data={"amount": IS})
    assert heading(again) == "The amount has changed"
    assert pages_at(payments) == before
    said = client.get(f"/v1/recoveries/by_token/{issued.token}").json()
    assert (said["status"], said["situation"], said["amount"]) == ("valid", "amount_changed", IS)


def test_what_was_paid_is_shown_whatever_the_link_had_said(client, till, payments):
    ref = till.fail()
    issued = till.link(ref)
    other = till.link(ref)
    client.post(f"{path(issued)}/checkout")
    request, page = list(payments.psp.checkouts.values())[-1]
    payments.psp.pay(page)
    charge = payments.psp.charges[-1]
    charge.money = Money(IS, "INR")
    client.get("/pay/success", params={"link": issued.token})
    answer = client.get(path(other))
    assert heading(answer) == "This is already paid"
    assert "₹999.00 was paid. This link had said ₹1,234.50." in answer.text
    assert request.money == Money(WAS, "INR")


@pytest.fixture
def doubtful(till, payments):
    """A link of a payment whose failure does not say that no money moved; `status` is what its provider says."""

    def make(status):
        number = len(payments.psp.charges)
        charge = payments.psp._book(f"doubt-{number}", "theirs", Money(WAS, "INR"), None, status)
        return till.link(**DOUBTFUL | {"psp_payment_id": charge.id})

    return make


def test_a_payer_is_told_that_the_bank_is_asked_first(client, doubtful):
    answer = client.get(path(doubtful(PaymentStatus.PENDING)))
    assert heading(answer) == "Your payment did not go through"
    assert "Your first payment may still come through. We ask your bank before you pay again" in answer.text


def test_a_payment_on_its_way_is_shown_as_being_checked(client, doubtful, payments):
    issued = doubtful(PaymentStatus.PENDING)
    before = pages_at(payments)
    answer = client.post(f"{path(issued)}/checkout")
    assert (answer.status_code, heading(answer)) == (409, "We are checking with your bank")
    assert "Please do not pay a second time" in answer.text
    assert "Look again" in answer.text
    assert "/checkout" not in answer.text
    assert "Take it on a day" not in answer.text
    assert pages_at(payments) == before


def test_a_payment_that_came_through_after_all_is_shown_as_paid(client, doubtful, payments, container):
    issued = doubtful(PaymentStatus.CAPTURED)
    before = pages_at(payments)
    answer = client.post(f"{path(issued)}/checkout")
    assert heading(answer) == "This is already paid"
    assert pages_at(payments) == before
    with container.database.begin() as session:
        recovery = session.get_one(Recovery, issued.recovery_id)
    assert (recovery.status, recovery.recovered_via) == ("recovered", "external")


def test_a_payment_that_certainly_failed_is_paid_again(client, doubtful):
    assert client.post(f"{path(doubtful(PaymentStatus.DECLINED))}/checkout").status_code == 303


def test_a_link_is_not_tried_as_programs_do(client, till, payments, clock):
    issued = till.link(ttl=timedelta(days=1))
    payments.defer(timedelta(seconds=1))
    try:
        statuses = [client.post(f"{path(issued)}/checkout").status_code for _ in range(MOST_TRIES + 1)]
    finally:
        payments.defer(None)
    assert statuses[-1] == 429
    assert set(statuses[:10]) == {503}
    clock.advance(timedelta(minutes=2))
    assert client.post(f"{path(till.link())}/checkout").status_code == 303


def test_a_window_that_ends_today_offers_no_day(client, till, container, clock):
    issued = till.link()
    with container.database.begin() as session:
        session.get_one(Recovery, issued.recovery_id).window_ends_at = clock.now() + timedelta(hours=1)
    answer = client.get(path(issued))
    assert (answer.status_code, "Take it on a day" in answer.text) == (200, False)
    refused = client.post(f"{path(issued)}/day", data={"day": clock.now().date().isoformat()})
    assert refused.status_code == 422


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../etc/passwd", "Asia", "", 7])
def test_a_zone_that_nobody_knows_is_read_as_utc(client, till, zone):
    from app.pages.view import zone_of
    from app.services.links.read import read_link_by_token

    issued = till.link(customer={"email": "payer@example.com"})
    with till.container.database.begin() as session:
        opened = read_link_by_token(
            session, tokens=till.container.link_tokens, token=issued.token, now=till.container.clock.now()
        )
        opened.transaction.customer = {"timezone": zone}
        assert str(zone_of(opened)) == "UTC"
        session.rollback()
    assert client.get(path(issued)).status_code == 200


def test_a_fresh_link_is_not_sent_for_one_that_works(client, till):
    answer = client.post(f"{path(till.link())}/reissue")
    assert (answer.status_code, heading(answer)) == (200, "Your payment did not go through")


def test_a_form_that_is_too_large_says_nothing(client, till):
    answer = client.post(f"{path(till.link())}/day", data={"day": "2026-11-25", "more": "x" * 2000})
    assert answer.status_code == 422

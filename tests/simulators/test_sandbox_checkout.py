"""The hosted page: pay, decline, authenticate or walk away; paying works once."""

from concurrent.futures import ThreadPoolExecutor

import pytest

SESSION = {
    "reference": "order-1",
    "amount": 5000,
    "currency": "INR",
    "success_url": "https://shop.test/thanks?order=1",
    "cancel_url": "https://shop.test/basket",
    "metadata": {"attempt_id": "att_1"},
}


@pytest.fixture
def session(account):
    reply = account("POST", "/v1/checkout_sessions", key="att_1", json=SESSION)
    assert reply.status_code == 201
    return reply.json()


@pytest.fixture
def click(account, session):
    return lambda choice: account.client.post(session["url"], data={"choice": choice})


def status_of(account, session):
    return account("GET", f"/v1/checkout_sessions/{session['id']}").json()["status"]


def test_the_page_offers_four_choices_and_reading_it_changes_nothing(account, session):
    page = account.client.get(session["url"])
    assert page.status_code == 200
    for label in ("Pay", "Decline", "Ask for authentication", "Walk away"):
        assert f">{label}</button>" in page.text
    assert "script" not in page.text
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    assert (status_of(account, session), account.charges()) == ("open", [])


def test_paying_leads_back_to_the_merchant_and_is_booked_with_the_attempt(account, session, click):
    assert click("pay").headers["location"] == f"/checkout/{session['id']}"
    page = account.client.get(session["url"])
    assert (page.status_code, page.headers["location"]) == (303, SESSION["success_url"])
    read = account("GET", f"/v1/checkout_sessions/{session['id']}").json()
    assert (read["status"], read["payment"]["status"]) == ("complete", "captured")
    assert read["payment"]["metadata"] == {"attempt_id": "att_1"}
    assert read["payment"]["checkout_session_id"] == session["id"]


def test_two_clicks_at_once_pay_once(account, click):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: click("pay"), range(8)))
    assert account.charges() == [("captured", 0)]


def test_a_decline_is_booked_and_the_payer_may_try_again(account, session, click):
    click("decline")
    assert (status_of(account, session), account.charges()) == ("open", [("declined", 0)])
    click("pay")
    assert (status_of(account, session), account.charges()) == ("complete", [("declined", 0), ("captured", 0)])
    click("decline")
    assert account.charges() == [("declined", 0), ("captured", 0)]


def test_authentication_comes_before_the_money(account, session, click):
    click("authenticate")
    assert account.charges() == [("pending", 0)]
    assert "Authenticate and pay" in account.client.get(session["url"]).text
    click("authenticate")
    click("pay")
    assert (status_of(account, session), account.charges()) == ("complete", [("captured", 0)])


def test_authentication_can_fail(account, session, click):
    click("authenticate")
    click("decline")
    assert (status_of(account, session), account.charges()) == ("open", [("declined", 0)])
    (payment,) = account("GET", "/v1/payments", params={"reference": "order-1"}).json()["items"]
    assert payment["decline_code"] == "authentication_failed"


def test_walking_away_books_nothing(account, session, click):
    assert click("leave").headers["location"] == SESSION["cancel_url"]
    assert (status_of(account, session), account.charges()) == ("open", [])


def test_an_expired_page_takes_no_money(account, session, click, books):
    books.execute(
        "UPDATE sandbox_psp.checkout_sessions SET expires_at = clock_timestamp() WHERE id = %s", [session["id"]]
    )
    assert account.client.get(session["url"]).status_code == 410
    assert click("pay").status_code == 410
    assert (status_of(account, session), account.charges()) == ("expired", [])


@pytest.mark.parametrize("form", [{}, {"choice": "steal"}, {"choice": "p" * 5000}])
def test_another_form_is_refused(account, session, form):
    assert account.client.post(session["url"], data=form).status_code == 422


def test_what_the_merchant_wrote_is_escaped(account):
    hostile = SESSION | {"reference": "<script>alert(1)</script>"}
    page = account.client.get(account("POST", "/v1/checkout_sessions", key="k", json=hostile).json()["url"])
    assert "<script>" not in page.text
    assert "&lt;script&gt;" in page.text


def test_a_key_opens_one_session_and_finds_it(account, session):
    again = account("POST", "/v1/checkout_sessions", key="att_1", json=SESSION)
    assert (again.json(), again.headers["idempotent-replayed"]) == (session, "true")
    found = account("GET", "/v1/checkout_sessions", params={"idempotency_key": "att_1"}).json()["items"]
    assert [item["id"] for item in found] == [session["id"]]
    other = account("POST", "/v1/checkout_sessions", key="att_1", json=SESSION | {"amount": 1})
    assert other.json()["error"]["code"] == "idempotency_key_reused"


@pytest.mark.parametrize("url", ["javascript:alert(1)", "//shop.test", "data:text/html,x", "https://a.test/\r\nX: y"])
def test_pages_lead_only_to_web_addresses(account, url):
    assert account("POST", "/v1/checkout_sessions", key="k", json=SESSION | {"success_url": url}).status_code == 422

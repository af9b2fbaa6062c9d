"""The shared books of the provider simulators, tried through the smallest skin."""

import json
import secrets
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import httpx
import pytest

from app.infra.http import build_client
from tests.fakes.caller import ask
from tests.simulators.books_server import IMPATIENT_SECONDS, Keeper, running_simulator
from tests.simulators.toy_skin import TOY

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def toy_url(books_url):
    with running_simulator(TOY, books_url, now=lambda: NOW) as base_url:
        yield base_url


class Toy:
    """One account at the toy provider, and its keeper."""

    def __init__(self, client, base_url):
        self.client, self.name = client, f"toy_{secrets.token_hex(8)}"
        self.keeper = Keeper(base_url, self.name)

    def __call__(self, method, path, *, key=None, **request):
        headers = {"authorization": self.name, **({"idempotency-key": key} if key else {})}
        return self.client.request(method, path, headers=headers, **request)

    def pay(self, token="pm_sim_ok", *, reference="order-1", amount=5000, key=None, **request):
        body = {"token": token, "amount": amount, "reference": reference}
        return self("POST", "/v1/payments", key=key, json=body, **request)


@pytest.fixture
def toy(toy_url):
    with build_client(base_url=toy_url) as client:
        yield Toy(client, toy_url)


@pytest.mark.parametrize("token", ["pm_sim_ok", "tok-sim-ok", "sim_ok", "pm_sim_ok__anna"])
def test_a_token_is_known_by_its_last_word(toy, token):
    assert toy.pay(token).json()["status"] == "captured"


@pytest.mark.parametrize(
    ("token", "decline"),
    [
        ("pm_sim_insufficient_funds", "insufficient_funds"),
        ("pm_sim_hard_decline", "lost_card"),
        ("pm_sim_code_stolen_card", "stolen_card"),
        ("pm_nobody_knows", "invalid_method"),
    ],
)
def test_a_decline_is_booked_with_its_word(toy, token, decline):
    reply = toy.pay(token)
    assert (reply.status_code, reply.json()["status"], reply.json()["decline"]) == (402, "declined", decline)
    assert toy.keeper.charges("order-1") == [("declined", 0)]


def test_a_method_recovers_at_the_third_try_of_its_reference_only(toy):
    statuses = [toy.pay("pm_sim_recovers_on_3").json()["status"] for _ in range(3)]
    assert statuses == ["declined", "declined", "captured"]
    assert toy.pay("pm_sim_recovers_on_3", reference="order-2").json()["status"] == "declined"


def test_a_declined_payment_can_be_tried_again_and_a_captured_one_cannot(toy):
    payment = toy.pay("pm_sim_recovers_on_2").json()["id"]
    assert toy("POST", f"/v1/payments/{payment}/try", json={}).json()["status"] == "captured"
    assert toy("POST", f"/v1/payments/{payment}/try", json={}).json()["error"] == "wrong_state"
    assert toy.keeper.charges() == [("captured", 0)]


def test_a_pending_payment_settles_at_its_second_read(toy):
    paid, failed = toy.pay("pm_sim_pending").json()["id"], toy.pay("pm_sim_pending_declined").json()["id"]
    read = lambda payment: toy("GET", f"/v1/payments/{payment}").json()["status"]  # noqa: E731
    assert [read(paid), read(paid), read(paid)] == ["pending", "captured", "captured"]
    assert [read(failed), read(failed)] == ["pending", "declined"]


@pytest.mark.parametrize(("token", "booked"), [("timeout_charged", [("captured", 0)]), ("timeout_not_charged", [])])
def test_time_out_tokens_outlast_an_impatient_caller(toy, token, booked):
    with pytest.raises(httpx.ReadTimeout):
        toy.pay(f"pm_sim_{token}", timeout=IMPATIENT_SECONDS)
    assert toy.keeper.charges() == booked


@pytest.mark.parametrize(("token", "status"), [("rate_limited", 429), ("down", 503)])
def test_a_refusal_before_processing_books_nothing_and_uses_no_key_up(toy, token, status):
    assert toy.pay(f"pm_sim_{token}", key="k").status_code == status
    assert toy.pay("pm_sim_ok", key="k").status_code == 200
    assert toy.keeper.charges() == [("captured", 0)]


@pytest.mark.parametrize(("token", "booked"), [("breaks", []), ("breaks_charged", [("captured", 0)])])
def test_an_internal_error_is_replayed_whether_it_charged_or_not(toy, token, booked):
    first, second = (toy.pay(f"pm_sim_{token}", key="k") for _ in range(2))
    assert (first.status_code, second.status_code) == (500, 500)
    assert second.headers["idempotent-replayed"] == "true"
    assert toy.keeper.charges() == booked


def test_a_key_is_one_payment_and_one_answer(toy):
    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(lambda _: toy.pay(key="k"), range(16)))
    assert {r.json().get("error", "in_progress") for r in replies} == {"in_progress"}
    assert len({r.json()["id"] for r in replies if r.status_code == 200}) == 1
    assert toy.keeper.charges() == [("captured", 0)]
    assert toy.pay(key="k", amount=1).json()["error"] == "key_reused"


def test_more_than_was_captured_cannot_be_given_back(toy):
    payment = toy.pay().json()["id"]
    back = lambda **body: toy("POST", f"/v1/payments/{payment}/refunds", json=body).json()  # noqa: E731
    assert back(amount=2000)["amount"] == 2000
    assert back(amount=3001)["error"] == "too_much"
    assert back(currency="USD")["error"] == "invalid"
    assert back()["amount"] == 3000
    assert toy.keeper.charges() == [("refunded", 5000)]


def test_a_list_turns_its_pages_by_place_and_begins_at_a_time(toy):
    ids = [toy.pay(reference=str(number)).json()["id"] for number in range(3)]
    first = toy("GET", "/v1/payments").json()
    assert ([item["id"] for item in first["items"]], first["more"]) == ([ids[2], ids[1]], True)
    rest = toy("GET", "/v1/payments", params={"before": first["items"][-1]["seq"]}).json()
    assert ([item["id"] for item in rest["items"]], rest["more"]) == ([ids[0]], False)
    assert toy("GET", "/v1/payments", params={"since": NOW.timestamp() + 1}).json()["items"] == []


def choose(page, choice):
    return ask("POST", page["url"], data={"choice": choice})


class TestPages:
    def test_a_payer_declines_authenticates_and_pays_once(self, toy):
        page = toy("POST", "/v1/checkouts", json={}).json()
        assert "Simulated Toy checkout" in ask("GET", page["url"]).text
        for choice in ("decline", "authenticate", "pay", "pay"):
            assert choose(page, choice).status_code == 303
        paid = toy("GET", f"/v1/checkouts/{page['id']}").json()
        assert (paid["state"], paid["payment"]["metadata"]) == ("complete", {"attempt_id": "att_1"})
        assert toy.keeper.charges() == [("declined", 0), ("captured", 0)]
        assert ask("GET", page["url"]).headers["location"] == "https://shop.test/thanks"

    def test_an_expired_page_takes_no_money(self, toy):
        page = toy("POST", "/v1/checkouts", json={"seconds": 0}).json()
        assert ask("GET", page["url"]).status_code == 410
        assert choose(page, "pay").status_code == 410
        assert toy.keeper.charges() == []

    def test_a_page_of_nobody_is_not_found(self, toy_url):
        assert ask("GET", f"{toy_url}/_simulator/checkout/nobody").status_code == 404


class TestWebhooks:
    def test_changes_are_told_signed_at_the_simulators_time(self, toy, receiver):
        toy.keeper.webhooks_to(receiver.url)
        payment = toy.pay().json()["id"]
        dispute = toy.keeper.dispute(payment)["id"]
        toy.keeper.decide(dispute, "lost")
        seen = receiver.wait_for(3)
        types = sorted(json.loads(one.body)["type"] for one in seen)
        assert types == ["dispute.lost", "dispute.open", "payment.captured"]
        headers = {name.lower(): value for name, value in seen[0].headers.items()}
        assert headers["x-signature"] == f"webhook-secret:{int(NOW.timestamp())}"
        assert headers["x-toy"] == "1"

    def test_switches_double_drop_and_delay(self, toy, receiver):
        toy.keeper.webhooks_to(receiver.url, double=True, drop=1.0, drop_types=["payment.declined"])
        toy.pay()
        toy.pay("pm_sim_hard_decline")
        receiver.wait_for(2)
        toy.keeper.webhooks_to(receiver.url, delay_seconds=600)
        toy.pay(reference="late")
        told = sorted((item["type"], item["status"]) for item in toy.keeper.deliveries())
        assert told[-1] == ("payment.declined", "dropped")
        assert ("payment.captured", "waiting") in told
        assert {json.loads(one.body)["type"] for one in receiver.seen} == {"payment.captured"}

    def test_some_webhooks_overtake_others_when_told_so(self, toy, receiver):
        toy.keeper.webhooks_to(receiver.url, reorder=True)
        ids = [toy.pay(reference=str(number)).json()["id"] for number in range(4)]
        came = [json.loads(one.body)["id"] for one in receiver.wait_for(4)]
        assert sorted(came) == sorted(ids)
        assert came != ids


class TestTheKeeper:
    def test_a_switch_takes_the_api_down_for_one_account_and_back(self, toy):
        toy.keeper.down()
        assert toy.pay().status_code == 503
        toy.keeper.down(down=False)
        assert toy.pay().status_code == 200

    def test_a_late_verdict_changes_even_a_declined_payment(self, toy):
        payment = toy.keeper.pay("pm_sim_hard_decline")["id"]
        assert toy.keeper.settle(payment, "captured")["status"] == "captured"
        assert toy("GET", f"/v1/payments/{payment}").json()["decline"] is None

    def test_replies_are_dated_by_the_simulators_clock(self, toy):
        assert toy.pay().headers["date"] == "Sun, 01 Mar 2026 12:00:00 GMT"

    def test_a_caller_without_a_key_is_refused_in_the_skins_words(self, toy_url):
        reply = ask("POST", f"{toy_url}/v1/payments", json={})
        assert (reply.status_code, reply.json()["error"]) == (401, "unauthorized")

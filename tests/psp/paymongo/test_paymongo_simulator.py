"""PayMongo's adapter and simulator together: what a merchant and a payer do there, told by truly signed webhooks."""

import secrets
from datetime import UTC, datetime, timedelta

import pytest

from app.domain.classification import FailureSignals, Retry, classify
from app.domain.money import Money
from app.domain.payments.errors import SignatureInvalidError
from app.domain.payments.facts import DisputeStatus, EventKind
from app.domain.payments.port import (
    CheckoutRequest,
    Outcome,
    PaymentStatus,
    RefundRequest,
)
from app.psp import paymongo
from app.simulators.paymongo import SKIN
from tests.fakes.caller import ask
from tests.psp.merchant import Merchant
from tests.simulators.books_server import IMPATIENT_SECONDS, running_simulator
from tests.simulators.receiver import Receiver
from tests.simulators.sandbox_server import own_database

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
PRICE = Money(10_000, "PHP")
SECRET = "whsk_0123456789"


@pytest.fixture(scope="module")
def base_url(postgres_url):
    with own_database(postgres_url) as database_url, running_simulator(SKIN, database_url, now=lambda: NOW) as url:
        yield url


class Shop(Merchant):
    """A merchant's account at PayMongo's simulator."""

    def __init__(self, base_url, receiver, *, mode="test", seconds=10.0):
        super().__init__(
            paymongo.provider,
            "paymongo",
            base_url,
            receiver,
            secret_key=f"sk_{mode}_{secrets.token_hex(12)}",
            secret=SECRET,
            now=NOW,
            price=PRICE,
            live=mode == "live",
            seconds=seconds,
        )

    def __call__(self, method, path, attributes=None):
        return self.send(method, path, {"data": {"attributes": attributes}} if attributes is not None else None)


@pytest.fixture
def shop(base_url):
    with Receiver() as receiver:
        opened = Shop(base_url, receiver)
        yield opened
        opened.adapters.close()


def test_a_merchants_failed_payment_is_told_retried_declined_again_and_recovered(shop):
    asked = {"amount": 10_000, "currency": "PHP", "metadata": {"order_id": "order-1"}}
    intent = shop("POST", "/v1/payment_intents", asked).json()["data"]["id"]
    refused = shop("POST", f"/v1/payment_intents/{intent}/attach", {"payment_method": "pm_sim_insufficient_funds"})
    assert (refused.status_code, refused.json()["errors"][0]["sub_code"]) == (400, "insufficient_funds")
    (failed,) = shop.events(1)
    assert (failed.type, failed.psp_payment_id, failed.attempt_id) == ("payment.failed", intent, None)
    assert (failed.transaction_ref, failed.occurred_at) == ("order-1", NOW)
    found = shop.read(failed)
    assert (found.outcome, found.facts.asked, found.facts.transaction_ref) == (Outcome.DECLINED, PRICE, "order-1")
    verdict = classify(FailureSignals(gateway="paymongo", code=found.decline.code, message=found.decline.message))
    assert (verdict.rule, verdict.retry) == ("paymongo:insufficient_funds", Retry.RETRY_LATER)
    again = shop.charge("pm_sim_recovers_on_2", "att_1")
    recovered = shop.charge("pm_sim_recovers_on_2", "att_2")
    assert (again.outcome, recovered.outcome, recovered.money) == (Outcome.DECLINED, Outcome.SUCCEEDED, PRICE)
    told = {(event.type, event.attempt_id): event for event in shop.events(3)}
    paid = shop.read(told["payment.paid", "att_2"])
    assert (paid.psp_payment_id, paid.facts.attempt_id) == (recovered.psp_payment_id, "att_2")
    assert shop.read(told["payment.failed", "att_1"]).psp_payment_id == again.psp_payment_id
    assert shop.keeper.charges("order-1") == [("declined", 0), ("declined", 0), ("captured", 0)]


def test_a_payer_pays_on_the_page_after_a_decline_there(shop):
    urls = "https://shop.test/thanks", "https://shop.test/basket"
    page = shop.psp.create_checkout(CheckoutRequest("att_1", "order-1", PRICE, *urls, timedelta(minutes=30)))
    assert page.expires_at == NOW + timedelta(minutes=30)
    for choice in ("decline", "pay"):
        assert ask("POST", page.url, data={"choice": choice}).status_code == 303
    events = shop.events(3)
    assert sorted(event.type for event in events) == [
        "checkout_session.payment.paid",
        "payment.failed",
        "payment.paid",
    ]
    assert {event.attempt_id for event in events} == {"att_1"}
    assert shop.read(next(event for event in events if event.type == "payment.failed")).outcome is Outcome.UNKNOWN
    by_page = shop.read(next(event for event in events if event.type.startswith("checkout")))
    by_payment = shop.read(next(event for event in events if event.type == "payment.paid"))
    assert by_page == by_payment
    assert (by_page.outcome, by_page.money, by_page.facts.method.type) == (Outcome.SUCCEEDED, PRICE, "wallet")
    assert page.psp_payment_id in by_page.facts.other_ids


def test_a_timed_out_charge_that_happened_is_found_and_not_repeated(base_url):
    with Receiver() as receiver:
        shop = Shop(base_url, receiver, seconds=IMPATIENT_SECONDS)
        result = shop.charge("pm_sim_timeout_charged", "att_1")
        assert (result.outcome, result.status) == (Outcome.UNKNOWN, None)
        (paid,) = shop.events(1)
        assert (paid.attempt_id, paid.psp_payment_id) == ("att_1", result.psp_payment_id)
        found = shop.psp.retrieve_payment(psp_payment_id=result.psp_payment_id, attempt_id="att_1")
        assert (found.outcome, found.money) == (Outcome.SUCCEEDED, PRICE)
        assert shop.charge("pm_sim_timeout_charged", "att_1") == found
        assert shop.keeper.charges("order-1") == [("captured", 0)]
        shop.adapters.close()


def test_a_refund_is_told_and_found(shop):
    paid = shop.charge("pm_sim_ok", "att_1")
    given = shop.psp.refund(RefundRequest("ref_1", paid.psp_payment_id, Money(4_000, "PHP")))
    rest = shop.psp.refund(RefundRequest("ref_2", paid.psp_payment_id, Money(6_000, "PHP")))
    assert (given.outcome, rest.outcome) == (Outcome.SUCCEEDED, Outcome.SUCCEEDED)
    assert shop.psp.refund(RefundRequest("ref_1", paid.psp_payment_id, Money(4_000, "PHP"))) == given
    told = [event for event in shop.events(3) if event.kind is EventKind.REFUND]
    assert [event.type for event in told] == ["payment.refunded"] * 2
    found = shop.read(told[0])
    assert (found.status, found.facts.refunded, found.money) == (PaymentStatus.REFUNDED, PRICE, PRICE)


def test_a_dispute_is_told_from_its_opening_to_its_end(shop):
    paid = shop.charge("pm_sim_ok", "att_1")
    dispute = shop.keeper.dispute(paid.psp_payment_id, amount=10_000, reason="fraudulent")
    shop.keeper.decide(dispute["id"], "lost")
    told = [event for event in shop.events(3) if event.kind is EventKind.DISPUTE]
    assert sorted((event.type, event.dispute.status) for event in told) == [
        ("dispute.created", DisputeStatus.OPEN),
        ("dispute.resolved", DisputeStatus.LOST),
    ]
    assert {event.dispute.money for event in told} == {PRICE}
    assert shop.read(told[0]).psp_payment_id == paid.psp_payment_id


def test_a_gcash_source_is_authorized_by_its_payer_and_charged_once(shop):
    redirect = {"success": "https://shop.test/ok", "failed": "https://shop.test/no"}
    asked = {"amount": 10_000, "currency": "PHP", "type": "gcash", "redirect": redirect}
    source = shop("POST", "/v1/sources", asked).json()["data"]
    waiting = shop.psp.retrieve_payment(psp_payment_id=source["id"], attempt_id=None)
    assert waiting.outcome is Outcome.REQUIRES_ACTION
    page = source["attributes"]["redirect"]["checkout_url"]
    assert ask("GET", page).status_code == 200
    reply = ask("POST", page, data={"choice": "authorize"})
    assert (reply.status_code, reply.headers["location"]) == (303, "https://shop.test/ok")
    (chargeable,) = shop.events(1)
    assert (chargeable.type, chargeable.psp_payment_id) == ("source.chargeable", source["id"])
    assert shop.read(chargeable).outcome is Outcome.UNKNOWN
    result = shop.charge(source["id"], "att_1")
    assert (result.outcome, result.money) == (Outcome.SUCCEEDED, PRICE)
    assert shop.read(chargeable) == result
    assert shop.psp.retrieve_payment(psp_payment_id=None, attempt_id="att_1") == result
    twice = shop.charge(source["id"], "att_2")
    assert twice.outcome is not Outcome.SUCCEEDED
    assert [line[0] for line in shop.keeper.charges()] == ["captured"]


def test_a_payer_who_does_not_authorize_a_source_ends_it(shop):
    asked = {"amount": 10_000, "currency": "PHP", "type": "gcash", "redirect": {"failed": "https://shop.test/no"}}
    source = shop("POST", "/v1/sources", asked).json()["data"]
    reply = ask("POST", source["attributes"]["redirect"]["checkout_url"], data={"choice": "fail"})
    assert reply.headers["location"] == "https://shop.test/no"
    ended = shop.psp.retrieve_payment(psp_payment_id=source["id"], attempt_id=None)
    assert (ended.outcome, ended.status) == (Outcome.DECLINED, PaymentStatus.CANCELLED)


def test_a_link_of_the_merchants_reads_as_its_payment(shop):
    link = shop("POST", "/v1/links", {"amount": 10_000, "description": "Order 7"}).json()["data"]
    assert shop.psp.retrieve_payment(psp_payment_id=link["id"], attempt_id=None).outcome is Outcome.REQUIRES_ACTION
    ask("POST", link["attributes"]["checkout_url"], data={"choice": "pay"})
    told = {event.type: event for event in shop.events(2)}
    assert set(told) == {"link.payment.paid", "payment.paid"}
    assert shop.read(told["link.payment.paid"]) == shop.read(told["payment.paid"])
    by_link = shop.psp.retrieve_payment(psp_payment_id=link["id"], attempt_id=None)
    assert (by_link.outcome, by_link.money) == (Outcome.SUCCEEDED, PRICE)


def test_a_page_that_was_closed_by_hand_is_over(shop):
    urls = "https://shop.test/thanks", "https://shop.test/basket"
    page = shop.psp.create_checkout(CheckoutRequest("att_1", "order-1", PRICE, *urls, timedelta(minutes=30)))
    assert shop("POST", f"/v1/checkout_sessions/{page.psp_payment_id}/expire").status_code == 200
    over = shop.psp.retrieve_payment(psp_payment_id=page.psp_payment_id, attempt_id=None)
    assert (over.outcome, over.status) == (Outcome.DECLINED, PaymentStatus.CANCELLED)


def test_a_webhook_of_live_mode_is_signed_for_live_mode(base_url):
    with Receiver() as receiver:
        shop = Shop(base_url, receiver, mode="live")
        shop.charge("pm_sim_ok", "att_1")
        (came,) = receiver.wait_for(1)
        assert shop.events(1)[0].type == "payment.paid"
        with pytest.raises(SignatureInvalidError):
            Shop(base_url, receiver).psp.verify_webhook(headers=came.headers, body=came.body, now=NOW)
        shop.adapters.close()


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("POST", "/v1/payment_intents", {"amount": 0, "currency": "PHP"}, 400, "parameter_invalid"),
        ("POST", "/v1/payment_intents", {"amount": 100, "currency": "USD"}, 400, "parameter_invalid"),
        ("POST", "/v1/payment_intents", {"amount": 100, "currency": "PHP", "metadata": {"a": 1}}, 400, None),
        ("POST", "/v1/checkout_sessions", {"line_items": []}, 400, "parameter_invalid"),
        ("POST", "/v1/refunds", {"amount": 1, "payment_id": "pay_1", "reason": "others"}, 404, "resource_not_found"),
        ("POST", "/v1/refunds", {"amount": 1, "payment_id": "pay_1", "reason": "because"}, 400, None),
        ("GET", "/v1/payment_intents/pi_nobody", None, 404, "resource_not_found"),
        ("GET", "/v1/payments/pay_nobody", None, 404, "resource_not_found"),
        ("GET", "/v1/payments?limit=0", None, 400, "parameter_invalid"),
        ("POST", "/v1/sources", {"amount": 1, "currency": "PHP"}, 400, "parameter_invalid"),
    ],
)
def test_what_is_wrong_is_refused_in_paymongos_words(shop, method, path, body, status, code):
    reply = shop(method, path, body)
    assert reply.status_code == status
    assert reply.json()["errors"][0]["code"] == (code or "parameter_invalid")
    assert shop.keeper.charges() == []


def test_a_key_that_is_none_is_not_let_in(base_url):
    for headers in ({}, {"authorization": "Bearer sk_test_1234567890"}, {"authorization": "Basic !"}):
        reply = ask("GET", f"{base_url}/v1/payments", headers=headers)
        assert (reply.status_code, reply.json()["errors"][0]["code"]) == (401, "authentication_invalid")

"""Xendit's adapter and simulator together: what a merchant and a payer do there, told by webhooks with its token."""

import secrets
from datetime import UTC, datetime, timedelta

import pytest

from app.domain.classification import FailureSignals, Retry, classify
from app.domain.money import Money
from app.domain.payments.facts import DisputeStatus, EventKind
from app.domain.payments.port import (
    CheckoutRequest,
    Outcome,
    PaymentStatus,
    RefundRequest,
)
from app.psp import xendit
from app.simulators.xendit import SKIN
from tests.fakes.caller import ask
from tests.psp.merchant import Merchant
from tests.simulators.books_server import IMPATIENT_SECONDS, running_simulator
from tests.simulators.receiver import Receiver
from tests.simulators.sandbox_server import own_database

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
PRICE = Money(12_345, "PHP")
SECRET = "callback-token"


@pytest.fixture(scope="module")
def base_url(postgres_url):
    with own_database(postgres_url) as database_url, running_simulator(SKIN, database_url, now=lambda: NOW) as url:
        yield url


class Shop(Merchant):
    """A merchant's account at Xendit's simulator."""

    def __init__(self, base_url, receiver, *, seconds=10.0):
        super().__init__(
            xendit.provider,
            "xendit",
            base_url,
            receiver,
            secret_key=f"xnd_development_{secrets.token_hex(12)}",
            secret=SECRET,
            now=NOW,
            price=PRICE,
            seconds=seconds,
        )

    def __call__(self, method, path, body=None, *, key=None):
        return self.send(method, path, body, headers={"idempotency-key": key} if key else {})

    def pay(self, token, reference, **rest):
        """What the merchant's own integration does."""
        body = {"reference_id": reference, "payment_token_id": token, "type": "PAY", "country": "PH"}
        return self("POST", "/v3/payment_requests", {**body, "currency": "PHP", "request_amount": 123.45, **rest})


@pytest.fixture
def shop(base_url):
    with Receiver() as receiver:
        opened = Shop(base_url, receiver)
        yield opened
        opened.adapters.close()


def test_a_merchants_failed_payment_is_told_retried_declined_again_and_recovered(shop):
    refused = shop.pay("pt-sim-insufficient-funds", "inv-1", metadata={"order_id": "order-1"}).json()
    assert (refused["status"], refused["failure_code"]) == ("FAILED", "INSUFFICIENT_BALANCE")
    (failed,) = shop.events(1)
    assert (failed.type, failed.psp_payment_id) == ("payment.failure", refused["payment_request_id"])
    assert (failed.transaction_ref, failed.attempt_id, failed.occurred_at) == ("order-1", None, NOW)
    found = shop.read(failed)
    assert (found.outcome, found.facts.asked, found.facts.transaction_ref) == (Outcome.DECLINED, PRICE, "order-1")
    assert (found.decline.network_decline_code, found.decline.network_advice_code) == ("51", "24")
    verdict = classify(FailureSignals(gateway="xendit", code=found.decline.code))
    assert (verdict.rule, verdict.retry) == ("xendit:INSUFFICIENT_BALANCE", Retry.RETRY_LATER)
    again = shop.charge("pt-sim-recovers-on-2", "att_1")
    recovered = shop.charge("pt-sim-recovers-on-2", "att_2")
    assert (again.outcome, recovered.outcome, recovered.money) == (Outcome.DECLINED, Outcome.SUCCEEDED, PRICE)
    told = {(event.type, event.attempt_id): event for event in shop.events(3)}
    paid = shop.read(told["payment.capture", "att_2"])
    assert (paid.psp_payment_id, paid.facts.attempt_id) == (recovered.psp_payment_id, "att_2")
    assert shop.read(told["payment.failure", "att_1"]).psp_payment_id == again.psp_payment_id
    assert shop.keeper.charges("order-1") == [("declined", 0), ("declined", 0), ("captured", 0)]


URLS = "https://shop.test/thanks", "https://shop.test/basket"


def test_a_payer_pays_on_the_page_after_a_decline_there(shop):
    page = shop.psp.create_checkout(CheckoutRequest("att_1", "order-1", PRICE, *URLS, timedelta(minutes=30)))
    assert page.expires_at == NOW + timedelta(minutes=30)
    for choice in ("decline", "pay"):
        assert ask("POST", page.url, data={"choice": choice}).status_code == 303
    (paid,) = shop.events(1)
    assert (paid.type, paid.psp_payment_id) == ("invoice.paid", page.psp_payment_id)
    found = shop.read(paid)
    assert (found.outcome, found.psp_payment_id, found.money) == (Outcome.SUCCEEDED, page.psp_payment_id, PRICE)
    assert (found.facts.attempt_id, found.facts.transaction_ref) == ("att_1", "order-1")
    given = shop.psp.refund(RefundRequest("ref_1", found.psp_payment_id, PRICE))
    assert given.outcome is Outcome.SUCCEEDED
    assert shop.read(paid).status is PaymentStatus.REFUNDED


def test_two_pages_of_one_attempt_are_told_apart_by_their_key(shop):
    first = CheckoutRequest("att_1", "order-1", PRICE, *URLS, timedelta(minutes=30), key="chk_1")
    second = CheckoutRequest("att_1", "order-1", PRICE, *URLS, timedelta(minutes=30), key="chk_2")
    pages = [shop.psp.create_checkout(request).psp_payment_id for request in (first, second, first, second)]
    assert pages[0] != pages[1]
    assert pages[2:] == pages[:2]


def test_an_invoice_that_was_closed_unpaid_is_told_and_over(shop):
    page = shop.psp.create_checkout(CheckoutRequest("att_1", "order-1", PRICE, *URLS, timedelta(minutes=30)))
    assert shop("POST", f"/invoices/{page.psp_payment_id}/expire!").status_code == 200
    (expired,) = shop.events(1)
    assert (expired.type, expired.psp_payment_id) == ("invoice.expired", page.psp_payment_id)
    over = shop.read(expired)
    assert (over.outcome, over.status, over.decline.code) == (
        Outcome.DECLINED,
        PaymentStatus.CANCELLED,
        "invoice:EXPIRED",
    )
    assert classify(FailureSignals(gateway="xendit", code="invoice:EXPIRED")).rule == "xendit:invoice:EXPIRED"


def test_a_timed_out_charge_that_happened_is_found_and_not_repeated(base_url):
    with Receiver() as receiver:
        shop = Shop(base_url, receiver, seconds=IMPATIENT_SECONDS)
        assert shop.charge("pt-sim-timeout-charged", "att_1").outcome is Outcome.UNKNOWN
        (paid,) = shop.events(1)
        assert paid.attempt_id == "att_1"
        found = shop.psp.retrieve_payment(psp_payment_id=None, attempt_id="att_1")
        assert (found.outcome, found.money) == (Outcome.SUCCEEDED, PRICE)
        assert shop.charge("pt-sim-timeout-charged", "att_1") == found
        assert shop.keeper.charges("order-1") == [("captured", 0)]
        shop.adapters.close()


def test_a_refund_is_told_and_found_and_given_once(shop):
    paid = shop.charge("pt-sim-ok", "att_1")
    request = RefundRequest("ref_1", paid.psp_payment_id, Money(45, "PHP"))
    assert shop.psp.refund(request) == shop.psp.refund(request)
    (told,) = [event for event in shop.events(2) if event.kind is EventKind.REFUND]
    assert told.psp_payment_id == paid.psp_payment_id
    assert shop.read(told).facts.refunded == Money(45, "PHP")


def test_a_dispute_is_told_from_its_opening_to_its_end(shop):
    paid = shop.charge("pt-sim-ok", "att_1")
    dispute = shop.keeper.dispute(paid.psp_payment_id, reason="fraud")
    shop.keeper.decide(dispute["id"], "won")
    told = [event for event in shop.events(3) if event.kind is EventKind.DISPUTE]
    assert sorted((event.type, event.dispute.status) for event in told) == [
        ("dispute.action_required", DisputeStatus.OPEN),
        ("dispute.won", DisputeStatus.WON),
    ]
    assert {event.dispute.money for event in told} == {PRICE}
    assert shop.read(told[0]).psp_payment_id == paid.psp_payment_id


def test_a_cards_reference_is_taken_once_even_without_a_key(shop):
    assert shop.pay("pt-sim-ok", "inv-1").status_code == 201
    twice = shop.pay("pt-sim-ok", "inv-1")
    assert (twice.status_code, twice.json()["error_code"]) == (409, "DUPLICATE_ERROR")
    wallet = shop.pay("pt-sim-ok", "inv-1", channel_code="GCASH")
    assert wallet.status_code == 201
    assert shop.keeper.charges("inv-1") == [("captured", 0), ("captured", 0)]


def test_a_key_is_honoured_with_its_first_request_only(shop):
    body = {"reference_id": "r", "payment_token_id": "pt-sim-ok", "type": "PAY", "currency": "PHP"}
    body |= {"request_amount": 1, "channel_code": "GCASH"}
    first = shop("POST", "/v3/payment_requests", body, key="k")
    again = shop("POST", "/v3/payment_requests", body, key="k")
    other = shop("POST", "/v3/payment_requests", body | {"request_amount": 2}, key="k")
    assert (first.status_code, again.json()) == (201, first.json())
    assert (other.status_code, other.json()["error_code"]) == (400, "IDEMPOTENCY_ERROR")
    assert len(shop.keeper.charges("r")) == 1


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("POST", "/v3/payment_requests", {}, 400, "API_VALIDATION_ERROR"),
        ("POST", "/v3/payment_requests", {"reference_id": "r", "type": "PAY", "currency": "XXX"}, 400, None),
        (
            "POST",
            "/v3/payment_requests",
            {"reference_id": "r", "type": "PAY", "currency": "VND", "request_amount": 0.5},
            400,
            None,
        ),
        ("POST", "/v2/invoices", {"amount": 1}, 400, None),
        ("POST", "/v2/invoices", {"external_id": "e", "amount": 1, "invoice_duration": 0}, 400, None),
        ("POST", "/refunds", {"payment_request_id": "pr-1"}, 404, "DATA_NOT_FOUND"),
        ("GET", "/v3/payment_requests/pr-1", None, 404, "DATA_NOT_FOUND"),
        ("GET", "/v3/payments/py-1", None, 404, "DATA_NOT_FOUND"),
        ("GET", "/v3/payment_tokens/tok_1", None, 404, "DATA_NOT_FOUND"),
        ("GET", "/v2/invoices/nobody", None, 404, "DATA_NOT_FOUND"),
        ("GET", "/v3/payment_requests?limit=0", None, 400, None),
    ],
)
def test_what_is_wrong_is_refused_in_xendits_words(shop, method, path, body, status, code):
    reply = shop(method, path, body)
    assert (reply.status_code, reply.json()["error_code"]) == (status, code or "API_VALIDATION_ERROR")
    assert shop.keeper.charges() == []


def test_a_key_that_is_none_is_not_let_in(base_url):
    for headers in ({}, {"authorization": "Bearer xnd_development_12345678"}, {"authorization": "Basic !"}):
        reply = ask("GET", f"{base_url}/v2/invoices", headers=headers)
        assert (reply.status_code, reply.json()["error_code"]) == (401, "INVALID_API_KEY")

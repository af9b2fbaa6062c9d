"""The simulator: spoken to by the official SDK as merchants use it, and by the adapter end to end."""

import json
import secrets
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import razorpay as official
import requests

from app.domain.money import Money
from app.domain.payments.facts import DisputeStatus, EventKind
from app.domain.payments.port import ChargeRequest, CheckoutRequest, Credentials, Outcome, PaymentMethod, RefundRequest
from app.domain.payments.problems import Problem
from app.infra.clock import SystemClock
from app.psp import razorpay
from app.psp.provider import ProviderSettings
from app.simulators.razorpay import SKIN
from tests.fakes.caller import ask
from tests.simulators.books_server import IMPATIENT_SECONDS, Keeper, running_simulator
from tests.simulators.receiver import Receiver
from tests.simulators.sandbox_server import own_database

SECRET = "webhook-secret"
PRICE = Money(5000, "INR")
CLOCK = SystemClock()


@pytest.fixture(scope="module")
def url(postgres_url):
    with own_database(postgres_url) as database_url, running_simulator(SKIN, database_url) as base_url:
        yield base_url


class Account:
    """A merchant's account: the adapter, the official SDK, and the keeper's view."""

    def __init__(self, url, *, key="", seconds=10.0):
        self.key = f"rzp_test_{key}{secrets.token_hex(8)}"
        self.keeper = Keeper(url, self.key)
        given = ProviderSettings(api_base=url, read_timeout=timedelta(seconds=seconds))
        self.adapters = razorpay.provider(given)
        kept = {"key_id": self.key, "key_secret": "secret"}
        self.psp = self.adapters.bind(
            Credentials("psp_1", "razorpay", live=False, secrets=kept, webhook_secrets=(SECRET,))
        )
        self.session = requests.Session()
        self.session.trust_env = False
        self.sdk = official.Client(session=self.session, auth=(self.key, "secret"), base_url=url)

    def charge(self, token="token_sim_ok", *, attempt_id=None, reference=None, customer="cust_1", money=PRICE):
        request = ChargeRequest(
            attempt_id or f"att_{secrets.token_hex(8)}",
            reference or f"order-{secrets.token_hex(8)}",
            money,
            PaymentMethod(token=token, psp_customer_id=customer),
        )
        return self.psp.create_payment(request)

    def read(self, delivery):
        """Verify, parse and follow a webhook as the services do."""
        self.psp.verify_webhook(headers=delivery.headers, body=delivery.body, now=CLOCK.now())
        event = self.psp.parse_webhook(headers=delivery.headers, body=delivery.body)
        return event, self.psp.retrieve_payment(psp_payment_id=event.psp_payment_id, attempt_id=event.attempt_id)

    def close(self):
        self.adapters.close()
        self.session.close()


@pytest.fixture
def accounts(url):
    made = []

    def make(**options):
        made.append(Account(url, **options))
        return made[-1]

    yield make
    for account in made:
        account.close()


@pytest.fixture
def account(accounts):
    return accounts()


@pytest.fixture
def receiver():
    with Receiver() as running:
        yield running


def told_of(deliveries):
    return sorted(json.loads(each.body)["event"] for each in deliveries)


class TestTheOfficialSdk:
    def test_an_order_is_made_charged_and_refunded(self, account):
        sdk = account.sdk
        order = sdk.order.create({"amount": 5000, "currency": "INR", "receipt": "r-1", "notes": {"order_id": "shop-1"}})
        assert (order["status"], order["receipt"]) == ("created", "r-1")
        charge = {
            "email": "a@example.com",
            "contact": "+919876543210",
            "amount": 5000,
            "currency": "INR",
            "order_id": order["id"],
            "customer_id": "cust_1",
            "token": "token_sim_ok",
            "recurring": True,
        }
        paid = sdk.payment.createRecurring(charge)["razorpay_payment_id"]
        assert sdk.payment.fetch(paid)["status"] == "captured"
        assert sdk.order.fetch(order["id"])["status"] == "paid"
        assert [one["id"] for one in sdk.order.payments(order["id"])["items"]] == [paid]
        with pytest.raises(official.errors.BadRequestError, match="already done"):
            sdk.payment.createRecurring(charge)
        refund = sdk.payment.refund(paid, {"amount": 2000}, headers={"X-Refund-Idempotency": "refund-0001"})
        assert sdk.refund.fetch(refund["id"])["status"] == "processed"
        assert sdk.payment.fetch(paid)["amount_refunded"] == 2000

    def test_a_decline_is_an_exception_with_nothing_but_its_sentence(self, account):
        order = account.sdk.order.create({"amount": 5000, "currency": "INR", "receipt": "r-1"})
        with pytest.raises(official.errors.BadRequestError, match="sufficient balance") as caught:
            account.sdk.payment.createRecurring(
                {
                    "email": "a@example.com",
                    "contact": "+919876543210",
                    "amount": 5000,
                    "currency": "INR",
                    "order_id": order["id"],
                    "customer_id": "cust_1",
                    "token": "token_sim_insufficient_funds",
                    "recurring": True,
                }
            )
        assert "insufficient_funds" not in repr(caught.value)

    def test_receipts_may_be_used_again_unless_unique_ones_are_wanted(self, account):
        wanted = {"amount": 5000, "currency": "INR", "receipt": "r-1"}
        first, second = account.sdk.order.create(wanted), account.sdk.order.create(wanted)
        assert first["id"] != second["id"]
        assert account.sdk.order.create({**wanted, "unique_receipt": True})["id"] == first["id"]
        assert account.sdk.order.all({"receipt": "r-1"})["count"] == 2

    @pytest.mark.parametrize(
        "wrong",
        [
            {"amount": 99},
            {"amount": 50.5},
            {"receipt": "r" * 41},
            {"amount": 1001, "currency": "KWD"},
            {"notes": {"a": 1}},
        ],
    )
    def test_what_razorpay_would_refuse_is_refused(self, account, wrong):
        with pytest.raises(official.errors.BadRequestError):
            account.sdk.order.create({"amount": 5000, "currency": "INR", "receipt": "r-1", **wrong})

    def test_a_link_is_paid_once_and_its_reference_used_once(self, account):
        soon = int((CLOCK.now() + timedelta(hours=1)).timestamp())
        wanted = {
            "amount": 5000,
            "currency": "INR",
            "reference_id": "ref-1",
            "callback_url": "https://shop.test/thanks",
            "callback_method": "get",
            "expire_by": soon,
        }
        link = account.sdk.payment_link.create(wanted)
        assert (link["status"], link["payments"], link["expire_by"]) == ("created", None, soon)
        with pytest.raises(official.errors.BadRequestError, match="already attempted"):
            account.sdk.payment_link.create(wanted)
        with pytest.raises(official.errors.BadRequestError, match="15 minutes"):
            account.sdk.payment_link.create({**wanted, "reference_id": "ref-2", "expire_by": soon - 3000})
        reply = ask("POST", link["short_url"], data={"choice": "pay"})
        back = ask("GET", link["short_url"])
        assert (reply.status_code, back.headers["location"]) == (303, "https://shop.test/thanks")
        paid = account.sdk.payment_link.fetch(link["id"])
        assert (paid["status"], paid["amount_paid"], len(paid["payments"])) == ("paid", 5000, 1)

    def test_an_authorised_payment_waits_for_its_capture(self, account):
        result = account.charge("token_sim_authorized")
        assert (result.outcome, result.error_code) == (Outcome.UNKNOWN, Problem.PENDING)
        account.sdk.payment.capture(result.psp_payment_id, 5000, {"currency": "INR"})
        read = account.psp.retrieve_payment(psp_payment_id=result.psp_payment_id, attempt_id=None)
        assert (read.outcome, read.money) == (Outcome.SUCCEEDED, PRICE)

    def test_a_key_without_a_form_is_refused(self, url):
        for auth in (("rzp_test_", "s"), ("nonsense", "s"), ("rzp_test_12345", "")):
            assert ask("GET", f"{url}/v1/orders", auth=auth).status_code == 401


class TestTheAdapter:
    def test_a_journey_from_a_merchants_failure_to_a_payment(self, account, receiver):
        account.keeper.webhooks_to(receiver.url, secret=SECRET)
        account.keeper.pay("token_upi_sim_insufficient_funds", customer="cust_7", metadata={"order_id": "shop-1"})
        event, failed = account.read(receiver.wait_for(1)[0])
        assert (event.type, event.kind, event.transaction_ref) == ("payment.failed", EventKind.PAYMENT, "shop-1")
        assert (failed.outcome, failed.decline.code) == (Outcome.DECLINED, "upi:insufficient_funds")
        assert failed.facts.attempt_id is None
        method = failed.facts.method
        assert (method.token, method.psp_customer_id) == ("token_upi_sim_insufficient_funds", "cust_7")

        again = account.charge("token_upi_sim_recovers_on_2", reference="shop-1", customer=method.psp_customer_id)
        assert (again.outcome, again.decline.code) == (Outcome.DECLINED, "upi:insufficient_funds")
        paid = account.charge("token_upi_sim_recovers_on_2", reference="shop-1", customer=method.psp_customer_id)
        assert (paid.outcome, paid.money) == (Outcome.SUCCEEDED, PRICE)
        assert account.keeper.charges("shop-1") == [("declined", 0), ("declined", 0), ("captured", 0)]
        assert told_of(receiver.wait_for(5)) == [
            "order.paid",
            "payment.authorized",
            "payment.captured",
            "payment.failed",
            "payment.failed",
        ]

    def test_a_failed_payment_may_be_captured_later(self, account, receiver):
        failed = account.charge("token_sim_insufficient_funds", attempt_id="att_late")
        assert failed.outcome is Outcome.DECLINED
        account.keeper.webhooks_to(receiver.url, secret=SECRET)
        account.keeper.settle(failed.psp_payment_id, "captured")
        captured = next(each for each in receiver.wait_for(3) if json.loads(each.body)["event"] == "payment.captured")
        event, found = account.read(captured)
        assert (event.attempt_id, event.psp_payment_id) == ("att_late", failed.psp_payment_id)
        assert (found.outcome, found.decline) == (Outcome.SUCCEEDED, None)

    def test_every_event_of_a_paid_link_leads_to_its_payment(self, account, receiver):
        account.keeper.webhooks_to(receiver.url, secret=SECRET)
        request = CheckoutRequest(
            "att_1", "shop-1", PRICE, "https://shop.test/ok", "https://shop.test/no", timedelta(hours=1), key="chk_1"
        )
        page = account.psp.create_checkout(request)
        assert account.psp.create_checkout(request) == page
        ask("POST", page.url, data={"choice": "decline"})
        still_open = account.psp.retrieve_payment(psp_payment_id=page.psp_payment_id, attempt_id="att_1")
        assert still_open.outcome is Outcome.REQUIRES_ACTION
        ask("POST", page.url, data={"choice": "pay"})
        deliveries = receiver.wait_for(5)
        assert told_of(deliveries) == [
            "order.paid",
            "payment.authorized",
            "payment.captured",
            "payment.failed",
            "payment_link.paid",
        ]
        read = [account.read(each) for each in deliveries]
        assert {(event.attempt_id, event.transaction_ref) for event, _ in read} == {("att_1", "shop-1")}
        paid = {found.psp_payment_id for event, found in read if event.type != "payment.failed"}
        assert paid == {
            account.psp.retrieve_payment(psp_payment_id=page.psp_payment_id, attempt_id=None).psp_payment_id
        }

    def test_a_charge_that_timed_out_and_happened_is_found_and_not_repeated(self, accounts):
        impatient = accounts(seconds=IMPATIENT_SECONDS)
        result = impatient.charge("token_sim_timeout_charged", attempt_id="att_1", reference="shop-1")
        assert (result.outcome, result.error_code) == (Outcome.UNKNOWN, Problem.TIMEOUT)
        again = impatient.charge("token_sim_timeout_charged", attempt_id="att_1", reference="shop-1")
        assert again.outcome is Outcome.SUCCEEDED
        assert impatient.keeper.charges("shop-1") == [("captured", 0)]

    @pytest.mark.parametrize("token", ["token_sim_breaks", "token_sim_breaks_charged"])
    def test_an_internal_error_while_charging_is_unknown_and_the_books_are_asked(self, account, token):
        result = account.charge(token, attempt_id="att_1")
        assert (result.outcome, result.error_code) == (Outcome.UNKNOWN, Problem.PROVIDER_ERROR)
        found = account.psp.retrieve_payment(psp_payment_id=None, attempt_id="att_1")
        assert (found is not None) == (token == "token_sim_breaks_charged")

    @pytest.mark.parametrize("key", ["", "plain"])
    def test_a_race_of_one_attempt_charges_once_whether_receipts_are_unique_or_not(self, accounts, key):
        account = accounts(key=key)
        with ThreadPoolExecutor(8) as pool:
            results = list(pool.map(lambda _: account.charge(attempt_id="att_1", reference="shop-1"), range(16)))
        booked = account.keeper.charges("shop-1")
        # Where receipts are not unique, nobody may have been sure to be alone: then nobody charged.
        assert booked == [("captured", 0)] or (key and booked == [])
        assert {(each.outcome, each.error_code) for each in results} <= {
            (Outcome.SUCCEEDED, None),
            (Outcome.UNKNOWN, Problem.IN_PROGRESS),
        }
        assert len({each.psp_payment_id for each in results if each.psp_payment_id}) == len(booked)

    def test_an_outage_before_the_charge_books_nothing_and_the_attempt_comes_again(self, account):
        account.keeper.down()
        result = account.charge(attempt_id="att_1", reference="shop-1")
        assert (result.outcome, result.error_code, result.transient) == (
            Outcome.ERROR,
            Problem.PROVIDER_UNAVAILABLE,
            True,
        )
        account.keeper.down(down=False)
        assert account.charge(attempt_id="att_1", reference="shop-1").outcome is Outcome.SUCCEEDED
        assert account.keeper.charges("shop-1") == [("captured", 0)]

    @pytest.mark.parametrize(("decided", "status"), [("won", DisputeStatus.WON), ("lost", DisputeStatus.LOST)])
    def test_refunds_and_disputes_are_told(self, account, receiver, decided, status):
        paid = account.charge().psp_payment_id
        account.keeper.webhooks_to(receiver.url, secret=SECRET)
        account.psp.refund(RefundRequest("ref_0123456789", paid, Money(2000, "INR")))
        dispute = account.keeper.dispute(paid, reason="goods_not_received")
        account.keeper.decide(dispute["id"], decided)
        read = [account.read(each)[0] for each in receiver.wait_for(4)]
        assert {event.psp_payment_id for event in read} == {paid}
        assert sorted(event.kind for event in read) == [EventKind.DISPUTE] * 2 + [EventKind.REFUND] * 2
        statuses = {event.dispute.status for event in read if event.dispute}
        assert statuses == {DisputeStatus.OPEN, status}

    def test_a_failed_cycle_of_a_subscription_is_razorpays_to_try_again(self, account, receiver):
        account.keeper.webhooks_to(receiver.url, secret=SECRET)
        notes = {"token": "token_sim_insufficient_funds", "order_id": "cycle-1"}
        wanted = {"plan_id": "plan_1", "customer_id": "cust_1", "amount": 5000, "currency": "INR", "notes": notes}
        made = account.sdk.subscription.create(wanted)
        assert made["status"] == "pending"
        read = [account.read(each) for each in receiver.wait_for(2)]
        assert sorted(event.psp_payment_id[:4] for event, _ in read) == ["pay_", "sub_"]
        assert len({found.psp_payment_id for _, found in read}) == 1
        for _, found in read:
            assert found.outcome is Outcome.DECLINED
            assert found.facts.native_retry_at == datetime.fromtimestamp(made["charge_at"], UTC)

"""The Stripe simulator, spoken to by the official SDK and by Tinko's adapter."""

import json
import secrets
from datetime import UTC, datetime, timedelta

import pytest
import stripe as sdk

from app.domain.money import Money
from app.domain.payments.facts import DisputeStatus, EventKind
from app.domain.payments.port import ChargeRequest, CheckoutRequest, Credentials, Outcome, PaymentMethod
from app.domain.payments.problems import Problem
from app.infra.http import build_client
from app.psp import stripe
from app.psp.provider import ProviderSettings
from app.psp.stripe.calls import HttpxTransport
from app.simulators.stripe import SKIN
from tests.fakes.caller import ask
from tests.fakes.clock import FakeClock
from tests.simulators.books_server import Keeper, running_simulator

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
PRICE = Money(5000, "INR")
SECRET = "whsec_simulated"


@pytest.fixture(scope="module")
def clock():
    return FakeClock(START)


@pytest.fixture(scope="module")
def base_url(books_url, clock):
    with running_simulator(SKIN, books_url, now=clock.now) as url:
        yield url


class Merchant:
    """One account at the simulator: its own code (the SDK), its keeper, and Tinko's adapter."""

    def __init__(self, base_url, client, adapters):
        self.key = f"sk_test_{secrets.token_hex(12)}"
        self.keeper = Keeper(base_url, self.key)
        self.stripe = sdk.StripeClient(
            self.key, http_client=HttpxTransport(client), base_addresses={"api": base_url}, max_network_retries=0
        )
        credentials = Credentials(
            "psp_1", "stripe", live=False, secrets={"secret_key": self.key}, webhook_secrets=(SECRET,)
        )
        self.tinko = adapters.bind(credentials)

    def charge(self, token, *, attempt_id=None, reference="order-1"):
        attempt_id = attempt_id or f"att_{secrets.token_hex(8)}"
        return ChargeRequest(attempt_id, reference, PRICE, PaymentMethod(token, "cus_1"))

    def pays(self, token="pm_sim_ok", **more):
        """A payment of the merchant's own, past Tinko."""
        params = {"amount": 5000, "currency": "inr", "customer": "cus_1", "payment_method": token, "confirm": True}
        return self.stripe.v1.payment_intents.create(params={**params, **more})


@pytest.fixture
def merchant(base_url, clock):
    adapters = stripe.provider(ProviderSettings(base_url, timedelta(seconds=10), clock=clock))
    with build_client() as client:
        yield Merchant(base_url, client, adapters)
    adapters.close()


def choose(page, choice):
    assert ask("POST", page.url, data={"choice": choice}).status_code == 303


class TestTheSdk:
    def test_a_payment_is_made_read_listed_and_refunded(self, merchant):
        made = merchant.pays(metadata={"order_id": "order-7"}, expand=["latest_charge"])
        assert (made.status, made.amount_received, made.latest_charge.status) == ("succeeded", 5000, "succeeded")
        read = merchant.stripe.v1.payment_intents.retrieve(made.id)
        assert (read.metadata["order_id"], read.latest_charge) == ("order-7", made.latest_charge.id)
        assert merchant.stripe.v1.charges.retrieve(read.latest_charge).payment_intent == made.id
        refund = merchant.stripe.v1.refunds.create(params={"payment_intent": made.id, "amount": 2000})
        assert (refund.status, refund.amount) == ("succeeded", 2000)
        assert [one.id for one in merchant.stripe.v1.payment_intents.list().auto_paging_iter()] == [made.id]
        assert merchant.keeper.charges("order-7") == [("captured", 2000)]

    def test_a_decline_is_the_sdks_card_error_and_the_same_intent_can_be_tried_again(self, merchant):
        with pytest.raises(sdk.CardError) as caught:
            merchant.pays("pm_sim_insufficient_funds")
        error = caught.value.error
        assert (error.code, error.decline_code, error.payment_intent.status) == (
            "card_declined",
            "insufficient_funds",
            "requires_payment_method",
        )
        again = merchant.stripe.v1.payment_intents.confirm(
            error.payment_intent.id, params={"payment_method": "pm_sim_ok"}
        )
        assert (again.status, again.last_payment_error) == ("succeeded", None)

    def test_on_session_a_bank_that_wants_the_payer_gets_them(self, merchant):
        made = merchant.pays("pm_sim_requires_action")
        assert (made.status, made.next_action.type) == ("requires_action", "use_stripe_sdk")
        assert merchant.keeper.settle(made.id, "captured")["status"] == "captured"

    def test_money_is_held_and_taken_or_let_go(self, merchant):
        held, other = merchant.pays("pm_sim_authorized"), merchant.pays("pm_sim_authorized")
        assert held.status == "requires_capture"
        assert merchant.stripe.v1.payment_intents.capture(held.id).status == "succeeded"
        assert merchant.stripe.v1.payment_intents.cancel(other.id).status == "canceled"
        with pytest.raises(sdk.InvalidRequestError, match="captured"):
            merchant.stripe.v1.payment_intents.cancel(held.id)

    def test_a_key_replays_its_first_answer_and_refuses_another_request(self, merchant):
        options = {"idempotency_key": "k1"}
        params = {"amount": 5000, "currency": "inr", "payment_method": "pm_sim_hard_decline", "confirm": True}
        told = []
        for _ in range(2):
            with pytest.raises(sdk.CardError) as caught:
                merchant.stripe.v1.payment_intents.create(params=params, options=options)
            told.append(caught.value)
        assert told[0].error.payment_intent.id == told[1].error.payment_intent.id
        assert told[1].headers["idempotent-replayed"] == "true"
        with pytest.raises(sdk.IdempotencyError):
            merchant.stripe.v1.payment_intents.create(params={**params, "amount": 1}, options=options)
        assert merchant.keeper.charges() == [("declined", 0)]

    def test_customers_and_webhook_endpoints_are_kept(self, merchant):
        customer = merchant.stripe.v1.customers.create(params={"email": "a@b.test"})
        assert merchant.stripe.v1.customers.retrieve(customer.id).email == "a@b.test"
        endpoint = merchant.stripe.v1.webhook_endpoints.create(
            params={"url": "http://127.0.0.1:9/hook", "enabled_events": ["*"]}
        )
        assert endpoint.secret.startswith("whsec_")
        assert [one.id for one in merchant.stripe.v1.webhook_endpoints.list().data] == [endpoint.id]

    @pytest.mark.parametrize(
        "params",
        [
            {"amount": 0, "currency": "inr"},
            {"amount": "x", "currency": "inr"},
            {"amount": 5, "currency": "rupees"},
            {"amount": 5, "currency": "inr", "payment_method": "pm_nobody_knows"},
        ],
    )
    def test_a_wrong_request_is_refused_and_nothing_is_booked(self, merchant, params):
        with pytest.raises(sdk.InvalidRequestError):
            merchant.stripe.v1.payment_intents.create(params=params)
        assert merchant.keeper.charges() == []

    @pytest.mark.parametrize("key", ["", "pk_test_0123456789", "nonsense"])
    def test_a_key_that_is_none_is_refused(self, base_url, key):
        headers = {"authorization": f"Bearer {key}"} if key else {}
        reply = ask("GET", f"{base_url}/v1/payment_intents", headers=headers)
        assert (reply.status_code, reply.json()["error"]["type"]) == (401, "invalid_request_error")


class TestTinkoAgainstIt:
    @pytest.mark.parametrize(("token", "outcome"), [("breaks_charged", Outcome.SUCCEEDED), ("breaks", None)])
    def test_a_stored_500_is_replayed_and_only_a_look_up_tells_what_happened(self, merchant, token, outcome):
        request = merchant.charge(f"pm_sim_{token}")
        for _ in range(2):
            result = merchant.tinko.create_payment(request)
            assert (result.outcome, result.error_code) == (Outcome.UNKNOWN, Problem.PROVIDER_ERROR)
        found = merchant.tinko.retrieve_payment(psp_payment_id=None, attempt_id=request.attempt_id)
        assert (found and found.outcome) == outcome
        assert len(merchant.keeper.charges()) == (0 if outcome is None else 1)

    def test_an_outage_leaves_the_outcome_unknown_until_it_is_looked_up(self, merchant):
        request = merchant.charge("pm_sim_ok")
        merchant.keeper.down()
        assert merchant.tinko.create_payment(request).outcome is Outcome.UNKNOWN
        ids = {"psp_payment_id": None, "attempt_id": request.attempt_id}
        assert merchant.tinko.retrieve_payment(**ids).outcome is Outcome.UNKNOWN
        merchant.keeper.down(down=False)
        assert merchant.tinko.retrieve_payment(**ids) is None
        assert merchant.tinko.create_payment(request).outcome is Outcome.SUCCEEDED
        assert merchant.keeper.charges() == [("captured", 0)]

    def test_a_method_that_stripe_does_not_know_is_declined_and_not_booked(self, merchant):
        result = merchant.tinko.create_payment(merchant.charge("pm_nobody_knows"))
        assert (result.outcome, result.decline.code) == (Outcome.DECLINED, "resource_missing")
        assert merchant.keeper.charges() == []

    def test_search_finds_what_is_older_than_its_lag(self, merchant, clock):
        request = merchant.charge("pm_sim_ok")
        made = merchant.tinko.create_payment(request)
        query = {"query": f"metadata['attempt_id']:'{request.attempt_id}'"}
        assert merchant.stripe.v1.payment_intents.search(params=query).data == []
        clock.advance(timedelta(minutes=2))
        assert [one.id for one in merchant.stripe.v1.payment_intents.search(params=query).data] == [made.psp_payment_id]
        assert merchant.tinko.retrieve_payment(psp_payment_id=None, attempt_id=request.attempt_id) == made

    def test_a_failed_renewal_says_when_stripe_tries_again_by_all_its_names(self, merchant):
        again = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
        data = {"invoice": True, "next_payment_attempt": int(again.timestamp())}
        failed = merchant.keeper.pay("pm_sim_hard_decline", customer="cus_1", data=data)
        charge = merchant.stripe.v1.payment_intents.retrieve(failed["id"]).latest_charge
        for name in (failed["id"], charge, f"in_{failed['id'][3:]}"):
            read = merchant.tinko.retrieve_payment(psp_payment_id=name, attempt_id=None)
            assert (read.psp_payment_id, read.decline.code) == (failed["id"], "lost_card")
            assert read.facts.native_retry_at == again
            assert read.facts.method.token == "pm_sim_hard_decline"

    def test_a_payer_declines_and_pays_on_the_page(self, merchant, clock):
        request = CheckoutRequest(
            "att_page", "order-9", PRICE, "https://a.test/", "https://b.test/", timedelta(minutes=5)
        )
        page = merchant.tinko.create_checkout(request)
        choose(page, "decline")
        for ids in (
            {"psp_payment_id": page.psp_payment_id, "attempt_id": None},
            {"psp_payment_id": None, "attempt_id": "att_page"},
        ):
            read = merchant.tinko.retrieve_payment(**ids)
            assert (read.outcome, read.psp_payment_id) == (Outcome.REQUIRES_ACTION, page.psp_payment_id)
        choose(page, "pay")
        clock.advance(timedelta(minutes=2))
        paid = merchant.tinko.retrieve_payment(psp_payment_id=None, attempt_id="att_page")
        assert (paid.outcome, paid.money, paid.facts.transaction_ref) == (Outcome.SUCCEEDED, PRICE, "order-9")
        assert merchant.keeper.charges("order-9") == [("captured", 0)]

    def test_a_page_that_was_closed_is_final(self, merchant):
        request = CheckoutRequest("att_1", "order-9", PRICE, "https://a.test/", "https://b.test/", timedelta(hours=1))
        page = merchant.tinko.create_checkout(request)
        merchant.stripe.v1.checkout.sessions.expire(page.psp_payment_id)
        read = merchant.tinko.retrieve_payment(psp_payment_id=page.psp_payment_id, attempt_id=None)
        assert (read.outcome, read.decline.code) == (Outcome.DECLINED, "payment_intent_payment_attempt_expired")


class TestWebhooks:
    def told(self, merchant, receiver, count):
        """Return the events by type, each verified as Tinko does, at the simulator's time."""
        events = {}
        for one in receiver.wait_for(count):
            merchant.tinko.verify_webhook(headers=one.headers, body=one.body, now=self.now)
            event = merchant.tinko.parse_webhook(headers=one.headers, body=one.body)
            events[event.type] = event
        return events

    @pytest.fixture(autouse=True)
    def _time(self, clock):
        self.now = clock.now()

    def test_one_failed_renewal_is_three_events_and_one_payment(self, merchant, receiver):
        merchant.keeper.webhooks_to(receiver.url, secret=SECRET)
        failed = merchant.keeper.pay("pm_sim_insufficient_funds", customer="cus_1", data={"invoice": True})
        events = self.told(merchant, receiver, 3)
        assert sorted(events) == ["charge.failed", "invoice.payment_failed", "payment_intent.payment_failed"]
        assert {event.kind for event in events.values()} == {EventKind.PAYMENT}
        read = [
            merchant.tinko.retrieve_payment(psp_payment_id=event.psp_payment_id, attempt_id=None)
            for event in events.values()
        ]
        assert {(one.psp_payment_id, one.decline.code) for one in read} == {(failed["id"], "insufficient_funds")}

    def test_a_payment_of_ours_a_refund_and_a_dispute_are_told(self, merchant, receiver):
        merchant.keeper.webhooks_to(receiver.url, secret=SECRET)
        request = merchant.charge("pm_sim_ok")
        made = merchant.tinko.create_payment(request)
        merchant.stripe.v1.refunds.create(params={"payment_intent": made.psp_payment_id, "amount": 1})
        dispute = merchant.keeper.dispute(made.psp_payment_id)
        merchant.keeper.decide(dispute["id"], "lost")
        events = self.told(merchant, receiver, 6)
        assert sorted(events) == [
            "charge.dispute.closed",
            "charge.dispute.created",
            "charge.refunded",
            "charge.succeeded",
            "payment_intent.succeeded",
            "refund.created",
        ]
        assert {event.psp_payment_id for event in events.values()} == {made.psp_payment_id}
        assert events["payment_intent.succeeded"].attempt_id == request.attempt_id
        assert events["charge.refunded"].kind is EventKind.REFUND
        assert events["charge.dispute.created"].dispute.status is DisputeStatus.OPEN
        assert events["charge.dispute.closed"].dispute.status is DisputeStatus.LOST

    def test_a_paid_page_and_a_closed_one_are_told(self, merchant, receiver):
        merchant.keeper.webhooks_to(receiver.url, secret=SECRET)
        request = CheckoutRequest("att_1", "order-9", PRICE, "https://a.test/", "https://b.test/", timedelta(hours=1))
        page = merchant.tinko.create_checkout(request)
        choose(page, "pay")
        events = self.told(merchant, receiver, 3)
        assert sorted(events) == ["charge.succeeded", "checkout.session.completed", "payment_intent.succeeded"]
        assert events["checkout.session.completed"].psp_payment_id == page.psp_payment_id
        assert events["payment_intent.succeeded"].attempt_id == "att_1"

    def test_a_body_is_what_stripe_would_send(self, merchant, receiver):
        merchant.keeper.webhooks_to(receiver.url, secret=SECRET)
        merchant.pays()
        body = json.loads(receiver.wait_for(2)[0].body)
        assert (body["object"], body["api_version"], body["livemode"]) == ("event", "2026-10-28.endive", False)
        event = sdk.Event.construct_from(body, self.key_of(merchant))
        assert event.data.object.id.startswith(("pi_", "ch_"))

    def key_of(self, merchant):
        return merchant.key

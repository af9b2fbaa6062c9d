"""The adapter and the simulated PayPal together: what webhooks tell is verified, read, and acted upon once."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from app.domain.ids import new_id
from app.domain.money import Money
from app.domain.payments.errors import SignatureInvalidError
from app.domain.payments.facts import DisputeStatus, EventKind
from app.domain.payments.port import (
    ChargeRequest,
    CheckoutRequest,
    Outcome,
    PaymentMethod,
    PaymentStatus,
    RefundRequest,
)
from app.domain.payments.problems import Problem
from tests.fakes.caller import ask

PRICE = Money(5000, "USD")


def now():
    return datetime.now(UTC)  # noqa: TID251  (the simulator signs by the machine's clock)


def attempt():
    return new_id("att", now=now())


def charge(token, *, reference="order-1", attempt_id=None, money=PRICE):
    return ChargeRequest(attempt_id or attempt(), reference, money, PaymentMethod(token=token, type="card"))


def page(reference="order-1"):
    urls = ("https://shop.test/thanks", "https://shop.test/basket")
    return CheckoutRequest(attempt(), reference, PRICE, *urls, timedelta(minutes=30))


def told(merchant, receiver, count):
    """Verify and parse every webhook that came, in order."""
    events = []
    for sent in receiver.wait_for(count):
        merchant.psp.verify_webhook(headers=sent.headers, body=sent.body, now=now())
        events.append(merchant.psp.parse_webhook(headers=sent.headers, body=sent.body))
    return events


def reads(merchant, event):
    return merchant.psp.retrieve_payment(psp_payment_id=event.psp_payment_id, attempt_id=event.attempt_id)


def test_a_failure_by_webhook_is_charged_again_declined_again_and_recovered(merchant, receiver):
    merchant.keeper.webhooks_to(receiver.url, secret="WH-OF-OURS")
    source = {"card": {"vault_id": "vault_sim_recovers_on_3"}}
    unit = {"custom_id": "basket-7", "reference_id": "basket-7", "amount": {"currency_code": "USD", "value": "50.00"}}
    own = {"intent": "CAPTURE", "purchase_units": [unit], "payment_source": source}
    reply = merchant("POST", "/v2/checkout/orders", request_id="merchants-own", json=own)
    assert reply.status_code == 201
    (event,) = told(merchant, receiver, 1)
    assert (event.type, event.kind, event.attempt_id) == ("PAYMENT.CAPTURE.DENIED", EventKind.PAYMENT, None)
    failed = reads(merchant, event)
    assert (failed.outcome, failed.decline.code, failed.facts.transaction_ref) == (Outcome.DECLINED, "5120", "basket-7")
    assert failed.facts.asked == PRICE
    token = failed.facts.method.token
    results = [merchant.psp.create_payment(charge(token, reference="basket-7")) for _ in range(2)]
    assert [result.outcome for result in results] == [Outcome.DECLINED, Outcome.SUCCEEDED]
    assert merchant.keeper.charges("basket-7") == [("declined", 0), ("declined", 0), ("captured", 0)]
    paid = told(merchant, receiver, 3)[-1]
    assert (paid.type, reads(merchant, paid)) == ("PAYMENT.CAPTURE.COMPLETED", results[1])
    assert paid.transaction_ref == "basket-7"


def test_a_payers_approval_by_webhook_is_captured_once_whoever_reads_it(merchant, receiver):
    merchant.keeper.webhooks_to(receiver.url, secret="WH-OF-OURS")
    request = page()
    opened = merchant.psp.create_checkout(request)
    assert "Pay now" in ask("GET", opened.url).text
    assert ask("POST", opened.url, data={"choice": "pay"}).status_code == 303
    assert merchant.keeper.charges() == []
    (approved,) = told(merchant, receiver, 1)
    assert (approved.type, approved.psp_payment_id, approved.attempt_id) == (
        "CHECKOUT.ORDER.APPROVED",
        opened.psp_payment_id,
        request.attempt_id,
    )
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda _: reads(merchant, approved), range(16)))
    assert merchant.keeper.charges() == [("captured", 0)]
    assert {result.outcome for result in results} <= {Outcome.SUCCEEDED, Outcome.UNKNOWN}
    last = reads(merchant, told(merchant, receiver, 2)[-1])
    assert (last.outcome, last.money, last.facts.other_ids) == (Outcome.SUCCEEDED, PRICE, (opened.psp_payment_id,))
    assert ask("GET", opened.url).headers["location"] == "https://shop.test/thanks"


def test_a_payer_who_is_refused_leaves_a_decline_and_one_who_leaves_nothing(merchant):
    refused, left = merchant.psp.create_checkout(page()), merchant.psp.create_checkout(page())
    ask("POST", refused.url, data={"choice": "decline"})
    reply = ask("POST", left.url, data={"choice": "leave"})
    assert reply.headers["location"] == "https://shop.test/basket"
    found = merchant.psp.retrieve_payment(psp_payment_id=refused.psp_payment_id, attempt_id=None)
    assert (found.outcome, found.decline.code) == (Outcome.DECLINED, "INSTRUMENT_DECLINED")
    found = merchant.psp.retrieve_payment(psp_payment_id=left.psp_payment_id, attempt_id=None)
    assert (found.outcome, found.status) == (Outcome.REQUIRES_ACTION, PaymentStatus.REQUIRES_ACTION)


def test_an_attempt_that_was_looked_up_before_it_arrived_is_charged_with_its_own_sum(merchant):
    request = charge("vault_sim_ok")
    for _ in range(2):
        assert merchant.psp.retrieve_payment(psp_payment_id=None, attempt_id=request.attempt_id) is None
    paid = merchant.psp.create_payment(request)
    assert (paid.outcome, paid.money) == (Outcome.SUCCEEDED, PRICE)
    found = merchant.psp.retrieve_payment(psp_payment_id=None, attempt_id=request.attempt_id)
    assert found == paid
    assert (found.facts.attempt_id, found.facts.transaction_ref) == (request.attempt_id, "order-1")
    assert merchant.psp.create_payment(request) == paid
    assert merchant.keeper.charges() == [("captured", 0)]


def test_an_attempt_that_paypal_forgot_is_not_charged_again_and_is_found(merchant, books):
    planned = now() - timedelta(days=1)
    request = charge("vault_sim_ok", attempt_id=new_id("att", now=planned))
    paid = merchant.psp.create_payment(request)
    books.execute(
        "UPDATE payments SET created_at = created_at - interval '7 hours' WHERE id = %s", [paid.psp_payment_id]
    )
    books.execute("DELETE FROM answers WHERE key = %s", [request.attempt_id])
    assert merchant.psp.retrieve_payment(psp_payment_id=None, attempt_id=request.attempt_id) == paid
    books.execute("DELETE FROM answers WHERE key LIKE %s", [f"{request.attempt_id}%"])
    again = merchant.psp.create_payment(request)
    assert (again.outcome, again.error_code) == (Outcome.UNKNOWN, Problem.IDEMPOTENCY_CONFLICT)
    for ids in ((again.psp_payment_id, None), (None, request.attempt_id)):
        found = merchant.psp.retrieve_payment(psp_payment_id=ids[0], attempt_id=ids[1])
        assert found == paid
    assert merchant.keeper.charges() == [("captured", 0)]


def test_a_refund_and_a_dispute_name_the_payment(merchant, receiver):
    paid = merchant.psp.create_payment(charge("vault_sim_ok"))
    merchant.keeper.webhooks_to(receiver.url, secret="WH-OF-OURS")
    merchant.psp.refund(RefundRequest("ref_1", paid.psp_payment_id, Money(2000, "USD")))
    dispute = merchant.keeper.dispute(paid.psp_payment_id, amount=3000)
    merchant.keeper.decide(dispute["id"], "lost")
    by_type = {event.type: event for event in told(merchant, receiver, 3)}
    event = by_type["PAYMENT.CAPTURE.REFUNDED"]
    assert (event.kind, event.psp_payment_id) == (EventKind.REFUND, paid.psp_payment_id)
    assert reads(merchant, event).facts.refunded == Money(2000, "USD")
    event = by_type["CUSTOMER.DISPUTE.CREATED"]
    assert (event.kind, event.psp_payment_id) == (EventKind.DISPUTE, paid.psp_payment_id)
    assert (event.dispute.status, event.dispute.money) == (DisputeStatus.OPEN, Money(3000, "USD"))
    assert by_type["CUSTOMER.DISPUTE.RESOLVED"].dispute.status is DisputeStatus.LOST


def test_a_subscriptions_failed_cycle_is_paypals_to_try_again_until_it_is_paid(merchant, receiver):
    merchant.keeper.webhooks_to(receiver.url, secret="WH-OF-OURS")
    made = merchant.keeper("POST", "subscriptions", json={"custom_id": "plan-of-anna"})
    bill = f"subscriptions/{made['id']}/cycles"
    retry_at = (now() + timedelta(days=5)).strftime("%Y-%m-%dT%H:%M:%SZ")
    sum_ = {"amount": 1000, "currency": "USD"}
    merchant.keeper("POST", bill, json={**sum_, "outcome": "failed", "retry_at": retry_at})
    (event,) = told(merchant, receiver, 1)
    failed = reads(merchant, event)
    assert (event.type, event.psp_payment_id) == ("BILLING.SUBSCRIPTION.PAYMENT.FAILED", made["id"])
    assert (failed.outcome, failed.psp_payment_id) == (Outcome.DECLINED, f"{made['id']}:c1")
    assert failed.decline.code == "subscription:PAYER_CANNOT_PAY"
    assert failed.facts.native_retry_at == datetime.fromisoformat(retry_at)
    merchant.keeper("POST", bill, json={**sum_, "outcome": "paid"})
    paid = told(merchant, receiver, 2)[-1]
    assert paid.type == "PAYMENT.SALE.COMPLETED"
    result = reads(merchant, paid)
    assert (result.outcome, result.psp_payment_id, result.money) == (
        Outcome.SUCCEEDED,
        f"{made['id']}:c1",
        Money(1000, "USD"),
    )


def test_a_subscriptions_sale_is_read_by_its_own_name_and_what_went_back_names_it(merchant, receiver):
    made = merchant.keeper("POST", "subscriptions", json={})
    bill = {"amount": 1000, "currency": "USD", "outcome": "paid"}
    merchant.keeper("POST", f"subscriptions/{made['id']}/cycles", json=bill)
    (sale,) = merchant.keeper("GET", "charges")["items"]
    result = merchant.psp.retrieve_payment(psp_payment_id=sale["id"], attempt_id=None)
    assert (result.outcome, result.psp_payment_id, result.money) == (
        Outcome.SUCCEEDED,
        sale["id"],
        Money(1000, "USD"),
    )
    merchant.keeper.webhooks_to(receiver.url, secret="WH-OF-OURS")
    merchant.keeper("POST", f"payments/{sale['id']}/settle", json={"status": "declined"})
    (event,) = told(merchant, receiver, 1)
    assert (event.type, event.psp_payment_id) == ("PAYMENT.SALE.DENIED", made["id"])


def test_a_subscription_that_failed_too_often_is_suspended_and_left_by_paypal(merchant, receiver):
    merchant.keeper.webhooks_to(receiver.url, secret="WH-OF-OURS")
    made = merchant.keeper("POST", "subscriptions", json={})
    for _ in range(3):
        body = {"amount": 1000, "currency": "USD", "outcome": "failed", "reason_code": "PAYMENT_DENIED"}
        merchant.keeper("POST", f"subscriptions/{made['id']}/cycles", json=body)
    types = [event.type for event in told(merchant, receiver, 3)]
    assert sorted(types) == ["BILLING.SUBSCRIPTION.PAYMENT.FAILED"] * 2 + ["BILLING.SUBSCRIPTION.SUSPENDED"]
    failed = merchant.psp.retrieve_payment(psp_payment_id=made["id"], attempt_id=None)
    assert (failed.decline.code, failed.facts.native_retry_at) == ("subscription:PAYMENT_DENIED", None)


def test_a_webhook_for_another_webhook_id_or_changed_on_the_way_is_refused(merchant, receiver):
    merchant.keeper.webhooks_to(receiver.url, secret="WH-ANOTHER")
    merchant.psp.create_payment(charge("vault_sim_ok"))
    (sent,) = receiver.wait_for(1)
    with pytest.raises(SignatureInvalidError):
        merchant.psp.verify_webhook(headers=sent.headers, body=sent.body, now=now())
    merchant.keeper.webhooks_to(receiver.url, secret="WH-OF-OURS")
    merchant.psp.create_payment(charge("vault_sim_ok", reference="order-2"))
    sent = receiver.wait_for(2)[-1]
    merchant.psp.verify_webhook(headers=sent.headers, body=sent.body, now=now())
    with pytest.raises(SignatureInvalidError):
        merchant.psp.verify_webhook(headers=sent.headers, body=sent.body.replace(b"50.00", b"99.00"), now=now())
    assert json.loads(sent.body)["event_type"] == "PAYMENT.CAPTURE.COMPLETED"


def test_currencies_without_decimals_at_paypal_are_charged_in_whole_units(merchant):
    for money in (Money(500000, "HUF"), Money(500000, "TWD"), Money(5000, "JPY")):
        result = merchant.psp.create_payment(charge("vault_sim_ok", money=money))
        assert (result.outcome, result.money) == (Outcome.SUCCEEDED, money)


def test_a_provider_that_is_down_is_a_passing_error_and_books_nothing(merchant):
    merchant.keeper.down()
    request = charge("vault_sim_ok")
    result = merchant.psp.create_payment(request)
    assert (result.outcome, result.error_code, result.transient) == (
        Outcome.ERROR,
        Problem.PROVIDER_UNAVAILABLE,
        True,
    )
    assert merchant.psp.retrieve_payment(psp_payment_id=None, attempt_id=request.attempt_id).outcome is Outcome.UNKNOWN
    merchant.keeper.down(down=False)
    assert merchant.keeper.charges() == []
    assert merchant.psp.create_payment(request).outcome is Outcome.SUCCEEDED


@pytest.mark.parametrize(
    ("token", "charges"), [("vault_sim_breaks", []), ("vault_sim_breaks_charged", [("captured", 0)])]
)
def test_an_internal_error_is_unknown_and_its_order_tells_what_happened(merchant, token, charges):
    request = charge(token)
    result = merchant.psp.create_payment(request)
    assert (result.outcome, result.error_code) == (Outcome.UNKNOWN, Problem.PROVIDER_ERROR)
    found = merchant.psp.retrieve_payment(psp_payment_id=result.psp_payment_id, attempt_id=request.attempt_id)
    assert (found.outcome if found else None) == (Outcome.SUCCEEDED if charges else None)
    assert merchant.keeper.charges() == charges

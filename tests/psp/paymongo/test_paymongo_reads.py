"""Looking payments up at PayMongo: by each id that it may name, by our attempt, and through its list."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from app.domain.ids import ATTEMPT, new_id
from app.domain.money import Money
from app.domain.payments.facts import CustomerFacts, MethodFacts
from app.domain.payments.port import Decline, Outcome, PaymentStatus
from app.domain.payments.problems import Problem
from tests.psp.paymongo.paymongo_replies import (
    MADE,
    PRICE,
    Answers,
    adapter,
    intent,
    listing,
    lost,
    ok,
    payment,
    refund,
    resource,
    session,
)

NOT_FOUND = httpx.Response(404, json={"errors": [{"code": "resource_not_found"}]})
MADE_AT = datetime.fromtimestamp(MADE, UTC)


def read(psp_payment_id, *replies, attempt_id=None, **account):
    transport = Answers(*replies)
    with adapter(transport, **account) as psp:
        return psp.retrieve_payment(psp_payment_id=psp_payment_id, attempt_id=attempt_id), transport


def test_a_paid_intent_tells_what_was_paid_by_whom_and_how():
    result, _ = read("pi_1", ok(intent("succeeded", payments=[payment(refunds=[refund(amount=2_000)])])))
    assert (result.outcome, result.status, result.money) == (Outcome.SUCCEEDED, PaymentStatus.CAPTURED, PRICE)
    facts = result.facts
    assert (facts.attempt_id, facts.transaction_ref, facts.asked) == ("att_1", "order-1", PRICE)
    assert (facts.created_at, facts.refunded) == (MADE_AT, Money(2_000, "PHP"))
    assert facts.method == MethodFacts(type="card", brand="visa", last4="4345", issuer_country="PH")
    assert facts.customer == CustomerFacts(email="juan@example.com", phone="+639170000000", name="Juan", country="PH")
    assert facts.other_ids == ("pay_1",)


def test_a_declined_intent_tells_the_code_of_its_last_failure():
    failed = {"payment": "pay_1", "failed_code": "insufficient_funds", "failed_message": "No funds."}
    result, _ = read("pi_1", ok(intent(last_payment_error=failed, payments=[payment("failed")])))
    assert (result.outcome, result.status) == (Outcome.DECLINED, PaymentStatus.DECLINED)
    assert result.decline == Decline("insufficient_funds", "No funds.")
    assert result.facts.other_ids == ("pay_1",)


def declined(**changes):
    return intent(last_payment_error={"failed_code": "lost_card"}, metadata={"order_id": "o-7"}, **changes)


OFF_SESSION = {"session_type": "off_session", "customer_id": "cus_1"}


def test_a_merchants_declined_intent_for_charges_without_the_payer_tells_the_saved_method():
    customer = resource("cus_1", "customer", default_payment_method_id="pm_7")
    result, asked = read("pi_1", ok(declined(setup_future_usage=OFF_SESSION)), ok(customer))
    assert (result.facts.method.token, result.facts.method.psp_customer_id) == ("pm_7", "cus_1")
    assert asked.asked == ["GET /v1/payment_intents/pi_1", "GET /v1/customers/cus_1"]


@pytest.mark.parametrize(
    "reply", [lost(), NOT_FOUND, ok(resource("cus_1", "customer", default_payment_method_id=None))]
)
def test_a_saved_method_that_is_not_known_leaves_the_decline_as_it_is(reply):
    result, _ = read("pi_1", ok(declined(setup_future_usage=OFF_SESSION)), reply)
    assert (result.outcome, result.facts.method.token) == (Outcome.DECLINED, None)


@pytest.mark.parametrize(
    "usage", [None, {"session_type": "on_session", "customer_id": "cus_1"}, {"session_type": "off_session"}, "x"]
)
def test_a_card_that_was_saved_for_payers_who_are_there_is_not_charged_without_them(usage):
    result, asked = read("pi_1", ok(declined(setup_future_usage=usage)))
    assert (result.outcome, result.facts.method.token) == (Outcome.DECLINED, None)
    assert len(asked.seen) == 1


def test_a_customers_id_is_no_payments():
    assert read("cus_1")[0] is None


def test_an_intent_that_one_of_its_payments_paid_is_paid_whatever_failed_before():
    tries = [payment("failed", "pay_2", failed_code="lost_card"), payment()]
    result, _ = read("pi_1", ok(intent(payments=tries, last_payment_error={"failed_code": "lost_card"})))
    assert (result.outcome, result.money, result.decline) == (Outcome.SUCCEEDED, PRICE, None)


def test_an_intent_of_ours_that_nothing_was_attached_to_is_no_payment():
    result, asked = read("pi_1", ok(intent()))
    assert result is None
    assert asked.asked == ["GET /v1/payment_intents/pi_1"]


def test_a_merchants_intent_that_waits_for_its_payer_says_so():
    result, _ = read("pi_1", ok(intent(metadata={"order_id": "o-7"})))
    assert (result.outcome, result.facts.transaction_ref, result.facts.attempt_id) == (
        Outcome.REQUIRES_ACTION,
        "o-7",
        None,
    )


def test_a_failed_payment_is_read_by_its_intent_which_may_be_paid_since():
    paid = intent("succeeded", payments=[payment(own_id="pay_2")])
    result, asked = read("pay_1", ok(payment("failed", failed_code="lost_card")), ok(paid))
    assert (result.outcome, result.psp_payment_id, result.money) == (Outcome.SUCCEEDED, "pi_1", PRICE)
    assert asked.asked == ["GET /v1/payments/pay_1", "GET /v1/payment_intents/pi_1"]


def test_a_failed_payment_whose_intent_cannot_be_read_is_not_called_declined():
    result, _ = read("pay_1", ok(payment("failed", failed_code="lost_card")), lost())
    assert (result.outcome, result.error_code) == (Outcome.UNKNOWN, Problem.TIMEOUT)


@pytest.mark.parametrize(
    ("found", "status", "refunded"),
    [
        (payment("refunded", refunds=[]), PaymentStatus.REFUNDED, 10_000),
        (payment("refunded", refunds=[refund(amount=4_000)]), PaymentStatus.CAPTURED, 4_000),
        (payment("partially_refunded", refunds=[refund(amount=4_000)]), PaymentStatus.CAPTURED, 4_000),
        (payment("paid", refunds=[refund()]), PaymentStatus.REFUNDED, 10_000),
        (payment("paid", refunds=[refund("pending"), refund("failed")]), PaymentStatus.CAPTURED, 0),
        (payment("paid", refunds=None), PaymentStatus.CAPTURED, 0),
    ],
)
def test_what_went_back_is_added_up_and_a_refund_on_its_way_is_none_yet(found, status, refunded):
    result, _ = read("pay_1", ok(found))
    assert (result.outcome, result.status, result.money) == (Outcome.SUCCEEDED, status, PRICE)
    assert result.facts.refunded == Money(refunded, "PHP")


def test_a_page_that_nobody_paid_waits_for_its_payer():
    result, _ = read("cs_1", ok(session(payments=[payment("failed", failed_code="lost_card")])))
    assert (result.outcome, result.psp_payment_id, result.money) == (Outcome.REQUIRES_ACTION, "cs_1", None)
    assert (result.facts.attempt_id, result.facts.transaction_ref) == ("att_1", "order-1")


def test_a_page_that_was_closed_unpaid_is_over():
    result, _ = read("cs_1", ok(session("expired")))
    assert (result.outcome, result.status) == (Outcome.DECLINED, PaymentStatus.CANCELLED)


def test_a_paid_page_reads_as_its_payment_and_keeps_the_pages_metadata():
    result, asked = read("cs_1", ok(session(payments=[payment(metadata=None)])))
    assert (result.outcome, result.psp_payment_id, result.money) == (Outcome.SUCCEEDED, "pi_1", PRICE)
    assert (result.facts.attempt_id, result.facts.transaction_ref) == ("att_1", "order-1")
    assert result.facts.other_ids == ("cs_1", "pay_1")
    assert len(asked.seen) == 1


@pytest.mark.parametrize(("payments", "outcome"), [([], Outcome.REQUIRES_ACTION), ([payment()], Outcome.SUCCEEDED)])
def test_a_link_reads_as_its_payment_once_somebody_paid(payments, outcome):
    status = "paid" if payments else "unpaid"
    found = resource("link_1", "link", status=status, amount=10_000, payments=[{"data": one} for one in payments])
    result, _ = read("link_1", ok(found))
    assert result.outcome is outcome


def source(status):
    return resource("src_1", "source", amount=10_000, currency="PHP", type="gcash", status=status, created_at=MADE)


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("pending", Outcome.REQUIRES_ACTION),
        ("chargeable", Outcome.UNKNOWN),
        ("expired", Outcome.DECLINED),
        ("cancelled", Outcome.DECLINED),
        ("strange", Outcome.UNKNOWN),
    ],
)
def test_a_source_that_was_not_charged_moved_no_money(status, outcome):
    result, _ = read("src_1", ok(source(status)))
    assert (result.outcome, result.psp_payment_id, result.money) == (outcome, "src_1", None)


def test_a_charged_source_reads_as_the_payment_that_names_it():
    of_source = payment(own_id="pay_9", payment_intent_id=None, source={"id": "src_1", "type": "gcash"})
    result, asked = read("src_1", ok(source("paid")), listing(payment(), of_source))
    assert (result.outcome, result.psp_payment_id) == (Outcome.SUCCEEDED, "pay_9")
    assert result.facts.method.type == "wallet"
    assert asked.asked == ["GET /v1/sources/src_1", "GET /v1/payments"]


def test_a_charged_source_whose_payment_is_not_found_is_unknown():
    result, _ = read("src_1", ok(source("paid")), listing())
    assert (result.outcome, result.error_code) == (Outcome.UNKNOWN, Problem.PENDING)


@pytest.mark.parametrize("hostile", ["pay_", "../../v1/payments", "pay_\x00", "☃", "pi_1/attach", "?x=1", "re_1"])
def test_what_is_no_id_of_paymongos_is_none_without_a_call(hostile):
    result, asked = read(hostile)
    assert (result, asked.seen) == (None, [])


@pytest.mark.parametrize(
    "body", [None, [], {}, {"data": None}, {"data": []}, {"data": {"id": "pi_1"}}, {"data": {"id": 1, "attributes": 7}}]
)
def test_a_reply_that_is_no_payment_is_unknown(body):
    result, _ = read("pi_1", httpx.Response(200, json=body))
    assert (result.outcome, result.error_code) == (Outcome.UNKNOWN, Problem.MALFORMED_REPLY)


@pytest.mark.parametrize("own_id", ["pay_1", "cs_1", "link_1", "src_1"])
@pytest.mark.parametrize("attributes", [None, {}, {"status": 5}])
def test_a_reply_that_is_no_payment_page_or_source_is_unknown_either(own_id, attributes):
    result, _ = read(own_id, ok({"id": own_id, "attributes": attributes}))
    assert (result.outcome, result.error_code) == (Outcome.UNKNOWN, Problem.MALFORMED_REPLY)


def test_a_page_that_is_called_paid_and_lists_no_payment_is_not_believed():
    result, _ = read("link_1", ok(resource("link_1", "link", status="paid", payments=[])))
    assert (result.outcome, result.error_code) == (Outcome.UNKNOWN, Problem.MALFORMED_REPLY)


def test_a_succeeded_intent_that_lists_no_payment_was_paid_what_it_asked():
    result, _ = read("pi_1", ok(intent("succeeded")))
    assert (result.outcome, result.money) == (Outcome.SUCCEEDED, PRICE)


def test_a_captured_payment_without_an_amount_is_not_believed():
    result, _ = read("pay_1", ok(payment(amount=None)))
    assert (result.outcome, result.error_code, result.money) == (Outcome.UNKNOWN, Problem.MALFORMED_REPLY, None)


def test_amounts_and_times_may_be_texts():
    result, _ = read("pay_1", ok(payment(amount="10000", currency="php", created_at=str(MADE))))
    assert (result.money, result.facts.created_at) == (PRICE, MADE_AT)


def test_a_read_that_is_refused_for_now_is_unknown_and_for_good_an_error():
    limited, _ = read("pi_1", httpx.Response(429))
    refused, _ = read("pi_1", httpx.Response(401))
    assert (limited.outcome, limited.error_code, limited.transient) == (Outcome.UNKNOWN, Problem.RATE_LIMITED, False)
    assert (refused.outcome, refused.error_code) == (Outcome.ERROR, Problem.CREDENTIALS_INVALID)


def test_an_attempt_is_found_among_the_newest_payments_and_read_by_its_intent():
    other = payment("failed", "pay_9", metadata={"attempt_id": "att_2"}, payment_intent_id="pi_9")
    failed = payment("failed", failed_code="lost_card")
    declined = intent(last_payment_error={"failed_code": "lost_card"}, payments=[failed])
    result, asked = read(None, listing(other, failed), ok(declined), attempt_id="att_1")
    assert (result.outcome, result.psp_payment_id, result.decline.code) == (Outcome.DECLINED, "pi_1", "lost_card")
    assert asked.asked == ["GET /v1/payments", "GET /v1/payment_intents/pi_1"]


def test_of_several_payments_of_an_attempt_the_paid_one_counts():
    failed = payment("failed", "pay_2", failed_code="lost_card")
    result, _ = read(None, listing(failed, payment()), attempt_id="att_1")
    assert (result.outcome, result.money) == (Outcome.SUCCEEDED, PRICE)


ON_PAGE = {"attempt_id": "att_1", "transaction_ref": "order-1", "checkout_key": "chk_1"}


def test_a_try_that_failed_on_a_page_of_ours_decides_nothing():
    failed = payment("failed", failed_code="lost_card", metadata=ON_PAGE)
    tried = intent(last_payment_error={"failed_code": "lost_card"}, payments=[failed], metadata=ON_PAGE)
    for result, _ in (read("pi_1", ok(tried)), read("pay_1", ok(failed), ok(tried))):
        assert (result.outcome, result.status, result.decline) == (Outcome.UNKNOWN, PaymentStatus.PENDING, None)
        assert (result.error_code, result.facts.attempt_id) == (Problem.PENDING, "att_1")


def test_a_try_that_failed_on_a_page_is_not_taken_for_the_attempts_charge():
    on_page = payment("failed", "pay_9", payment_intent_id="pi_9", failed_code="lost_card", metadata=ON_PAGE)
    charge = payment("failed", failed_code="card_expired")
    declined = intent(last_payment_error={"failed_code": "card_expired"}, payments=[charge])
    assert read(None, listing(on_page), attempt_id="att_1")[0] is None
    result, _ = read(None, listing(on_page, charge), ok(declined), attempt_id="att_1")
    assert (result.psp_payment_id, result.decline.code) == ("pi_1", "card_expired")


def test_what_was_paid_on_a_page_is_the_attempts_payment():
    result, _ = read(None, listing(payment(metadata=ON_PAGE)), attempt_id="att_1")
    assert (result.outcome, result.money) == (Outcome.SUCCEEDED, PRICE)


def test_an_attempt_is_known_by_the_reference_of_its_page_too():
    by_page = payment(metadata=None, external_reference_number="att_1")
    result, _ = read(None, listing(by_page), attempt_id="att_1")
    assert (result.outcome, result.psp_payment_id) == (Outcome.SUCCEEDED, "pi_1")


def test_an_attempt_that_the_whole_list_does_not_have_is_none():
    other = payment(metadata={})
    result, asked = read(None, listing(other, has_more=True), listing(other), attempt_id="att_1")
    assert result is None
    assert [request.url.params.get("after") for request in asked.seen] == [None, "pay_1"]


def test_an_attempt_that_only_an_older_part_of_a_long_list_could_have_is_unknown():
    pages = [listing(payment(metadata={}), has_more=True) for _ in range(10)]
    result, asked = read(None, *pages, attempt_id="att_1")
    assert (result.outcome, result.error_code) == (Outcome.UNKNOWN, Problem.PENDING)
    assert len(asked.seen) == 10


def test_in_live_mode_the_search_ends_where_the_attempt_was_made():
    attempt_id = new_id(ATTEMPT, now=MADE_AT + timedelta(hours=2))
    result, asked = read(None, listing(payment(metadata={}), has_more=True), attempt_id=attempt_id, live=True)
    assert result is None
    assert len(asked.seen) == 1


def test_in_test_mode_a_moved_clock_does_not_end_the_search_too_early():
    attempt_id = new_id(ATTEMPT, now=MADE_AT + timedelta(days=30))
    found = payment(metadata={"attempt_id": attempt_id})
    result, _ = read(None, listing(payment(metadata={}), has_more=True), listing(found), attempt_id=attempt_id)
    assert result.outcome is Outcome.SUCCEEDED


def test_an_attempt_id_of_an_impossible_time_ends_nothing():
    attempt_id = "att_" + "z" * 26
    result, asked = read(
        None, listing(payment(metadata={}), has_more=True), listing(), attempt_id=attempt_id, live=True
    )
    assert result is None
    assert len(asked.seen) == 2


@pytest.mark.parametrize("reply", [lost(), httpx.Response(500), httpx.Response(200, json={"data": None})])
def test_a_search_that_failed_half_way_is_unknown_and_never_none(reply):
    result, _ = read(None, listing(payment(metadata={}), has_more=True), reply, attempt_id="att_1")
    assert result.outcome is Outcome.UNKNOWN


def test_an_id_that_paymongo_does_not_know_is_looked_up_by_the_attempt_too():
    result, asked = read("pi_9", NOT_FOUND, listing(payment()), attempt_id="att_1")
    assert (result.outcome, result.psp_payment_id) == (Outcome.SUCCEEDED, "pi_1")
    assert asked.asked == ["GET /v1/payment_intents/pi_9", "GET /v1/payments"]


def test_a_look_up_of_nothing_is_a_mistake_of_ours():
    with adapter(Answers()) as psp, pytest.raises(ValueError, match="needs the provider's id or ours"):
        psp.retrieve_payment(psp_payment_id=None, attempt_id=None)

"""Looking payments up at Xendit: by each id that it may name, by our attempt, and through its lists."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from app.domain.ids import ATTEMPT, new_id
from app.domain.money import Money
from app.domain.payments.facts import CustomerFacts, MethodFacts
from app.domain.payments.port import Decline, Outcome, PaymentStatus
from app.domain.payments.problems import Problem
from tests.psp.xendit.xendit_replies import (
    INVOICE_ID,
    MADE,
    NO_PAGES,
    NONE,
    NOT_FOUND,
    PRICE,
    Answers,
    adapter,
    invoice,
    listing,
    lost,
    ok,
    pages,
    payment,
    refund,
    request,
)

MADE_AT = datetime.fromisoformat(MADE)


def read(psp_payment_id, *replies, attempt_id=None):
    transport = Answers(*replies)
    with adapter(transport) as psp:
        return psp.retrieve_payment(psp_payment_id=psp_payment_id, attempt_id=attempt_id), transport


def test_a_paid_request_tells_what_was_paid_by_whom_how_and_what_went_back():
    result, asked = read("pr-1", ok(request()), listing(refund(amount=50_000)))
    assert (result.outcome, result.status, result.money) == (Outcome.SUCCEEDED, PaymentStatus.CAPTURED, PRICE)
    facts = result.facts
    assert (facts.attempt_id, facts.transaction_ref, facts.asked) == ("att_1", "order-1", PRICE)
    assert (facts.created_at, facts.refunded) == (MADE_AT, Money(5_000_000, "IDR"))
    assert facts.method == MethodFacts(
        type="card",
        token="pt-1",
        psp_customer_id="cust-1",
        brand="visa",
        last4="8888",
        issuer_country="ID",
        funding="credit",
        fingerprint="fp-1",
    )
    assert facts.customer == CustomerFacts(email="john@example.com", name="John", country="ID")
    assert facts.other_ids == ("py-1",)
    assert asked.asked == ["GET /v3/payment_requests/pr-1", "GET /refunds"]
    assert asked.seen[1].url.params["payment_request_id"] == "pr-1"


@pytest.mark.parametrize(
    ("refunds", "status", "refunded"),
    [
        (listing(refund()), PaymentStatus.REFUNDED, PRICE),
        (listing(refund(amount="100000"), refund(amount=50_000.5)), PaymentStatus.REFUNDED, PRICE),
        (listing(refund("PENDING"), refund("FAILED")), PaymentStatus.CAPTURED, Money(0, "IDR")),
        (listing(refund(payment_request_id="pr-2")), PaymentStatus.CAPTURED, Money(0, "IDR")),
        (listing(refund(amount=None)), PaymentStatus.CAPTURED, None),
        (listing(refund(), has_more=True), PaymentStatus.CAPTURED, None),
        (lost(), PaymentStatus.CAPTURED, None),
        (httpx.Response(403), PaymentStatus.CAPTURED, None),
    ],
)
def test_what_went_back_is_added_up_and_unknown_where_it_cannot_be_read(refunds, status, refunded):
    result, _ = read("pr-1", ok(request()), refunds)
    assert (result.outcome, result.status, result.money) == (Outcome.SUCCEEDED, status, PRICE)
    assert result.facts.refunded == refunded


@pytest.mark.parametrize(
    ("word", "outcome", "status"),
    [
        ("PENDING", Outcome.UNKNOWN, PaymentStatus.PENDING),
        ("REQUIRES_ACTION", Outcome.REQUIRES_ACTION, PaymentStatus.REQUIRES_ACTION),
        ("ACCEPTING_PAYMENTS", Outcome.REQUIRES_ACTION, PaymentStatus.REQUIRES_ACTION),
        ("AUTHORIZED", Outcome.UNKNOWN, PaymentStatus.PENDING),
        ("A_WORD_OF_NEXT_YEAR", Outcome.UNKNOWN, PaymentStatus.PENDING),
    ],
)
def test_a_request_that_has_not_ended_moved_no_money_yet(word, outcome, status):
    result, asked = read("pr-1", ok(request(word)))
    assert (result.outcome, result.status, result.money, result.decline) == (outcome, status, None, None)
    assert len(asked.seen) == 1


@pytest.mark.parametrize(
    ("word", "code"), [("EXPIRED", "PAYMENT_REQUEST_EXPIRED"), ("CANCELED", "FAILURE_DETAILS_UNAVAILABLE")]
)
def test_a_request_that_ended_unpaid_is_over(word, code):
    result, _ = read("pr-1", ok(request(word, latest_payment_id=None)))
    assert (result.outcome, result.status) == (Outcome.DECLINED, PaymentStatus.CANCELLED)
    assert result.decline == Decline(code)


def test_a_request_of_v2_is_read_where_v2_keeps_it():
    of_v2 = {
        "id": "pr-1",
        "amount": 10_000,
        "currency": "PHP",
        "status": "FAILED",
        "failure_code": "INSUFFICIENT_BALANCE",
        "payment_method": {"id": "pm-1", "type": "DIRECT_DEBIT", "reusability": "MULTIPLE_USE"},
        "metadata": {"order_id": "INV-1001"},
        "created": MADE,
    }
    result, asked = read("pr-1", NOT_FOUND, ok(of_v2))
    assert (result.outcome, result.decline) == (Outcome.DECLINED, Decline("INSUFFICIENT_BALANCE"))
    assert (result.facts.asked, result.facts.transaction_ref) == (Money(1_000_000, "PHP"), "INV-1001")
    assert (result.facts.method.type, result.facts.method.token) == ("bank_debit", "pm-1")
    assert asked.asked == ["GET /v3/payment_requests/pr-1", "GET /payment_requests/pr-1"]


def test_a_payment_is_read_by_its_request():
    result, asked = read("py-1", ok(payment("SUCCEEDED")), ok(request()), NONE)
    assert (result.outcome, result.psp_payment_id) == (Outcome.SUCCEEDED, "pr-1")
    assert asked.asked[:2] == ["GET /v3/payments/py-1", "GET /v3/payment_requests/pr-1"]


def test_a_payment_of_a_code_that_is_paid_again_and_again_stands_for_itself():
    captures = [{"capture_amount": "100"}, {"capture_amount": 50.5}]
    paid = payment("SUCCEEDED", type="REUSABLE_PAYMENT_CODE", captures=captures)
    result, asked = read("py-1", ok(paid))
    assert (result.outcome, result.psp_payment_id, result.money) == (Outcome.SUCCEEDED, "py-1", Money(15_050, "IDR"))
    assert len(asked.seen) == 1


@pytest.mark.parametrize(
    ("found", "outcome", "status", "extra"),
    [
        (invoice(), Outcome.REQUIRES_ACTION, PaymentStatus.REQUIRES_ACTION, []),
        (invoice("EXPIRED"), Outcome.DECLINED, PaymentStatus.CANCELLED, []),
        (invoice("PAID"), Outcome.SUCCEEDED, PaymentStatus.CAPTURED, [NONE]),
        (invoice("SETTLED"), Outcome.SUCCEEDED, PaymentStatus.CAPTURED, [NONE]),
        (invoice("A_WORD_OF_NEXT_YEAR"), Outcome.UNKNOWN, PaymentStatus.PENDING, []),
    ],
)
def test_an_invoice_is_a_page_that_waits_was_paid_or_expired(found, outcome, status, extra):
    result, asked = read(INVOICE_ID, ok(found), *extra)
    assert (result.outcome, result.status, result.psp_payment_id) == (outcome, status, INVOICE_ID)
    assert result.money == (PRICE if outcome is Outcome.SUCCEEDED else None)
    assert (result.facts.attempt_id, result.facts.transaction_ref, result.facts.asked) == ("att_1", "order-1", PRICE)
    assert asked.asked[0] == f"GET /v2/invoices/{INVOICE_ID}"


def test_a_paid_invoice_tells_what_was_paid_and_what_went_back():
    paid = invoice("PAID", paid_amount=100_000, payment_channel="GCASH")
    back = refund(amount=100_000, payment_request_id=None, invoice_id=INVOICE_ID)
    result, asked = read(INVOICE_ID, ok(paid), listing(back))
    assert (result.money, result.status) == (Money(10_000_000, "IDR"), PaymentStatus.REFUNDED)
    assert result.facts.method.type == "wallet"
    assert asked.seen[1].url.params["invoice_id"] == INVOICE_ID


def test_an_invoice_without_metadata_names_our_attempt_by_its_external_id():
    attempt_id = new_id(ATTEMPT, now=MADE_AT)
    ours, _ = read(INVOICE_ID, ok(invoice(external_id=attempt_id, metadata=None)))
    theirs, _ = read(INVOICE_ID, ok(invoice(external_id="INV-1", metadata=None)))
    assert (ours.facts.attempt_id, theirs.facts.attempt_id) == (attempt_id, None)


@pytest.mark.parametrize(
    "hostile", ["pay_nobody", "../../v3/x", "pr-", "pr-\x00", "☃", "pr-1/x", "?x=1", "a" * 24 + "g"]
)
def test_what_is_no_id_of_xendits_is_none_without_a_call(hostile):
    result, asked = read(hostile)
    assert (result, asked.seen) == (None, [])


def test_what_xendit_does_not_know_is_none():
    assert read("pr-9", NOT_FOUND, NOT_FOUND)[0] is None
    assert read("py-9", NOT_FOUND)[0] is None
    assert read(INVOICE_ID, NOT_FOUND)[0] is None


@pytest.mark.parametrize("body", [None, [], {}, {"payment_request_id": "pr-1"}, {"status": "SUCCEEDED"}, 7])
def test_a_reply_that_is_no_payment_is_unknown(body):
    result, _ = read("pr-1", httpx.Response(200, json=body))
    assert (result.outcome, result.error_code) == (Outcome.UNKNOWN, Problem.MALFORMED_REPLY)


@pytest.mark.parametrize("body", [None, [], {}, {"type": "REUSABLE_PAYMENT_CODE"}, {"status": "SUCCEEDED"}, 7])
def test_a_reply_that_is_no_payment_or_invoice_is_unknown_either(body):
    for own_id in ("py-1", INVOICE_ID):
        result, _ = read(own_id, httpx.Response(200, json=body))
        assert (result.outcome, result.error_code) == (Outcome.UNKNOWN, Problem.MALFORMED_REPLY)


def test_a_charge_and_a_page_that_were_both_paid_are_told_by_the_charge():
    result, _ = read(None, listing(request()), pages(invoice("PAID")), NONE, attempt_id="att_1")
    assert (result.outcome, result.psp_payment_id) == (Outcome.SUCCEEDED, "pr-1")


@pytest.mark.parametrize("amount", [None, "abc", 1.005, -5])
def test_a_captured_payment_without_a_readable_amount_is_not_believed(amount):
    result, _ = read("pr-1", ok(request(request_amount=amount, currency="PHP")))
    assert (result.outcome, result.error_code, result.money) == (Outcome.UNKNOWN, Problem.MALFORMED_REPLY, None)


def test_a_read_that_is_refused_for_now_is_unknown_and_for_good_an_error():
    limited, _ = read("pr-1", httpx.Response(429))
    refused, _ = read("pr-1", httpx.Response(401))
    assert (limited.outcome, limited.error_code, limited.transient) == (Outcome.UNKNOWN, Problem.RATE_LIMITED, False)
    assert (refused.outcome, refused.error_code) == (Outcome.ERROR, Problem.CREDENTIALS_INVALID)


def test_an_attempt_is_found_by_its_reference():
    result, asked = read(None, listing(request("REQUIRES_ACTION")), NO_PAGES, attempt_id="att_1")
    assert (result.outcome, result.psp_payment_id) == (Outcome.REQUIRES_ACTION, "pr-1")
    assert [dict(seen.url.params) for seen in asked.seen] == [
        {"reference_id": "att_1", "limit": "10"},
        {"external_id": "att_1", "limit": "10"},
    ]


def test_of_several_requests_of_a_reference_the_paid_one_counts():
    failed = request("FAILED", payment_request_id="pr-2")
    result, _ = read(None, listing(failed, request()), NO_PAGES, NONE, attempt_id="att_1")
    assert (result.outcome, result.psp_payment_id) == (Outcome.SUCCEEDED, "pr-1")


def test_an_attempt_is_found_by_its_paid_page_even_if_another_is_newer():
    newer = invoice(id="a" * 24)
    result, _ = read(None, NONE, pages(newer, invoice("PAID")), NONE, attempt_id="att_1")
    assert (result.outcome, result.psp_payment_id) == (Outcome.SUCCEEDED, INVOICE_ID)


def test_a_page_that_was_paid_counts_more_than_a_charge_that_failed():
    failed = request("FAILED", failure_code="CARD_DECLINED")
    result, _ = read(None, listing(failed), pages(invoice("PAID")), NONE, attempt_id="att_1")
    assert (result.outcome, result.psp_payment_id) == (Outcome.SUCCEEDED, INVOICE_ID)


def test_an_open_page_is_found_by_the_attempt_too():
    result, _ = read(None, NONE, pages(invoice()), attempt_id="att_1")
    assert (result.outcome, result.psp_payment_id) == (Outcome.REQUIRES_ACTION, INVOICE_ID)


def test_an_attempt_that_xendit_lists_nowhere_is_none():
    others = listing(request(reference_id="att_2"))
    assert read(None, others, pages(invoice(external_id="att_2")), attempt_id="att_1")[0] is None


@pytest.mark.parametrize("replies", [(lost(),), (NONE, lost()), (NONE, httpx.Response(500)), (NONE, ok({"data": []}))])
def test_a_search_that_failed_half_way_is_unknown_and_never_none(replies):
    result, _ = read(None, *replies, attempt_id="att_1")
    assert result.outcome is Outcome.UNKNOWN


def test_an_id_that_xendit_does_not_know_is_looked_up_by_the_attempt_too():
    result, _ = read("py-9", NOT_FOUND, NONE, pages(invoice("PAID")), NONE, attempt_id="att_1")
    assert (result.outcome, result.psp_payment_id) == (Outcome.SUCCEEDED, INVOICE_ID)


def test_a_look_up_of_nothing_is_a_mistake_of_ours():
    with adapter(Answers()) as psp, pytest.raises(ValueError, match="needs the provider's id or ours"):
        psp.retrieve_payment(psp_payment_id=None, attempt_id=None)


DAY = timedelta(days=1)


def listed(*replies, since=MADE_AT, until=MADE_AT + DAY, cursor=None, limit=10):
    transport = Answers(*replies)
    with adapter(transport) as psp:
        return psp.list_payments(since=since, until=until, cursor=cursor, limit=limit), transport


def test_a_list_has_payment_requests_and_then_invoices_as_reads_tell_them():
    failed = request("FAILED", payment_request_id="pr-2", failure_code="CARD_DECLINED")
    page, asked = listed(listing(failed, request()), ok(payment()), NONE, pages(invoice("EXPIRED")))
    assert [(item.psp_payment_id, item.outcome) for item in page.items] == [
        ("pr-2", Outcome.DECLINED),
        ("pr-1", Outcome.SUCCEEDED),
        (INVOICE_ID, Outcome.DECLINED),
    ]
    assert (page.next_cursor, page.error_code) == (None, None)
    assert dict(asked.seen[-1].url.params) == {
        "limit": "8",
        "created_after": MADE_AT.isoformat(),
        "created_before": (MADE_AT + DAY).isoformat(),
    }


def test_a_list_goes_on_after_the_last_request_and_then_with_the_invoices():
    first, asked = listed(listing(request("PENDING"), has_more=True), limit=1)
    assert (len(first.items), first.next_cursor) == (1, "requests:pr-1")
    last, asked = listed(listing(request("PENDING")), cursor="requests:pr-1", limit=1)
    assert (len(last.items), last.next_cursor) == (1, "invoices:")
    assert dict(asked.seen[0].url.params) == {"limit": "1", "after_id": "pr-1"}
    invoices, asked = listed(pages(invoice()), cursor="invoices:", limit=1)
    assert (len(invoices.items), invoices.next_cursor) == (1, f"invoices:{INVOICE_ID}")
    end, asked = listed(pages(), cursor=f"invoices:{INVOICE_ID}", limit=1)
    assert (end.items, end.next_cursor) == ((), None)
    assert asked.seen[0].url.params["last_invoice"] == INVOICE_ID


def test_a_list_does_not_wait_for_every_read_beside_a_payment_once_one_broke():
    paid = [request(payment_request_id=f"pr-{number}") for number in range(3)]
    page, asked = listed(listing(*paid), lost(), NO_PAGES)
    assert [(item.outcome, item.facts.refunded) for item in page.items] == [(Outcome.SUCCEEDED, None)] * 3
    assert asked.asked == ["GET /v3/payment_requests", "GET /refunds", "GET /v2/invoices"]


def test_a_list_keeps_to_its_window_and_ends_where_the_window_does():
    early = request("PENDING", created=(MADE_AT - DAY).isoformat())
    late = request("PENDING", created=(MADE_AT + DAY).isoformat())
    page, asked = listed(listing(late, early, has_more=True), NO_PAGES, limit=500)
    assert (page.items, page.next_cursor) == ((), None)
    assert asked.seen[0].url.params["limit"] == "25"


@pytest.mark.parametrize(
    ("replies", "problem", "transient"),
    [
        ((lost(),), Problem.TIMEOUT, True),
        ((httpx.Response(429),), Problem.RATE_LIMITED, True),
        ((httpx.Response(200, json={"data": None}),), Problem.MALFORMED_REPLY, True),
        ((NONE, httpx.Response(401)), Problem.CREDENTIALS_INVALID, False),
        ((NONE, httpx.Response(200, json={})), Problem.MALFORMED_REPLY, True),
    ],
)
def test_a_list_that_cannot_be_read_says_why(replies, problem, transient):
    page, _ = listed(*replies)
    assert (page.items, page.next_cursor) == ((), None)
    assert (page.error_code, page.transient) == (problem, transient)


def test_times_carry_their_offset():
    assert read("pr-1", ok(request("PENDING", created="2026-05-02T14:52:10")))[0].facts.created_at is None
    assert MADE_AT.tzinfo == UTC

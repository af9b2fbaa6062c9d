"""Refunds, hosted invoices and the check of an account at Xendit."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import httpx
import pytest

from app.domain.money import Money
from app.domain.payments.errors import CheckoutFailedError
from app.domain.payments.facts import FindingCode
from app.domain.payments.port import Checkout, Outcome, RefundResult
from app.domain.payments.problems import Problem
from tests.psp.xendit.xendit_replies import (
    INVOICE_ID,
    NO_PAGES,
    NONE,
    NOT_FOUND,
    OURS,
    PAGE,
    REFUND,
    Answers,
    adapter,
    error,
    invoice,
    listing,
    lost,
    ok,
    pages,
    payment,
    refund,
)


def refunded(*replies, request=REFUND):
    transport = Answers(*replies)
    with adapter(transport) as psp:
        return psp.refund(request), transport


def test_a_refund_is_asked_for_once_under_our_reference():
    result, asked = refunded(NONE, ok(refund()))
    assert result == RefundResult(Outcome.SUCCEEDED, psp_refund_id="rfd-1")
    assert asked.asked == ["GET /refunds", "POST /refunds"]
    assert asked.seen[1].headers["idempotency-key"] == "ref_1"
    assert asked.body(1) == {
        "payment_request_id": "pr-1",
        "reference_id": "ref_1",
        "currency": "IDR",
        "amount": Decimal("150000.5"),
        "reason": "OTHERS",
    }


def test_a_paid_invoice_is_refunded_by_its_own_id():
    _, asked = refunded(NONE, ok(refund()), request=replace(REFUND, psp_payment_id=INVOICE_ID))
    assert asked.body(1)["invoice_id"] == INVOICE_ID
    assert "payment_request_id" not in asked.body(1)


def test_a_payment_is_refunded_by_its_request():
    _, asked = refunded(ok(payment()), NONE, ok(refund()), request=replace(REFUND, psp_payment_id="py-1"))
    assert asked.asked == ["GET /v3/payments/py-1", "GET /refunds", "POST /refunds"]
    assert asked.body(2)["payment_request_id"] == "pr-1"


@pytest.mark.parametrize(("reply", "transient"), [(NOT_FOUND, False), (lost(), True), (httpx.Response(401), False)])
def test_a_payment_that_cannot_be_read_is_not_refunded_and_no_money_moved(reply, transient):
    result, asked = refunded(reply, request=replace(REFUND, psp_payment_id="py-1"))
    assert (result.outcome, result.transient) == (Outcome.ERROR, transient)
    assert len(asked.seen) == 1


def test_a_refund_that_is_listed_already_is_not_asked_for_again():
    result, asked = refunded(listing(refund("PENDING", reference_id="ref_0"), refund()))
    assert result == RefundResult(Outcome.SUCCEEDED, psp_refund_id="rfd-1")
    assert len(asked.seen) == 1


@pytest.mark.parametrize("looked", [lost(), httpx.Response(403), listing(refund(), has_more=True)])
def test_refunds_that_cannot_be_listed_leave_it_to_the_key(looked):
    result, asked = refunded(looked, ok(refund()))
    assert result.outcome is Outcome.SUCCEEDED
    assert asked.seen[1].headers["idempotency-key"] == "ref_1"


@pytest.mark.parametrize(
    ("reply", "outcome", "problem", "transient"),
    [
        (ok(refund("PENDING")), Outcome.UNKNOWN, Problem.PENDING, False),
        (ok(refund("FAILED", failure_code="INSUFFICIENT_BALANCE")), Outcome.ERROR, Problem.REQUEST_INVALID, False),
        (ok(refund("CANCELLED")), Outcome.ERROR, Problem.REQUEST_INVALID, False),
        (ok({}), Outcome.UNKNOWN, Problem.MALFORMED_REPLY, False),
        (lost(), Outcome.UNKNOWN, Problem.TIMEOUT, False),
        (error(500, "SERVER_ERROR"), Outcome.UNKNOWN, Problem.PROVIDER_ERROR, False),
        (error(409, "DUPLICATE_ERROR"), Outcome.UNKNOWN, Problem.IN_PROGRESS, False),
        (error(429, "RATE_LIMIT_EXCEEDED"), Outcome.ERROR, Problem.RATE_LIMITED, True),
        (error(400, "REFUND_IN_PROGRESS"), Outcome.ERROR, Problem.PROVIDER_UNAVAILABLE, True),
        (error(400, "TEMPORARILY_UNAVAILABLE"), Outcome.ERROR, Problem.PROVIDER_UNAVAILABLE, True),
        (error(400, "REFUND_AMOUNT_EXCEEDED"), Outcome.ERROR, Problem.REQUEST_INVALID, False),
        (error(403, "REFUND_NOT_SUPPORTED"), Outcome.ERROR, Problem.REQUEST_INVALID, False),
        (NOT_FOUND, Outcome.ERROR, Problem.REQUEST_INVALID, False),
    ],
)
def test_a_refund_without_success_says_what_is_known(reply, outcome, problem, transient):
    result, _ = refunded(NONE, reply)
    assert (result.outcome, result.error_code, result.transient) == (outcome, problem, transient)


@pytest.mark.parametrize("named", ["../payments", "", "pr-1/x", "☃", "a" * 65])
def test_what_is_no_payment_is_refused_without_a_call(named):
    result, asked = refunded(request=replace(REFUND, psp_payment_id=named))
    assert (result.outcome, result.error_code, asked.seen) == (Outcome.ERROR, Problem.REQUEST_INVALID, [])


def opened(*replies, request=PAGE):
    transport = Answers(*replies)
    with adapter(transport) as psp:
        return psp.create_checkout(request), transport


EXPIRES_AT = datetime.fromisoformat("2026-05-02T15:22:10.000Z")
OPENED = Checkout(INVOICE_ID, f"https://checkout.xendit.co/web/{INVOICE_ID}", EXPIRES_AT)


def test_a_page_is_an_invoice_that_carries_our_names():
    page, asked = opened(NO_PAGES, ok(invoice()))
    assert page == OPENED
    assert asked.asked == ["GET /v2/invoices", "POST /v2/invoices"]
    assert asked.body(1) == {
        "external_id": "att_1",
        "amount": Decimal("150000.5"),
        "currency": "IDR",
        "description": "order-1",
        "invoice_duration": 300,
        "should_send_email": False,
        "success_redirect_url": "https://a.test",
        "failure_redirect_url": "https://b.test",
        "metadata": {**OURS, "checkout_key": "chk_1"},
    }


def test_the_same_key_comes_to_the_same_page():
    page, asked = opened(pages(invoice()))
    assert page == OPENED
    assert len(asked.seen) == 1


@pytest.mark.parametrize(
    "earlier",
    [
        invoice(metadata={"checkout_key": "chk_0"}),
        invoice(metadata=None),
        invoice("EXPIRED"),
        invoice("PAID"),
        invoice(amount=1),
        invoice(external_id="att_2"),
    ],
)
def test_another_page_of_the_attempt_is_not_taken_for_this_one(earlier):
    _, asked = opened(pages(earlier), ok(invoice()))
    assert asked.asked[-1] == "POST /v2/invoices"


@pytest.mark.parametrize(
    ("wanted", "seconds"), [(timedelta(0), 1), (timedelta(days=3650), 31_536_000), (timedelta(minutes=30), 1800)]
)
def test_a_page_lives_as_long_as_xendit_lets_it(wanted, seconds):
    _, asked = opened(NO_PAGES, ok(invoice()), request=replace(PAGE, expires_in=wanted))
    assert asked.body(1)["invoice_duration"] == seconds


@pytest.mark.parametrize(
    ("replies", "problem", "transient"),
    [
        ((lost(),), Problem.TIMEOUT, True),
        ((httpx.Response(401),), Problem.CREDENTIALS_INVALID, False),
        ((NO_PAGES, lost()), Problem.TIMEOUT, True),
        ((NO_PAGES, error(429, "RATE_LIMIT_EXCEEDED")), Problem.RATE_LIMITED, True),
        ((NO_PAGES, error(400, "API_VALIDATION_ERROR")), Problem.REQUEST_INVALID, False),
        ((NO_PAGES, ok(invoice(invoice_url="javascript:alert(1)"))), Problem.MALFORMED_REPLY, True),
        ((NO_PAGES, ok(invoice(expiry_date=None))), Problem.MALFORMED_REPLY, True),
    ],
)
def test_a_page_that_did_not_open_says_why(replies, problem, transient):
    with pytest.raises(CheckoutFailedError) as caught:
        opened(*replies)
    assert (caught.value.problem, caught.value.transient) == (problem, transient)


def test_a_page_of_another_currency_is_in_its_major_unit():
    _, asked = opened(NO_PAGES, ok(invoice()), request=replace(PAGE, money=Money(5000, "VND")))
    assert (asked.body(1)["amount"], asked.body(1)["currency"]) == (5000, "VND")


def checked(*replies, **account):
    transport = Answers(*replies)
    with adapter(transport, **{"webhook_secrets": ("token",), **account}) as psp:
        return [finding.code for finding in psp.check()], transport


def test_an_account_that_lacks_nothing_has_no_findings():
    found, asked = checked(NONE, NO_PAGES)
    assert found == []
    assert asked.asked == ["GET /v3/payment_requests", "GET /v2/invoices"]


FORBIDDEN = error(403, "REQUEST_FORBIDDEN_ERROR")


@pytest.mark.parametrize(
    ("replies", "account", "codes"),
    [
        ((), {"secret_key": None}, [FindingCode.KEY_MISSING]),
        ((), {"secret_key": "xnd_public_development_1"}, [FindingCode.KEY_INVALID]),
        ((), {"secret_key": "xnd_production_12345678"}, [FindingCode.MODE_MISMATCH]),
        ((), {"live": True}, [FindingCode.MODE_MISMATCH]),
        ((httpx.Response(401),), {}, [FindingCode.KEY_INVALID]),
        ((lost(),), {}, [FindingCode.UNREACHABLE]),
        ((FORBIDDEN, NO_PAGES), {}, [FindingCode.PERMISSION_MISSING]),
        ((FORBIDDEN, FORBIDDEN), {}, [FindingCode.PERMISSION_MISSING] * 2),
        ((NONE, FORBIDDEN), {}, [FindingCode.PERMISSION_MISSING]),
        ((NONE, NO_PAGES), {"webhook_secrets": ("",)}, [FindingCode.WEBHOOK_SECRET_MISSING]),
    ],
)
def test_what_is_missing_is_found(replies, account, codes):
    found, _ = checked(*replies, **account)
    assert found == codes

"""What a call that brought nothing leaves to say of payments, refunds, lists and pages."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.domain.payments.port import Checkout, Outcome, PaymentResult, PaymentsPage, RefundResult
from app.domain.payments.problems import Problem
from app.psp.hosted import checkout_of, no_checkout
from app.psp.verdicts import (
    MALFORMED,
    RATE_LIMITED,
    failed_page,
    failed_read,
    failed_refund,
    failure_of_status,
    without_verdict,
)
from app.psp.wire import Failure

WAIT = timedelta(seconds=9)
BUSY = replace(RATE_LIMITED, detail="later", retry_after=WAIT)
LATER = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "outcome", "problem", "transient"),
    [
        (401, Outcome.ERROR, Problem.CREDENTIALS_INVALID, False),
        (403, Outcome.ERROR, Problem.CREDENTIALS_INVALID, False),
        (408, Outcome.UNKNOWN, Problem.TIMEOUT, False),
        (409, Outcome.UNKNOWN, Problem.IN_PROGRESS, False),
        (422, Outcome.ERROR, Problem.REQUEST_INVALID, False),
        (429, Outcome.ERROR, Problem.RATE_LIMITED, True),
        (500, Outcome.UNKNOWN, Problem.PROVIDER_ERROR, False),
        (503, Outcome.UNKNOWN, Problem.PROVIDER_ERROR, False),
        (200, Outcome.UNKNOWN, Problem.MALFORMED_REPLY, False),
        (302, Outcome.UNKNOWN, Problem.MALFORMED_REPLY, False),
    ],
)
def test_a_status_alone_is_an_error_only_where_nothing_was_done(status, outcome, problem, transient):
    assert failure_of_status(status) == Failure(outcome, problem, transient=transient)


def test_a_failure_says_of_a_payment_and_of_a_refund_all_it_knows():
    assert without_verdict(BUSY, "pay_1") == PaymentResult(
        Outcome.ERROR,
        psp_payment_id="pay_1",
        error_code=Problem.RATE_LIMITED,
        detail="later",
        transient=True,
        retry_after=WAIT,
    )
    assert failed_refund(BUSY) == RefundResult(
        Outcome.ERROR, error_code=Problem.RATE_LIMITED, detail="later", transient=True
    )


def test_a_read_that_may_be_repeated_says_nothing_of_the_payment():
    assert failed_read(BUSY) == PaymentResult(
        Outcome.UNKNOWN, error_code=Problem.RATE_LIMITED, detail="later", retry_after=WAIT
    )
    refused = Failure(Outcome.ERROR, Problem.CREDENTIALS_INVALID)
    assert failed_read(refused, "pay_1") == without_verdict(refused, "pay_1")


@pytest.mark.parametrize(
    ("failure", "transient"),
    [(BUSY, True), (MALFORMED, True), (Failure(Outcome.ERROR, Problem.REQUEST_INVALID), False)],
)
def test_lists_and_pages_may_be_asked_for_again_unless_they_were_refused(failure, transient):
    assert failed_page(failure) == PaymentsPage(
        error_code=failure.problem, detail=failure.detail, transient=transient, retry_after=failure.retry_after
    )
    error = no_checkout("No page.", failure)
    assert (error.detail, error.problem, error.transient) == ("No page.", failure.problem, transient)
    assert error.retry_after == (failure.retry_after or timedelta(seconds=5))
    of_read = no_checkout("No page.", without_verdict(failure))
    assert (of_read.problem, of_read.transient, of_read.retry_after) == (error.problem, transient, error.retry_after)


@pytest.mark.parametrize("url", ["http://psp.test/1", "https://psp.test/1"])
def test_a_page_has_an_id_an_address_and_an_end(url):
    assert checkout_of("cs_1", url, LATER) == Checkout("cs_1", url, LATER)


@pytest.mark.parametrize(
    ("page_id", "url", "expires_at"),
    [
        (None, "https://psp.test/1", LATER),
        ("", "https://psp.test/1", LATER),
        ("cs_1", None, LATER),
        ("cs_1", "javascript:alert(1)", LATER),
        ("cs_1", "ftp://psp.test/1", LATER),
        ("cs_1", "https://psp.test/1", None),
    ],
)
def test_half_a_page_is_none(page_id, url, expires_at):
    assert checkout_of(page_id, url, expires_at) is None

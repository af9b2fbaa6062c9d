"""Which reports are believed where money is concerned, and which payments can be charged without the payer."""

from datetime import UTC, datetime

import pytest

from app.domain.errors import FieldError
from app.domain.ingest.accept import KnownTransaction, ReportRefusedError, check_money
from app.domain.ingest.report import FailureReport, is_chargeable

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
OPEN = KnownTransaction(5000, "INR", None)
RECOVERED = KnownTransaction(5000, "INR", NOW)


def report(**fields) -> FailureReport:
    return FailureReport("order-1", "stripe", "insufficient_funds", **fields)


def refused(known: KnownTransaction | None, **fields) -> list[str]:
    with pytest.raises(ReportRefusedError) as caught:
        check_money(report(**fields), known)
    assert all(isinstance(each, FieldError) for each in caught.value.errors)
    return [each.pointer for each in caught.value.errors]


def test_the_first_report_says_amount_and_currency():
    assert check_money(report(amount=5000, currency="INR"), None) == (5000, "INR")
    assert refused(None) == ["/amount", "/currency"]
    assert refused(None, amount=5000) == ["/currency"]


def test_a_later_report_may_leave_them_out_or_change_the_amount():
    assert check_money(report(), OPEN) == (5000, "INR")
    assert check_money(report(amount=4000), OPEN) == (4000, "INR")
    assert check_money(report(amount=4000, currency="INR"), OPEN) == (4000, "INR")


def test_a_transaction_keeps_its_currency():
    assert refused(OPEN, amount=5000, currency="USD") == ["/currency"]


def test_a_recovered_transaction_keeps_its_amount():
    assert check_money(report(amount=5000), RECOVERED) == (5000, "INR")
    assert refused(RECOVERED, amount=5001) == ["/amount"]


@pytest.mark.parametrize(
    ("method", "answer"),
    [
        ({}, False),
        ({"type": "card", "last4": "4242"}, False),
        ({"psp_customer_id": "cus_1"}, False),
        ({"token": ""}, False),
        ({"token": "pm_1"}, True),
        ({"mandate_id": "mdt_1"}, True),
    ],
)
def test_only_a_named_saved_method_can_be_charged(method, answer):
    assert is_chargeable(method) is answer


def test_the_classifier_reads_the_report():
    signals = report(failure_code="51", payment_method={"type": "card", "brand": "visa"}).signals()

    assert (signals.gateway, signals.reason, signals.code) == ("stripe", "insufficient_funds", "51")
    assert (signals.method, signals.brand) == ("card", "visa")

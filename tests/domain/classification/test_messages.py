"""Each message pattern, by an example of a text that only it should catch."""

import pytest

from app.domain.classification import FailureSignals, classify
from app.domain.classification.tables import ROWS, read

EXAMPLES = {
    "already paid": "This order has already been paid",
    "lost or stolen": "Pick up card",
    "do not try again": "Do not try again with this card",
    "fraud": "Declined due to suspected FRAUD",
    "mandate revoked": "The mandate was cancelled by the customer",
    "mandate expired": "Mandate has expired",
    "mandate paused": "Mandate is paused by user",
    "account closed": "Account is closed",
    "account blocked": "Account has been frozen",
    "card expired": "Your card has expired.",
    "invalid card": "Your card's security code is incorrect.",
    "invalid upi id": "Invalid VPA",
    "insufficient balance": "The account balance is insufficient",
    "insufficient funds": "Your card has insufficient funds.",
    "limit exceeded": "Transaction amount exceeds the daily limit",
    "authentication timeout": "OTP timed out",
    "did not authenticate in time": "The payer didn't respond",
    "collect expired": "Collect request expired",
    "authentication required": "This transaction requires authentication",
    "authentication failed": "Incorrect OTP",
    "cancelled by payer": "Payment was cancelled by the user",
    "upi pending": "UPI transaction is still pending",
    "pending": "Payment is processing",
    "duplicate": "Duplicate transaction",
    "rate limited": "Too many requests",
    "gateway timeout": "504: upstream timed out",
    "issuer unavailable": "Issuing bank is down",
    "connection refused": "ECONN: connection refused",
    "network error": "Network failure",
    "connection reset": "connection reset by peer",
    "service unavailable": "Service temporarily unavailable",
    "technical error": "A technical error occurred",
    "not permitted": "Transaction is not permitted",
    "do not honor": "Do not honour",
    "timeout": "Timeout",
    "expired": "The payment expired",
    "contact the bank": "Please contact your bank",
    "declined": "Your card was declined.",
}


@pytest.mark.parametrize("line", list(read("messages")), ids=lambda line: line["label"])
def test_a_text_is_read_by_its_pattern(line):
    answer = classify(FailureSignals(message=EXAMPLES[line["label"]]))

    assert answer.rule == f"message:{line['label']}"
    assert answer.title == ROWS[line["provider"], line["code"]].title
    assert answer.known is True


def test_every_pattern_has_one_example():
    assert [line["label"] for line in read("messages")] == list(EXAMPLES)


def test_what_must_stop_a_retry_is_heard_before_what_need_not():
    answer = classify(FailureSignals(message="Insufficient funds; the account is closed"))

    assert answer.rule == "message:account closed"


def test_a_plain_reason_is_heard_before_a_phrase_that_says_little():
    answer = classify(FailureSignals(message="Declined: not enough money"))

    assert answer.rule == "message:insufficient funds"


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("Your bank did not respond in time", "message:gateway timeout"),
        ("Your payment is being processed", "message:pending"),
        ("Payment processing failed at the wallet", "generic:unknown"),
        ("The UPI payment failed while processing", "generic:unknown"),
        ("We couldn\u2019t connect: network failure", "message:network error"),
        ("Card was declined because it doesn't have enough funds", "message:insufficient funds"),
        ("Das Konto ist nicht gedeckt", "generic:unknown"),
    ],
)
def test_texts_of_the_wild_are_read_with_care(text, rule):
    assert classify(FailureSignals(message=text)).rule == rule


def test_prose_in_a_code_field_is_read_like_a_message():
    answer = classify(FailureSignals(gateway="payu", reason="E42", code="bank reported not sufficient funds today"))

    assert answer.rule == "message:insufficient funds"


def test_a_message_explains_a_wrapper():
    answer = classify(FailureSignals(gateway="stripe", code="card_declined", message="Your card has expired."))

    assert answer.rule == "message:card expired"


def test_a_message_that_says_no_more_leaves_a_wrapper_as_it_is():
    answer = classify(FailureSignals(gateway="stripe", code="card_declined", message="Your card was declined."))

    assert answer.rule == "stripe:card_declined"


def test_a_message_never_overrules_a_code_that_says_why():
    answer = classify(FailureSignals(gateway="stripe", code="do_not_honor", message="Insufficient funds"))

    assert answer.rule == "stripe:do_not_honor"


def test_a_very_long_text_is_read_at_its_beginning_only():
    assert (
        classify(FailureSignals(message="insufficient balance" + " x" * 10**6)).rule == "message:insufficient balance"
    )
    assert classify(FailureSignals(message="x " * 10**6 + "insufficient balance")).known is False

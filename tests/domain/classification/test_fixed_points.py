"""The points that API.md fixes, at every gateway and in every spelling."""

import pytest

from app.domain.classification import Category, FailureSignals, Hardness, classify

GATEWAYS = [None, "", "stripe", "Stripe ", "RAZORPAY", "paypal", "paymongo", "xendit", "sandbox", "some_new_psp"]

WORDS = [
    ("insufficient_funds", Category.FUNDS, Hardness.SOFT),
    ("issuer_declined", Category.ISSUER_DECLINE, Hardness.HARD),
    ("do_not_honor", Category.ISSUER_DECLINE, Hardness.SOFT),
    ("transaction_not_permitted", Category.ISSUER_DECLINE, Hardness.HARD),
    ("otp_timeout", Category.AUTH_TIMEOUT, Hardness.SOFT),
    ("3ds_timeout", Category.AUTH_TIMEOUT, Hardness.SOFT),
    ("auth_timeout", Category.AUTH_TIMEOUT, Hardness.SOFT),
    ("network_error", Category.NETWORK, Hardness.SOFT),
    ("upi_pending", Category.UPI_PENDING, Hardness.SOFT),
]


@pytest.mark.parametrize("method", [None, "card", "upi", "netbanking", "wallet", "bank_debit", "carrier pigeon"])
@pytest.mark.parametrize("gateway", GATEWAYS)
@pytest.mark.parametrize(("word", "category", "hardness"), WORDS)
def test_a_fixed_word_means_the_same_at_every_gateway(word, category, hardness, gateway, method):
    for spelling in (word, word.upper(), f" {word} ", word.replace("_", "-"), word.replace("_", " ").title()):
        as_reason = classify(FailureSignals(gateway=gateway, reason=spelling, method=method))
        as_code = classify(FailureSignals(gateway=gateway, code=spelling, method=method))

        assert (as_reason.category, as_reason.hardness, as_reason.known) == (category, hardness, True)
        assert as_code == as_reason


@pytest.mark.parametrize("gateway", GATEWAYS)
@pytest.mark.parametrize(
    ("message", "category", "rule"),
    [
        ("3DS authentication timeout", Category.AUTH_TIMEOUT, "message:authentication timeout"),
        ("insufficient balance", Category.FUNDS, "message:insufficient balance"),
        ("gateway timeout", Category.NETWORK, "message:gateway timeout"),
    ],
)
def test_a_message_is_the_fallback_where_no_code_is_known(message, category, rule, gateway):
    for code in (None, "zz_not_a_code"):
        answer = classify(FailureSignals(gateway=gateway, code=code, message=message))

        assert (answer.category, answer.hardness, answer.rule) == (category, Hardness.SOFT, rule)


@pytest.mark.parametrize("gateway", GATEWAYS)
@pytest.mark.parametrize("word", ["zz_not_a_code", "", None, "🤷", "a" * 5000, "weird_decline_7"])
def test_anything_else_is_unknown_and_soft(gateway, word):
    answer = classify(FailureSignals(gateway=gateway, reason=word, code=word))

    assert (answer.category, answer.hardness, answer.rule) == (Category.UNKNOWN, Hardness.SOFT, "generic:unknown")
    assert answer.known is False


def test_a_fixed_point_wins_over_a_table_that_says_otherwise():
    answer = classify(FailureSignals(gateway="paymongo", reason="issuer_declined"))

    assert answer.rule == "tinko:issuer_declined"
    assert answer.hardness is Hardness.HARD

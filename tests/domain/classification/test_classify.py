"""How several signals of one failure are weighed against each other."""

from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.classification import (
    AUTOMATIC,
    METHODS,
    Category,
    Classification,
    FailureSignals,
    Hardness,
    Recommendation,
    Retry,
    classify,
)
from app.domain.classification.tables import ROWS, Vagueness, read
from tests.domain.classification.test_tables import RETRIED_BY_THE_TABLE

GATEWAYS = ["stripe", "razorpay", "paypal", "paymongo", "xendit"]
REASONS = {line["reason"] for line in read("reasons")}
CODES = sorted({code for table, code in ROWS if table in GATEWAYS or table == "generic"})
NETWORK_CODES = sorted({code for table, code in ROWS if table in {"iso8583", "visa", "mastercard", "npci_upi"}})
ADVICE = [*sorted({code for _, code in ROWS if code.startswith("MAC_")}), "9", "", "do_not_try_again"]
WORDS = [line["word"] for line in read("aliases")]

signals = st.builds(
    FailureSignals,
    gateway=st.sampled_from([None, "sandbox", "rapyd", *GATEWAYS]),
    reason=st.none() | st.sampled_from(CODES) | st.sampled_from(WORDS),
    code=st.none() | st.sampled_from(CODES),
    message=st.none() | st.sampled_from(["Insufficient funds", "Card expired", "gateway timeout", "hm"]),
    network_decline_code=st.none() | st.sampled_from(NETWORK_CODES),
    network_advice_code=st.none() | st.sampled_from(ADVICE),
    method=st.sampled_from([None, *METHODS]),
    brand=st.sampled_from([None, "visa", "Mastercard", "rupay"]),
)
SPOKEN = ("reason", "code", "network_decline_code", "network_advice_code")


def alone(said: FailureSignals) -> list[Classification]:
    """Classify every code by itself, under the same gateway, method and brand; no message."""
    silent = replace(said, message=None, **dict.fromkeys(SPOKEN))
    return [classify(replace(silent, **{name: value})) for name in SPOKEN if (value := getattr(said, name))]


def is_combined(said: FailureSignals) -> bool:
    return "+MAC_" in classify(said).rule or "+" in (said.network_decline_code or "")


@given(signals)
def test_a_hard_or_never_answer_from_any_code_wins(said):
    answer = classify(said)
    if is_combined(said):
        return
    singles = [single for single in alone(said) if single.rule != "mastercard:MAC_43"]

    if any(single.hardness is Hardness.HARD for single in singles):
        assert answer.hardness is Hardness.HARD
    if any(single.retry is Retry.NEVER for single in singles):
        assert answer.retry is Retry.NEVER or answer.hardness is Hardness.HARD
    if any(single.hardness is Hardness.HARD and single.retry is Retry.NEVER for single in singles):
        assert answer.retry is Retry.NEVER


@given(signals)
def test_what_may_have_moved_money_or_is_forbidden_is_never_retried_by_itself(said):
    answer = classify(said)

    if answer.money_may_have_moved:
        assert answer.retry in {Retry.POLL_STATUS, Retry.NEVER}
        assert answer.recommendation in {Recommendation.POLL_STATUS, Recommendation.STOP}
        assert answer.alternatives == ()
    if answer.stop_recovery:
        assert (answer.retry, answer.recommendation, answer.alternatives) == (Retry.NEVER, Recommendation.STOP, ())
    if answer.network_rule and answer.rule != RETRIED_BY_THE_TABLE:
        assert answer.retry not in AUTOMATIC


@given(signals)
def test_warnings_stick_whatever_code_decides(said):
    answer = classify(said)
    if is_combined(said):
        return
    rows = {row.rule: row for row in ROWS.values()}
    wrapped = {single.rule for single in alone(said) if rows[single.rule].vagueness is Vagueness.WRAPPER}
    heard = [single for single in alone(said) if single.rule not in wrapped]

    assert answer.money_may_have_moved or not any(single.money_may_have_moved for single in heard)
    assert answer.stop_recovery or not any(single.stop_recovery for single in heard)
    assert answer.network_rule or not any(single.network_rule for single in heard)
    waits = [single.required_wait_seconds or 0 for single in heard]
    assert (answer.required_wait_seconds or 0) >= max(waits, default=0)
    assert (answer.required_wait_seconds is None) == (answer.required_wait_rule is None)


def test_a_payment_that_was_made_stops_even_where_money_may_still_move():
    answer = classify(FailureSignals(reason="already_paid", code="gateway_timeout"))

    assert (answer.rule, answer.recommendation) == ("tinko:already_paid", Recommendation.STOP)
    assert answer.money_may_have_moved is True


@given(signals)
def test_every_answer_is_in_the_closed_sets(said):
    answer = classify(said)

    assert answer.category in set(Category)
    assert answer.reason in REASONS
    assert Recommendation(answer.recommendation) is answer.recommendation
    assert set(answer.alternatives) <= set(METHODS)
    assert answer.known is (answer.rule != "generic:unknown")
    assert classify(said) == answer


@given(st.builds(FailureSignals, **{field.name: st.none() | st.text() for field in fields(FailureSignals)}))
def test_no_text_whatever_makes_it_fail(said):
    assert classify(said).category in set(Category)


@given(signals.filter(lambda said: said.method), st.sampled_from(["🃏", "cheque", " "]))
def test_a_method_that_nobody_knows_counts_as_none(said, method):
    assert classify(replace(said, method=method)) == classify(replace(said, method=None))


def test_the_contracts_example_is_a_lack_of_funds():
    answer = classify(
        FailureSignals(
            gateway="stripe",
            reason="insufficient_funds",
            code="card_declined",
            message="…",
            network_decline_code="51",
            network_advice_code="02",
            method="card",
            brand="visa",
        )
    )

    assert (answer.category, answer.hardness, answer.retry) == (Category.FUNDS, Hardness.SOFT, Retry.RETRY_LATER)
    assert (answer.rule, answer.reason) == ("stripe:insufficient_funds", "insufficient_funds")
    assert answer.alternatives == ("upi", "netbanking", "wallet")
    assert (answer.cooldown_seconds, answer.required_wait_seconds) == (86400, None)


@pytest.mark.parametrize("swap", [False, True])
@pytest.mark.parametrize(
    ("gateway", "outer", "inner", "rule"),
    [
        ("stripe", "card_declined", "expired_card", "stripe:expired_card"),
        ("stripe", "card_declined", "insufficient_funds", "stripe:insufficient_funds"),
        ("razorpay", "BAD_REQUEST_ERROR", "card_expired", "razorpay:card_expired"),
        ("razorpay", "payment_failed", "otp_timeout", "generic:authentication_timeout"),
        ("paypal", "INSTRUMENT_DECLINED", "5120", "paypal:5120"),
        ("xendit", "CARD_DECLINED", "INSUFFICIENT_BALANCE", "xendit:INSUFFICIENT_BALANCE"),
    ],
)
def test_the_more_telling_of_reason_and_code_decides_in_either_field(gateway, outer, inner, rule, swap):
    reason, code = (outer, inner) if swap else (inner, outer)

    assert classify(FailureSignals(gateway=gateway, reason=reason, code=code)).rule == rule


def test_razorpay_is_read_in_its_four_steps():
    def rule(reason, code, method):
        return classify(FailureSignals(gateway="razorpay", reason=reason, code=code, method=method)).rule

    assert rule("insufficient_funds", "BAD_REQUEST_ERROR", "upi") == "razorpay:upi:insufficient_funds"
    assert rule("card_declined", "BAD_REQUEST_ERROR", "card") == "razorpay:card_declined"
    assert rule("insufficient_funds", "BAD_REQUEST_ERROR", "bank_debit") == "razorpay:emandate:insufficient_funds"
    assert rule("zz_new_reason", "BAD_REQUEST_ERROR", "upi") == "razorpay:upi:BAD_REQUEST_ERROR"
    assert rule(None, "GATEWAY_ERROR", "card") == "razorpay:GATEWAY_ERROR"


def test_a_wrapper_that_warns_of_money_is_dropped_with_the_wrapper():
    answer = classify(
        FailureSignals(gateway="razorpay", reason="insufficient_funds", code="BAD_REQUEST_ERROR", method="upi")
    )

    assert (answer.money_may_have_moved, answer.retry) == (False, Retry.RETRY_LATER)


def test_a_code_that_stands_only_under_a_context_is_found_without_it():
    answer = classify(FailureSignals(gateway="razorpay", reason="mandate_cancelled"))

    assert answer.rule == "razorpay:upi:mandate_cancelled"


def test_a_strange_gateway_borrows_what_all_tables_agree_on_and_nothing_else():
    assert classify(FailureSignals(gateway="payu", reason="stolen_card")).rule == "stripe:stolen_card"
    assert classify(FailureSignals(gateway="payu", reason="invalid_vpa")).rule == "razorpay:invalid_vpa"
    assert classify(FailureSignals(gateway="payu", reason="invalid_amount")).known is False
    assert (
        classify(FailureSignals(gateway="stripe", reason="card_number_invalid")).rule == "razorpay:card_number_invalid"
    )


def test_a_networks_code_in_a_code_field_is_read():
    assert classify(FailureSignals(gateway="payu", code="51")).rule == "iso8583:51"
    assert classify(FailureSignals(gateway="payu", code="U69", method="upi")).rule == "npci_upi:U69"


def test_a_word_in_the_networks_field_is_read():
    answer = classify(FailureSignals(gateway="xendit", network_decline_code="EXPIRED_CARD"))

    assert answer.rule == "xendit:EXPIRED_CARD"


def test_money_that_may_have_moved_turns_a_retry_into_a_question():
    answer = classify(
        FailureSignals(gateway="stripe", code="issuer_not_available", network_decline_code="68", brand="visa")
    )

    assert answer.rule == "stripe:issuer_not_available"
    assert (answer.retry, answer.recommendation) == (Retry.POLL_STATUS, Recommendation.POLL_STATUS)
    assert (answer.money_may_have_moved, answer.cooldown_seconds, answer.alternatives) == (True, 900, ())


def test_money_that_may_have_moved_leaves_a_never_as_it_is():
    answer = classify(FailureSignals(gateway="stripe", code="stolen_card", network_decline_code="68", brand="visa"))

    assert (answer.rule, answer.retry) == ("stripe:stolen_card", Retry.NEVER)
    assert (answer.recommendation, answer.money_may_have_moved) == (Recommendation.POLL_STATUS, True)


def test_a_payment_that_was_made_already_stops_even_a_hard_case():
    answer = classify(FailureSignals(gateway="razorpay", reason="order_already_paid", code="card_expired"))

    assert (answer.rule, answer.hardness) == ("razorpay:card_expired", Hardness.HARD)
    assert (answer.stop_recovery, answer.retry, answer.recommendation) == (True, Retry.NEVER, Recommendation.STOP)


def test_another_card_is_offered_where_the_card_itself_is_at_fault():
    broken = classify(FailureSignals(gateway="stripe", code="expired_card", method="card"))
    empty = classify(FailureSignals(gateway="stripe", code="insufficient_funds", method="card"))

    assert broken.alternatives == ("card", "upi", "netbanking", "wallet")
    assert empty.alternatives == ("upi", "netbanking", "wallet")


@pytest.mark.parametrize("spelling", ["Credit Card", "card", "DEBIT_CARD"])
def test_a_method_may_be_spelled_in_many_ways(spelling):
    said = FailureSignals(gateway="stripe", code="insufficient_funds")

    assert classify(replace(said, method=spelling)) == classify(replace(said, method="card"))

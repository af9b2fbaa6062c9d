"""What networks say: response codes by brand, Mastercard's advice, and what they forbid or demand."""

from dataclasses import replace

import pytest

from app.domain.classification import FailureSignals, Hardness, Recommendation, Retry, classify


@pytest.mark.parametrize(
    ("advice", "seconds"),
    [
        ("02", 259200),
        ("24", 3600),
        ("25", 86400),
        ("26", 172800),
        ("27", 345600),
        ("28", 518400),
        ("29", 691200),
        ("30", 864000),
    ],
)
def test_mastercards_waits_are_demanded_whatever_the_reason(advice, seconds):
    answer = classify(
        FailureSignals(gateway="stripe", code="insufficient_funds", network_advice_code=advice, brand="mastercard")
    )

    assert answer.rule == "stripe:insufficient_funds"
    assert (answer.required_wait_seconds, answer.required_wait_rule) == (seconds, f"mc.mac.{advice}")
    assert answer.cooldown_seconds == max(seconds, 86400)


@pytest.mark.parametrize("spelling", ["02", "2", "MAC_02", "mac 02", "Mac-02", " MAC02 "])
def test_an_advice_code_may_be_spelled_in_many_ways(spelling):
    answer = classify(FailureSignals(network_advice_code=spelling))

    assert (answer.rule, answer.required_wait_rule) == ("mastercard:MAC_02", "mc.mac.02")


def test_a_retry_soon_becomes_a_retry_later_where_the_network_demands_days():
    said = FailureSignals(gateway="stripe", code="issuer_not_available", brand="mastercard")

    assert classify(said).retry is Retry.RETRY_SOON
    patient = classify(replace(said, network_advice_code="26"))
    assert (patient.rule, patient.retry) == ("stripe:issuer_not_available", Retry.RETRY_LATER)
    assert patient.recommendation == Recommendation.RETRY_LATER
    brief = classify(replace(said, network_advice_code="24"))
    assert (brief.retry, brief.required_wait_seconds, brief.cooldown_seconds) == (Retry.RETRY_SOON, 3600, 3600)


def test_the_longest_of_two_waits_is_the_one_that_counts():
    answer = classify(FailureSignals(code="MAC_24", network_advice_code="30", network_decline_code="MAC_26"))

    assert (answer.required_wait_seconds, answer.required_wait_rule) == (864000, "mc.mac.30")


def test_a_stop_from_mastercard_forbids_every_retry():
    answer = classify(FailureSignals(gateway="stripe", code="insufficient_funds", network_advice_code="03"))

    assert (answer.rule, answer.hardness, answer.retry) == ("mastercard:MAC_03", Hardness.HARD, Retry.NEVER)
    assert answer.network_rule == "mc.mac03_21.stop"


def test_a_more_telling_hard_code_names_the_reason_and_the_ban_stays():
    answer = classify(FailureSignals(gateway="stripe", code="lost_card", network_advice_code="21", brand="mastercard"))

    assert (answer.rule, answer.reason) == ("mastercard:MAC_21", "mandate_revoked")
    answer = classify(FailureSignals(gateway="stripe", code="lost_card", network_advice_code="03", brand="mastercard"))
    assert (answer.rule, answer.network_rule) == ("stripe:lost_card", "mc.mac03_21.stop")


def test_on_another_brand_advice_warns_but_demands_no_wait():
    for brand in ("visa", "rupay"):
        said = FailureSignals(gateway="stripe", code="insufficient_funds", brand=brand)
        assert classify(replace(said, network_advice_code="02")).required_wait_seconds is None
        stopped = classify(replace(said, network_advice_code="21"))
        assert (stopped.rule, stopped.retry, stopped.network_rule) == ("mastercard:MAC_21", Retry.NEVER, None)


def test_a_gateway_that_renumbers_advice_is_not_believed():
    assert classify(FailureSignals(gateway="Rapyd", network_advice_code="03")).known is False
    assert (
        classify(FailureSignals(gateway="Rapyd", reason="lost_card", network_advice_code="02")).rule
        == "stripe:lost_card"
    )


def test_advice_in_a_providers_own_words_is_read():
    said = FailureSignals(gateway="stripe", code="card_declined")

    assert classify(replace(said, network_advice_code="do_not_try_again")).rule == "stripe:advice:do_not_try_again"
    assert classify(replace(said, network_advice_code="confirm_card_data")).hardness is Hardness.HARD
    at_another = classify(FailureSignals(gateway="sandbox", network_advice_code="do_not_try_again"))
    assert at_another.rule == "stripe:do_not_try_again"


def test_paypals_advice_02_means_a_stop_on_visa():
    said = FailureSignals(gateway="paypal", code="INSTRUMENT_DECLINED", network_advice_code="02")

    assert classify(replace(said, brand="visa")).rule == "paypal:advice:visa:02"
    assert classify(replace(said, brand="visa")).retry is Retry.NEVER
    assert classify(replace(said, brand="mastercard")).rule == "mastercard:MAC_02"


def test_a_code_and_advice_that_belong_together_are_one_answer():
    stop = classify(FailureSignals(network_decline_code="82", network_advice_code="03", brand="mastercard"))
    secure = classify(FailureSignals(network_decline_code="83", network_advice_code="01", brand="mastercard"))

    assert (stop.rule, stop.network_rule) == ("mastercard:82+MAC_03", "mc.mac03_21.stop")
    assert (secure.rule, secure.recommendation) == ("mastercard:83+MAC_01", Recommendation.ASK_PAYER_AUTHENTICATE)


def test_a_card_that_is_merely_described_explains_no_failure():
    answer = classify(FailureSignals(gateway="stripe", code="insufficient_funds", network_advice_code="43"))

    assert answer.rule == "stripe:insufficient_funds"


@pytest.mark.parametrize(
    ("brand", "method", "code", "rule"),
    [
        ("visa", "card", "39", "visa:39"),
        ("Visa Electron", None, "39", "visa:39"),
        ("rupay", "card", "39", "iso8583:39"),
        (None, "card", "39", "iso8583:39"),
        ("visa", "card", "21", "visa:21"),
        ("visa", "card", "68", "iso8583:68"),
        (None, None, "1A", "visa:1A"),
        (None, None, "n7", "visa:N7"),
        ("rupay", None, "N7", "generic:unknown"),
        ("mc", "card", "65", "mastercard:65"),
        (None, "upi", "Z9", "npci_upi:Z9"),
        ("rupay", "upi", "Z9", "npci_upi:Z9"),
        (None, None, "U30", "npci_upi:U30"),
        ("unknown", None, "5", "iso8583:05"),
        (None, "bank_debit", "R01", "generic:ACH_R01"),
        (None, "bank_debit", "AM04", "generic:SEPA_AM04"),
    ],
)
def test_the_brand_and_method_decide_whose_network_code_it_is(brand, method, code, rule):
    assert classify(FailureSignals(network_decline_code=code, brand=brand, method=method)).rule == rule


def test_a_ban_of_visa_counts_where_nobody_said_which_brand_it_was():
    said = FailureSignals(network_decline_code="41")

    assert classify(said).network_rule == "visa.cat1.never"
    assert classify(replace(said, brand="visa")).network_rule == "visa.cat1.never"
    assert classify(replace(said, brand="mastercard")).network_rule is None
    assert classify(replace(said, brand="rupay")).network_rule is None


def test_the_networks_code_speaks_where_the_provider_says_nothing():
    said = FailureSignals(gateway="stripe", code="generic_decline", brand="visa")

    assert classify(said).rule == "stripe:generic_decline"
    assert classify(replace(said, network_decline_code="51")).rule == "visa:51"
    assert classify(replace(said, network_decline_code="05")).rule == "visa:05"


def test_the_providers_telling_code_is_named_before_the_networks():
    said = FailureSignals(gateway="stripe", code="insufficient_funds", network_decline_code="61", brand="visa")

    assert classify(said).rule == "stripe:insufficient_funds"


def test_a_lost_leading_zero_is_put_back_in_a_networks_code_only():
    assert classify(FailureSignals(network_decline_code=" 4 ")).rule == "iso8583:04"
    assert classify(FailureSignals(gateway="payu", code="4")).known is False

"""Every row of the shipped tables answers for itself, and the tables fit each other."""

import pytest

from app.domain.classification import AUTOMATIC, Classification, FailureSignals, Recommendation, Retry, classify
from app.domain.classification.lookup import squeeze
from app.domain.classification.tables import ROWS, Row, Vagueness, read
from app.domain.network_rules import NeverRule, OnlyRule, WaitRule, latest

OVERRULED = ("paymongo", "issuer_declined")
"""The one row that does not answer for itself: API.md fixes this word as hard, PayMongo's table has it soft."""

RETRIED_BY_THE_TABLE = "generic:SEPA_TM01"
"""The one row that says "retry" of what a network forbids: a missed cut-off. The plan heeds the ban."""

SPELLED_TWICE = {"upi:BAD_REQUEST_ERROR", "upi:bad_request_error", "SERVER_ERROR", "server_error"}
"""Razorpay's error classes and reasons that differ in case alone."""


def signals_for(row: Row) -> FailureSignals:
    if row.code.startswith("MAC_"):
        return FailureSignals(brand="mastercard", network_advice_code=row.code)
    if "+" in row.code:
        code, advice = row.code.split("+")
        return FailureSignals(brand="mastercard", network_decline_code=code, network_advice_code=advice)
    if row.table in {"visa", "mastercard"}:
        return FailureSignals(brand=row.table, network_decline_code=row.code)
    if row.table == "iso8583":
        return FailureSignals(brand="rupay", network_decline_code=row.code)
    if row.table == "npci_upi":
        return FailureSignals(method="upi", network_decline_code=row.code)
    return FailureSignals(gateway=row.table, reason=row.code)


def says(answer: Classification, row: Row) -> bool:
    return (
        answer.category,
        answer.hardness,
        answer.retry,
        answer.cooldown_seconds,
        answer.money_may_have_moved,
        answer.stop_recovery,
        answer.network_rule,
        answer.unchecked,
        answer.title,
    ) == (
        row.category,
        row.hardness,
        row.retry,
        row.wait,
        row.money_may_have_moved,
        row.stop_recovery,
        row.forbidden_by,
        row.unchecked,
        row.title,
    )


def test_every_row_of_the_tables_is_shipped():
    assert len(list(read("decline_codes"))) == 1436
    assert len(ROWS) == 1436 + len(list(read("own_codes")))


def test_every_row_answers_for_itself():
    wrong = {
        key: classify(signals_for(row)).rule for key, row in ROWS.items() if not says(classify(signals_for(row)), row)
    }

    assert wrong == {OVERRULED: "tinko:issuer_declined"}


def test_every_row_is_named_as_the_rule_that_answered():
    named = {key for key, row in ROWS.items() if classify(signals_for(row)).rule == row.rule}

    assert set(ROWS) - named == {OVERRULED}


@pytest.mark.parametrize(
    "spell", [str.lower, str.upper, str.title, lambda code: f"  {code}\n", lambda code: code.replace("_", " - ")]
)
def test_no_spelling_of_a_row_changes_its_answer(spell):
    for row in ROWS.values():
        if row.code in SPELLED_TWICE:
            continue
        plain = signals_for(row)
        spelled = FailureSignals(
            gateway=plain.gateway and spell(plain.gateway),
            reason=plain.reason and spell(plain.reason),
            network_decline_code=plain.network_decline_code and spell(plain.network_decline_code),
            network_advice_code=plain.network_advice_code and spell(plain.network_advice_code),
            method=plain.method and spell(plain.method),
            brand=plain.brand and spell(plain.brand),
        )
        assert classify(spelled) == classify(plain), row.rule


def test_codes_that_differ_in_case_alone_are_told_apart_and_else_read_with_caution():
    by_class = classify(FailureSignals(gateway="razorpay", reason="BAD_REQUEST_ERROR", method="upi"))
    by_reason = classify(FailureSignals(gateway="razorpay", reason="bad_request_error", method="upi"))
    unclear = classify(FailureSignals(gateway="razorpay", reason="Bad Request Error", method="upi"))

    assert by_class.rule == "razorpay:upi:BAD_REQUEST_ERROR"
    assert by_reason.rule == "razorpay:upi:bad_request_error"
    assert unclear == by_class


def test_a_code_stands_under_the_context_of_its_method():
    for line in read("contexts"):
        for row in ROWS.values():
            if line["method"] and row.table == line["provider"] and row.code.startswith(line["prefix"]):
                bare = row.code.removeprefix(line["prefix"])
                if (row.table, row.code) == ("razorpay", "upi:bad_request_error"):
                    continue
                answer = classify(FailureSignals(gateway=row.table, code=bare, method=line["method"]))
                assert answer.rule == row.rule


def test_what_the_other_tables_say_belongs_to_a_row():
    keys = {(line["provider"], line["code"]) for name in ("code_flags", "catch_alls") for line in read(name)}
    coded = (rule for rule in latest() if isinstance(rule, NeverRule | OnlyRule | WaitRule))
    ruled = {tuple(code.split(":", 1)) for rule in coded for code in rule.codes}

    assert (keys | ruled) - set(ROWS) == set()


def test_every_alias_leads_to_a_row_and_hides_none():
    for line in read("aliases"):
        target, word = ROWS[line["provider"], line["code"]], line["word"]
        answer = classify(FailureSignals(gateway="no_such_gateway", reason=word))
        assert answer.rule == target.rule
        generic = ROWS.get(("generic", word))
        assert generic is None or generic is target, word


def test_no_alias_is_listed_twice():
    words = [squeeze(line["word"]) for line in read("aliases")]

    assert len(words) == len(set(words))


def test_every_source_is_known_and_from_memory_means_unchecked():
    texts = {line["source"]: line["text"] for line in read("sources")}
    lines = [*read("decline_codes"), *read("own_codes")]

    assert {line["source"] for line in lines} <= set(texts)
    assert [line for line in lines if ("from memory" in texts[line["source"]]) != (line["unchecked"] == "yes")] == []


def test_every_recommendation_of_the_closed_set_is_in_use():
    assert {row.recommendation for row in ROWS.values()} == set(Recommendation)


def test_every_group_of_reasons_is_in_use():
    assert {row.reason for row in ROWS.values()} == {line["reason"] for line in read("reasons")}


def test_a_row_that_may_have_moved_money_is_polled_and_offers_nothing_else_to_pay_with():
    moving = [row for row in ROWS.values() if row.money_may_have_moved]

    assert len(moving) == 71
    assert {(row.retry, row.recommendation, row.offers) for row in moving} == {
        (Retry.POLL_STATUS, Recommendation.POLL_STATUS, ())
    }


def test_a_row_of_a_payment_that_was_made_stops_everything():
    paid = [row for row in ROWS.values() if row.stop_recovery]

    assert len(paid) == 8
    assert {(row.retry, row.recommendation, row.offers) for row in paid} == {(Retry.NEVER, Recommendation.STOP, ())}


def test_no_wrapper_is_hard_so_that_dropping_one_loses_nothing():
    assert [row.rule for row in ROWS.values() if row.vagueness is Vagueness.WRAPPER and row.strength] == []


def test_no_row_that_a_network_forbids_is_retried():
    forbidden = [row for row in ROWS.values() if row.forbidden_by]

    assert {row.forbidden_by for row in forbidden} == {
        "visa.cat1.never",
        "mc.mac03_21.stop",
        "psd2.softdecline",
        "nacha.reinit.r08",
        "nacha.reinit.other",
        "sepa.retry.codes",
    }
    assert [row.rule for row in forbidden if row.retry in AUTOMATIC] == [RETRIED_BY_THE_TABLE]


def test_visas_first_category_is_forbidden_in_full():
    codes = {row.code for row in ROWS.values() if row.forbidden_by == "visa.cat1.never"}
    flagged = {line["code"] for line in read("code_flags") if (line["flag"], line["value"]) == ("visa_category", "1")}

    assert codes == flagged == {*["04", "07", "12", "14", "15", "41", "43", "46", "57", "R0", "R1", "R3"], "category:1"}

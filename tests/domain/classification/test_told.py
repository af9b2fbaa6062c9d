"""Payers are not told what would help whoever tries cards that are not theirs."""

from app.domain.classification import FailureSignals, classify
from app.domain.classification.tables import ROWS, read
from app.domain.classification.told import GENERIC, KEPT_FROM_PAYERS, category_for_payer, reason_for_payer

FLAGGED = {(line["provider"], line["code"]) for line in read("code_flags") if line["flag"] == "mask_to_payer"}


def test_every_code_that_providers_ask_to_hide_is_hidden():
    assert len(FLAGGED) == 23
    assert {key for key in FLAGGED if reason_for_payer(ROWS[key].reason) != GENERIC} == set()


def test_what_is_hidden_looks_like_any_other_decline():
    told = {category_for_payer(row.category, row.reason) for row in ROWS.values() if row.reason in KEPT_FROM_PAYERS}
    assert told == {"issuer_decline"}


def test_networks_and_messages_that_say_the_same_are_hidden_too():
    lost = (
        FailureSignals(brand="visa", network_decline_code="41"),
        FailureSignals(brand="mastercard", network_decline_code="43"),
        FailureSignals(gateway="unheard_of", reason="?", message="The card was reported lost or stolen"),
        FailureSignals(gateway="stripe", reason="card_declined", code="fraudulent"),
    )
    assert {reason_for_payer(classify(signals).reason) for signals in lost} == {GENERIC}


def test_everything_else_is_told_as_it_is():
    assert reason_for_payer("insufficient_funds") == "insufficient_funds"
    assert category_for_payer("funds", "insufficient_funds") == "funds"
    assert {row.reason for row in ROWS.values()} >= KEPT_FROM_PAYERS

"""The packs: every line is read into a type, versions follow each other, and what is left can be told."""

import itertools
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.domain.classification.tables import ROWS
from app.domain.network_rules import ChargeFacts, Level, Past, budgets, concerns_any, instrument_of, latest, source_of
from app.domain.network_rules.codes import NeverRule, WaitRule
from app.domain.network_rules.limits import CapRule
from app.domain.network_rules.packs import RULES, fee_of
from app.domain.network_rules.rules import Enforce
from app.domain.recovery.charge import charge_facts

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
VISA = ChargeFacts("txn_1", "card-1", "visa", "card", "US", mandate=False, amount=5000, currency="USD")


def facts_of(method, *, currency="USD", gateway="stripe", **changes):
    return charge_facts(
        transaction_id="txn_1", gateway=gateway, amount=5000, currency=currency, method={**method, **changes}
    )


def test_versions_of_a_rule_follow_each_other_without_a_gap_or_an_overlap():
    versions = defaultdict(list)
    for rule in RULES:
        versions[rule.rule_id, rule.regions].append(rule)
    for (rule_id, _), every in versions.items():
        for earlier, later in itertools.pairwise(every):
            assert earlier.until == later.since, rule_id
        assert every[-1].until is None or rule_id.startswith("mc.tpe.fee."), rule_id


def test_every_rule_says_where_it_comes_from_and_how_good_that_is():
    assert {rule.rule_id for rule in RULES if not rule.source or rule.conf not in set("ABCM")} == set()


def test_every_code_of_a_rule_is_a_row_of_the_classifier():
    codes = {code for rule in latest() if isinstance(rule, NeverRule | WaitRule) for code in rule.codes}
    assert codes - {f"{table}:{code}" for table, code in ROWS} == set()


def test_no_plan_uses_more_than_anybody_may():
    caps = [rule for rule in RULES if isinstance(rule, CapRule)]
    assert [rule.rule_id for rule in caps if rule.stop is not None and rule.plan > rule.stop] == []
    assert {rule.rule_id for rule in caps if rule.stop is None} == {"amex.cap", "discover.cap", "engine.total_cap"}


def test_rules_from_memory_that_are_no_law_bind_plans_only():
    assumed = {rule.rule_id for rule in RULES if rule.conf == "M" and rule.enforce is Enforce.HARD}
    # A limit that was over in 2021.
    assert assumed == {"rbi.afa.limit"}


@pytest.mark.parametrize(
    ("at", "fee"),
    [
        (datetime(2022, 9, 30, tzinfo=UTC), None),
        (datetime(2022, 10, 1, tzinfo=UTC), "USD 0.10"),
        (datetime(2023, 11, 1, tzinfo=UTC), "USD 0.15"),
        (datetime(2024, 1, 1, tzinfo=UTC), "USD 0.30"),
        (datetime(2024, 12, 31, tzinfo=UTC), "USD 0.30"),
        (datetime(2025, 1, 1, tzinfo=UTC), "USD 0.50"),
    ],
)
def test_a_fee_is_that_of_its_day(at, fee):
    assert fee_of("mc.tpe.24h", region="US", at=at) == fee
    assert fee_of("mc.tpe.24h", region="IN", at=at) is None


def test_a_fee_is_that_of_its_region():
    assert fee_of("mc.tpe.30d", region="DE", at=NOW) == "EUR 0.55"
    assert fee_of("mc.mac.24", region="GB", at=NOW) == "EUR 0.004"
    assert fee_of("visa.cat1.never", region="US", at=NOW) == "USD 0.10 domestic, 0.15 cross-border"
    assert fee_of("mc.mac.02", region="US", at=NOW) is None


def test_a_fee_forbids_nothing_and_leaves_nothing():
    fees = [rule for rule in RULES if rule.enforce is Enforce.INFO]
    assert len(fees) == 8
    assert [rule.hold(VISA, (), at=NOW, level=Level.PLAN) for rule in fees] == [None] * 8
    assert [rule.budget(VISA, (), at=NOW) for rule in fees] == [None] * 8


def test_a_rule_is_found_by_its_name():
    assert source_of("mc.tpe.24h").startswith("Braintree support")
    assert source_of("no.such.rule") == "unknown"


# What is left.


def left(charge, *history):
    return {each.rule_id: each for each in budgets(charge, history, at=NOW)}


def test_a_budget_tells_what_is_used_and_when_it_comes_back():
    declined = tuple(Past(NOW - DAY * (n + 1), "txn_1", 5000, "USD") for n in range(3))
    told = left(VISA, *declined)
    visa = told["visa.cap.reattempts"]
    assert (visa.used, visa.cap, visa.plan, visa.window_seconds) == (3, 20, 15, 30 * 86400)
    assert (visa.resets_at, visa.blocks, visa.enforce) == (NOW + 27 * DAY, False, "cost")
    assert (visa.fee, visa.source[:12]) == ("USD 0.10 domestic, 0.15 cross-border", "Checkout.com")
    assert set(told) == {"visa.cap.reattempts", "engine.total_cap"}


def test_an_untouched_budget_has_nothing_to_come_back():
    visa = left(VISA)["visa.cap.reattempts"]
    assert (visa.used, visa.resets_at, visa.blocks) == (0, None, False)


def test_a_rule_that_merely_forbids_is_told_while_it_does():
    master = replace(VISA, scheme="mastercard")
    asked = Past(NOW, "txn_1", 5000, "USD", marks=frozenset({"mastercard:MAC_26"}))
    wait = left(master, asked)["mc.mac.26"]
    assert (wait.used, wait.cap, wait.resets_at, wait.blocks, wait.fee) == (1, 0, NOW + 2 * DAY, True, "USD 0.02")
    assert "mc.mac.26" not in left(master)


def test_a_spent_budget_blocks():
    spent = tuple(Past(NOW - HOUR * (n + 1), "txn_1", n, "USD") for n in range(9))
    told = left(replace(VISA, scheme="mastercard"), *spent)
    assert (told["mc.tpe.24h"].used, told["mc.tpe.24h"].blocks) == (9, True)
    assert (told["mc.tpe.30d"].used, told["mc.tpe.30d"].blocks) == (0, False)


def test_the_engines_own_ceiling_blocks_only_where_a_limit_is_near():
    mine = tuple(Past(NOW - 2 * DAY * (n + 1), "txn_1", 5000, "USD", ours=True) for n in range(8))
    assert left(VISA, *mine)["engine.total_cap"].blocks is True
    assert left(replace(VISA, scheme=None), *mine)["engine.total_cap"].blocks is False


# The instrument.


def test_a_fingerprint_is_the_same_card_wherever_it_is_saved():
    one = instrument_of({"fingerprint": "fp_1", "token": "pm_1"}, gateway="stripe")
    assert one == instrument_of({"fingerprint": "fp_1", "token": "tok_9"}, gateway="razorpay")
    assert len(one) == 32
    assert one != instrument_of({"fingerprint": "fp_2"}, gateway="stripe")


def test_without_a_fingerprint_the_providers_token_stands_for_the_card():
    one = instrument_of({"token": "pm_1"}, gateway="stripe")
    assert one == instrument_of({"token": "pm_1", "mandate_id": "m_1"}, gateway="Stripe")
    assert one != instrument_of({"token": "pm_1"}, gateway="razorpay")
    assert instrument_of({"mandate_id": "m_1"}, gateway="stripe") is not None
    assert instrument_of({"type": "card", "last4": "4242"}, gateway="stripe") is None


def test_the_sandboxes_scripts_are_no_cards():
    script = {"type": "card", "token": "pm_sandbox_ok"}
    assert instrument_of(script, gateway="sandbox") is None
    assert instrument_of({**script, "fingerprint": "fp_1"}, gateway="sandbox") is not None
    assert (facts_of(script).scheme, facts_of(script).instrument) == ("other", "transaction:txn_1")
    assert not concerns_any(facts_of(script))
    assert concerns_any(facts_of(script, brand="visa"))
    assert not concerns_any(facts_of({"type": "upi", "token": "pm_sandbox_ok"}, currency="INR"))


@pytest.mark.parametrize(
    ("brand", "scheme"),
    [
        ("Visa", "visa"),
        ("mc", "mastercard"),
        ("American Express", "amex"),
        ("discover", "discover"),
        ("RuPay", "rupay"),
        ("jcb", "other"),
        ("unknown", None),
        (None, None),
    ],
)
def test_a_brand_follows_its_schemes_rules(brand, scheme):
    assert facts_of({"type": "card", "token": "pm_1", "brand": brand}).scheme == scheme


@pytest.mark.parametrize(
    ("method", "currency", "rail"),
    [
        ({"type": "card"}, "USD", "card"),
        ({"type": "wallet", "brand": "visa"}, "USD", "card"),
        ({"type": "wallet"}, "INR", "wallet"),
        ({"brand": "visa"}, "USD", "card"),
        ({}, "USD", None),
        ({"type": "us_bank_account"}, "USD", "ach"),
        ({"type": "bank_debit"}, "EUR", "sepa"),
        ({"type": "bank_debit"}, "GBP", "bacs"),
        ({"type": "bank_debit"}, "INR", "nach"),
        ({"type": "bank_debit"}, "AUD", "bank_debit"),
        ({"type": "upi"}, "INR", "upi"),
    ],
)
def test_a_method_and_its_currency_tell_the_rail(method, currency, rail):
    assert facts_of({"token": "pm_1", **method}, currency=currency).rail == rail


@pytest.mark.parametrize(
    ("method", "currency", "region", "mandate"),
    [
        ({"type": "card", "mandate_id": "m_1", "issuer_country": "in"}, "USD", "IN", True),
        ({"type": "card", "mandate_id": "m_1"}, "INR", "IN", True),
        ({"type": "card", "token": "pm_1"}, "INR", "IN", False),
        ({"type": "card", "token": "pm_1", "issuer_country": "US"}, "INR", "US", False),
        ({"type": "upi", "token": "tok_1"}, "INR", "IN", True),
        ({"type": "card", "token": "pm_1"}, "BRL", "BR", False),
        ({"type": "card", "token": "pm_1"}, "EUR", None, False),
    ],
)
def test_a_mandate_and_its_country_are_told(method, currency, region, mandate):
    facts = facts_of(method, currency=currency)
    assert (facts.region, facts.mandate) == (region, mandate)

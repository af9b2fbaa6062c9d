"""Each rule on both sides of its edge: the code, the number, the hour, and the day from which it holds."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.domain.network_rules import ChargeFacts, Level, Made, Past, first_lawful, hold

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
EVERYBODY = {"schemes": ("visa", "mastercard", None), "amount": 5000}


def charge(scheme="visa", **changes):
    known = ChargeFacts(
        transaction_id="txn_1",
        instrument="card-1",
        scheme=scheme,
        rail="card",
        region="US",
        mandate=False,
        amount=5000,
        currency="USD",
    )
    return replace(known, **changes)


def debit(rail="card", **changes):
    """Return a debit of an Indian mandate."""
    return charge(None, **{"rail": rail, "region": "IN", "mandate": True, "currency": "INR", **changes})


def bank(rail, **changes):
    return charge(None, **{"rail": rail, **changes})


def past(*marks, ago=timedelta(0), **changes):
    known = Past(NOW - ago, "txn_1", 5000, "USD", marks=frozenset(marks))
    return replace(known, **changes)


def held(wanted, *history, at=NOW, level=Level.STOP):
    """Return (rule, until) of what forbids the charge, None if nothing does."""
    found = hold(wanted, history, at=at, level=level)
    return None if found is None else (found.rule_id, found.until)


# Codes that forbid.


@pytest.mark.parametrize("code", ["04", "07", "12", "14", "15", "41", "43", "46", "57", "R0", "R1", "R3"])
@pytest.mark.parametrize("scheme", ["visa", None])
def test_visas_first_category_forbids_for_good_also_for_another_transaction(code, scheme):
    assert held(charge(scheme), past(f"visa:{code}", ago=400 * DAY, transaction_id="txn_other")) == (
        "visa.cat1.never",
        None,
    )


@pytest.mark.parametrize("code", ["03", "62", "78", "93"])
def test_what_left_visas_first_category_in_april_2021_was_forbidden_before(code):
    edge = datetime(2021, 4, 17, tzinfo=UTC)
    declined = past(f"visa:{code}", at=edge - DAY)
    assert held(charge(), declined, at=edge - SECOND) == ("visa.cat1.never", None)
    assert held(charge(), declined, at=edge) is None


@pytest.mark.parametrize("mark", ["visa:51", "visa:05", "mastercard:51"])
def test_other_codes_forbid_nothing(mark):
    assert held(charge(), past(mark)) is None


def test_a_visa_code_says_nothing_of_another_scheme():
    assert held(charge("mastercard"), past("visa:41")) is None


@pytest.mark.parametrize("advice", ["MAC_03", "MAC_21", "79+MAC_03", "82+MAC_03", "83+MAC_03"])
def test_mastercards_stop_holds_for_thirty_days_for_that_amount(advice):
    stop = past(f"mastercard:{advice}", ago=30 * DAY - SECOND, transaction_id="txn_other")
    assert held(charge("mastercard"), stop) == ("mc.mac03_21.stop", NOW + SECOND)
    assert held(charge("mastercard"), replace(stop, at=NOW - 30 * DAY)) is None
    assert held(charge("mastercard", amount=5001), stop) is None
    assert held(charge("visa"), stop) is None


@pytest.mark.parametrize("mark", ["visa:1A", "visa:70", "mastercard:65"])
def test_a_soft_decline_binds_its_transaction_and_no_other(mark):
    scheme = mark.split(":")[0]
    assert held(charge(scheme), past(mark)) == ("psd2.softdecline", None)
    assert held(charge(scheme), past(mark, transaction_id="txn_other")) is None


def test_a_soft_decline_is_no_ban_before_2021():
    edge = datetime(2021, 1, 1, tzinfo=UTC)
    assert held(charge(), past("visa:1A", at=edge - DAY), at=edge - SECOND) is None
    assert held(charge(), past("visa:1A", at=edge - DAY), at=edge) == ("psd2.softdecline", None)


# Waits.


@pytest.mark.parametrize(
    ("advice", "wait"),
    [
        ("02", 3 * DAY),
        ("24", HOUR),
        ("25", DAY),
        ("26", 2 * DAY),
        ("27", 4 * DAY),
        ("28", 6 * DAY),
        ("29", 8 * DAY),
        ("30", 10 * DAY),
    ],
)
def test_mastercards_waits_bind_every_charge_of_the_card(advice, wait):
    asked = past(f"mastercard:MAC_{advice}", transaction_id="txn_other")
    assert held(charge("mastercard"), asked, at=NOW + wait - SECOND) == (f"mc.mac.{advice}", NOW + wait)
    assert held(charge("mastercard"), asked, at=NOW + wait) is None
    assert held(charge("visa"), asked) is None


def test_the_newest_of_two_equal_waits_counts():
    older, newer = past("mastercard:MAC_24", ago=HOUR / 2), past("mastercard:MAC_24", ago=HOUR / 4)
    assert held(charge("mastercard"), newer, older) == ("mc.mac.24", newer.at + HOUR)


def test_a_wait_is_not_asked_for_before_it_was_introduced():
    edge = datetime(2022, 4, 1, tzinfo=UTC)
    asked = past("mastercard:MAC_30", at=edge - DAY)
    assert held(charge("mastercard"), asked, at=edge - SECOND) is None
    assert held(charge("mastercard"), asked, at=edge) == ("mc.mac.30", edge + 9 * DAY)


# Limits in a window.


def many(number, *, every, made=Made.DECLINED, **changes):
    """Return so many charges, the newest one `every` ago."""
    return tuple(past(ago=every * (n + 1), made=made, **changes) for n in range(number))


def test_the_tenth_declined_charge_of_a_mastercard_in_a_day_is_not_made():
    nine = many(9, every=HOUR, transaction_id="txn_other", amount=1)
    assert held(charge("mastercard"), *nine[:8]) is None
    assert held(charge("mastercard"), *nine) == ("mc.tpe.24h", NOW - 9 * HOUR + DAY)
    assert held(charge("mastercard"), *nine, at=NOW + 15 * HOUR - SECOND) == ("mc.tpe.24h", NOW + 15 * HOUR)
    assert held(charge("mastercard"), *nine, at=NOW + 15 * HOUR) is None


def test_mastercard_allowed_twice_as_many_until_october_2022():
    edge = datetime(2022, 10, 1, tzinfo=UTC)
    nine = tuple(past(at=edge - HOUR * (n + 1)) for n in range(9))
    assert held(charge("mastercard"), *nine, at=edge - SECOND) is None
    assert held(charge("mastercard"), *nine, at=edge) == ("mc.tpe.24h", edge - 9 * HOUR + DAY)
    nineteen = tuple(past(at=edge - HOUR * (n + 1)) for n in range(19))
    assert held(charge("mastercard"), *nineteen, at=edge - SECOND)[0] == "mc.tpe.24h"


def test_thirty_five_charges_of_one_amount_are_the_most_in_thirty_days():
    spent = many(35, every=20 * HOUR, transaction_id="txn_other")
    assert held(charge("mastercard"), *spent) == ("mc.tpe.30d", spent[-1].at + 30 * DAY)
    assert held(charge("mastercard"), *spent[1:]) is None
    assert held(charge("mastercard", amount=5001), *spent) is None


def test_charges_of_one_amount_were_not_counted_before_november_2023():
    edge = datetime(2023, 11, 1, tzinfo=UTC)
    spent = tuple(past(at=edge - 20 * HOUR * (n + 1)) for n in range(35))
    assert held(charge("mastercard"), *spent, at=edge - SECOND) is None
    assert held(charge("mastercard"), *spent, at=edge)[0] == "mc.tpe.30d"


def test_brazil_counts_seven():
    spent = many(7, every=2 * DAY)
    assert held(charge("mastercard", region="BR"), *spent) == ("mc.tpe.30d.br", spent[-1].at + 30 * DAY)
    assert held(charge("mastercard", region="US"), *spent) is None


def test_visa_allows_twenty_in_thirty_days_and_allowed_fifteen_until_may_2025():
    edge = datetime(2025, 5, 19, tzinfo=UTC)
    fifteen = tuple(past(at=edge - DAY * (n + 1)) for n in range(15))
    assert held(charge(), *fifteen[1:], at=edge - SECOND) is None
    assert held(charge(), *fifteen, at=edge - SECOND) == ("visa.cap.reattempts", edge + 15 * DAY)
    assert held(charge(), *fifteen, at=edge) is None
    twenty = tuple(past(at=edge - DAY * (n + 1)) for n in range(20))
    assert held(charge(), *twenty[1:], at=edge) is None
    assert held(charge(), *twenty, at=edge) == ("visa.cap.reattempts", edge + 10 * DAY)


def test_what_is_not_known_yet_counts_and_what_succeeded_or_was_not_made_does_not():
    spent = many(19, every=DAY)
    assert held(charge(), *spent, past(made=Made.PENDING))[0] == "visa.cap.reattempts"
    assert held(charge(), *spent, past(made=Made.SUCCEEDED)) is None
    assert held(charge(), *spent, past(made=Made.NOT_MADE)) is None


@pytest.mark.parametrize("scheme", ["visa", "mastercard"])
def test_a_card_of_an_unknown_scheme_may_be_of_any(scheme):
    spent = many(20 if scheme == "visa" else 9, every=DAY if scheme == "visa" else HOUR)
    assert held(charge(None), *spent) == held(charge(scheme), *spent) != None  # noqa: E711  (both the same, and something)
    assert held(charge("other"), *spent) is None


# What plans keep to, beyond what binds everybody.


@pytest.mark.parametrize(("scheme", "number", "every"), [("visa", 15, DAY), ("mastercard", 15, 1.5 * DAY)])
def test_plans_leave_a_margin_of_a_limit(scheme, number, every):
    spent = many(number, every=every)
    rule = {"visa": "visa.cap.reattempts", "mastercard": "mc.tpe.30d"}[scheme]
    assert held(charge(scheme), *spent) is None
    assert held(charge(scheme), *spent, level=Level.PLAN) == (rule, spent[-1].at + 30 * DAY)
    assert held(charge(scheme), *spent[1:], level=Level.PLAN) is None


@pytest.mark.parametrize(("scheme", "name"), [("amex", "amex.cap"), ("discover", "discover.cap")])
def test_schemes_that_publish_no_number_bind_plans_only(scheme, name):
    spent = many(20, every=DAY)
    assert held(charge(scheme), *spent) is None
    assert held(charge(scheme), *spent, level=Level.PLAN) == (name, NOW + 15 * DAY)


@pytest.mark.parametrize(("number", "rule"), [(3, None), (4, "engine.min_gap")])
def test_the_engines_gap_holds_only_where_half_of_a_limit_is_used(number, rule):
    spent = many(number, every=HOUR)
    expected = None if rule is None else (rule, NOW + 23 * HOUR)
    assert held(charge("mastercard"), *spent, level=Level.PLAN) == expected
    assert held(charge("mastercard"), *spent) is None
    assert held(charge(None), *spent, level=Level.PLAN) is None


def test_the_engines_ceiling_of_an_invoice_holds_where_a_limit_is_near():
    mine = many(8, every=2 * DAY, ours=True)
    assert held(charge(), *mine, level=Level.PLAN) == ("engine.total_cap", mine[-1].at + 30 * DAY)
    assert held(charge(transaction_id="txn_2"), *mine, level=Level.PLAN) is None
    theirs = many(8, every=2 * DAY)
    assert held(charge(), *theirs, level=Level.PLAN) is None
    assert held(charge("other"), *mine, level=Level.PLAN) is None


# India.


def test_a_debit_of_a_mandate_needs_a_notice_of_a_day_and_plans_leave_more():
    assert held(debit(), past()) == ("rbi.predebit.notice", NOW + DAY)
    assert held(debit(), past(ago=DAY)) is None
    assert held(debit(), past(), level=Level.PLAN) == ("rbi.predebit.notice", NOW + 36 * HOUR)
    assert held(debit("upi"), past(ago=DAY - SECOND), at=datetime(2026, 11, 20, 9, tzinfo=UTC))[0] == "npci.pdn"
    assert held(debit("upi"), past(), level=Level.PLAN) == ("npci.pdn", NOW + 48 * HOUR)


@pytest.mark.parametrize("changes", [{"mandate": False}, {"region": "SG"}, {"transaction_id": "txn_2"}])
def test_other_charges_need_no_notice(changes):
    assert held(debit(**changes), past()) is None


def test_a_notice_was_not_asked_for_before_october_2021():
    edge = datetime(2021, 10, 1, tzinfo=UTC)
    assert held(debit(), past(at=edge - HOUR), at=edge - SECOND) is None
    assert held(debit(), past(at=edge - HOUR), at=edge) == ("rbi.predebit.notice", edge + 23 * HOUR)


@pytest.mark.parametrize(
    ("at", "limit"),
    [
        (datetime(2019, 9, 1, tzinfo=UTC), 200_000),
        (datetime(2020, 12, 31, 23, 59, 59, tzinfo=UTC), 200_000),
        (datetime(2021, 1, 1, tzinfo=UTC), 500_000),
        (datetime(2022, 6, 15, 23, 59, 59, tzinfo=UTC), 500_000),
        (datetime(2022, 6, 16, tzinfo=UTC), 1_500_000),
        (NOW, 1_500_000),
    ],
)
def test_above_a_limit_that_grew_the_payer_must_authenticate(at, limit):
    assert held(debit(amount=limit), at=at) is None
    assert held(debit(amount=limit + 1), at=at) == ("rbi.afa.limit", None)


def test_three_classes_have_a_higher_limit_since_december_2023():
    edge, insurance = datetime(2023, 12, 12, tzinfo=UTC), debit(mcc="6300", amount=10_000_000)
    assert held(insurance, at=edge - SECOND) == ("rbi.afa.limit", None)
    assert held(insurance, at=edge) is None
    assert held(replace(insurance, amount=10_000_001), at=edge) == ("rbi.afa.limit.exempt", None)
    assert held(replace(insurance, mcc="5411"), at=edge) == ("rbi.afa.limit", None)


def test_a_upi_debit_is_tried_four_times():
    tried = many(4, every=2 * DAY)
    assert held(debit("upi"), *tried) == ("npci.autopay.attempts", None)
    edge = datetime(2025, 8, 1, 9, tzinfo=UTC)
    before = tuple(replace(each, at=edge - 2 * DAY * (n + 1)) for n, each in enumerate(tried))
    assert held(debit("upi"), *before, at=edge) == ("npci.autopay.attempts", None)
    assert held(debit("upi"), *before, at=edge - DAY) is None
    early = datetime(2026, 11, 20, 9, tzinfo=UTC)
    assert held(debit("upi"), *tried[:3], at=early) is None
    assert held(debit("upi", transaction_id="txn_2"), *tried, at=early) is None


@pytest.mark.parametrize(
    ("at", "opens"),
    [  # India is five and a half hours ahead
        ("04:29:59", None),
        ("04:30:00", "07:30:00"),
        ("07:29:59", "07:30:00"),
        ("07:30:00", None),
        ("11:29:59", None),
        ("11:30:00", "16:00:00"),
        ("15:59:59", "16:00:00"),
        ("16:00:00", None),
        ("18:29:59", None),
        ("18:30:00", None),
        ("23:00:00", None),
    ],
)
def test_upi_debits_stay_out_of_the_peak_hours(at, opens):
    moment = datetime.fromisoformat(f"2026-11-20T{at}+00:00")
    until = opens and datetime.fromisoformat(f"2026-11-20T{opens}+00:00")
    assert held(debit("upi"), at=moment) == (("npci.autopay.window", until) if opens else None)
    assert held(debit("card"), at=moment) is None


def test_upi_had_no_hours_before_august_2025():
    assert held(debit("upi"), at=datetime(2025, 7, 31, 6, tzinfo=UTC)) is None
    assert held(debit("upi"), at=datetime(2025, 8, 1, 6, tzinfo=UTC))[0] == "npci.autopay.window"


# Bank debits.


@pytest.mark.parametrize("code", ["R01", "R09"])
def test_an_ach_debit_is_presented_three_times_for_the_same_amount(code):
    returns = tuple(past(f"generic:ACH_{code}", ago=DAY * (n + 1)) for n in range(3))
    assert held(bank("ach"), *returns) == ("nacha.reinit.count", None)
    assert held(bank("ach"), *returns[:2]) is None
    assert held(bank("ach", amount=4999), *returns[:1]) == ("nacha.reinit.count", None)
    assert held(bank("ach", transaction_id="txn_2"), *returns) is None


def test_an_ach_debit_is_presented_within_half_a_year():
    returned = past("generic:ACH_R01", ago=180 * DAY)
    assert held(bank("ach"), returned) is None
    assert held(bank("ach"), returned, at=NOW + SECOND) == ("nacha.reinit.window", None)


@pytest.mark.parametrize("rail", ["ach", None])
@pytest.mark.parametrize(
    ("code", "rule"),
    [("R08", "nacha.reinit.r08"), ("R02", "nacha.reinit.other"), ("R10", "nacha.reinit.other"), ("R01", None)],
)
def test_other_returns_of_ach_are_final(rail, code, rule):
    assert held(bank(rail), past(f"generic:ACH_{code}")) == (rule and (rule, None))


def test_a_rail_that_nobody_named_is_told_by_its_codes():
    returns = tuple(past("generic:ACH_R01", ago=DAY * (n + 1)) for n in range(3))
    assert held(bank(None), *returns) == ("nacha.reinit.count", None)


@pytest.mark.parametrize(("code", "final"), [("AM04", False), ("MS03", False), ("AC04", True), ("TM01", True)])
def test_of_sepas_returns_two_may_be_collected_again(code, final):
    assert held(bank("sepa"), past(f"generic:SEPA_{code}")) == (("sepa.retry.codes", None) if final else None)


# Several at once.


def test_the_rule_that_lasts_longest_is_named():
    both = past("mastercard:MAC_24", "mastercard:MAC_30")
    assert held(charge("mastercard"), both) == ("mc.mac.30", NOW + 10 * DAY)
    assert held(charge("mastercard"), both, past("mastercard:65")) == ("psd2.softdecline", None)


def test_the_first_lawful_moment_satisfies_every_rule():
    slot = first_lawful(debit("upi"), (past(at=NOW),), at=NOW, level=Level.PLAN)
    # Two days later it is half past five in the afternoon in India: a peak hour.
    assert slot.at == datetime(2026, 11, 22, 16, 0, tzinfo=UTC)
    assert [each.rule_id for each in slot.holds] == ["npci.pdn", "npci.autopay.window"]
    assert hold(debit("upi"), (past(at=NOW),), at=slot.at, level=Level.PLAN) is None


def test_there_may_be_no_lawful_moment():
    slot = first_lawful(charge(), (past("visa:R1"),), at=NOW, level=Level.STOP)
    assert (slot.at, [each.rule_id for each in slot.holds]) == (None, ["visa.cat1.never"])


def test_a_charge_that_nothing_forbids_is_lawful_at_once():
    assert first_lawful(charge(), (), at=NOW, level=Level.PLAN) == first_lawful(charge(), (), at=NOW, level=Level.STOP)
    assert first_lawful(charge(), (), at=NOW, level=Level.PLAN).at == NOW


def test_a_refusal_says_why_and_when_it_ends():
    found = hold(charge("mastercard"), (past("mastercard:MAC_24"),), at=NOW, level=Level.STOP)
    assert found.why == (
        f"Mastercard asks to wait 1 hour (advice 24); the network allows the next charge at {(NOW + HOUR).isoformat()}"
        " (source: PayPal server SDK enum + Braintree + TabaPay + Antom docs)"
    )
    found = hold(charge(), (past("visa:41"),), at=NOW, level=Level.STOP)
    assert "(Visa category 1); no other charge of this kind is allowed (source: Visa Core Rules" in found.why

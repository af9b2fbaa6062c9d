"""A made-up history: what it consists of, that its money balances, and that nothing of it is acted on by itself."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import groupby

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db.models import (
    Attempt,
    AuditEntry,
    Charge,
    FailureEvent,
    LedgerEntry,
    LedgerLine,
    Message,
    PspAccount,
    PspEvent,
    Recovery,
    Transaction,
    UnknownCode,
)
from app.db.queries.psp_accounts import accounts_of
from app.db.queries.scoped import owned
from app.domain.classification import classify
from app.domain.classification.tables import UNKNOWN
from app.domain.errors import NotFoundError
from app.domain.ids import ORGANIZATION, new_id
from app.domain.notify.contacts import address_for
from app.domain.notify.port import Channel
from app.domain.recovery.memory import recalled
from app.services.recovery.act import check_now
from app.services.seed import LiveOrganizationError, SeedWish, has_history, seed_history
from app.services.seed.calendar import moments
from app.services.seed.catalogue import Failure
from app.services.seed.dice import Dice
from app.services.seed.fates import draw_fate
from app.services.seed.people import PLACES, payer
from tests.factories.identity import make_merchant

COUNT, DAYS = 600, 60
DAY = timedelta(days=1)


def seed(container, organization_id, wish, now=None):
    return seed_history(
        container.database.begin,
        crypto=container.crypto,
        organization_id=organization_id,
        wish=wish,
        now=now or container.clock.now(),
    )


@pytest.fixture(scope="module")
def history(container):
    """A merchant with a history, what was said of it, and when it was written."""
    merchant, now = make_merchant(container), container.clock.now()
    return merchant, seed(container, merchant.id, SeedWish(COUNT, DAYS, seed=3), now), now


@pytest.fixture
def merchant(history):
    return history[0]


@pytest.fixture
def now(history):
    return history[2]


@pytest.fixture
def session(container):
    with container.database.begin() as opened:
        yield opened
        opened.rollback()


def all_of(session, model, merchant):
    return session.scalars(owned(model, merchant.id)).all()


def test_there_are_as_many_recoveries_as_were_wished_for_and_each_has_its_report(session, history, merchant):
    recoveries = all_of(session, Recovery, merchant)
    assert len(recoveries) == COUNT == history[1].recoveries
    assert Counter(each.status for each in recoveries) == history[1].statuses
    assert {each.recovery_id for each in all_of(session, FailureEvent, merchant)} == {each.id for each in recoveries}
    assert len({each.transaction_ref for each in all_of(session, Transaction, merchant)}) == COUNT


def test_about_half_came_back_and_few_dozens_are_open(session, merchant):
    found = Counter(each.status for each in all_of(session, Recovery, merchant))
    assert 0.4 < found["recovered"] / COUNT < 0.65
    assert 10 <= found["open"] <= 28
    assert found["exhausted"] > found["cancelled"]


def test_what_is_open_began_within_the_window_of_a_week_and_what_ended_did_so_before_now(session, merchant, now):
    for recovery in all_of(session, Recovery, merchant):
        assert recovery.opened_at <= now
        if recovery.status == "open":
            assert recovery.window_ends_at == recovery.opened_at + 7 * DAY > now
        else:
            assert recovery.opened_at < recovery.ended_at <= min(now, recovery.window_ends_at)


def test_the_real_classifier_understood_every_report(session, merchant):
    known = {each.id: each for each in all_of(session, Recovery, merchant)}
    for event in all_of(session, FailureEvent, merchant):
        verdict = classify(recalled(known[event.recovery_id].last_failure).signals)
        assert (event.category, event.reason, event.hardness, event.rule) == (
            verdict.category,
            verdict.reason,
            verdict.hardness,
            verdict.rule,
        )


def test_every_step_says_which_rule_planned_it(session, merchant):
    rules = {each.decision["rule"] for each in all_of(session, Attempt, merchant)}
    assert rules >= {
        "policy.backoff",
        "policy.ladder",
        "hard_decline.link",
        "payer_action.link",
        "no_saved_method.link",
    }


def test_every_recovered_transaction_has_one_payment_of_its_amount_through_a_closed_account(session, merchant):
    closed = {a.id for a in all_of(session, PspAccount, merchant) if a.deleted_at and not a.is_enabled}
    charges = all_of(session, Charge, merchant)
    payments = {each.transaction_id: each for each in charges if not each.is_duplicate}
    paid = {each.id: each for each in all_of(session, Transaction, merchant) if each.recovered_at}
    recovered = {each.transaction_id for each in all_of(session, Recovery, merchant) if each.status == "recovered"}
    assert set(payments) == set(paid) == recovered
    for charge in charges:
        transaction = paid[charge.transaction_id]
        assert (charge.amount, charge.currency) == (transaction.amount, transaction.currency)
        assert charge.psp_account_id in closed


def test_the_books_hold_what_was_captured_and_what_was_given_back(session, merchant):
    charges = all_of(session, Charge, merchant)
    lines = session.execute(
        select(LedgerEntry.currency, LedgerLine.account, func.sum(LedgerLine.debit - LedgerLine.credit))
        .join(LedgerEntry, LedgerEntry.id == LedgerLine.entry_id)
        .where(LedgerEntry.organization_id == merchant.id)
        .group_by(LedgerEntry.currency, LedgerLine.account)
    )
    balances = {(currency, account): balance for currency, account, balance in lines}
    payments = sorted((each for each in charges if not each.is_duplicate), key=lambda each: each.currency)
    for currency, group in groupby(payments, key=lambda each: each.currency):
        total = sum(each.amount for each in group)
        assert balances[currency, "psp_clearing"] == -balances[currency, "recovered_revenue"] == total
    assert {balance for (_, account), balance in balances.items() if account == "duplicate_refunds"} == {0}


def test_somebody_was_charged_twice_and_has_it_back(session, merchant):
    duplicates = [each for each in all_of(session, Charge, merchant) if each.is_duplicate]
    assert duplicates
    assert {each.status for each in duplicates} == {"refunded"}
    assert {each.attempt_id for each in duplicates} == {None}


def test_a_lost_charge_waits_for_a_person_and_can_be_looked_up_at_the_sandbox(session, merchant, now):
    [sandbox] = accounts_of(session, organization_id=merchant.id)
    lost = [each for each in all_of(session, Attempt, merchant) if each.status == "unknown"]
    assert lost
    for attempt in lost:
        assert (attempt.psp_account_id, attempt.wake_at) == (sandbox.id, None)
        assert session.get_one(Recovery, attempt.recovery_id).needs_attention == "outcome_unknown"
    check_now(session, organization_id=merchant.id, recovery_id=lost[0].recovery_id, actor="usr_x", now=now)
    assert lost[0].wake_at == now


def test_nothing_is_due_within_two_hours_and_what_is_due_later_is_the_sandboxs(session, merchant, now):
    waking = [each for each in all_of(session, Attempt, merchant) if each.wake_at is not None]
    assert waking
    assert min(each.wake_at for each in waking) >= now + timedelta(hours=2)
    assert {each.status for each in waking} == {"scheduled"}
    tokens = {session.get_one(Transaction, a.transaction_id).payment_method.get("token", "") for a in waking}
    assert all(token.startswith("pm_sandbox_") for token in tokens - {""})
    assert {each.wake_at for each in all_of(session, Message, merchant)} == {None}


def test_the_only_account_that_is_shown_is_the_sandboxs(session, merchant):
    assert [each.psp for each in accounts_of(session, organization_id=merchant.id)] == ["sandbox"]


def test_some_webhooks_are_dead_some_codes_unknown_and_the_audit_log_says_who_wrote_it(session, merchant):
    assert Counter(each.status for each in all_of(session, PspEvent, merchant))["dead"] == COUNT // 75
    unknown = session.scalars(select(UnknownCode).where(UnknownCode.organization_id == merchant.id)).all()
    events = all_of(session, FailureEvent, merchant)
    assert sum(each.count for each in unknown) == sum(each.rule == UNKNOWN.rule for each in events)
    entries = {each.action: each for each in all_of(session, AuditEntry, merchant)}
    assert entries["organization.seed"].after == {"recoveries": COUNT, "days": DAYS, "seed": 3}
    assert entries["policy.update"].after["link_after_attempt"] == 1


def test_more_comes_back_at_the_end_than_at_the_beginning():
    dice, failure = Dice("any"), Failure("insufficient_funds", "", 0.5)
    back = [sum(draw_fate(dice, failure, progress=at).patience is not None for _ in range(2000)) for at in (0.0, 1.0)]
    assert back[0] < back[1] * 0.85


def test_more_fails_on_working_days_than_at_weekends():
    now = datetime(2026, 6, 1, tzinfo=UTC)
    drawn_at = moments(Dice("any"), begins=now - 56 * DAY, now=now, count=4000)
    assert drawn_at == sorted(drawn_at, reverse=True)
    assert now - 56 * DAY <= drawn_at[-1] <= drawn_at[0] < now
    by_day = Counter(each.weekday() for each in drawn_at)
    assert max(by_day[5], by_day[6]) < min(by_day[day] for day in range(5))


def test_payers_do_not_exist():
    dice = Dice("any")
    people = [payer(dice, currency=currency, number=number) for currency in PLACES for number in (1, 4711)]
    assert all(each["email"].endswith("@example.com") for each in people)
    assert all(address_for(Channel.SMS, each) == each["phone"] for each in people)


def drawn(session, organization_id):
    """Return what chance drew, without what is sealed."""
    transactions = session.scalars(owned(Transaction, organization_id).order_by(Transaction.id))
    recoveries = session.scalars(owned(Recovery, organization_id).order_by(Recovery.id))
    attempts = session.scalars(owned(Attempt, organization_id).order_by(Attempt.id))
    return (
        [(each.id, each.transaction_ref, each.amount, each.customer, each.payment_method) for each in transactions],
        [(each.id, each.status, each.opened_at, each.ended_at, each.recovered_via) for each in recoveries],
        [(each.id, each.status, each.due_at, each.decision) for each in attempts],
    )


@pytest.mark.parametrize(("wish", "same"), [(SeedWish(40, 30, 5), True), (SeedWish(40, 30, 6), False)])
def test_the_same_seed_and_time_draw_the_same_history(container, wish, same):
    merchant, now, histories = make_merchant(container), container.clock.now(), []
    for each in (SeedWish(40, 30, 5), wish):
        with container.database.engine.connect() as connection:
            trial = Trial(connection)
            seed_history(trial, crypto=container.crypto, organization_id=merchant.id, wish=each, now=now)
            histories.append(drawn(trial.session, merchant.id))
            trial.session.rollback()
    assert (histories[0] == histories[1]) is same


class Trial:
    """Opens transactions that are never committed."""

    def __init__(self, connection):
        self.session = Session(connection)

    def __call__(self):
        return self

    def __enter__(self):
        return self.session

    def __exit__(self, *_):
        self.session.flush()


def test_a_live_organization_is_refused_and_gets_nothing(container, session):
    merchant = make_merchant(container)
    live = merchant.registered.live.id
    with pytest.raises(LiveOrganizationError):
        seed(container, live, SeedWish(10))
    assert not has_history(session, organization_id=live)
    assert session.scalars(owned(PspAccount, live)).all() == []


def test_an_organization_that_is_not_there_is_refused(container):
    with pytest.raises(NotFoundError):
        seed(container, new_id(ORGANIZATION, now=container.clock.now()), SeedWish(10))


@pytest.mark.parametrize("count", [1, 1001])
def test_few_and_more_than_go_into_one_transaction_are_written_too(container, session, count):
    merchant, told = make_merchant(container), []
    assert not has_history(session, organization_id=merchant.id)
    seed_history(
        container.database.begin,
        crypto=container.crypto,
        organization_id=merchant.id,
        wish=SeedWish(count, days=30),
        now=container.clock.now(),
        tell=lambda so_far: told.append(so_far.recoveries),
    )
    assert told == [1] if count == 1 else told == [1000, 1001]
    assert has_history(session, organization_id=merchant.id)
    assert len(all_of(session, Recovery, merchant)) == count

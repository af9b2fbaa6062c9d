"""Rollups hold what a recount says after every change, whoever makes it, and whenever they are folded."""

from contextlib import contextmanager
from threading import Barrier, Thread

import pytest
from sqlalchemy import text

from app.db.models import Link, Message, Recovery, Transaction, rollup_deltas, rollups
from app.db.queries.analytics import GroupBy
from app.db.queries.analytics_fold import find_differences
from app.domain.analytics.measures import Level
from app.services import analytics
from app.services.analytics import upkeep
from app.services.links.issue import issue_link_by_ref
from app.services.recovery import act
from tests.factories.recoveries import DAY, HOUR, Engine

NOBODY_FORGOT = ([], {})


def check(engine: Engine):
    return upkeep.check(engine.begin, organization_id=engine.organization_id)


def fold(engine: Engine, batch: int = 100_000) -> int:
    with engine.begin() as session:
        return upkeep.fold_deltas(session, batch=batch)


def asked(engine: Engine, session, **wish):
    wish = {"since": None, "until": None, "currency": None, **wish}
    now = engine.clock.now()
    return analytics.question_of(session, organization_id=engine.organization_id, now=now, **wish)


def kpis(engine: Engine, **wish):
    with engine.begin() as session:
        return analytics.kpis(session, asked(engine, session, **wish))


def counts(engine: Engine, **wish) -> dict[str, int]:
    """Return the cohort's and the funnel's numbers, and see that they do not depend on being folded."""
    seen = kpis(engine, **wish)
    fold(engine)
    assert kpis(engine, **wish) == seen
    assert check(engine) == NOBODY_FORGOT
    cohort = {
        name: getattr(seen.cohort, name).count
        for name in ("failed", "recovered", "still_open", "exhausted", "cancelled")
    }
    return cohort | {stage.stage: stage.count for stage in seen.funnel if stage.stage in {"retried", "opened"}}


def recovery_of(engine: Engine, do, ref: str = "order-1") -> None:
    with engine.begin() as session:
        do(
            session,
            organization_id=engine.organization_id,
            recovery_id=engine.recoveries[ref],
            actor="usr_1",
            now=engine.clock.now(),
        )


NOTHING = {"failed": 0, "recovered": 0, "still_open": 0, "exhausted": 0, "cancelled": 0, "retried": 0, "opened": 0}


class TestLives:
    def test_an_organization_without_events_has_figures_of_nothing(self, engine):
        assert counts(engine) == NOTHING
        assert kpis(engine).cohort.recovery_rate is None
        assert kpis(engine).time_to_recover.median_seconds is None

    def test_a_failure_is_open_until_its_money_came_and_then_counts_for_the_day_that_it_failed(self, engine):
        engine.report()
        opened_on = engine.clock.now().date()
        assert counts(engine) == NOTHING | {"failed": 1, "still_open": 1}
        engine.work_when_due()
        assert engine.recovery().status == "recovered"
        engine.go_to(engine.clock.now() + 2 * DAY)
        assert counts(engine) == NOTHING | {"failed": 1, "recovered": 1, "retried": 1}
        with engine.begin() as session:
            _, (day,) = analytics.cohorts(session, asked(engine, session), by=GroupBy.DAY)
            _, (income,) = analytics.income(session, asked(engine, session), by=GroupBy.GATEWAY)
        assert (day.key, day.figures.recovery_rate) == (opened_on.isoformat(), 1.0)
        assert (income.key, income.figures.received.count) == ("sandbox", 1)
        assert [(each.currency, each.amount) for each in income.figures.received.amounts] == [("INR", 5000)]

    def test_what_ends_without_money_and_is_opened_again_is_open_again(self, engine):
        engine.report(token="pm_sandbox_insufficient_funds")
        while engine.recovery().status == "open":
            engine.work_when_due()
        assert counts(engine) == NOTHING | {"failed": 1, "exhausted": 1, "retried": 1}
        engine.clock.advance(2 * DAY)
        recovery_of(engine, act.retry_now)
        assert counts(engine) == NOTHING | {"failed": 1, "still_open": 1, "retried": 1}

    def test_what_staff_cancels_is_shown_as_cancelled(self, engine):
        engine.report()
        recovery_of(engine, act.cancel)
        assert counts(engine) == NOTHING | {"failed": 1, "cancelled": 1}
        assert kpis(engine).cohort.settled_recovery_rate == 0.0

    def test_a_repeated_report_is_a_report_and_no_second_failure(self, engine):
        engine.report()
        engine.clock.advance(HOUR)
        engine.report(failure_reason="network_error")
        assert counts(engine) == NOTHING | {"failed": 1, "still_open": 1}
        seen = kpis(engine)
        assert (seen.reports.count, seen.cohort.failed.count) == (2, 1)
        with engine.begin() as session:
            _, parts = analytics.distribution(session, asked(engine, session), by=GroupBy.CATEGORY)
        # The recovery moved to the category of its newest report; each report keeps its own.
        assert {each.key: (each.figures.reports.count, each.figures.failed.count) for each in parts} == {
            "funds": (1, 0),
            "network": (1, 1),
        }

    def test_a_correction_of_amount_and_gateway_moves_the_figures(self, engine):
        engine.report()
        with engine.begin() as session:
            transaction = session.get_one(Transaction, engine.recovery().transaction_id)
            transaction.amount, transaction.gateway = 7000, "elsewhere"
        assert counts(engine) == NOTHING | {"failed": 1, "still_open": 1}
        assert [(each.currency, each.amount) for each in kpis(engine).cohort.still_open.amounts] == [("INR", 7000)]

    def test_currencies_stay_apart(self, engine):
        engine.report("a")
        engine.report("b", amount=90, currency="JPY")
        assert [(each.currency, each.amount) for each in kpis(engine).cohort.failed.amounts] == [
            ("INR", 5000),
            ("JPY", 90),
        ]
        assert kpis(engine, currency="JPY").cohort.failed.count == 1
        assert kpis(engine, currency="USD").cohort.failed.count == 0

    def test_amounts_add_up_beyond_what_a_number_of_eight_bytes_holds(self, engine):
        engine.report("a", amount=10**15)
        with engine.begin() as session:
            values = {"gateway": "sandbox", "category": "funds", "currency": "INR", "day": engine.clock.now().date()}
            session.execute(
                rollup_deltas.insert(),
                values | {"organization_id": engine.organization_id, "reported_amount": 9 * 10**18},
            )
        fold(engine)
        (amount,) = kpis(engine).reports.amounts
        assert amount.amount == 9 * 10**18 + 10**15

    def test_other_organizations_are_not_counted(self, engine):
        engine.report()
        other = engine.another()
        other.report()
        other.report("order-2")
        assert counts(engine) == NOTHING | {"failed": 1, "still_open": 1}
        assert kpis(other).cohort.failed.count == 2


class TestSteps:
    def test_a_link_that_is_opened_twice_counts_once(self, engine):
        engine.report()
        for _ in range(2):
            link_id = a_link(engine)
            with engine.begin() as session:
                session.get_one(Link, link_id).opened_at = engine.clock.now()
        assert counts(engine) == NOTHING | {"failed": 1, "still_open": 1, "opened": 1}

    def test_a_message_counts_once_it_is_handed_over(self, engine):
        engine.report()
        message_id = a_message(engine)
        assert kpis(engine).funnel[2].count == 0
        with engine.begin() as session:
            session.get_one(Message, message_id).status = "sending"
        with engine.begin() as session:
            message = session.get_one(Message, message_id)
            message.status, message.sent_at = "sent", engine.clock.now()
        assert kpis(engine).funnel[2].count == 1
        assert check(engine) == NOBODY_FORGOT

    def test_two_who_change_one_case_at_once_lose_nothing(self, engine):
        """The merchant corrects the transaction while the payer opens the link: one waits for the other."""
        engine.report()
        link_id, transaction_id = a_link(engine), engine.recovery().transaction_id
        both_are_under_way = Barrier(2, timeout=20)

        def correct():
            with engine.begin() as session:
                both_are_under_way.wait()
                session.get_one(Transaction, transaction_id).gateway = "elsewhere"

        with engine.begin() as session:
            session.get_one(Link, link_id).opened_at = engine.clock.now()
            session.flush()
            thread = Thread(target=correct)
            thread.start()
            both_are_under_way.wait()
        thread.join(timeout=20)
        assert not thread.is_alive()
        assert counts(engine) == NOTHING | {"failed": 1, "still_open": 1, "opened": 1}


class TestTransactions:
    def test_work_that_is_rolled_back_leaves_nothing(self, engine):
        engine.report()
        with engine.begin() as session:
            session.get_one(Recovery, engine.recoveries["order-1"]).category = "network"
            session.flush()
            session.rollback()
        assert counts(engine) == NOTHING | {"failed": 1, "still_open": 1}

    def test_folding_while_others_write_neither_loses_nor_doubles(self, engine):
        """Reports in three threads, folding and rebuilding beside them; in the end a recount agrees."""
        engines = [engine.another() for _ in range(2)]

        def report(mine: Engine, name: str):
            for number in range(8):
                mine.report(f"{name}-{number}")

        reporters = [Thread(target=report, args=(e, name)) for e in engines for name in ("a", "b")]
        for thread in reporters:
            thread.start()
        while any(thread.is_alive() for thread in reporters):
            fold(engine, batch=3)
            upkeep.rebuild(engine.begin, organization_id=engines[0].organization_id, batch=7)
        for each in engines:
            assert counts(each) == NOTHING | {"failed": 16, "still_open": 16}

    def test_one_process_folds_at_a_time(self, engine):
        engine.report()
        with engine.begin() as session:
            assert upkeep.fold_deltas(session, batch=100_000) > 0
            engine.report("order-2")
            assert fold(engine) == 0
        assert fold(engine) > 0

    def test_a_batch_bounds_what_is_folded_at_once(self, engine):
        fold(engine)
        for number in range(3):
            engine.report(f"order-{number}")
        assert fold(engine, batch=4) == 4
        assert kpis(engine).cohort.failed.count == 3


class TestUpkeep:
    @pytest.mark.parametrize(
        ("trigger", "table"),
        [("recoveries_rollup_changed", "recoveries"), ("attempts_first", "attempts")],
    )
    def test_a_trigger_that_does_not_run_is_found(self, engine, trigger, table):
        engine.report()
        with without(engine, trigger, table):
            engine.work_when_due()
        assert engine.recovery().status == "recovered"
        assert check(engine) != NOBODY_FORGOT
        upkeep.rebuild(engine.begin, organization_id=engine.organization_id, batch=1000)
        assert counts(engine) == NOTHING | {"failed": 1, "recovered": 1, "retried": 1}

    def test_what_the_rollups_have_too_much_and_too_little_is_named_and_put_right(self, engine):
        engine.report()
        fold(engine)
        with engine.begin() as session:
            mine = rollups.c.organization_id == engine.organization_id
            session.execute(rollups.update().where(mine, rollups.c.level == Level.DETAIL).values(opened=3))
        (found,), others = check(engine)
        assert found.missing == {"opened": -2}
        assert others == {"rollups of days and months": 2}
        assert found.key[0] == engine.organization_id
        assert upkeep.rebuild(engine.begin, organization_id=engine.organization_id, batch=1000) == 3
        assert check(engine) == NOBODY_FORGOT
        assert upkeep.rebuild(engine.begin, organization_id=engine.organization_id, batch=1000) == 0

    def test_rollups_are_made_from_nothing(self, engine):
        engine.report()
        engine.work_when_due()
        engine.report("order-2", currency="PHP")
        seen = kpis(engine)
        with engine.begin() as session:
            for table in (rollups, rollup_deltas):
                session.execute(table.delete().where(table.c.organization_id == engine.organization_id))
            session.execute(
                text("UPDATE recoveries SET retried_at = NULL WHERE organization_id = :id"),
                {"id": engine.organization_id},
            )
            session.execute(rollup_deltas.delete().where(rollup_deltas.c.organization_id == engine.organization_id))
        assert kpis(engine).cohort.failed.count == 0
        upkeep.rebuild(engine.begin, organization_id=engine.organization_id, batch=1000)
        assert kpis(engine) == seen

    def test_differences_are_bounded(self, engine):
        engine.report()
        engine.report("order-2", currency="PHP")
        with engine.begin() as session:
            session.execute(rollup_deltas.delete().where(rollup_deltas.c.organization_id == engine.organization_id))
        with engine.begin() as session:
            assert len(find_differences(session, organization_id=engine.organization_id, limit=1)) == 1


@contextmanager
def without(engine: Engine, trigger: str, table: str):
    with engine.begin() as session:
        session.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER {trigger}"))
    try:
        yield
    finally:
        with engine.begin() as session:
            session.execute(text(f"ALTER TABLE {table} ENABLE TRIGGER {trigger}"))


def a_link(engine: Engine) -> str:
    with engine.begin() as session:
        return issue_link_by_ref(
            session,
            tokens=engine.container.link_tokens,
            base_url="https://pay.example.com",
            organization_id=engine.organization_id,
            transaction_ref="order-1",
            ttl=HOUR,
            channel="none",
            actor="key_1",
            now=engine.clock.now(),
        ).link_id


def a_message(engine: Engine) -> str:
    message = Message(
        id=f"msg_{engine.organization_id[4:]}",
        organization_id=engine.organization_id,
        recovery_id=engine.recoveries["order-1"],
        step="tests",
        event="last_notice",
        channel="email",
        locale="en",
        recipient=b"-",
        recipient_hint="-",
        recipient_hash=b"-",
        payer_hash=b"-",
        code=engine.organization_id,
        status="queued",
        created_at=engine.clock.now(),
    )
    with engine.begin() as session:
        session.add(message)
    return message.id

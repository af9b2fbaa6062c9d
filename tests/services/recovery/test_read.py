"""Recoveries, read: one, many, and counts."""

import pytest

from app.db.queries.recovery_views import Filters
from app.domain.errors import NotFoundError
from app.services.recovery import read


def test_a_recovery_is_read_with_all_that_happened_in_order(engine):
    engine.report(token="pm_sandbox_recovers_on_2")
    engine.work_when_due()
    engine.work_when_due()
    with engine.begin() as session:
        where = {"organization_id": engine.organization_id}
        detail = read.get_recovery(session, **where, recovery_id=engine.recoveries["order-1"])
        by_ref = read.get_recovery_by_ref(session, **where, transaction_ref="order-1")
    assert by_ref.brief.recovery.id == detail.brief.recovery.id
    assert [attempt.status for attempt in detail.attempts] == ["declined", "succeeded"]
    assert [entry.what for entry in detail.timeline] == [
        "recovery_opened",
        "attempt_planned",
        "attempt_declined",
        "attempt_planned",
        "attempt_succeeded",
        "recovered",
    ]


def test_a_recovery_that_is_not_there_is_not_found(engine):
    where = {"organization_id": engine.organization_id}
    with engine.begin() as session:
        with pytest.raises(NotFoundError):
            read.get_recovery(session, **where, recovery_id="rec_none")
        with pytest.raises(NotFoundError):
            read.get_recovery_by_ref(session, **where, transaction_ref="none")


def test_recoveries_are_listed_the_newest_first(engine):
    for ref in ("order-1", "order-2"):
        engine.report(ref)
    with engine.begin() as session:
        page = read.list_recoveries(
            session, organization_id=engine.organization_id, filters=Filters(), after=None, limit=10
        )
    assert [brief.recovery.id for brief in page] == [engine.recoveries["order-2"], engine.recoveries["order-1"]]


def test_attempts_are_counted(engine):
    engine.report("order-1", token="pm_sandbox_recovers_on_2")
    engine.work_when_due()
    engine.work_when_due()
    engine.report("order-2", failure_reason="lost_card")
    with engine.begin() as session:
        stats = read.get_retry_stats(session, organization_id=engine.organization_id)
    assert (stats.total_attempts, stats.pending_retries, stats.sent_count) == (2, 0, 1)
    assert (stats.completed_count, stats.failed_count) == (1, 1)

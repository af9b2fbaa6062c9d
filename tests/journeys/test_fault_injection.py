"""Fault injection at the size that CI bears; `python -m tests.journeys.fault_injection --help` does more."""

import pytest

from tests.journeys.fault_injection.__main__ import summary
from tests.journeys.fault_injection.course import Course, Plan

# Above those that the workers of a test run use.
FIRST_REDIS = 40


@pytest.mark.timeout(400)
def test_whatever_is_killed_nobody_is_charged_twice_and_the_books_agree(
    new_database_url, redis_url, worker_number, tmp_path
):
    own_redis = redis_url.replace(f"db={worker_number + 1}", f"db={FIRST_REDIS + worker_number}")
    course = Course(Plan(recoveries=300, seed=7), database_url=new_database_url, redis_url=own_redis, folder=tmp_path)

    report = course.run()

    print(summary(report))
    assert report.verdict.wrong == []
    assert set(report.verdict.ends) == {"recovered", "exhausted"}
    assert len(report.reporter.answers) == 300
    assert all(count >= 1 for count in report.killed.values())
    assert report.verdict.told["outcome_unknown"] > 0
    assert report.verdict.webhooks["processed"] > 0

"""The race at the size that CI bears; `python -m tests.journeys.payer_race --help` does more."""

import pytest

from tests.journeys.payer_race.__main__ import summary
from tests.journeys.payer_race.race import Race

# Above those that the workers of a test run, and the other fault injection, use.
FIRST_REDIS = 50


@pytest.mark.timeout(300)
def test_payers_and_retries_at_the_same_moment_never_pay_twice(new_database_url, redis_url, worker_number, tmp_path):
    own_redis = redis_url.replace(f"db={worker_number + 1}", f"db={FIRST_REDIS + worker_number}")
    race = Race(20, seed=11, database_url=new_database_url, redis_url=own_redis, folder=tmp_path)

    result = race.race()

    print(summary(result))
    assert result.wrong == []
    assert result.ends.total() == 20
    assert sum(result.killed.values()) >= 2

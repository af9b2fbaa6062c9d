"""Unknown outcomes are asked for eight times in five days and a bit, and then by people."""

from datetime import timedelta

from app.domain.payments.ladder import CHECKS, next_check_after


def test_the_ladder_is_a_minute_five_an_hour_and_five_days():
    waits = [next_check_after(done) for done in range(9)]
    days = [timedelta(days=1)] * 5
    assert waits == [timedelta(minutes=1), timedelta(minutes=5), timedelta(hours=1), *days, None]
    assert len(CHECKS) == 8


def test_a_count_that_cannot_be_goes_to_people():
    assert next_check_after(-1) is None
    assert next_check_after(10_000) is None

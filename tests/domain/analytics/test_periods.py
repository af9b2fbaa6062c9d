"""Days that figures are about."""

from datetime import date, timedelta

import pytest

from app.domain.analytics.periods import Period, PeriodInvalidError, Step, check_step, period_of

TODAY = date(2026, 11, 20)


def test_without_dates_it_is_the_last_thirty_days_with_today():
    period = period_of(None, None, today=TODAY)
    assert (period.since, period.until) == (date(2026, 10, 22), date(2026, 11, 21))


def test_one_date_makes_the_other():
    assert period_of(date(2026, 1, 1), None, today=TODAY) == Period(date(2026, 1, 1), date(2026, 11, 21))
    assert period_of(None, date(2026, 1, 31), today=TODAY) == Period(date(2026, 1, 1), date(2026, 1, 31))
    assert period_of(date(2027, 1, 1), None, today=TODAY) == Period(date(2027, 1, 1), date(2027, 1, 2))


@pytest.mark.parametrize(
    ("since", "until", "field"),
    [
        (date(2026, 2, 2), date(2026, 2, 1), "to"),
        (date(2020, 1, 1), date(2024, 1, 1), "from"),
        (date.min, None, "from"),
        (date.max, None, "from"),
        (None, date.min, "to"),
        (None, date.max, "to"),
    ],
)
def test_what_is_no_period_is_refused_where_it_stands(since, until, field):
    with pytest.raises(PeriodInvalidError) as refused:
        period_of(since, until, today=TODAY)
    assert [error.pointer for error in refused.value.errors] == [f"/query/{field}"]


def test_an_empty_period_and_three_years_are_allowed():
    assert period_of(TODAY, TODAY, today=TODAY).length == timedelta(0)
    assert period_of(date(2023, 11, 20), TODAY, today=TODAY).length == timedelta(days=1096)


def test_the_period_before_is_as_long_and_ends_where_this_begins():
    assert Period(date(2026, 11, 1), date(2026, 11, 8)).before() == Period(date(2026, 10, 25), date(2026, 11, 1))


def test_steps_begin_before_the_period_where_it_cuts_them():
    period = Period(date(2026, 11, 19), date(2026, 12, 2))
    assert period.starts(Step.WEEK) == [date(2026, 11, 16), date(2026, 11, 23), date(2026, 11, 30)]
    assert period.starts(Step.MONTH) == [date(2026, 11, 1), date(2026, 12, 1)]
    assert len(period.starts(Step.DAY)) == 13


def test_many_days_are_told_by_week_or_month():
    long = Period(date(2025, 1, 1), date(2026, 3, 1))
    with pytest.raises(PeriodInvalidError) as refused:
        check_step(long, Step.DAY)
    assert refused.value.errors[0].pointer == "/query/group_by"
    check_step(long, Step.WEEK)
    check_step(Period(date(2025, 1, 1), date(2025, 1, 1) + timedelta(days=400)), Step.DAY)

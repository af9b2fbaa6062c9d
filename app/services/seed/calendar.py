"""When payments fail: on working days more than at weekends, most where renewals are due, by day more than by night."""

from datetime import datetime, timedelta
from typing import Final

from app.services.seed.dice import Bag, Dice

_WEEKDAYS: Final = (1.15, 1.1, 1.0, 1.0, 1.05, 0.7, 0.6)
_BILLING_DAYS: Final = {1: 1.7, 2: 1.4, 3: 1.15, 15: 1.25}
_GROWTH: Final = 0.35
"""How much more fails at the end than at the beginning, because the merchant grows."""
_BY_HOUR: Final = (3, 2, 2, 3, 5, 6, 7, 7, 7, 6, 6, 5, 5, 5, 5, 5, 5, 4, 4, 4, 3, 3, 3, 3)
_HOURS: Final = Bag(*((float(weight), hour) for hour, weight in enumerate(_BY_HOUR)))
_LATEST: Final = timedelta(minutes=3)
_AN_HOUR: Final = timedelta(hours=1)


def moments(dice: Dice, *, begins: datetime, now: datetime, count: int) -> list[datetime]:
    """Return that many moments from `begins` to `now`, the newest first."""
    midnight = begins.replace(hour=0, minute=0, second=0, microsecond=0)
    starts = [midnight + timedelta(days=n) for n in range((now - midnight).days + 1)]
    days = Bag(*((_weight(day, begins, now), day) for day in starts))
    return sorted((_moment(dice, days, begins, now) for _ in range(count)), reverse=True)


def _moment(dice: Dice, days: Bag[datetime], begins: datetime, now: datetime) -> datetime:
    at = dice.draw(days) + timedelta(hours=dice.draw(_HOURS)) + dice.between(timedelta(0), _AN_HOUR)
    if begins <= at <= now - _LATEST:
        return at
    return begins + dice.between(timedelta(0), now - _LATEST - begins)


def _weight(day: datetime, begins: datetime, now: datetime) -> float:
    grown = 1 + _GROWTH * max((day - begins) / (now - begins), 0.0)
    return _WEEKDAYS[day.weekday()] * _BILLING_DAYS.get(day.day, 1.0) * grown

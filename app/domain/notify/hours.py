"""When a payer may be written to, by the payer's own clock."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_USUAL_WEEKEND: Final = frozenset({5, 6})
_STEPS: Final = 40


@dataclass(frozen=True, slots=True)
class Place:
    """A country's main time zone, and its days of rest (Monday is 0)."""

    zone: str
    weekend: frozenset[int]


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From `start` to `end` (maybe on the next day) nobody is written to, nor on days of rest."""

    start: time = time(20)
    end: time = time(9)
    weekend: frozenset[int] = _USUAL_WEEKEND

    def holds(self, local: datetime) -> bool:
        """Tell whether it is quiet at that local time."""
        if local.weekday() in self.weekend:
            return True
        at = local.time()
        if self.start <= self.end:
            return self.start <= at < self.end
        return at >= self.start or at < self.end


@cache
def places() -> Mapping[str, Place]:
    """Return the table of countries (the zones are those of the IANA database)."""
    path = Path(__file__).with_name("data") / "zones.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return {
            row["country"]: Place(row["zone"], frozenset(_DAYS.index(day) for day in row["weekend"].split()))
            for row in csv.DictReader(file)
        }


def zone_of(*, timezone: str | None, country: str | None, fallback_country: str | None) -> ZoneInfo:
    """Return the payer's time zone: as told, else the country's main one, else the merchant's, else UTC."""
    candidates = [timezone, *(place.zone for place in map(_place, (country, fallback_country)) if place)]
    for name in candidates:
        if name:
            try:
                return ZoneInfo(name)
            except (ZoneInfoNotFoundError, ValueError, OSError):
                continue
    return ZoneInfo("UTC")


def weekend_of(*, country: str | None, fallback_country: str | None) -> frozenset[int]:
    """Return the days of rest where the payer lives."""
    place = _place(country) or _place(fallback_country)
    return place.weekend if place else _USUAL_WEEKEND


def quiet_hours_of(setting: Mapping[str, str] | None, *, weekend: frozenset[int]) -> QuietHours:
    """Read a policy's quiet hours; without any, from eight in the evening to nine in the morning."""
    if not setting:
        return QuietHours(weekend=weekend)
    return QuietHours(time.fromisoformat(setting["start"]), time.fromisoformat(setting["end"]), weekend)


def next_decent(at: datetime, *, zone: ZoneInfo, quiet: QuietHours) -> datetime:
    """Return the first moment from `at` on at which the payer may be written to; in UTC.

    Where a clock change swallows the end of the quiet hours, they end a little later.
    """
    for _ in range(_STEPS):
        local = at.astimezone(zone)
        if not quiet.holds(local):
            return at.astimezone(UTC)
        if local.weekday() in quiet.weekend:
            at = max(start_of_next_day(at, zone=zone), at + timedelta(minutes=1))
            continue
        day = local.date() if local.time() < quiet.end else local.date() + timedelta(days=1)
        at = max(datetime.combine(day, quiet.end, zone).astimezone(UTC), at + timedelta(minutes=1))
    raise AssertionError("quiet for weeks")  # pragma: no cover  (policies cannot say so)


def start_of_day(at: datetime, *, zone: ZoneInfo) -> datetime:
    """Return when the payer's day began; in UTC."""
    return datetime.combine(at.astimezone(zone).date(), time(), zone).astimezone(UTC)


def start_of_next_day(at: datetime, *, zone: ZoneInfo) -> datetime:
    """Return when the payer's next day begins; in UTC."""
    tomorrow = at.astimezone(zone).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(), zone).astimezone(UTC)


def _place(country: str | None) -> Place | None:
    return places().get(country.upper()) if country else None

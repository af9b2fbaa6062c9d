"""The saved card as messages speak of it; what merchants tell of it is read leniently."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

_CENTURY: Final = 100
_MONTHS: Final = 12
_LAST_DIGITS: Final = 4


def expiry_of(method: Mapping[str, Any]) -> tuple[int, int] | None:
    """Return the year and month through which a card is good, from `exp_year` and `exp_month`; None if not told."""
    year, month = _number(method.get("exp_year")), _number(method.get("exp_month"))
    if year is None or month is None or not 1 <= month <= _MONTHS:
        return None
    year = year + 2000 if year < _CENTURY else year
    return (year, month) if 2000 <= year < 3000 else None  # noqa: PLR2004  (years that cards can have)


def ends_at(expiry: tuple[int, int], *, zone: ZoneInfo) -> datetime:
    """Return the first moment at which a card is no longer good; in UTC."""
    year, month = expiry
    year, month = (year + 1, 1) if month == _MONTHS else (year, month + 1)
    return datetime(year, month, 1, tzinfo=zone).astimezone(UTC)


def expires_before(method: Mapping[str, Any], at: datetime, *, zone: ZoneInfo) -> bool:
    """Tell whether a saved card is known to be no longer good at that time."""
    expiry = expiry_of(method)
    return expiry is not None and method.get("type") in {None, "card"} and ends_at(expiry, zone=zone) <= at


def name_of(method: Mapping[str, Any]) -> str:
    """Return a card as its owner knows it, such as `Visa 4242`; empty if too little was told."""
    digits = str(method.get("last4") or "").strip()
    if len(digits) != _LAST_DIGITS or not digits.isascii() or not digits.isdecimal():
        return ""
    brand = "".join(letter for letter in str(method.get("brand") or "") if letter.isalnum() or letter in " _-")
    return f"{brand.replace('_', ' ').strip().title()[:20]} {digits}".strip()


def _number(value: Any) -> int | None:
    text = str(value).strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= _LAST_DIGITS else None

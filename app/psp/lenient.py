"""Reads what a provider sent without ever raising: what is absent, null or of another type is None."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final

from app.domain.errors import InvalidError
from app.domain.money import Money

_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})
_FAR: Final = 10**11
_DIGITS: Final = 15


def dict_of(value: object) -> Mapping[str, Any]:
    """Return an object, an empty one for anything else."""
    return value if isinstance(value, dict) else _NOTHING


def list_of(value: object) -> Sequence[Any]:
    """Return an array, an empty one for anything else."""
    return value if isinstance(value, list) else ()


def text_of(value: object) -> str | None:
    """Return a text that is not empty."""
    return value if isinstance(value, str) and value else None


def int_of(value: object) -> int | None:
    """Return a whole number, which some providers write as a text."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= _DIGITS:
        return int(value)
    if isinstance(value, Decimal) and value.is_finite() and value == value.to_integral_value():
        return int(value)
    return value if type(value) is int else None


def unix_time(value: object) -> datetime | None:
    """Return a moment given in seconds since 1970."""
    seconds = int_of(value)
    return datetime.fromtimestamp(seconds, UTC) if seconds is not None and 0 <= seconds < _FAR else None


def iso_time(value: object) -> datetime | None:
    """Return a moment given by ISO 8601 with its offset."""
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return moment if moment is not None and moment.tzinfo is not None else None


def minor_money(amount: object, currency: object) -> Money | None:
    """Return an amount given in minor units."""
    minor = int_of(amount)
    if minor is None or not isinstance(currency, str):
        return None
    try:
        return Money(minor, currency.upper())
    except InvalidError:
        return None

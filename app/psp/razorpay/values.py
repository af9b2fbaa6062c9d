"""What is peculiar to Razorpay's JSON: `NA` and 0 for nothing, `[]` for no notes, collections with `items`."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from app.psp import lenient

Raw = Mapping[str, Any]
_NOTHING: Final = "NA"


def text_of(value: object) -> str | None:
    """Return a text; None for an empty one and for `NA`."""
    return None if value == _NOTHING else lenient.text_of(value)


def time_of(value: object) -> datetime | None:
    """Return a Unix time; None for 0."""
    return lenient.unix_time(value) if value else None


def items_of(value: object, key: str = "items") -> list[Raw] | None:
    """Return the objects of a collection; None if it is no collection."""
    items = lenient.dict_of(value).get(key)
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else None


def note(notes: object, *names: str) -> str | None:
    """Return the first of the notes of these names."""
    written = lenient.dict_of(notes)
    return next((text for name in names if (text := text_of(written.get(name)))), None)

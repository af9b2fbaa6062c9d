"""Reading requests: Razorpay's own checks, in its own words."""

from typing import Any, Final

from app.simulators.books.errors import invalid

_LEAST_INR: Final = 100
_THREE_DECIMALS: Final = frozenset({"KWD", "BHD", "OMR"})
_MOST_NOTES: Final = 15
_LONGEST_NOTE: Final = 256
_STEP: Final = 10


def amount_of(body: dict[str, Any]) -> int:
    """Read `amount` for the currency of the body."""
    amount, currency = body.get("amount"), currency_of(body)
    if not isinstance(amount, int) or isinstance(amount, bool):
        raise invalid("The amount must be an integer.", param="amount")
    least = _LEAST_INR if currency == "INR" else 1
    if amount < least:
        raise invalid(f"The amount must be at least {currency} {least / 100:.2f}", param="amount")
    if currency in _THREE_DECIMALS and amount % _STEP:
        raise invalid("The last digit of the amount must be 0 for this currency.", param="amount")
    return amount


def currency_of(body: dict[str, Any]) -> str:
    """Read `currency`."""
    currency = body.get("currency", "INR")
    if not isinstance(currency, str) or len(currency) != 3 or not currency.isupper():  # noqa: PLR2004  (ISO 4217's length)
        raise invalid("Currency is not supported", param="currency")
    return currency


def notes_of(body: dict[str, Any]) -> dict[str, str]:
    """Read `notes`; an empty list is no notes."""
    notes = body.get("notes") or {}
    if not isinstance(notes, dict) or len(notes) > _MOST_NOTES:
        raise invalid("notes: at most 15 key-value pairs", param="notes")
    if any(not isinstance(value, str) or len(value) > _LONGEST_NOTE for value in notes.values()):
        raise invalid("value: the length must not be greater than 255.", param="notes")
    return notes


def text_of(body: dict[str, Any], name: str, *, longest: int, required: bool = True) -> str:
    """Read a text."""
    value = body.get(name)
    if value is None and not required:
        return ""
    if not isinstance(value, str) or not value:
        raise invalid(f"The {name} field is required.", param=name)
    if len(value) > longest:
        raise invalid(f"{name}: the length must be no more than {longest} characters.", param=name)
    return value

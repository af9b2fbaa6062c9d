"""Finds the row for a card network's or NPCI's code, and for Mastercard's advice on it.

A code means what the payment's network says; where that table is silent, ISO 8583 speaks. If nobody
said which network it was, ISO 8583 comes first, and Visa's ban on a code counts: the card may be Visa.
Advice codes are Mastercard's: on another brand they are read only as a warning (a "never" counts, a
wait does not).
"""

from dataclasses import replace
from typing import Final

from app.domain.classification.lookup import MASTERCARD, OTHER_BRAND, UPI, VISA, Book, squeeze
from app.domain.classification.tables import ROWS, Row
from app.domain.classification.taxonomy import Retry


def _book(provider: str) -> Book:
    return {squeeze(code): row for (table, code), row in ROWS.items() if table == provider}


_ISO: Final = _book("iso8583")
_VISA: Final = _book("visa")
_MASTERCARD: Final = _book("mastercard")
_NPCI: Final = _book("npci_upi")


def _possibly_visa(key: str, row: Row) -> Row:
    visa = _VISA.get(key)
    banned = visa is not None and visa.forbidden_by is not None and row.retry is Retry.NEVER
    return replace(row, forbidden_by=visa.forbidden_by) if visa and banned else row


_BOOKS: Final[dict[str | None, Book]] = {
    VISA: _ISO | _VISA,
    MASTERCARD: _ISO | _MASTERCARD,
    UPI: _ISO | _NPCI,
    OTHER_BRAND: _ISO,
    None: _NPCI | _MASTERCARD | _VISA | {key: _possibly_visa(key, row) for key, row in _ISO.items()},
}

_WARNINGS: Final = {
    key: replace(row, forbidden_by=None)
    for key, row in _MASTERCARD.items()
    if key.startswith("mac") and row.retry is Retry.NEVER and row.strength > 0
}


def network_row(code: str, brand: str | None, method: str | None) -> Row | None:
    """Return the row of a network's response code."""
    return _BOOKS[UPI if method == UPI else brand].get(squeeze(code))


def advice_number(advice: str) -> str:
    """Return an advice code as two digits (`MAC_02`, `2` -> `02`); words come back squeezed."""
    return squeeze(advice).removeprefix("mac").zfill(2)


def advice_row(number: str, brand: str | None) -> Row | None:
    """Return the row of one of Mastercard's advice codes, as far as it counts for the brand."""
    return (_MASTERCARD if brand in {None, MASTERCARD} else _WARNINGS).get(f"mac{number}")


def combined_row(code: str, number: str, brand: str | None) -> Row | None:
    """Return the row for a response code and advice that mean something only together (`82+MAC_03`)."""
    return _MASTERCARD.get(f"{squeeze(code)}+mac{number}") if brand in {None, MASTERCARD} else None

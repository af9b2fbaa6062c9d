"""PayPal's amounts: decimal strings in major units, with its own idea of which currencies have no decimals."""

import re
from typing import Any, Final

from app.domain.money import EXPONENTS
from app.simulators.books.errors import invalid

_WITHOUT_DECIMALS: Final = frozenset({"HUF", "JPY", "TWD"})
_AMOUNT: Final = re.compile(r"([0-9]{1,13})(?:\.([0-9]{1,3}))?")


def written(minor: int, currency: str) -> dict[str, str]:
    """Write minor units as PayPal does."""
    exponent = EXPONENTS[currency]
    digits = str(minor).rjust(exponent + 1, "0")
    whole, fraction = digits[: len(digits) - exponent], digits[len(digits) - exponent :]
    shown = f"{whole}.{fraction}" if fraction and currency not in _WITHOUT_DECIMALS else whole
    return {"currency_code": currency, "value": shown}


def read(raw: object) -> tuple[int, str]:
    """Read `{currency_code, value}` into minor units and the currency; raises `INVALID` with PayPal's issue."""
    amount: dict[str, Any] = raw if isinstance(raw, dict) else {}
    currency, match = amount.get("currency_code"), _AMOUNT.fullmatch(str(amount.get("value")))
    if not isinstance(currency, str) or currency not in EXPONENTS:
        raise invalid("The currency code is not known.", param="INVALID_CURRENCY_CODE")
    if match is None:
        raise invalid("The amount is not a decimal text.", param="INVALID_PARAMETER_SYNTAX")
    whole, fraction = match[1], match[2] or ""
    if fraction and currency in _WITHOUT_DECIMALS:
        raise invalid("Currency does not support decimals.", param="DECIMALS_NOT_SUPPORTED")
    if len(fraction) > EXPONENTS[currency]:
        raise invalid("The amount has too many decimals.", param="DECIMAL_PRECISION")
    minor = int(whole + fraction.ljust(EXPONENTS[currency], "0"))
    if not minor:
        raise invalid("The amount must be greater than zero.", param="CANNOT_BE_ZERO_OR_NEGATIVE")
    return minor, currency

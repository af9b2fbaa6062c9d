"""PayPal's amounts: decimal strings in major units. Its three currencies without decimals are not ISO 4217's."""

import re
from decimal import Decimal
from typing import Final

from app.domain.errors import InvalidError
from app.domain.money import Money, exponent_of
from app.psp.lenient import dict_of

WITHOUT_DECIMALS: Final = frozenset({"HUF", "JPY", "TWD"})
"""Source: developer.paypal.com, reference "Currency codes". ISO 4217 gives HUF and TWD two decimals."""

_AMOUNT: Final = re.compile(r"[0-9]{1,16}(\.[0-9]{1,6})?")


class AmountUnfitError(InvalidError):
    """PayPal cannot move this amount: the currency has no decimals there."""

    default_code = "amount_unfit"


def amount_of(money: Money) -> dict[str, str]:
    """Write an amount; raises `AmountUnfitError` for a fraction that PayPal's currency does not have."""
    exponent = exponent_of(money.currency)
    digits = str(money.minor).rjust(exponent + 1, "0")
    whole, fraction = digits[: len(digits) - exponent], digits[len(digits) - exponent :]
    if money.currency in WITHOUT_DECIMALS:
        if fraction.strip("0"):
            raise AmountUnfitError(f"PayPal moves no fractions of {money.currency}: {money} is not a whole amount.")
        fraction = ""
    return {"currency_code": money.currency, "value": f"{whole}.{fraction}" if fraction else whole}


def money_of(raw: object) -> Money | None:
    """Read an amount, of version 2 (`currency_code`, `value`) or 1 (`currency`, `total`); None if it is none."""
    amount = dict_of(raw)
    currency = amount.get("currency_code") or amount.get("currency")
    value = amount.get("value", amount.get("total"))
    text = str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""
    if not isinstance(currency, str) or not _AMOUNT.fullmatch(text):
        return None
    try:
        minor = Decimal(text).scaleb(exponent_of(currency))
        return Money(int(minor), currency) if minor == int(minor) else None
    except InvalidError:
        return None

"""Xendit's amounts: numbers of the major unit, read and written exactly. No float ever holds one."""

import json
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from app.domain.errors import InvalidError
from app.domain.money import Money, exponent_of

_LONGEST: Final = 40


def major_of(money: Money) -> Decimal:
    """Return an amount in its major unit, without idle decimals (`150000`, `123.45`)."""
    exact = Decimal(money.minor).scaleb(-exponent_of(money.currency))
    return exact.to_integral_value() if exact == exact.to_integral_value() else exact.normalize()


def money_of(amount: object, currency: object) -> Money | None:
    """Return an amount that Xendit wrote as a number or a text; None if it is none, or finer than the currency."""
    if not isinstance(currency, str):
        return None
    try:
        exact = _decimal_of(amount)
        if exact is None:
            return None
        minor = exact.scaleb(exponent_of(currency.upper()))
        return Money(int(minor), currency.upper()) if minor == minor.to_integral_value() else None
    except (InvalidError, InvalidOperation):
        return None


def dumps(value: object) -> str:
    """Write JSON in which a `Decimal` is a number, digit by digit."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(str(name))}:{dumps(inner)}" for name, inner in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(dumps(inner) for inner in value) + "]"
    return f"{value:f}" if isinstance(value, Decimal) else json.dumps(value)


def loads(text: str | bytes) -> Any:
    """Read JSON in which every number that is not whole is a `Decimal`; raises `ValueError` or `RecursionError`."""
    return json.loads(text, parse_float=Decimal, parse_constant=lambda _: None)


def _decimal_of(amount: object) -> Decimal | None:
    if isinstance(amount, Decimal):
        found = amount
    elif type(amount) is int or (isinstance(amount, str) and 0 < len(amount) <= _LONGEST and amount.isascii()):
        found = Decimal(amount)
    else:
        return None
    return found if found.is_finite() and abs(found.adjusted()) <= _LONGEST else None

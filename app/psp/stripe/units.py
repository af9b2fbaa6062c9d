"""Amounts as Stripe counts them, which is not ISO 4217 everywhere. Source: docs.stripe.com/currencies (2026)."""

from typing import Final

from app.domain.errors import InvalidError
from app.domain.money import Money, exponent_of

_WHOLE: Final = frozenset(
    ["BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"]
)
_TENS: Final = frozenset(("BHD", "JOD", "KWD", "OMR", "TND"))
"""Three decimals, of which the last must be 0."""
# ISK and UGX have no decimals any more, yet are still written with two: they fall under the default.
# HUF and TWD are written with two as well; that payouts of them must be whole is no business of charges.


def amount_of(money: Money) -> int:
    """Return the amount as Stripe writes it; raises `InvalidError` if Stripe cannot."""
    shift = _decimals(money.currency) - exponent_of(money.currency)
    amount, rest = (money.minor * 10**shift, 0) if shift >= 0 else divmod(money.minor, 10**-shift)
    if rest or (money.currency in _TENS and amount % 10):
        raise InvalidError(f"Stripe cannot charge {money}: it has more decimals than Stripe takes.")
    return int(amount)


def money_of(amount: object, currency: object) -> Money | None:
    """Read an amount and a currency as Stripe writes them; None if they are none, or not of a currency we know."""
    if not isinstance(amount, int) or isinstance(amount, bool) or not isinstance(currency, str):
        return None
    code = currency.upper()
    try:
        shift = exponent_of(code) - _decimals(code)
        minor, rest = (amount * 10**shift, 0) if shift >= 0 else divmod(amount, 10**-shift)
        return None if rest else Money(int(minor), code)
    except InvalidError:
        return None


def _decimals(currency: str) -> int:
    if currency in _WHOLE:
        return 0
    return 3 if currency in _TENS else 2

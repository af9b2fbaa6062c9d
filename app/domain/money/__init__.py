"""Money as integers of the minor unit, with an ISO 4217 currency. No floats, no sums across currencies."""

from app.domain.money.currency import EXPONENTS, CurrencyUnknownError, exponent_of
from app.domain.money.money import CurrencyMismatchError, Money

__all__ = ["EXPONENTS", "CurrencyMismatchError", "CurrencyUnknownError", "Money", "exponent_of"]

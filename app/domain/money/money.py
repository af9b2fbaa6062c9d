"""An amount of one currency, in its minor unit."""

from dataclasses import dataclass

from app.domain.errors import InvalidError
from app.domain.money.currency import exponent_of

MAX_MINOR = 10**15
"""The largest amount that is believed (in minor units): more is a mistake of the caller."""


class CurrencyMismatchError(InvalidError):
    """Amounts of two currencies were added or compared."""

    default_code = "currency_mismatch"


@dataclass(frozen=True, slots=True)
class Money:
    """`minor` is an integer of the currency's minor unit (5000 INR = ₹50.00, 5000 JPY = ¥5000)."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        """Refuse what is no amount of money: raises `InvalidError` or `CurrencyUnknownError`."""
        if type(self.minor) is not int or not 0 <= self.minor <= MAX_MINOR:
            raise InvalidError(f"An amount is a whole number of minor units from 0 to {MAX_MINOR}.")
        exponent_of(self.currency)

    def __add__(self, other: "Money") -> "Money":
        """Add two amounts of one currency; raises `CurrencyMismatchError`."""
        self._refuse_other_currency(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        """Subtract an amount that is not larger; raises `CurrencyMismatchError` or `InvalidError`."""
        self._refuse_other_currency(other)
        return Money(self.minor - other.minor, self.currency)

    def __str__(self) -> str:
        """Show the amount in the major unit, for logs and messages to staff: `50.00 INR`."""
        exponent = exponent_of(self.currency)
        if not exponent:
            return f"{self.minor} {self.currency}"
        digits = str(self.minor).rjust(exponent + 1, "0")
        return f"{digits[:-exponent]}.{digits[-exponent:]} {self.currency}"

    def _refuse_other_currency(self, other: "Money") -> None:
        if self.currency != other.currency:
            raise CurrencyMismatchError(f"{self.currency} and {other.currency} cannot be reckoned together.")

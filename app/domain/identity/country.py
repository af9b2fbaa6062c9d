"""Countries, as people write them."""

from typing import Final

from app.domain.errors import FieldError, InvalidError

_LENGTH: Final = 2


def read_country(text: str) -> str:
    """Return the country in capitals; raises `InvalidError` unless it is two letters (ISO 3166-1 alpha-2)."""
    country = text.strip().upper()
    if not (len(country) == _LENGTH and country.isascii() and country.isalpha()):
        error = FieldError("/country", "two letters, as in ISO 3166-1")
        raise InvalidError("The country is not valid.", errors=(error,))
    return country

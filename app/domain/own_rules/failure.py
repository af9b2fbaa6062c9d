"""A failure as own rules ask about it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from app.domain.classification import FailureSignals, method_of
from app.domain.classification.lookup import squeeze
from app.domain.classification.networks import advice_number


@dataclass(frozen=True, slots=True)
class Failure:
    """What was said of a failure, and about which payment; absent facts are None.

    `amount` is in minor units. `method` is the kind of payment method that is known, where this report does not say it.
    """

    signals: FailureSignals
    amount: int | None = None
    currency: str | None = None
    country: str | None = None
    method: str | None = None


def country_of(method: Mapping[str, Any], customer: Mapping[str, Any]) -> str | None:
    """Return the country of a payment: of the method's issuer, or else of the payer."""
    country = method.get("issuer_country") or customer.get("country")
    return str(country).strip().upper() if country else None


def as_read(field: str, value: str) -> str:
    """Return a word of a rule as failures' words are read."""
    return _READERS[field](value)


def _number(code: str) -> str:
    return squeeze(code.strip().zfill(2))


def _kind(method: str) -> str:
    return method_of(method) or ""


_READERS: Final[Mapping[str, Callable[[str], str]]] = {
    "gateway": squeeze,
    "failure_code": squeeze,
    "failure_reason": squeeze,
    "network_decline_code": _number,
    "network_advice_code": advice_number,
    "payment_method_type": _kind,
    "currency": str.upper,
    "country": str.upper,
}
WORDS: Final = tuple(_READERS)
"""The conditions that hold where two words are the same."""


def word_of(field: str, failure: Failure) -> str | None:
    """Return what a failure says for a condition, as it is compared; None if it says nothing."""
    signals = failure.signals
    match field:
        case "gateway":
            said = signals.gateway
        case "failure_code":
            said = signals.code
        case "failure_reason":
            said = signals.reason
        case "payment_method_type":
            said = failure.method or signals.method
        case "currency":
            said = failure.currency
        case "country":
            said = failure.country
        case _:
            said = getattr(signals, field)
    return _READERS[field](said) if said else None

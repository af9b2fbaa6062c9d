"""ISO 4217 currencies in use, with the number of decimals of their minor unit (list one, 2026)."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from app.domain.errors import InvalidError

_BY_EXPONENT: Final = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
    2: (
        "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF"
        " CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF"
        " IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR"
        " MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD"
        " SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG"
        " YER ZAR ZMW ZWG"
    ),
}

EXPONENTS: Final[Mapping[str, int]] = MappingProxyType(
    {code: exponent for exponent, codes in _BY_EXPONENT.items() for code in codes.split()}
)


class CurrencyUnknownError(InvalidError):
    """Not an ISO 4217 code of a currency that money can be moved in."""

    default_code = "currency_unknown"


def exponent_of(currency: str) -> int:
    """Return how many decimals the currency's minor unit has; raises `CurrencyUnknownError`."""
    try:
        return EXPONENTS[currency]
    except KeyError:
        raise CurrencyUnknownError(f"{currency!r} is not an ISO 4217 currency code.") from None

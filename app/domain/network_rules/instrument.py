"""The payer's card, account or mandate as rules count it, from what merchants say of a payment method."""

import hashlib
from collections.abc import Mapping
from typing import Any, Final

SCRIPTED: Final = "pm_sandbox_"
"""How the sandbox's tokens begin. They are scripts that everybody uses: each charge is of a card of its own."""

_HOME_OF: Final = {"INR": "IN", "BRL": "BR"}
_DEBITS: Final = {"USD": "ach", "EUR": "sepa", "GBP": "bacs", "INR": "nach"}


def instrument_of(method: Mapping[str, Any], *, gateway: str) -> str | None:
    """Return a hash of what tells the payer's instrument from others, None if nothing does.

    The fingerprint is the same wherever the card is saved; without one, a token (or mandate) of one
    provider stands for it.
    """
    fingerprint = method.get("fingerprint")
    if fingerprint:
        return _hashed("fingerprint", str(fingerprint))
    saved = method.get("token") or method.get("mandate_id")
    if not saved or is_scripted(method):
        return None
    return _hashed(gateway.casefold(), str(saved))


def is_scripted(method: Mapping[str, Any]) -> bool:
    """Tell whether a saved method is one of the sandbox's scripts."""
    return str(method.get("token") or "").startswith(SCRIPTED)


def is_mandate(method: Mapping[str, Any], *, kind: str | None) -> bool:
    """Tell whether a saved method is charged under a mandate; on UPI there is no other way."""
    return bool(method.get("mandate_id")) or (kind == "upi" and bool(method.get("token")) and not is_scripted(method))


def region_of(method: Mapping[str, Any], *, currency: str) -> str | None:
    """Return the issuer's country; where nobody said, a currency that is one country's own tells it."""
    country = method.get("issuer_country")
    return str(country).upper() if country else _HOME_OF.get(currency)


def rail_of(kind: str | None, *, scheme: str | None, currency: str) -> str | None:
    """Return the rail of a kind of method: a wallet with a card's brand is a card, a bank debit its currency's."""
    if scheme is not None and kind in {None, "wallet"}:
        return "card"
    return _DEBITS.get(currency, kind) if kind == "bank_debit" else kind


def _hashed(kind: str, name: str) -> str:
    return hashlib.sha256(f"{kind}\0{name}".encode("utf-8", "surrogatepass")).hexdigest()[:32]

"""The charge that a recovery would make, in the words of the network rules."""

from collections.abc import Mapping
from typing import Any

from app.domain.classification import method_of, scheme_of
from app.domain.network_rules import ChargeFacts, instrument_of
from app.domain.network_rules.instrument import is_mandate, is_scripted, rail_of, region_of

_NO_SCHEME = "other"


def charge_facts(
    *, transaction_id: str, gateway: str, amount: int, currency: str, method: Mapping[str, Any]
) -> ChargeFacts:
    """Return what rules ask about charging a transaction's saved method; `amount` is in minor units.

    A sandbox's script stands for a card of no scheme, unless the report names a brand.
    """
    kind, scheme = method_of(method.get("type")), scheme_of(method.get("brand"))
    rail = rail_of(kind, scheme=scheme, currency=currency)
    return ChargeFacts(
        transaction_id=transaction_id,
        instrument=instrument_of(method, gateway=gateway) or f"transaction:{transaction_id}",
        scheme=_NO_SCHEME if scheme is None and is_scripted(method) else scheme,
        rail=rail,
        region=region_of(method, currency=currency),
        mandate=is_mandate(method, kind=kind),
        amount=amount,
        currency=currency,
    )

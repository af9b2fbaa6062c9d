"""Who paid and how, as far as an order tells."""

from collections.abc import Mapping
from typing import Any, Final

from app.domain.payments.facts import CustomerFacts, MethodFacts
from app.psp.lenient import dict_of, text_of

_NEVER_VAULTED: Final = MethodFacts()


def method_of(order: Mapping[str, Any]) -> MethodFacts:
    """Read the payment source; `token` is there if PayPal vaulted it."""
    sources = dict_of(order.get("payment_source"))
    kind = next((name for name in sources if isinstance(sources[name], dict)), None)
    if kind is None:
        return _NEVER_VAULTED
    source = dict_of(sources[kind])
    vault = dict_of(dict_of(source.get("attributes")).get("vault"))
    return MethodFacts(
        type=kind,
        token=text_of(vault.get("id")) or text_of(source.get("vault_id")),
        psp_customer_id=text_of(dict_of(vault.get("customer")).get("id")) or text_of(source.get("account_id")),
        brand=text_of(source.get("brand")),
        last4=text_of(source.get("last_digits")),
        issuer_country=text_of(dict_of(source.get("bin_details")).get("bin_country_code")),
        funding=(text_of(source.get("type")) or "").lower() or None,
    )


def customer_of(order: Mapping[str, Any]) -> CustomerFacts:
    """Read the payer, from the payment source or the older `payer`."""
    sources = dict_of(order.get("payment_source"))
    source = next((dict_of(one) for one in sources.values() if isinstance(one, dict)), {})
    payer = dict_of(order.get("payer"))
    address = dict_of(source.get("address")) or dict_of(payer.get("address"))
    vault = dict_of(dict_of(source.get("attributes")).get("vault"))
    return CustomerFacts(
        ref=text_of(dict_of(vault.get("customer")).get("merchant_customer_id")),
        email=text_of(source.get("email_address")) or text_of(payer.get("email_address")),
        name=name_of(source.get("name")) or name_of(payer.get("name")),
        country=text_of(address.get("country_code")),
    )


def name_of(raw: object) -> str | None:
    """Read a name, which is a text or has parts."""
    if isinstance(raw, str):
        return raw or None
    parts = (text_of(dict_of(raw).get("given_name")), text_of(dict_of(raw).get("surname")))
    return " ".join(part for part in parts if part) or None

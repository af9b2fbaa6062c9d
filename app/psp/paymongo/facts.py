"""What a PayMongo payment tells besides its outcome."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from app.domain.payments.facts import CustomerFacts, MethodFacts, PaymentFacts
from app.psp.lenient import dict_of, list_of, minor_money, text_of, unix_time
from app.psp.paymongo.refunds import refunded_of

_METHODS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "card": "card",
        "gcash": "wallet",
        "paymaya": "wallet",
        "grab_pay": "wallet",
        "shopee_pay": "wallet",
        "dob": "netbanking",
        "dob_ubp": "netbanking",
        "brankas_bdo": "netbanking",
        "brankas_landbank": "netbanking",
        "brankas_metrobank": "netbanking",
    }
)


def attributes_of(resource: object) -> Mapping[str, Any]:
    """Return a resource's attributes."""
    return dict_of(dict_of(resource).get("attributes"))


def references_of(attributes: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """Return the transaction's reference and our attempt's id, as metadata tells them."""
    metadata = dict_of(attributes.get("metadata"))
    reference = text_of(metadata.get("transaction_ref")) or text_of(metadata.get("order_id"))
    return reference, text_of(metadata.get("attempt_id"))


def facts_of(
    attributes: Mapping[str, Any],
    payment: object,
    *,
    owner: Mapping[str, Any] | None = None,
    other_ids: tuple[str, ...] = (),
) -> PaymentFacts:
    """Read what is known of a payment from its intent (or itself), the payment that tells most, and its page."""
    paid = attributes_of(payment)
    reference, attempt_id = references_of(owner or attributes)
    own_reference, own_attempt = references_of(attributes)
    return PaymentFacts(
        asked=minor_money(attributes.get("amount"), attributes.get("currency")),
        transaction_ref=reference or own_reference,
        attempt_id=attempt_id or own_attempt,
        created_at=unix_time(attributes.get("created_at")),
        method=_method(attributes, paid),
        customer=_customer(dict_of(paid.get("billing") or attributes.get("billing"))),
        other_ids=other_ids,
        refunded=refunded_of(payment),
    )


def _method(attributes: Mapping[str, Any], paid: Mapping[str, Any]) -> MethodFacts:
    source = dict_of(paid.get("source"))
    word = text_of(source.get("type"))
    return MethodFacts(
        type=_METHODS.get(word, word) if word else None,
        psp_customer_id=text_of(dict_of(attributes.get("setup_future_usage")).get("customer_id")),
        brand=text_of(source.get("brand")),
        last4=text_of(source.get("last4")),
        issuer_country=text_of(source.get("country")),
    )


def _customer(billing: Mapping[str, Any]) -> CustomerFacts:
    return CustomerFacts(
        email=text_of(billing.get("email")),
        phone=text_of(billing.get("phone")),
        name=text_of(billing.get("name")),
        country=text_of(dict_of(billing.get("address")).get("country")),
    )


def customer_off_session(attributes: Mapping[str, Any]) -> str | None:
    """Return whose card an intent was to save, or had saved, for charges without them; None if it was not."""
    usage = dict_of(attributes.get("setup_future_usage"))
    return text_of(usage.get("customer_id")) if usage.get("session_type") == "off_session" else None


def payments_of(attributes: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the payments that an intent, a page or a link lists; links wrap each in `data`."""
    found = [dict_of(item) for item in list_of(attributes.get("payments"))]
    return [dict_of(item.get("data")) or item for item in found]

"""What a Xendit payment tells besides its outcome, in the shapes of v3 and v2."""

from collections.abc import Mapping
from typing import Any, Final

from app.domain.ids import ATTEMPT, is_id
from app.domain.money import Money
from app.domain.payments.facts import CustomerFacts, MethodFacts, PaymentFacts
from app.psp.lenient import dict_of, iso_time, text_of
from app.psp.xendit.amounts import money_of

_WALLETS: Final = frozenset(
    {"ASTRAPAY", "DANA", "EWALLET", "GCASH", "GOPAY", "GRABPAY", "JENIUSPAY", "LINEPAY", "LINKAJA", "MOMO", "OVO"}
    | {"PAYMAYA", "SHOPEEPAY", "TOUCHNGO", "TRUEMONEY", "WECHATPAY", "ZALOPAY"}
)
_CARDS: Final = frozenset({"CARD", "CARDS", "CREDIT_CARD"})
_LAST: Final = 4


def references_of(raw: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """Return the transaction's reference and our attempt's id, as metadata tells them."""
    metadata = dict_of(raw.get("metadata"))
    reference = text_of(metadata.get("transaction_ref")) or text_of(metadata.get("order_id"))
    return reference, text_of(metadata.get("attempt_id"))


def attempt_of_page(raw: Mapping[str, Any]) -> str | None:
    """Return our attempt's id of an invoice, whose callbacks carry no metadata: the `external_id` is it too."""
    told, external_id = references_of(raw)[1], text_of(raw.get("external_id"))
    return told or (external_id if external_id and is_id(external_id, ATTEMPT) else None)


def of_request(
    raw: Mapping[str, Any], *, other_ids: tuple[str, ...] = (), refunded: Money | None = None
) -> PaymentFacts:
    """Read what is known of a payment request or a payment."""
    reference, attempt_id = references_of(raw)
    return PaymentFacts(
        asked=money_of(raw.get("request_amount", raw.get("amount")), raw.get("currency")),
        transaction_ref=reference,
        attempt_id=attempt_id,
        created_at=iso_time(raw.get("created")),
        method=_method(raw),
        customer=_customer(raw),
        other_ids=other_ids,
        refunded=refunded,
    )


def of_invoice(raw: Mapping[str, Any], *, refunded: Money | None = None) -> PaymentFacts:
    """Read what is known of an invoice."""
    word = text_of(raw.get("payment_channel")) or text_of(raw.get("payment_method"))
    customer = dict_of(raw.get("customer"))
    return PaymentFacts(
        asked=money_of(raw.get("amount"), raw.get("currency")),
        transaction_ref=references_of(raw)[0],
        attempt_id=attempt_of_page(raw),
        created_at=iso_time(raw.get("created")),
        method=MethodFacts(type=kind_of(word)),
        customer=CustomerFacts(
            email=text_of(raw.get("payer_email")) or text_of(customer.get("email")),
            phone=text_of(customer.get("mobile_number")),
            name=text_of(customer.get("given_names")),
        ),
        other_ids=tuple(i for i in (text_of(raw.get("payment_id")),) if i),
        refunded=refunded,
    )


def kind_of(channel: str | None) -> str | None:
    """Return what kind of method a channel is; a strange one in its own word."""
    if channel is None:
        return None
    word = channel.upper()
    if word in _CARDS:
        return "card"
    if word.removeprefix("ID_").removeprefix("PH_").removeprefix("MY_") in _WALLETS:
        return "wallet"
    return "bank_debit" if word.endswith("DIRECT_DEBIT") else channel.lower()


def _method(raw: Mapping[str, Any]) -> MethodFacts:
    saved = dict_of(raw.get("payment_method"))  # v2
    properties = dict_of(raw.get("channel_properties"))
    card = dict_of(properties.get("card_details")) or dict_of(dict_of(saved.get("card")).get("card_information"))
    masked, network = text_of(card.get("masked_card_number")), text_of(card.get("network"))
    funding = text_of(card.get("type"))
    reusable = text_of(saved.get("id")) if saved.get("reusability") == "MULTIPLE_USE" else None
    return MethodFacts(
        type=kind_of(text_of(raw.get("channel_code")) or text_of(saved.get("type"))),
        token=text_of(raw.get("payment_token_id")) or reusable,
        psp_customer_id=text_of(raw.get("customer_id")),
        brand=network.lower() if network else None,
        last4=masked[-_LAST:] if masked else None,
        issuer_country=text_of(card.get("country")),
        funding=funding.lower() if funding else None,
        fingerprint=text_of(card.get("fingerprint")),
    )


def _customer(raw: Mapping[str, Any]) -> CustomerFacts:
    person = dict_of(raw.get("customer"))
    names = dict_of(person.get("individual_detail"))
    card = dict_of(dict_of(raw.get("channel_properties")).get("card_details"))
    return CustomerFacts(
        ref=text_of(person.get("reference_id")),
        email=text_of(person.get("email")) or text_of(card.get("cardholder_email")),
        phone=text_of(person.get("mobile_number")) or text_of(card.get("cardholder_phone_number")),
        name=text_of(names.get("given_names")) or text_of(card.get("cardholder_first_name")),
        country=text_of(raw.get("country")),
    )

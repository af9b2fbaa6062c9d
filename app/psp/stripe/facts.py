"""What a PaymentIntent tells besides how it ended."""

from collections.abc import Mapping
from typing import Any, Final

from app.domain.payments.facts import CustomerFacts, MethodFacts, PaymentFacts
from app.psp.lenient import dict_of, text_of, unix_time
from app.psp.stripe.names import id_of
from app.psp.stripe.units import money_of

_BANK_DEBITS: Final = frozenset({"us_bank_account", "sepa_debit", "bacs_debit", "au_becs_debit", "acss_debit"})
_WALLETS: Final = frozenset({"paypal", "link", "cashapp", "amazon_pay", "revolut_pay", "grabpay", "gcash", "alipay"})
_NETBANKING: Final = frozenset({"fpx", "ideal", "bancontact", "p24", "eps"})


def facts_of(intent: Mapping[str, Any]) -> PaymentFacts:
    """Read what a payment, ours or not, tells of itself."""
    charge, metadata = dict_of(intent.get("latest_charge")), dict_of(intent.get("metadata"))
    charge_id = id_of(intent.get("latest_charge"))
    return PaymentFacts(
        asked=money_of(intent.get("amount"), intent.get("currency")),
        transaction_ref=text_of(metadata.get("transaction_ref")) or text_of(metadata.get("order_id")),
        attempt_id=text_of(metadata.get("attempt_id")),
        created_at=unix_time(intent.get("created")),
        method=_method(intent, charge),
        customer=_customer(intent, charge),
        other_ids=(charge_id,) if charge_id else (),
        refunded=money_of(charge.get("amount_refunded"), intent.get("currency")) if charge else None,
    )


def _method(intent: Mapping[str, Any], charge: Mapping[str, Any]) -> MethodFacts:
    tried = dict_of(dict_of(intent.get("last_payment_error")).get("payment_method"))
    details = dict_of(charge.get("payment_method_details")) or tried
    kind = text_of(details.get("type"))
    instrument = dict_of(details.get(kind)) if kind else {}
    return MethodFacts(
        type=method_type(kind),
        token=_token(intent, charge, tried),
        psp_customer_id=id_of(intent.get("customer")),
        mandate_id=text_of(instrument.get("mandate")),
        brand=text_of(instrument.get("brand")) or text_of(instrument.get("bank_name")),
        last4=text_of(instrument.get("last4")),
        issuer_country=text_of(instrument.get("country")),
        funding=text_of(instrument.get("funding")),
        fingerprint=text_of(instrument.get("fingerprint")),
    )


def _token(intent: Mapping[str, Any], charge: Mapping[str, Any], tried: Mapping[str, Any]) -> str | None:
    """Return the saved method; one that belongs to no customer was for once, and cannot be charged again."""
    if not id_of(intent.get("customer")) or (tried and not id_of(tried.get("customer"))):
        return None
    return id_of(intent.get("payment_method")) or text_of(tried.get("id")) or text_of(charge.get("payment_method"))


def method_type(kind: str | None) -> str | None:
    """Say Stripe's type of method in the classifier's words; one without a word there stays as it is."""
    if kind in _BANK_DEBITS:
        return "bank_debit"
    if kind in _WALLETS:
        return "wallet"
    return "netbanking" if kind in _NETBANKING else kind


def _customer(intent: Mapping[str, Any], charge: Mapping[str, Any]) -> CustomerFacts:
    tried = dict_of(dict_of(intent.get("last_payment_error")).get("payment_method"))
    billing = dict_of(charge.get("billing_details")) or dict_of(tried.get("billing_details"))
    return CustomerFacts(
        email=text_of(intent.get("receipt_email")) or text_of(billing.get("email")),
        phone=text_of(billing.get("phone")),
        name=text_of(billing.get("name")),
        country=text_of(dict_of(billing.get("address")).get("country")),
    )

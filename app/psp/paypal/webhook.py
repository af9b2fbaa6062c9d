"""PayPal's webhooks: RSA over `{transmission id}|{time}|{webhook id}|{crc32 of the raw body}`.

The webhook id is the account's own, never the request's. PayPal tries a delivery up to 25 times over
three days and does not say that it signs each anew, so a signature is good for that long; what keeps a
repeat from having an effect is the event's id, which is stored once.
"""

import base64
import binascii
import zlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from app.domain.payments.errors import SignatureInvalidError, WebhookUnreadableError
from app.domain.payments.facts import DisputeFacts, DisputeStatus, EventKind
from app.domain.payments.port import WebhookEvent
from app.psp.lenient import dict_of, iso_time, list_of, text_of
from app.psp.paypal.certificates import CertificateBook, Source
from app.psp.paypal.mapping import order_id_of
from app.psp.paypal.names import Names, names_of, unit_of
from app.psp.paypal.shapes import link_of
from app.psp.paypal.units import money_of
from app.psp.webhooks import object_of

ALGORITHM: Final = "SHA256withRSA"
OLDEST: Final = timedelta(days=3, hours=1)
EARLIEST: Final = timedelta(seconds=300)
_PREFIX: Final = "paypal-"
_LONGEST_HEADER: Final = 4096

_KINDS: Final = {
    "PAYMENT.CAPTURE.COMPLETED": EventKind.PAYMENT,
    "PAYMENT.CAPTURE.PENDING": EventKind.PAYMENT,
    "PAYMENT.CAPTURE.DENIED": EventKind.PAYMENT,
    "PAYMENT.CAPTURE.DECLINED": EventKind.PAYMENT,
    "PAYMENT.CAPTURE.REFUNDED": EventKind.REFUND,
    "PAYMENT.CAPTURE.REVERSED": EventKind.REFUND,
    "CHECKOUT.ORDER.APPROVED": EventKind.PAYMENT,
    "CHECKOUT.ORDER.COMPLETED": EventKind.PAYMENT,
    "CHECKOUT.PAYMENT-APPROVAL.REVERSED": EventKind.PAYMENT,
    "PAYMENT.AUTHORIZATION.VOIDED": EventKind.PAYMENT,
    "PAYMENT.SALE.COMPLETED": EventKind.PAYMENT,
    "PAYMENT.SALE.PENDING": EventKind.PAYMENT,
    "PAYMENT.SALE.DENIED": EventKind.PAYMENT,
    "PAYMENT.SALE.REFUNDED": EventKind.REFUND,
    "PAYMENT.SALE.REVERSED": EventKind.REFUND,
    "BILLING.SUBSCRIPTION.PAYMENT.FAILED": EventKind.PAYMENT,
    "BILLING.SUBSCRIPTION.SUSPENDED": EventKind.PAYMENT,
    "BILLING.SUBSCRIPTION.RE-ACTIVATED": EventKind.PAYMENT,
    "CUSTOMER.DISPUTE.CREATED": EventKind.DISPUTE,
    "CUSTOMER.DISPUTE.UPDATED": EventKind.DISPUTE,
    "CUSTOMER.DISPUTE.RESOLVED": EventKind.DISPUTE,
}
NEEDED_EVENTS: Final = frozenset(
    {
        "CHECKOUT.ORDER.APPROVED",
        "PAYMENT.CAPTURE.COMPLETED",
        "PAYMENT.CAPTURE.DENIED",
        "PAYMENT.CAPTURE.PENDING",
        "PAYMENT.CAPTURE.REFUNDED",
        "PAYMENT.CAPTURE.REVERSED",
    }
)
"""What a webhook must tell of, however the merchant takes payments."""

_LOST: Final = frozenset({"RESOLVED_BUYER_FAVOUR", "RESOLVED_BUYER_FAVOR", "ACCEPTED"})


def verify(
    *,
    headers: Mapping[str, str],
    body: bytes,
    webhook_ids: Sequence[str],
    certificates: CertificateBook,
    source: Source,
    now: datetime,
) -> None:
    """Check the signature with the certificate that the headers name; raises `SignatureInvalidError`.

    Several webhook ids may be good at a time (a webhook that moves to another address gets a new one).
    """
    given = {name.lower(): value for name, value in headers.items() if name.lower().startswith(_PREFIX)}
    transmission_id, sent_at = given.get("paypal-transmission-id", ""), given.get("paypal-transmission-time", "")
    if given.get("paypal-auth-algo") != ALGORITHM or not transmission_id or not any(webhook_ids):
        raise SignatureInvalidError("The webhook carries no PayPal signature that can be checked.")
    if any(len(value) > _LONGEST_HEADER for value in given.values()):
        raise SignatureInvalidError("The webhook's headers are too long.")
    _check_time(sent_at, now=now)
    signature = _decoded(given.get("paypal-transmission-sig", ""))
    key = certificates.key(given.get("paypal-cert-url", ""), source=source, now=now)
    for webhook_id in filter(None, webhook_ids):
        message = f"{transmission_id}|{sent_at}|{webhook_id}|{zlib.crc32(body)}"
        try:
            key.verify(signature, message.encode(), padding.PKCS1v15(), hashes.SHA256())
        except InvalidSignature:
            continue
        return
    raise SignatureInvalidError("The webhook's signature does not match.")


def parse(body: bytes) -> WebhookEvent:
    """Read a verified body; raises `WebhookUnreadableError` if it has no event id and type."""
    event = object_of(body)
    event_id, event_type = text_of(event.get("id")), text_of(event.get("event_type"))
    if not event_id or not event_type:
        raise WebhookUnreadableError("The webhook's body has no event id or type.")
    resource = dict_of(event.get("resource"))
    kind = _KINDS.get(event_type, EventKind.OTHER)
    names = _names(event_type, resource)
    return WebhookEvent(
        event_id=event_id,
        type=event_type,
        psp_payment_id=None if kind is EventKind.OTHER else _payment_id(event_type, resource),
        transaction_ref=names.transaction_ref,
        attempt_id=names.attempt_id,
        occurred_at=iso_time(event.get("create_time")),
        kind=kind,
        dispute=_dispute(resource) if kind is EventKind.DISPUTE else None,
    )


def _check_time(sent_at: str, *, now: datetime) -> None:
    moment = iso_time(sent_at)
    if moment is None or not now - OLDEST <= moment <= now + EARLIEST:
        raise SignatureInvalidError("The webhook's signature is too old, or from the future.")


def _decoded(signature: str) -> bytes:
    try:
        decoded = base64.b64decode(signature, validate=True)
    except (binascii.Error, ValueError):
        decoded = b""
    # One signature has one spelling: the last character's unused bits are not free.
    if not decoded or base64.b64encode(decoded).decode() != signature:
        raise SignatureInvalidError("The webhook's signature is not base64.")
    return decoded


def _payment_id(event_type: str, resource: Mapping[str, Any]) -> str | None:
    """Return the name by which the payment is read: a capture's, an order's, a sale's or a subscription's."""
    told: str | None = None
    match event_type.split("."):
        case ["PAYMENT", "CAPTURE", "REFUNDED" | "REVERSED"]:
            told = _last_part(link_of(resource, "up"))
        case ["PAYMENT", "AUTHORIZATION", *_]:
            told = order_id_of(resource)
        case ["PAYMENT", "SALE", "REFUNDED" | "REVERSED"]:
            told = text_of(resource.get("sale_id"))
        case ["PAYMENT", "SALE", *_]:
            told = text_of(resource.get("billing_agreement_id"))
        case ["CHECKOUT", "PAYMENT-APPROVAL", *_]:
            told = text_of(resource.get("order_id"))
        case ["CUSTOMER", "DISPUTE", *_]:
            return text_of(_disputed(resource).get("seller_transaction_id"))
        case _:
            pass
    return told or text_of(resource.get("id"))


def _names(event_type: str, resource: Mapping[str, Any]) -> Names:
    if event_type.startswith("BILLING."):
        return Names()  # its `custom_id` names the subscription, not the payment
    if event_type.startswith("CUSTOMER."):
        return names_of(_disputed(resource))
    if event_type.startswith("PAYMENT.SALE.") and text_of(resource.get("billing_agreement_id")):
        return Names()
    return names_of(unit_of(resource) or resource)


def _disputed(resource: Mapping[str, Any]) -> Mapping[str, Any]:
    return dict_of(next(iter(list_of(resource.get("disputed_transactions"))), None))


def _dispute(resource: Mapping[str, Any]) -> DisputeFacts | None:
    dispute_id = text_of(resource.get("dispute_id")) or text_of(resource.get("id"))
    if dispute_id is None:
        return None
    status = DisputeStatus.OPEN
    if text_of(resource.get("status")) == "RESOLVED":
        outcome = text_of(dict_of(resource.get("dispute_outcome")).get("outcome_code"))
        status = DisputeStatus.LOST if outcome in _LOST else DisputeStatus.WON
    return DisputeFacts(
        dispute_id=dispute_id,
        status=status,
        money=money_of(resource.get("dispute_amount")),
        reason=text_of(resource.get("reason")),
    )


def _last_part(address: str | None) -> str | None:
    return (address or "").rstrip("/").rpartition("/")[2] or None

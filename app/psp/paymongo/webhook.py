"""PayMongo's webhooks: `Paymongo-Signature: t=<unix>,te=<hex>,li=<hex>`, HMAC-SHA256 of `{t}.{raw body}`.

`te` is filled for test mode and `li` for live mode; the account's own mode says which one must match.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from app.domain.payments.errors import WebhookUnreadableError
from app.domain.payments.facts import DisputeFacts, DisputeStatus, EventKind
from app.domain.payments.port import WebhookEvent
from app.psp.lenient import dict_of, minor_money, text_of, unix_time
from app.psp.paymongo import payments
from app.psp.paymongo.facts import attributes_of, payments_of, references_of
from app.psp.webhooks import object_of, stamped_signature, unreadable_signature

HEADER: Final = "Paymongo-Signature"
_ABOUT_PAYMENTS: Final = ("payment.", "payment_intent.", "checkout_session.", "source.", "link.")
_READABLE: Final = frozenset({"payment", "payment_intent", "checkout_session", "source", "link"})


def verify(*, headers: Mapping[str, str], body: bytes, secrets: Sequence[str], live: bool, now: datetime) -> None:
    """Accept if the signature of the account's mode matches any secret and `t` is fresh.

    Raises `SignatureInvalidError`. An empty signature matches nothing; all are compared in constant time.
    """
    signature = stamped_signature(headers, HEADER, scheme="li" if live else "te")
    if len(signature.values) != 1:
        raise unreadable_signature(HEADER)
    signature.check(body, secrets=secrets, now=now)


def parse(body: bytes) -> WebhookEvent:
    """Read a verified body; raises `WebhookUnreadableError` if it has no event id and type."""
    event = dict_of(object_of(body).get("data"))
    attributes = attributes_of(event)
    event_id, name = text_of(event.get("id")), text_of(attributes.get("type"))
    if not event_id or not name:
        raise WebhookUnreadableError("The webhook's body has no event id or type.")
    resource = dict_of(attributes.get("data"))
    reference, attempt_id = references_of(attributes_of(resource))
    kind = _kind(name)
    return WebhookEvent(
        event_id=event_id,
        type=name,
        psp_payment_id=_payment_id(resource),
        transaction_ref=reference,
        attempt_id=attempt_id,
        occurred_at=unix_time(attributes.get("created_at")),
        kind=kind,
        dispute=_dispute(name, resource) if kind is EventKind.DISPUTE else None,
    )


def _kind(name: str) -> EventKind:
    if name.startswith(("refund.", "payment.refund")):
        return EventKind.REFUND
    if name.startswith("dispute."):
        return EventKind.DISPUTE
    return EventKind.PAYMENT if name.startswith(_ABOUT_PAYMENTS) else EventKind.OTHER


def _payment_id(resource: Mapping[str, Any]) -> str | None:
    """Return what to read: the intent, or the page, link or source whose payment is meant."""
    attributes, own_id, kind = attributes_of(resource), text_of(resource.get("id")), text_of(resource.get("type"))
    if kind in {"link", "payment"}:
        paid = [resource, *payments_of(attributes)]
        return next((i for i in (payments.intent_id_of(payment) for payment in paid) if i), own_id)
    if kind in _READABLE:
        return own_id
    named = text_of(attributes.get("payment_intent_id")) or text_of(attributes.get("payment_id"))
    return named or text_of(dict_of(attributes.get("payment")).get("id"))


def _dispute(name: str, resource: Mapping[str, Any]) -> DisputeFacts | None:
    dispute_id, attributes = text_of(resource.get("id")), attributes_of(resource)
    if dispute_id is None:
        return None
    words = " ".join(str(attributes.get(key) or "") for key in ("status", "outcome", "result")).lower()
    status = DisputeStatus.OPEN
    if name == "dispute.resolved":
        status = DisputeStatus.WON if "won" in words else DisputeStatus.LOST if "lost" in words else status
    money = minor_money(attributes.get("amount"), attributes.get("currency") or "PHP")
    return DisputeFacts(dispute_id, status, money, text_of(attributes.get("reason")))

"""Razorpay's webhooks: `X-Razorpay-Signature`, hex HMAC-SHA256 of the raw body; the event's id is in a header too.

There is no time in the signature, so an old webhook can be sent again by whoever saw it: the event's id, stored,
is what makes that harmless. The id is not signed, though. A body under a new id is processed once more, which
moves nothing that the payment's own state does not.
"""

import hashlib
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from app.domain.payments.errors import SignatureInvalidError, WebhookUnreadableError
from app.domain.payments.facts import DisputeFacts, DisputeStatus, EventKind
from app.domain.payments.port import WebhookEvent
from app.psp.lenient import dict_of, int_of, minor_money
from app.psp.razorpay.mapping import REF_NOTES
from app.psp.razorpay.values import Raw, note, text_of, time_of
from app.psp.webhooks import check_hmac, header_of, object_of

SIGNATURE: Final = "x-razorpay-signature"
EVENT_ID: Final = "x-razorpay-event-id"
_LONGEST_ID: Final = 128
_DISPUTES: Final = "payment.dispute."
_DOWNTIMES: Final = "payment.downtime."
_PAYMENTS: Final = ("payment.", "payment_link.", "order.", "invoice.")
_NOTICES: Final = ("order.notification.",)
# What a subscription's cycle costs; its other events tell of the mandate or of the merchant's own doing.
_SUBSCRIPTION_PAYMENTS: Final = frozenset({"subscription.charged", "subscription.pending", "subscription.halted"})
_ENDS: Final[Mapping[str, DisputeStatus]] = MappingProxyType({"won": DisputeStatus.WON, "lost": DisputeStatus.LOST})
# Which entity of the payload names the payment, and by which field; the most exact first.
_NAMES: Final = (
    ("payment", "id"),
    ("refund", "payment_id"),
    ("dispute", "payment_id"),
    ("payment_link", "id"),
    ("invoice", "id"),
    ("subscription", "id"),
    ("order", "id"),
)


def verify(*, headers: Mapping[str, str], body: bytes, secrets: Sequence[str]) -> None:
    """Accept if the signature is that of any secret (two live side by side in a rotation), in constant time.

    Raises `SignatureInvalidError`, also for a webhook without a signature: Razorpay signs none if no secret was set.
    """
    given = header_of(headers, SIGNATURE)
    if not given:
        raise SignatureInvalidError("The webhook carries no X-Razorpay-Signature; set a secret at Razorpay.")
    check_hmac(body, given=(given,), secrets=secrets)


def parse(*, headers: Mapping[str, str], body: bytes) -> WebhookEvent:
    """Read a verified body; raises `WebhookUnreadableError` if it has no event."""
    raw = object_of(body)
    word = text_of(raw.get("event"))
    if not word:
        raise WebhookUnreadableError("The webhook's body has no event.")
    payload = dict_of(raw.get("payload"))
    entities = {name: _entity(payload, name) for name, _ in _NAMES}
    notes = [entity.get("notes") for entity in entities.values()]
    return WebhookEvent(
        event_id=_event_id(headers, body),
        type=word[:_LONGEST_ID],
        psp_payment_id=next((named for name, field in _NAMES if (named := text_of(entities[name].get(field)))), None),
        transaction_ref=next((found for each in notes if (found := note(each, *REF_NOTES))), None),
        attempt_id=next((found for each in notes if (found := note(each, "attempt_id"))), None),
        occurred_at=time_of(raw.get("created_at")),
        kind=_kind(word),
        dispute=_dispute(word, entities["dispute"]),
    )


def _event_id(headers: Mapping[str, str], body: bytes) -> str:
    given = header_of(headers, EVENT_ID)
    if given and len(given) <= _LONGEST_ID and given.isascii() and given.isprintable():
        return given
    return f"sha256_{hashlib.sha256(body).hexdigest()}"


def _entity(payload: Raw, name: str) -> Raw:
    return dict_of(dict_of(payload.get(name)).get("entity"))


def _kind(word: str) -> EventKind:
    if word.startswith(_DISPUTES):
        return EventKind.DISPUTE
    if word.startswith("refund."):
        return EventKind.REFUND
    if word.startswith((_DOWNTIMES, *_NOTICES)):
        return EventKind.OTHER
    return EventKind.PAYMENT if word.startswith(_PAYMENTS) or word in _SUBSCRIPTION_PAYMENTS else EventKind.OTHER


def _dispute(word: str, entity: Raw) -> DisputeFacts | None:
    dispute_id = text_of(entity.get("id"))
    if not word.startswith(_DISPUTES) or not dispute_id:
        return None
    return DisputeFacts(
        dispute_id=dispute_id,
        status=_dispute_status(word.removeprefix(_DISPUTES), entity),
        money=minor_money(entity.get("amount"), entity.get("currency")),
        reason=text_of(entity.get("reason_code")) or text_of(entity.get("reason_description")),
    )


def _dispute_status(word: str, entity: Raw) -> DisputeStatus:
    if word == "closed":
        # An inquiry that ended; the merchant lost it only if money was taken.
        return DisputeStatus.LOST if int_of(entity.get("amount_deducted")) else DisputeStatus.WON
    return _ENDS.get(word, DisputeStatus.OPEN)

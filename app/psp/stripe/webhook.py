"""Stripe's webhooks: `Stripe-Signature: t=<unix>,v1=<hex>[,v1=<hex>]`, HMAC-SHA256 of `{t}.{raw body}`.

Source: docs.stripe.com/webhooks/signature. The secret is used as it is written, `whsec_` and all.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from app.domain.payments.errors import WebhookUnreadableError
from app.domain.payments.facts import DisputeFacts, DisputeStatus, EventKind
from app.domain.payments.port import WebhookEvent
from app.psp.lenient import dict_of, text_of, unix_time
from app.psp.stripe.names import id_of
from app.psp.stripe.units import money_of
from app.psp.webhooks import object_of, stamped_signature

HEADER: Final = "Stripe-Signature"

KINDS: Final[Mapping[str, EventKind]] = MappingProxyType(
    dict.fromkeys(
        (
            "payment_intent.succeeded",
            "payment_intent.payment_failed",
            "payment_intent.processing",
            "payment_intent.requires_action",
            "payment_intent.canceled",
            "payment_intent.amount_capturable_updated",
            "charge.succeeded",
            "charge.failed",
            "charge.pending",
            "charge.captured",
            "charge.expired",
            "invoice.paid",
            "invoice.payment_succeeded",
            "invoice.payment_failed",
            "invoice.payment_action_required",
            "invoice.updated",
            "invoice.voided",
            "invoice.marked_uncollectible",
            "invoice_payment.paid",
            "checkout.session.completed",
            "checkout.session.expired",
            "checkout.session.async_payment_succeeded",
            "checkout.session.async_payment_failed",
        ),
        EventKind.PAYMENT,
    )
    | dict.fromkeys(
        ("charge.refunded", "charge.refund.updated", "refund.created", "refund.updated", "refund.failed"),
        EventKind.REFUND,
    )
    | dict.fromkeys(
        (
            "charge.dispute.created",
            "charge.dispute.updated",
            "charge.dispute.closed",
            "charge.dispute.funds_withdrawn",
            "charge.dispute.funds_reinstated",
            "radar.early_fraud_warning.created",
            "radar.early_fraud_warning.updated",
        ),
        EventKind.DISPUTE,
    )
)
_WARNING: Final = "early_fraud_warning"
"""The reason of a dispute that is none yet: the issuer warns of fraud, and no money went back."""
_DISPUTES: Final[Mapping[str, DisputeStatus]] = MappingProxyType(
    # A warning that was closed never became a chargeback.
    {"won": DisputeStatus.WON, "warning_closed": DisputeStatus.WON, "lost": DisputeStatus.LOST}
)


def verify(*, headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: datetime) -> None:
    """Accept if any `v1` matches any secret (two are signed with while one is rolled) and `t` is fresh.

    Raises `SignatureInvalidError`. Other schemes (`v0`) are ignored; every pair is compared, in constant time.
    """
    stamped_signature(headers, HEADER).check(body, secrets=secrets, now=now)


def parse(body: bytes) -> WebhookEvent:
    """Read a verified body; raises `WebhookUnreadableError` if it has no event id and type."""
    event = object_of(body)
    event_id, kind = text_of(event.get("id")), text_of(event.get("type"))
    if not event_id or not kind:
        raise WebhookUnreadableError("The webhook's body has no event id or type.")
    thing = dict_of(dict_of(event.get("data")).get("object"))
    metadata = dict_of(thing.get("metadata"))
    about = KINDS.get(kind, EventKind.OTHER)
    return WebhookEvent(
        event_id=event_id,
        type=kind,
        psp_payment_id=_payment_of(thing),
        transaction_ref=text_of(metadata.get("transaction_ref")) or text_of(metadata.get("order_id")),
        attempt_id=text_of(metadata.get("attempt_id")),
        occurred_at=unix_time(event.get("created")),
        kind=about,
        dispute=_dispute_of(thing) if about is EventKind.DISPUTE else None,
    )


def _payment_of(thing: Mapping[str, Any]) -> str | None:
    """Return the id to read the payment by. An invoice and a session keep theirs: they know more than the intent."""
    kind = text_of(thing.get("object"))
    if kind in {"payment_intent", "invoice", "checkout.session"}:
        return text_of(thing.get("id"))
    if kind == "invoice_payment":
        return id_of(thing.get("invoice")) or id_of(dict_of(thing.get("payment")).get("payment_intent"))
    intent = id_of(thing.get("payment_intent"))
    if intent:
        return intent
    return text_of(thing.get("id")) if kind == "charge" else id_of(thing.get("charge"))


def _dispute_of(thing: Mapping[str, Any]) -> DisputeFacts | None:
    dispute_id = text_of(thing.get("id"))
    if not dispute_id:
        return None
    if thing.get("object") == f"radar.{_WARNING}":
        return DisputeFacts(dispute_id, DisputeStatus.OPEN, reason=_WARNING)
    return DisputeFacts(
        dispute_id=dispute_id,
        status=_DISPUTES.get(str(thing.get("status")), DisputeStatus.OPEN),
        money=money_of(thing.get("amount"), thing.get("currency")),
        reason=text_of(thing.get("reason")),
    )

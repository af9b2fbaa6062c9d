"""The sandbox's webhooks: `Sandbox-Signature: t=<unix>,v1=<hex>[,v1=<hex>]`, HMAC-SHA256 of `{t}.{raw body}`."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from app.domain.payments.errors import WebhookUnreadableError
from app.domain.payments.facts import EventKind
from app.domain.payments.port import WebhookEvent
from app.psp.lenient import dict_of, text_of, unix_time
from app.psp.webhooks import object_of, stamped_signature

HEADER: Final = "Sandbox-Signature"


def verify(*, headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: datetime) -> None:
    """Accept if any `v1` matches any secret (two live side by side in a rotation) and `t` is fresh.

    Raises `SignatureInvalidError`. Unknown schemes are ignored; every pair is compared, in constant time.
    """
    stamped_signature(headers, HEADER).check(body, secrets=secrets, now=now)


def parse(body: bytes) -> WebhookEvent:
    """Read a verified body; raises `WebhookUnreadableError` if it has no event id and type."""
    event = object_of(body)
    event_id, kind = text_of(event.get("id")), text_of(event.get("type"))
    if not event_id or not kind:
        raise WebhookUnreadableError("The webhook's body has no event id or type.")
    payment = dict_of(dict_of(event.get("data")).get("payment"))
    return WebhookEvent(
        event_id=event_id,
        type=kind,
        psp_payment_id=text_of(payment.get("id")),
        transaction_ref=text_of(payment.get("reference")),
        attempt_id=text_of(dict_of(payment.get("metadata")).get("attempt_id")),
        occurred_at=unix_time(event.get("created")),
        kind=_kind(kind),
    )


def _kind(event_type: str) -> EventKind:
    if event_type == "payment.refunded":
        return EventKind.REFUND
    return EventKind.PAYMENT if event_type.startswith("payment.") else EventKind.OTHER

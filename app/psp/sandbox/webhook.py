"""The sandbox's webhooks: `Sandbox-Signature: t=<unix>,v1=<hex>[,v1=<hex>]`, HMAC-SHA256 of `{t}.{raw body}`."""

import hashlib
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from app.domain.payments.errors import SignatureInvalidError, WebhookUnreadableError
from app.domain.payments.port import WebhookEvent

HEADER: Final = "sandbox-signature"
TOLERANCE: Final = timedelta(seconds=300)
_TIMESTAMP: Final = re.compile(r"[0-9]{1,11}")


def verify(*, headers: Mapping[str, str], body: bytes, secrets: Sequence[str], now: datetime) -> None:
    """Accept if any `v1` matches any secret (two live side by side in a rotation) and `t` is fresh.

    Raises `SignatureInvalidError`. Unknown schemes are ignored; every pair is compared, in constant time.
    """
    header = next((value for name, value in headers.items() if name.lower() == HEADER), "")
    parts = [part.strip().partition("=") for part in header.split(",")]
    stamps = [value for name, _, value in parts if name == "t"]
    given = [value for name, _, value in parts if name == "v1"]
    if len(stamps) != 1 or not _TIMESTAMP.fullmatch(stamps[0]):
        raise SignatureInvalidError("The webhook carries no readable Sandbox-Signature.")
    if abs(now.timestamp() - int(stamps[0])) > TOLERANCE.total_seconds():
        raise SignatureInvalidError("The webhook's signature is too old, or from the future.")
    signed = stamps[0].encode() + b"." + body
    matches = [
        hmac.compare_digest(hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest().encode(), value.encode())
        for secret in secrets
        if secret
        for value in given
    ]
    if not any(matches):
        raise SignatureInvalidError("The webhook's signature does not match.")


def parse(body: bytes) -> WebhookEvent:
    """Read a verified body; raises `WebhookUnreadableError` if it has no event id and type."""
    try:
        raw = json.loads(body)
    except (ValueError, RecursionError):
        raise WebhookUnreadableError("The webhook's body is not JSON.") from None
    event = _dict(raw)
    event_id, kind = _text(event.get("id")), _text(event.get("type"))
    if not event_id or not kind:
        raise WebhookUnreadableError("The webhook's body has no event id or type.")
    payment = _dict(_dict(event.get("data")).get("payment"))
    return WebhookEvent(
        event_id=event_id,
        type=kind,
        psp_payment_id=_text(payment.get("id")),
        transaction_ref=_text(payment.get("reference")),
        attempt_id=_text(_dict(payment.get("metadata")).get("attempt_id")),
        occurred_at=_time(event.get("created")),
    )


def _dict(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _time(value: object) -> datetime | None:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 10**11:
        return None
    return datetime.fromtimestamp(value, UTC)

"""Xendit's webhooks: `x-callback-token` equals the account's token, and nothing is signed.

Whoever saw the token once can forge them, so that nothing here is believed: an event names an object,
which is read from Xendit before anything is done.
"""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from typing import Any, Final

from app.domain.payments.errors import SignatureInvalidError, WebhookUnreadableError
from app.domain.payments.facts import DisputeFacts, DisputeStatus, EventKind
from app.domain.payments.port import WebhookEvent
from app.psp.lenient import dict_of, iso_time, text_of
from app.psp.webhooks import header_of, object_of
from app.psp.xendit import facts, payments
from app.psp.xendit.amounts import loads, money_of

TOKEN_HEADER: Final = "x-callback-token"  # noqa: S105  (a header's name)
ID_HEADER: Final = "webhook-id"
_LONGEST_ID: Final = 255
_INVOICE_WORDS: Final = frozenset({"PENDING", "PAID", "SETTLED", "EXPIRED"})
_DISPUTES: Final[Mapping[str, DisputeStatus]] = {"WON": DisputeStatus.WON, "LOST": DisputeStatus.LOST}


def verify(*, headers: Mapping[str, str], secrets: Sequence[str]) -> None:
    """Accept if the token equals any secret, compared in constant time; raises `SignatureInvalidError`."""
    given = header_of(headers, TOKEN_HEADER)
    matches = [hmac.compare_digest(secret.encode(), given.encode()) for secret in secrets if secret]
    if not given or not any(matches):
        raise SignatureInvalidError("The webhook's x-callback-token is not the account's.")


def parse(*, headers: Mapping[str, str], body: bytes) -> WebhookEvent:
    """Read an event of v3 or v2, or an invoice's callback; raises `WebhookUnreadableError` for any other body."""
    raw = object_of(body, loads=loads)
    name = text_of(raw.get("event"))
    given = header_of(headers, ID_HEADER)[:_LONGEST_ID]
    if name is not None and name.startswith("dispute."):
        return _of_dispute(name, raw, given)
    if name is not None:
        return _of_event(name, raw, given, body)
    if text_of(raw.get("id")) and text_of(raw.get("external_id")) and text_of(raw.get("status")) in _INVOICE_WORDS:
        return _of_invoice(raw, given)
    if text_of(raw.get("callback_virtual_account_id")):
        return _other("virtual_account.callback", raw, given, body)
    raise WebhookUnreadableError("The webhook's body has no event, and is no invoice.")


def _of_event(name: str, raw: Mapping[str, Any], given: str, body: bytes) -> WebhookEvent:
    data = dict_of(raw.get("data"))
    request_id = text_of(data.get("payment_request_id"))
    kind = _kind(name, request_id)
    own_id, payment_id = text_of(data.get("id")), text_of(data.get("payment_id"))
    # A refund has an id of its own, and names the payment beside.
    told = (own_id or payment_id) if kind is EventKind.REFUND else (payment_id or own_id)
    reusable = data.get("type") == payments.REUSABLE
    reference, attempt_id = facts.references_of(data)
    named = payment_id if reusable and payment_id else request_id or text_of(data.get("invoice_id"))
    status = text_of(data.get("status"))
    composed = f"{told}:{name}:{status}" if told and status else None
    return WebhookEvent(
        event_id=given or composed or _digest(body),
        type=name,
        psp_payment_id=named or payment_id or (own_id if kind is EventKind.PAYMENT else None),
        transaction_ref=reference,
        attempt_id=attempt_id,
        occurred_at=iso_time(raw.get("created")),
        kind=kind,
    )


def _kind(name: str, request_id: str | None) -> EventKind:
    if name.startswith("refund."):
        return EventKind.REFUND
    if name.startswith(("payment.", "payment_request.")) or (name.startswith("payment_session.") and request_id):
        return EventKind.PAYMENT
    return EventKind.OTHER


def _of_invoice(raw: Mapping[str, Any], given: str) -> WebhookEvent:
    own_id, status = str(raw["id"]), str(raw["status"])
    return WebhookEvent(
        event_id=given or f"{own_id}:invoice:{status}",
        type=f"invoice.{status.lower()}",
        psp_payment_id=own_id,
        transaction_ref=facts.references_of(raw)[0],
        attempt_id=facts.attempt_of_page(raw),
        occurred_at=iso_time(raw.get("updated")) or iso_time(raw.get("created")),
        kind=EventKind.PAYMENT,
    )


def _of_dispute(name: str, raw: Mapping[str, Any], given: str) -> WebhookEvent:
    own_id = text_of(raw.get("id"))
    if own_id is None:
        raise WebhookUnreadableError("The dispute has no id.")
    word = text_of(raw.get("status")) or ""
    money = money_of(dict_of(raw.get("amount")).get("initial"), raw.get("currency"))
    category = text_of(dict_of(raw.get("category")).get("name"))
    return WebhookEvent(
        event_id=given or f"{own_id}:{name}:{word}",
        type=name,
        psp_payment_id=text_of(raw.get("payment_id")),
        transaction_ref=None,
        attempt_id=None,
        occurred_at=iso_time(raw.get("updated_at")),
        kind=EventKind.DISPUTE,
        dispute=DisputeFacts(own_id, _DISPUTES.get(word, DisputeStatus.OPEN), money, category),
    )


def _other(name: str, raw: Mapping[str, Any], given: str, body: bytes) -> WebhookEvent:
    return WebhookEvent(
        event_id=given or _digest(body),
        type=name,
        psp_payment_id=None,
        transaction_ref=None,
        attempt_id=None,
        occurred_at=iso_time(raw.get("updated")) or iso_time(raw.get("created")),
        kind=EventKind.OTHER,
    )


def _digest(body: bytes) -> str:
    return f"sha256:{hashlib.sha256(body).hexdigest()}"

"""A provider's webhook in: verified on its raw bytes, stored once, answered. Everything else comes later."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from app.db.models import PspAccount
from app.db.queries.psp import insert_event
from app.db.queries.psp_accounts import account_with_mode
from app.domain.errors import NotFoundError
from app.domain.ids import PSP_EVENT, new_id
from app.domain.payments.errors import WebhookUnreadableError
from app.domain.payments.facts import EventKind
from app.domain.payments.port import Credentials, PaymentsPort, WebhookEvent
from app.infra.crypto import Crypto
from app.infra.metrics import PSP_EVENTS
from app.services.outbox import Topic
from app.services.payments.accounts import open_account, valid_webhook_secrets
from app.services.psp_events.source import usable_ref

LONGEST_EVENT_ID: Final = 255


def receive_event(
    session: Session,
    *,
    payments: PaymentsPort,
    crypto: Crypto,
    psp: str,
    account_id: str,
    headers: Mapping[str, str],
    body: bytes,
    now: datetime,
) -> bool:
    """Verify a webhook on its raw bytes and store it once; False if it came before.

    An event of which nothing can follow is kept as `ignored` at once. The event's id is stored as it was
    read here, headers and all, so that processing needs the body alone. `now` is the machine's time.
    Raises `NotFoundError` for an account that is not there, `SignatureInvalidError`, and
    `WebhookUnreadableError`.
    """
    found = account_with_mode(session, account_id=account_id, psp=psp)
    if found is None:
        raise NotFoundError("There is no such account.")
    account, mode = found
    credentials = valid_webhook_secrets(account, open_account(account, crypto=crypto, live=mode == "live"), now=now)
    payments.verify_webhook(credentials, headers=headers, body=body, now=now)
    hint = _read(payments, credentials, headers, body)
    if not insert_event(session, values=_row(account, hint, body, now), topic=Topic.PROCESS_PSP_EVENT):
        PSP_EVENTS.labels(account.psp, "repeated").inc()
        return False
    PSP_EVENTS.labels(account.psp, "ignored" if hint.kind is EventKind.OTHER else "stored").inc()
    return True


def _read(payments: PaymentsPort, credentials: Credentials, headers: Mapping[str, str], body: bytes) -> WebhookEvent:
    try:
        hint = payments.parse_webhook(credentials, headers=headers, body=body)
    except (RecursionError, UnicodeError):
        raise WebhookUnreadableError("The webhook's body cannot be read.") from None
    if not 0 < len(hint.event_id) <= LONGEST_EVENT_ID or "\0" in hint.event_id + hint.type:
        raise WebhookUnreadableError("The webhook's event id or type is no such thing.")
    return hint


def _row(account: PspAccount, hint: WebhookEvent, body: bytes, now: datetime) -> dict[str, object]:
    ignored = hint.kind is EventKind.OTHER
    return {
        "id": new_id(PSP_EVENT, now=now),
        "organization_id": account.organization_id,
        "psp_account_id": account.id,
        "event_id": hint.event_id,
        "type": hint.type[:LONGEST_EVENT_ID],
        "transaction_ref": usable_ref(hint.transaction_ref),
        "body": body,
        "status": "ignored" if ignored else "pending",
        "received_at": now,
        "processed_at": now if ignored else None,
    }

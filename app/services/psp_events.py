"""Webhooks of providers: stored first, then taken as hints. The payment itself says what is true."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from app.db.models import Organization, PspAccount, PspEvent
from app.db.queries import psp as queries
from app.db.queries.attempts import lock_work
from app.db.queries.psp import account_with_mode, insert_event, lock_event
from app.db.queries.scoped import get_owned
from app.db.session import Begin
from app.domain.errors import NotFoundError, UnavailableError
from app.domain.ids import ATTEMPT, PSP_EVENT, is_id, new_id
from app.domain.payments.errors import WebhookUnreadableError
from app.domain.payments.port import Credentials, Outcome, PaymentResult, PaymentsPort, WebhookEvent
from app.domain.recovery.states import AttemptStatus
from app.infra.clock import Clock
from app.infra.crypto import Crypto
from app.services.outbox import Topic, enqueue
from app.services.payments.accounts import open_account
from app.services.recovery.settle import settle_capture, settle_refusal

LONGEST_EVENT_ID: Final = 255


class PaymentUnreadableError(UnavailableError):
    """The payment that a webhook names could not be read; the webhook is processed again later."""

    default_code = "payment_unreadable"


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

    `now` is the machine's time. Raises `NotFoundError` for an account that is not there,
    `SignatureInvalidError`, and `WebhookUnreadableError`.
    """
    found = account_with_mode(session, account_id=account_id, psp=psp)
    if found is None:
        raise NotFoundError("There is no such account.")
    account, mode = found
    credentials = open_account(account, crypto=crypto, live=mode == "live")
    payments.verify_webhook(credentials, headers=headers, body=body, now=now)
    hint = payments.parse_webhook(credentials, body)
    if len(hint.event_id) > LONGEST_EVENT_ID or "\0" in hint.event_id + hint.type:
        raise WebhookUnreadableError("The webhook's event id or type is no such thing.")
    event = PspEvent(
        id=new_id(PSP_EVENT, now=now),
        organization_id=account.organization_id,
        psp_account_id=account.id,
        event_id=hint.event_id,
        type=hint.type,
        body=body,
        status="pending",
        received_at=now,
    )
    if not insert_event(session, event=event):
        return False
    enqueue(session, topic=Topic.PROCESS_PSP_EVENT, payload={"psp_event_id": event.id})
    return True


def process_event(begin: Begin, *, payments: PaymentsPort, crypto: Crypto, clock: Clock, psp_event_id: str) -> None:
    """Act on a stored event, once: read the payment it names, and bring the attempt in line with it.

    Raises what the provider's answer or the database raises, so that it is tried again.
    """
    with begin() as session:
        event, credentials, offset_now = _open(session, crypto, psp_event_id, clock)
        if event.status not in {"pending", "dead"}:
            return
        hint = payments.parse_webhook(credentials, event.body)
    found = None
    if hint.attempt_id is not None and is_id(hint.attempt_id, ATTEMPT):
        found = payments.retrieve_payment(
            credentials, psp_payment_id=hint.psp_payment_id, attempt_id=hint.attempt_id, now=offset_now
        )
    if found is not None and found.status is None:
        raise PaymentUnreadableError(found.detail or "The payment could not be read.", retry_after=timedelta(minutes=1))
    with begin() as session:
        applied = found is not None and _apply(session, hint, found, credentials, clock)
        event = _locked(session, psp_event_id)
        event.status, event.processed_at, event.error = ("processed" if applied else "ignored"), clock.now(), None


def bury_event(session: Session, *, psp_event_id: str, error: str) -> None:
    """Set an event aside that could not be processed; it stays listed, and can be replayed."""
    event = _locked(session, psp_event_id)
    event.status, event.error = "dead", error[:2000]


def replay_event(session: Session, *, organization_id: str, psp_event_id: str) -> PspEvent:
    """Have a stored event processed again; raises `NotFoundError`."""
    event = lock_event(session, event_id=psp_event_id, organization_id=organization_id)
    if event is None:
        raise NotFoundError("There is no such event.")
    event.status, event.error, event.processed_at = "pending", None, None
    enqueue(session, topic=Topic.PROCESS_PSP_EVENT, payload={"psp_event_id": event.id})
    return event


def list_events(
    session: Session, *, organization_id: str, status: str | None, after: str | None, limit: int
) -> Sequence[PspEvent]:
    """Return an organization's inbound events, the newest first, and one more than `limit` if there are more."""
    return queries.list_events(session, organization_id=organization_id, status=status, before=after, limit=limit + 1)


def get_event(session: Session, *, organization_id: str, psp_event_id: str) -> PspEvent:
    """Return one inbound event; raises `NotFoundError`."""
    return get_owned(session, PspEvent, organization_id=organization_id, row_id=psp_event_id)


def _apply(session: Session, hint: WebhookEvent, found: PaymentResult, credentials: Credentials, clock: Clock) -> bool:
    """Bring an attempt in line with its payment; False if the attempt is not this account's, or nothing is new."""
    work = lock_work(session, attempt_id=hint.attempt_id or "")
    if work is None or work.attempt.psp_account_id != credentials.account_id:
        return False
    now = clock.now() + work.organization.clock_offset
    if found.outcome is Outcome.SUCCEEDED:
        settle_capture(session, work, found, account_id=credentials.account_id, now=now)
        return True
    final = found.outcome in {Outcome.DECLINED, Outcome.REQUIRES_ACTION}
    if final and work.attempt.status == AttemptStatus.UNKNOWN:
        settle_refusal(session, work, found, psp=credentials.psp, now=now)
        return True
    return False


def _open(session: Session, crypto: Crypto, psp_event_id: str, clock: Clock) -> tuple[PspEvent, Credentials, datetime]:
    event = _locked(session, psp_event_id)
    account = session.get_one(PspAccount, event.psp_account_id)
    organization = session.get_one(Organization, event.organization_id)
    credentials = open_account(account, crypto=crypto, live=organization.mode == "live")
    return event, credentials, clock.now() + organization.clock_offset


def _locked(session: Session, psp_event_id: str) -> PspEvent:
    event = lock_event(session, event_id=psp_event_id)
    if event is None:
        raise NotFoundError("There is no such event.")
    return event

"""A stored webhook, acted upon: the payment it names is read, and what is known is brought in line with it."""

import re
from datetime import timedelta
from typing import Final

from sqlalchemy.orm import Session

from app.db.models import Organization, PspAccount, PspEvent
from app.db.queries.psp import lock_event
from app.db.queries.psp_inbound import find_transaction
from app.db.session import Begin
from app.domain.errors import NotFoundError, UnavailableError
from app.domain.ingest.accept import ReportRefusedError
from app.domain.payments.errors import CallDeferredError
from app.domain.payments.facts import EventKind
from app.domain.payments.port import PaymentResult, PaymentsPort, WebhookEvent
from app.infra.clock import Clock
from app.infra.crypto import Crypto
from app.infra.metrics import PSP_EVENTS
from app.services.outbox import Topic, enqueue
from app.services.psp_events.apply import Effect, apply_told
from app.services.psp_events.source import Source, Told, open_source

# An event that tells of success can matter only to a payment that we know. What is read this way decides nothing.
_SUCCESS: Final = re.compile(
    r"(succeed(ed)?|success|captured?|paid|completed|charged|authoriz(ed|ation)|approved)$", re.IGNORECASE
)
_UNREADABLE_WAIT: Final = timedelta(minutes=1)


class PaymentUnreadableError(UnavailableError):
    """The payment that a webhook names could not be read; the webhook is processed again later."""

    default_code = "payment_unreadable"


def process_event(begin: Begin, *, payments: PaymentsPort, crypto: Crypto, clock: Clock, psp_event_id: str) -> None:
    """Act on a stored event; safe to repeat, whatever order events come in.

    While the provider may not be called, the event waits without using up a try. Raises what the
    provider's answer or the database raises, so that it is tried again.
    """
    with begin() as session:
        event = _locked(session, psp_event_id)
        if event.status not in {"pending", "dead"}:
            return
        source = _source(session, event, crypto)
        if source is None:
            _end(event, "ignored", clock, error="The account was deleted.")
            return
        hint = payments.parse_webhook(source.credentials, headers={}, body=event.body)
        wanted = _is_wanted(session, source, hint)
    try:
        effect, error = _act(begin, payments, source, hint, clock) if wanted else (Effect.NOTHING, None)
    except CallDeferredError as deferred:
        _wait(begin, psp_event_id, deferred.retry_after)
        return
    with begin() as session:
        event = _locked(session, psp_event_id)
        if not wanted and _is_wanted(session, source, hint):
            # What it is about became known while it was looked at.
            enqueue(session, topic=Topic.PROCESS_PSP_EVENT, payload={"psp_event_id": psp_event_id})
            return
        _end(event, "ignored" if effect is Effect.NOTHING else "processed", clock, error=error)
    PSP_EVENTS.labels(source.credentials.psp, event.status).inc()


def bury_event(session: Session, *, psp_event_id: str, error: str) -> None:
    """Set an event aside that could not be processed; it stays listed, and can be replayed."""
    event = _locked(session, psp_event_id)
    event.status, event.error = "dead", error[:2000]
    PSP_EVENTS.labels(session.get_one(PspAccount, event.psp_account_id).psp, "dead").inc()


def _act(
    begin: Begin, payments: PaymentsPort, source: Source, hint: WebhookEvent, clock: Clock
) -> tuple[Effect, str | None]:
    told = Told(_read(payments, source, hint, clock), hint)
    if told.found is None and hint.dispute is None:
        return Effect.NOTHING, "The provider knows no such payment."
    try:
        return apply_told(begin, source=source, told=told, clock=clock), None
    except ReportRefusedError as refused:
        return Effect.NOTHING, refused.detail


def _read(payments: PaymentsPort, source: Source, hint: WebhookEvent, clock: Clock) -> PaymentResult | None:
    """Read the payment that an event names: what the event itself says of it is not believed."""
    attempt_id = Told(None, hint).attempt_id
    if not hint.psp_payment_id and attempt_id is None:
        return None
    found = payments.retrieve_payment(
        source.credentials,
        psp_payment_id=hint.psp_payment_id,
        attempt_id=attempt_id,
        now=clock.now() + source.clock_offset,
    )
    if found is not None and found.status is None:
        raise PaymentUnreadableError(found.detail or "The payment could not be read.", retry_after=_UNREADABLE_WAIT)
    return found


def _is_wanted(session: Session, source: Source, hint: WebhookEvent) -> bool:
    """Tell whether an event can lead to anything: most of what a provider tells is of payments that went well."""
    told = Told(None, hint)
    if hint.kind is EventKind.OTHER:
        return False
    if told.attempt_id is not None or not _SUCCESS.search(hint.type):
        return True
    found = find_transaction(
        session,
        organization_id=source.organization_id,
        psp_account_id=source.account_id,
        names=told.names,
        transaction_ref=told.transaction_ref,
    )
    return found is not None


def _source(session: Session, event: PspEvent, crypto: Crypto) -> Source | None:
    account = session.get_one(PspAccount, event.psp_account_id)
    if account.deleted_at is not None:
        return None
    return open_source(account, session.get_one(Organization, event.organization_id), crypto=crypto)


def _wait(begin: Begin, psp_event_id: str, wait: timedelta) -> None:
    with begin() as session:
        payload = {"psp_event_id": psp_event_id}
        enqueue(session, topic=Topic.PROCESS_PSP_EVENT, payload=payload, delay=wait)


def _end(event: PspEvent, status: str, clock: Clock, *, error: str | None) -> None:
    event.status, event.processed_at, event.error = status, clock.now(), error


def _locked(session: Session, psp_event_id: str) -> PspEvent:
    event = lock_event(session, event_id=psp_event_id)
    if event is None:
        raise NotFoundError("There is no such event.")
    return event

"""What a provider's word on a payment leads to; the same for a webhook, the reconciling walk, and a backfill."""

from datetime import timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy.orm import Session

from app.db.queries.attempts import Work, lock_work
from app.db.session import Begin
from app.domain.payments.facts import EventKind
from app.domain.payments.port import Outcome, PaymentResult, PaymentStatus
from app.domain.recovery.states import AttemptStatus
from app.infra.clock import Clock
from app.services.ingest.record import RacedError
from app.services.psp_events.elsewhere import settle_elsewhere
from app.services.psp_events.failures import report_failure
from app.services.psp_events.reversals import record_dispute, record_refund
from app.services.psp_events.source import Source, Told
from app.services.recovery.settle import settle_capture, settle_refusal

RETENTION: Final = timedelta(hours=48)
_TRIES: Final = 3


class Effect(StrEnum):
    """What came of it."""

    NOTHING = "nothing"
    KNOWN = "known"
    """It is about something of ours, and says nothing new."""
    ATTEMPT = "attempt"
    """An attempt of ours was brought in line with its payment."""
    OPENED = "opened"
    """A failure that is not ours was written down: a recovery was opened, or extended."""
    CLOSED = "closed"
    """A payment made elsewhere was booked."""
    RECORDED = "recorded"
    """A refund or dispute was written down, or a wait for the provider's own retry."""


_QUIET: Final = frozenset({Effect.NOTHING, Effect.KNOWN})


def apply_told(begin: Begin, *, source: Source, told: Told, clock: Clock) -> Effect:
    """Bring what we know in line with what a provider says of a payment, in one transaction; safe to repeat.

    Raises `ReportRefusedError` for a failure whose money contradicts what is known.
    """
    for left in reversed(range(_TRIES)):
        try:
            with begin() as session:
                return _apply(session, source, told, clock)
        except RacedError:
            if not left:
                raise
    raise AssertionError("a loop that returned nothing")


def _apply(session: Session, source: Source, told: Told, clock: Clock) -> Effect:
    now = clock.now() + source.clock_offset
    effect = Effect.NOTHING
    if told.found is not None:
        effect = _apply_payment(session, source, told, told.found, clock)
        if record_refund(session, source, told, now=now) and effect in _QUIET:
            effect = Effect.RECORDED
    if told.event is not None and told.event.kind is EventKind.DISPUTE and told.event.dispute is not None:
        disputed = record_dispute(session, source, told, told.event.dispute, now=now)
        effect = Effect.RECORDED if disputed and effect in _QUIET else effect
    return effect


def _apply_payment(session: Session, source: Source, told: Told, found: PaymentResult, clock: Clock) -> Effect:
    now = clock.now() + source.clock_offset
    if told.attempt_id is not None:
        # A payment that Tinko made is never taken for the merchant's own, whoever's attempt it was.
        return _apply_to_attempt(session, source, told.attempt_id, found, clock)
    if found.outcome is Outcome.SUCCEEDED:
        return Effect(settle_elsewhere(session, source, told, found, now=now))
    if found.decline is not None and found.status in {PaymentStatus.DECLINED, PaymentStatus.REQUIRES_ACTION}:
        return Effect(report_failure(session, source, told, found, clock=clock, retention=RETENTION))
    return Effect.NOTHING


def _apply_to_attempt(session: Session, source: Source, attempt_id: str, found: PaymentResult, clock: Clock) -> Effect:
    work = lock_work(session, attempt_id=attempt_id)
    if work is None or work.attempt.psp_account_id != source.account_id:
        return Effect.NOTHING
    return _bring_in_line(session, source, work, found, clock)


def _bring_in_line(session: Session, source: Source, work: Work, found: PaymentResult, clock: Clock) -> Effect:
    """Bring an attempt in line with its payment. What was captured stays captured."""
    now = clock.now() + work.organization.clock_offset
    if found.outcome is Outcome.SUCCEEDED:
        news = work.attempt.status != AttemptStatus.SUCCEEDED
        settle_capture(session, work, found, account_id=source.account_id, now=now)
        return Effect.ATTEMPT if news else Effect.KNOWN
    final = found.outcome in {Outcome.DECLINED, Outcome.REQUIRES_ACTION}
    if final and work.attempt.status == AttemptStatus.UNKNOWN:
        settle_refusal(session, work, found, psp=source.credentials.psp, now=now)
        return Effect.ATTEMPT
    return Effect.NOTHING

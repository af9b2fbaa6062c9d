"""How a hosted payment page ends without a payment, and what an answer about one means."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from app.db.queries.attempts import Work
from app.db.queries.links import end_checkouts
from app.domain.payments.ladder import next_check_after
from app.domain.payments.port import Outcome, PaymentResult, PaymentStatus
from app.domain.recovery.states import AttemptStatus, RecoveryStatus
from app.services.recovery.end_attempt import end_without_call
from app.services.recovery.waking import waits_for_its_time
from app.services.timeline import note

_ENDED: Final = frozenset({PaymentStatus.CANCELLED, PaymentStatus.DECLINED})


def release_checkout(session: Session, work: Work, *, outcome: str, why: str, now: datetime) -> None:
    """Give the charge lease back: the payer may open another page, and automatic retries go on."""
    attempt, recovery = work.attempt, work.recovery
    end_checkouts(session, attempt_id=attempt.id, outcome=outcome, now=now)
    if recovery.status != RecoveryStatus.OPEN:
        end_without_call(session, work, status=AttemptStatus.CANCELLED, code="recovery_ended", now=now)
        return
    attempt.status, attempt.leased_until, attempt.psp_payment_id = AttemptStatus.SCHEDULED, None, None
    attempt.checks_done = 0
    waits = waits_for_its_time(attempt) and recovery.paused_at is None
    attempt.wake_at = max(attempt.due_at, now) if waits else None
    session.flush()
    note(session, recovery, what=f"checkout_{outcome}", who="tinko", why=why, now=now, attempt_id=attempt.id)


def page_is_over(result: PaymentResult) -> bool:
    """Tell whether a provider says that a page has ended unpaid, so that nobody can pay there any more."""
    return result.outcome is Outcome.DECLINED and result.status in _ENDED


def settle_page(
    session: Session, work: Work, answer: PaymentResult | None, *, deferred: timedelta | None, now: datetime
) -> None:
    """Record what a look-up said of a page whose time is over, unless it was paid.

    A page that is open still, and whose payer does nothing, gives the lease back; a payment that is
    on its way, or a provider that does not answer, is asked again on the ladder.
    """
    attempt = work.attempt
    undecided = deferred is not None or (answer is not None and answer.outcome in {Outcome.UNKNOWN, Outcome.ERROR})
    if not undecided:
        release_checkout(session, work, outcome="abandoned", why="The payment page ended unpaid.", now=now)
        return
    wait = deferred or next_check_after(attempt.checks_done)
    if deferred is None:
        attempt.checks_done += 1
    attempt.leased_until, attempt.wake_at = None, None if wait is None else now + wait
    if wait is None:
        work.recovery.needs_attention = "outcome_unknown"
    why = "Nobody knows yet whether the payer paid; nothing else may charge meanwhile."
    note(session, work.recovery, what="outcome_unknown", who="tinko", why=why, now=now, attempt_id=attempt.id)

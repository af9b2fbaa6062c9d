"""How an attempt ends, whatever its result, and what that means for its recovery."""

from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from app.db.queries.attempts import Work
from app.domain.recovery.states import AttemptStatus, RecoveryStatus, check_attempt
from app.services.recovery.follow_up import plan_next
from app.services.timeline import note

OUTCOME_UNKNOWN: Final = "outcome_unknown"


def end_attempt(
    session: Session,
    work: Work,
    *,
    status: AttemptStatus,
    code: str | None,
    detail: str | None,
    who: str,
    now: datetime,
) -> None:
    """Bring an attempt to an end, with its reason in the timeline; raises `IllegalTransitionError`."""
    attempt = work.attempt
    check_attempt(AttemptStatus(attempt.status), status)
    attempt.status, attempt.finished_at = status, now
    attempt.wake_at, attempt.leased_until = None, None
    attempt.result_code, attempt.result_detail = code, detail
    if work.recovery.needs_attention == OUTCOME_UNKNOWN:
        work.recovery.needs_attention = None
    why = detail or code or f"The attempt {status}."
    note(
        session,
        work.recovery,
        what=f"attempt_{status}",
        who=who,
        why=why,
        now=now,
        attempt_id=attempt.id,
        code=code,
        psp_payment_id=attempt.psp_payment_id,
    )
    session.flush()


def end_without_call(
    session: Session, work: Work, *, status: AttemptStatus, code: str, now: datetime, detail: str | None = None
) -> None:
    """End an attempt for which no provider was called, and plan on if the recovery is still open."""
    end_attempt(session, work, status=status, code=code, detail=detail or _WORDS[code], who="tinko", now=now)
    if status is AttemptStatus.ERROR:
        count_and_plan(session, work, now=now)


def count_and_plan(session: Session, work: Work, *, now: datetime, status_unreadable: bool = False) -> None:
    """Count the ended charge, and plan what follows while the recovery is open."""
    recovery = work.recovery
    recovery.charges_made += 1
    if recovery.status == RecoveryStatus.OPEN:
        plan_next(
            session,
            recovery=recovery,
            transaction=work.transaction,
            now=now,
            status_unreadable=status_unreadable,
        )


_WORDS = {
    "recovery_ended": "The recovery has ended, so nobody is charged.",
    "no_saved_method": "There is no saved method to charge.",
}

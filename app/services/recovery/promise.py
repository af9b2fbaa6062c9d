"""A day that suits the payer: the plan moves there, and nobody writes to them before."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.db.queries.attempts import in_flight_of, scheduled_of
from app.db.queries.recoveries import lock_case
from app.domain.errors import ConflictError, FieldError, InvalidError, NotFoundError
from app.domain.recovery.states import AttemptKind, RecoveryStatus
from app.services.recovery.allowed import check_wait
from app.services.recovery.follow_up import facts_of
from app.services.recovery.waking import waits_for_its_time
from app.services.timeline import note


def promise(session: Session, *, recovery_id: str, due_at: datetime, now: datetime) -> bool:
    """Move every planned step of a recovery to the time that its payer chose; True if a charge is made then.

    Without one, the payer is written to then. Raises `InvalidError` for a
    time in the past or after the window, `ConflictError` where nothing can be moved, and
    `NotAllowedNowError` where a network rule asks for a longer wait.
    """
    case = lock_case(session, recovery_id=recovery_id)
    if case is None:
        raise NotFoundError("There is no such recovery.")
    recovery = case.recovery
    planned = scheduled_of(session, recovery_id=recovery.id)
    in_flight = in_flight_of(session, transaction_id=recovery.transaction_id)
    if recovery.status != RecoveryStatus.OPEN or in_flight is not None or not planned:
        raise ConflictError("Nothing can be moved now.", code="nothing_planned")
    if not now < due_at <= recovery.window_ends_at:
        detail = f"must be between now and the end of the window, {recovery.window_ends_at.isoformat()}"
        raise InvalidError(f"The day {detail}.", errors=(FieldError("/day", detail),))
    charges = any(attempt.kind == AttemptKind.CHARGE for attempt in planned)
    if charges:
        check_wait(facts_of(session, recovery=recovery, transaction=case.transaction), at=due_at)
    for attempt in planned:
        attempt.due_at = due_at
        if attempt.kind == AttemptKind.LINK:
            attempt.started_at = None  # they are asked again on their day
        attempt.wake_at = due_at if waits_for_its_time(attempt) and recovery.paused_at is None else None
    recovery.promised_for = due_at
    why = f"The payer chose {due_at.isoformat(timespec='minutes')}."
    note(session, recovery, what="promised", who="payer", why=why, now=now, due_at=due_at.isoformat())
    return charges

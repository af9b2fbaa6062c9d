"""What staff and merchants' servers may do with a recovery: retry, cancel, pause, resume, move.

Each act is checked by `allowed`, on rows that are locked; `do` does one to a recovery that is locked already.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final

from sqlalchemy.orm import Session

from app.db.models import Recovery
from app.db.queries.attempts import in_flight_of, scheduled_of
from app.db.queries.recoveries import lock_case
from app.domain.errors import FieldError, InvalidError
from app.domain.recovery.plan import Step
from app.domain.recovery.states import AttemptKind, AttemptStatus, RecoveryStatus, check_recovery
from app.services.recovery import allowed
from app.services.recovery.allowed import Action, AlreadySoError, NotAllowedNowError, Situation, find_situation
from app.services.recovery.follow_up import add_attempt
from app.services.recovery.waking import waits_for_its_time
from app.services.timeline import note

__all__ = [
    "NotAllowedNowError",
    "acknowledge",
    "cancel",
    "check_now",
    "do",
    "end_window",
    "move_next",
    "pause",
    "resume",
    "retry_now",
]


def retry_now(session: Session, *, organization_id: str, recovery_id: str, actor: str, now: datetime) -> Recovery:
    """Have a charge made at once; an exhausted recovery is opened again for it.

    Raises `NotAllowedNowError` with the rule's name where no charge may be made, also not by a
    person, and `NotFoundError`.
    """
    situation = find_situation(session, organization_id=organization_id, recovery_id=recovery_id, lock=True)
    return _retry(session, situation, actor, now)


def cancel(session: Session, *, organization_id: str, recovery_id: str, actor: str, now: datetime) -> Recovery:
    """End an open recovery; a charge that is under way is still followed to its end. Raises `ConflictError`."""
    situation = find_situation(session, organization_id=organization_id, recovery_id=recovery_id, lock=True)
    return _cancel(session, situation, actor, now)


def pause(session: Session, *, organization_id: str, recovery_id: str, actor: str, now: datetime) -> Recovery:
    """Hold every planned step of an open recovery until it is resumed. Raises `ConflictError`."""
    situation = find_situation(session, organization_id=organization_id, recovery_id=recovery_id, lock=True)
    try:
        return _pause(session, situation, actor, now)
    except AlreadySoError:
        return situation.recovery


def resume(session: Session, *, organization_id: str, recovery_id: str, actor: str, now: datetime) -> Recovery:
    """Let a paused recovery go on; what fell due meanwhile is due now. Raises `ConflictError`."""
    situation = find_situation(session, organization_id=organization_id, recovery_id=recovery_id, lock=True)
    try:
        return _resume(session, situation, actor, now)
    except AlreadySoError:
        return situation.recovery


def move_next(
    session: Session, *, organization_id: str, recovery_id: str, due_at: datetime, actor: str, now: datetime
) -> Recovery:
    """Move the next planned step to another time, inside the window.

    Raises `ConflictError` if none is planned, `InvalidError` for a time in the past or after the
    window, `NotAllowedNowError` where a network rule asks for a longer wait.
    """
    situation = find_situation(session, organization_id=organization_id, recovery_id=recovery_id, lock=True)
    recovery, attempt = situation.recovery, allowed.check_move(situation)
    if not now <= due_at <= recovery.window_ends_at:
        detail = f"must be between now and the end of the window, {recovery.window_ends_at.isoformat()}"
        raise InvalidError(f"due_at {detail}.", errors=(FieldError("/due_at", detail),))
    if attempt.kind == AttemptKind.CHARGE:
        allowed.check_charge_at(situation, at=due_at)
    attempt.due_at = due_at
    if waits_for_its_time(attempt) and recovery.paused_at is None:
        attempt.wake_at = due_at
    why = f"{actor} moved the next step."
    _note(session, recovery, "attempt_moved", actor, why, now, attempt_id=attempt.id, due_at=due_at.isoformat())
    return recovery


def check_now(session: Session, *, organization_id: str, recovery_id: str, actor: str, now: datetime) -> Recovery:
    """Have the provider asked at once what became of a charge whose outcome is unknown, and again on the ladder.

    Raises `ConflictError` if no outcome is unknown.
    """
    situation = find_situation(session, organization_id=organization_id, recovery_id=recovery_id, lock=True)
    recovery, attempt = situation.recovery, allowed.check_look(situation)
    attempt.wake_at, attempt.checks_done = now, 0
    recovery.needs_attention = None
    why = f"{actor} had the provider asked again."
    _note(session, recovery, "outcome_checked", actor, why, now, attempt_id=attempt.id)
    return recovery


def acknowledge(session: Session, *, organization_id: str, recovery_id: str, actor: str, now: datetime) -> Recovery:
    """Take a recovery off the list of those that need a person. Raises `ConflictError` if it is not on it."""
    situation = find_situation(session, organization_id=organization_id, recovery_id=recovery_id, lock=True)
    allowed.check_acknowledge(situation)
    recovery = situation.recovery
    why = f"{actor} looked at it: {recovery.needs_attention}."
    recovery.needs_attention = None
    _note(session, recovery, "acknowledged", actor, why, now)
    return recovery


def do(session: Session, situation: Situation, action: Action, *, actor: str, now: datetime) -> Recovery:
    """Retry, cancel, pause or resume a recovery that is locked; raises what those raise, and `AlreadySoError`."""
    return _ACTS[action](session, situation, actor, now)


def end_window(session: Session, *, recovery_id: str, now: datetime) -> bool:
    """End a recovery whose window is over, unless a charge is still in flight; `now` is the machine's time."""
    case = lock_case(session, recovery_id=recovery_id)
    if case is None:
        return False
    recovery, org_now = case.recovery, now + case.organization.clock_offset
    in_flight = in_flight_of(session, transaction_id=recovery.transaction_id)
    if recovery.status != RecoveryStatus.OPEN or recovery.window_ends_at > org_now or in_flight:
        return False
    recovery.status, recovery.ended_at, recovery.paused_at = RecoveryStatus.EXHAUSTED, org_now, None
    for attempt in scheduled_of(session, recovery_id=recovery.id):
        attempt.status, attempt.wake_at = AttemptStatus.EXPIRED, None
        attempt.leased_until, attempt.finished_at = None, org_now
    why = "The policy's window is over and the money did not come back."
    _note(session, recovery, "exhausted", "rule:policy.window", why, org_now)
    return True


def _retry(session: Session, situation: Situation, actor: str, now: datetime) -> Recovery:
    allowed.check_retry(situation, now=now)
    recovery, facts = situation.recovery, situation.facts
    if recovery.status == RecoveryStatus.EXHAUSTED:
        _open_again(session, situation, actor=actor, now=now)
    _go_on(situation, now=now)
    why, charge = f"{actor} asked for a retry now.", situation.planned_charge
    if charge is None:
        step = Step(AttemptKind.CHARGE, now, "staff.retry", why, check_first=facts.must_check_first())
        add_attempt(session, recovery=recovery, step=step, fingerprint=facts.fingerprint(), now=now)
    else:
        charge.due_at = charge.wake_at = now
        _note(session, recovery, "attempt_moved", actor, why, now, attempt_id=charge.id, due_at=now.isoformat())
    return recovery


def _cancel(session: Session, situation: Situation, actor: str, now: datetime) -> Recovery:
    allowed.check_cancel(situation)
    recovery = situation.recovery
    recovery.status, recovery.ended_at, recovery.paused_at = RecoveryStatus.CANCELLED, now, None
    for attempt in situation.planned:
        attempt.status, attempt.wake_at = AttemptStatus.CANCELLED, None
        attempt.leased_until, attempt.finished_at = None, now
    _note(session, recovery, "cancelled", actor, f"{actor} cancelled the recovery.", now)
    return recovery


def _pause(session: Session, situation: Situation, actor: str, now: datetime) -> Recovery:
    allowed.check_pause(situation)
    recovery = situation.recovery
    recovery.paused_at = now
    for attempt in situation.planned:
        attempt.wake_at = None
    _note(session, recovery, "paused", actor, f"{actor} paused the recovery.", now)
    return recovery


def _resume(session: Session, situation: Situation, actor: str, now: datetime) -> Recovery:
    allowed.check_resume(situation)
    _go_on(situation, now=now)
    _note(session, situation.recovery, "resumed", actor, f"{actor} resumed the recovery.", now)
    return situation.recovery


def _go_on(situation: Situation, *, now: datetime) -> None:
    """Let every planned step of a paused recovery wait for its time again."""
    if situation.recovery.paused_at is None:
        return
    situation.recovery.paused_at = None
    for attempt in situation.planned:
        attempt.due_at = max(attempt.due_at, now)
        attempt.wake_at = attempt.due_at if waits_for_its_time(attempt) else None


def _open_again(session: Session, situation: Situation, *, actor: str, now: datetime) -> None:
    recovery = situation.recovery
    check_recovery(RecoveryStatus(recovery.status), RecoveryStatus.OPEN)
    recovery.status, recovery.ended_at = RecoveryStatus.OPEN, None
    recovery.window_ends_at = max(recovery.window_ends_at, now + situation.facts.policy.window)
    session.flush()
    _note(session, recovery, "reopened", actor, f"{actor} opened the recovery again.", now)


def _note(session: Session, recovery: Recovery, what: str, who: str, why: str, now: datetime, **facts: object) -> None:
    note(session, recovery, what=what, who=who, why=why, now=now, **facts)


_ACTS: Final[Mapping[Action, Callable[[Session, Situation, str, datetime], Recovery]]] = MappingProxyType(
    {Action.RETRY: _retry, Action.CANCEL: _cancel, Action.PAUSE: _pause, Action.RESUME: _resume}
)

"""What staff and merchants' servers may do with a recovery: retry, cancel, pause, resume, move."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.db.models import Attempt, Recovery
from app.db.queries.attempts import in_flight_of, scheduled_of
from app.db.queries.charges import payment_of
from app.db.queries.recoveries import Case, latest_of, lock_case
from app.domain.classification import Hardness, Retry
from app.domain.errors import ConflictError, FieldError, InvalidError, NotFoundError
from app.domain.network_rules import Level, hold, source_of
from app.domain.recovery.plan import Facts, Step
from app.domain.recovery.states import AttemptKind, AttemptStatus, RecoveryStatus, check_recovery
from app.services.network_rules.history import charge_of, history_of
from app.services.recovery.follow_up import add_attempt, facts_of
from app.services.recovery.waking import waits_for_its_time
from app.services.timeline import note


class NotAllowedNowError(ConflictError):
    """A rule forbids it; `code` is `retry_forbidden`, and the words begin with the rule's name."""

    default_code = "retry_forbidden"


def retry_now(session: Session, *, organization_id: str, recovery_id: str, actor: str, now: datetime) -> Recovery:
    """Have a charge made at once; an exhausted recovery is opened again for it.

    Raises `NotAllowedNowError` with the rule's name where no charge may be made, also not by a
    person, and `NotFoundError`.
    """
    case = _case(session, organization_id, recovery_id)
    recovery = case.recovery
    if recovery.status not in {RecoveryStatus.OPEN, RecoveryStatus.EXHAUSTED}:
        _refuse("recovery.ended", f"the recovery is {recovery.status}")
    facts = facts_of(session, recovery=recovery, transaction=case.transaction)
    _check_lawful(session, case, facts, now=now)
    if recovery.status == RecoveryStatus.EXHAUSTED:
        _open_again(session, case, facts, actor=actor, now=now)
    _go_on(session, recovery, now=now)
    charge = _planned_charge(session, recovery)
    why = f"{actor} asked for a retry now."
    if charge is None:
        step = Step(AttemptKind.CHARGE, now, "staff.retry", why, check_first=facts.must_check_first())
        add_attempt(session, recovery=recovery, step=step, fingerprint=facts.fingerprint(), now=now)
    else:
        charge.due_at = charge.wake_at = now
        _note(session, recovery, "attempt_moved", actor, why, now, attempt_id=charge.id, due_at=now.isoformat())
    return recovery


def cancel(session: Session, *, organization_id: str, recovery_id: str, actor: str, now: datetime) -> Recovery:
    """End an open recovery; a charge that is under way is still followed to its end. Raises `ConflictError`."""
    case = _case(session, organization_id, recovery_id)
    recovery = case.recovery
    check_recovery(RecoveryStatus(recovery.status), RecoveryStatus.CANCELLED)
    recovery.status, recovery.ended_at, recovery.paused_at = RecoveryStatus.CANCELLED, now, None
    _end_planned(session, recovery, AttemptStatus.CANCELLED, now=now)
    _note(session, recovery, "cancelled", actor, f"{actor} cancelled the recovery.", now)
    return recovery


def pause(session: Session, *, organization_id: str, recovery_id: str, actor: str, now: datetime) -> Recovery:
    """Hold every planned step of an open recovery until it is resumed. Raises `ConflictError`."""
    recovery = _open_recovery(session, organization_id, recovery_id)
    if recovery.paused_at is None:
        recovery.paused_at = now
        for attempt in scheduled_of(session, recovery_id=recovery.id):
            attempt.wake_at = None
        _note(session, recovery, "paused", actor, f"{actor} paused the recovery.", now)
    return recovery


def resume(session: Session, *, organization_id: str, recovery_id: str, actor: str, now: datetime) -> Recovery:
    """Let a paused recovery go on; what fell due meanwhile is due now. Raises `ConflictError`."""
    recovery = _open_recovery(session, organization_id, recovery_id)
    if _go_on(session, recovery, now=now):
        _note(session, recovery, "resumed", actor, f"{actor} resumed the recovery.", now)
    return recovery


def move_next(
    session: Session, *, organization_id: str, recovery_id: str, due_at: datetime, actor: str, now: datetime
) -> Recovery:
    """Move the next planned step to another time, inside the window.

    Raises `ConflictError` if none is planned, `InvalidError` for a time in the past or after the
    window, `NotAllowedNowError` where a network rule asks for a longer wait.
    """
    case = _case(session, organization_id, recovery_id)
    recovery = case.recovery
    planned = scheduled_of(session, recovery_id=recovery.id)
    if recovery.status != RecoveryStatus.OPEN or not planned:
        raise ConflictError("Nothing is planned for this recovery.", code="nothing_planned")
    if not now <= due_at <= recovery.window_ends_at:
        detail = f"must be between now and the end of the window, {recovery.window_ends_at.isoformat()}"
        raise InvalidError(f"due_at {detail}.", errors=(FieldError("/due_at", detail),))
    attempt = planned[0]
    if attempt.kind == AttemptKind.CHARGE:
        check_wait(facts_of(session, recovery=recovery, transaction=case.transaction), at=due_at)
        _check_rules(session, case, at=due_at)
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
    recovery = _case(session, organization_id, recovery_id).recovery
    attempt = in_flight_of(session, transaction_id=recovery.transaction_id)
    if attempt is None or attempt.status != AttemptStatus.UNKNOWN or attempt.recovery_id != recovery.id:
        raise ConflictError("No charge of this recovery has an unknown outcome.", code="nothing_unknown")
    attempt.wake_at, attempt.checks_done = now, 0
    recovery.needs_attention = None
    why = f"{actor} had the provider asked again."
    _note(session, recovery, "outcome_checked", actor, why, now, attempt_id=attempt.id)
    return recovery


def acknowledge(session: Session, *, organization_id: str, recovery_id: str, actor: str, now: datetime) -> Recovery:
    """Take a recovery off the list of those that need a person. Raises `ConflictError` if it is not on it."""
    recovery = _case(session, organization_id, recovery_id).recovery
    if recovery.needs_attention is None:
        raise ConflictError("This recovery needs nobody's attention.", code="nothing_to_acknowledge")
    why = f"{actor} looked at it: {recovery.needs_attention}."
    recovery.needs_attention = None
    _note(session, recovery, "acknowledged", actor, why, now)
    return recovery


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
    _end_planned(session, recovery, AttemptStatus.EXPIRED, now=org_now)
    why = "The policy's window is over and the money did not come back."
    _note(session, recovery, "exhausted", "rule:policy.window", why, org_now)
    return True


def _go_on(session: Session, recovery: Recovery, *, now: datetime) -> bool:
    """Let every planned step of a paused recovery wait for its time again; False if it was not paused."""
    if recovery.paused_at is None:
        return False
    recovery.paused_at = None
    for attempt in scheduled_of(session, recovery_id=recovery.id):
        attempt.due_at = max(attempt.due_at, now)
        attempt.wake_at = attempt.due_at if waits_for_its_time(attempt) else None
    return True


def _case(session: Session, organization_id: str, recovery_id: str) -> Case:
    case = lock_case(session, recovery_id=recovery_id, organization_id=organization_id)
    if case is None:
        raise NotFoundError("There is no such recovery.")
    return case


def _open_recovery(session: Session, organization_id: str, recovery_id: str) -> Recovery:
    recovery = _case(session, organization_id, recovery_id).recovery
    if recovery.status != RecoveryStatus.OPEN:
        raise ConflictError(f"The recovery is {recovery.status}, not open.", code="recovery_not_open")
    return recovery


def _check_lawful(session: Session, case: Case, facts: Facts, *, now: datetime) -> None:
    transaction_id = case.transaction.id
    if payment_of(session, transaction_id=transaction_id):
        _refuse("already_paid", "the money of this transaction came back already")
    if latest_of(session, transaction_id=transaction_id) is not case.recovery:
        _refuse("newer_recovery", "the transaction failed again later, and has a newer recovery")
    if case.transaction.charges_barred is not None:
        _refuse(f"charges_barred.{case.transaction.charges_barred}", "nothing of this transaction may be charged again")
    if case.transaction.held_until is not None and case.transaction.held_until > now:
        until = case.transaction.held_until.isoformat(timespec="minutes")
        _refuse(case.transaction.held_by or "held", f"nothing may be charged before {until}")
    in_flight = in_flight_of(session, transaction_id=transaction_id)
    if in_flight is not None:
        rule = _IN_FLIGHT_RULES.get(AttemptStatus(in_flight.status), "charge_in_flight")
        _refuse(rule, "a charge of this transaction is under way, and a second one could charge the payer twice")
    _check_chargeable(facts)
    check_wait(facts, at=now)
    _check_rules(session, case, at=now)


def _check_chargeable(facts: Facts) -> None:
    verdict = facts.classification
    if verdict.network_rule:
        source = source_of(verdict.network_rule)
        why = f"{verdict.title}: the network forbids another charge of this method (source: {source})"
        _refuse(verdict.network_rule, why)
    if verdict.stop_recovery:
        _refuse("code.stop_recovery", f"{verdict.title}: the payment may be made already")
    if verdict.hardness is Hardness.HARD:
        _refuse("hard_decline", f"{verdict.title}: the same method will not work again; ask the payer")
    if verdict.retry in {Retry.NEVER, Retry.PAYER_ACTION}:
        _refuse("payer_action", f"{verdict.title}: only the payer can complete this")
    if not facts.can_charge:
        _refuse("no_saved_method", "there is no saved method to charge")
    if facts.must_check_first() and not facts.can_read_status:
        _refuse("must_check_first", f"{verdict.title}: money may have moved, and the payment cannot be looked up")


def check_wait(facts: Facts, *, at: datetime) -> None:
    """Raise `NotAllowedNowError` if a network rule asks for a longer wait."""
    allowed_at = facts.charge_allowed_at()
    if allowed_at is not None and at < allowed_at:
        rule = facts.classification.required_wait_rule or "network_rule"
        _refuse(rule, f"the network allows the next charge at {allowed_at.isoformat()} (source: {source_of(rule)})")


def _check_rules(session: Session, case: Case, *, at: datetime) -> None:
    """Raise `NotAllowedNowError` if the guard forbids a charge at that time, as far as is known now."""
    history = history_of(session, transaction=case.transaction)
    forbidden = hold(charge_of(case.transaction), history, at=at, level=Level.STOP)
    if forbidden is not None:
        _refuse(forbidden.rule_id, forbidden.why)


def _open_again(session: Session, case: Case, facts: Facts, *, actor: str, now: datetime) -> None:
    recovery = case.recovery
    check_recovery(RecoveryStatus(recovery.status), RecoveryStatus.OPEN)
    recovery.status, recovery.ended_at = RecoveryStatus.OPEN, None
    recovery.window_ends_at = max(recovery.window_ends_at, now + facts.policy.window)
    session.flush()
    _note(session, recovery, "reopened", actor, f"{actor} opened the recovery again.", now)


def _planned_charge(session: Session, recovery: Recovery) -> Attempt | None:
    planned = scheduled_of(session, recovery_id=recovery.id)
    return next((attempt for attempt in planned if attempt.kind == AttemptKind.CHARGE), None)


def _end_planned(session: Session, recovery: Recovery, status: AttemptStatus, *, now: datetime) -> None:
    for attempt in scheduled_of(session, recovery_id=recovery.id):
        attempt.status, attempt.wake_at, attempt.leased_until, attempt.finished_at = status, None, None, now


def _note(session: Session, recovery: Recovery, what: str, who: str, why: str, now: datetime, **facts: object) -> None:
    note(session, recovery, what=what, who=who, why=why, now=now, **facts)


_IN_FLIGHT_RULES = {AttemptStatus.UNKNOWN: "outcome_unknown", AttemptStatus.AWAITING_PAYER: "checkout_open"}


def _refuse(rule: str, why: str) -> None:
    raise NotAllowedNowError(f"{rule}: {why}.")

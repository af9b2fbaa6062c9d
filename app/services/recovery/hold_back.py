"""A charge that a network rule forbids when it is about to be made: it waits, or gives way to the payer."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.db.queries.attempts import Work
from app.domain.network_rules import Hold
from app.domain.recovery.states import AttemptStatus
from app.services.recovery.end_attempt import end_attempt
from app.services.recovery.follow_up import plan_next
from app.services.timeline import note


def hold_back(session: Session, work: Work, hold: Hold, *, now: datetime) -> None:
    """Defer a planned charge to when its rule ends; if that is not in time, end it and plan on without it.

    Nobody was charged, so it costs no retry.
    """
    attempt, recovery = work.attempt, work.recovery
    why = f"{hold.rule_id}: {hold.why}."
    if hold.until is None or hold.until > recovery.window_ends_at:
        end_attempt(
            session,
            work,
            status=AttemptStatus.CANCELLED,
            code="network_rule",
            detail=why,
            who=f"rule:{hold.rule_id}",
            now=now,
        )
        plan_next(session, recovery=recovery, transaction=work.transaction, now=now)
        return
    attempt.due_at = attempt.wake_at = hold.until
    attempt.leased_until = None
    attempt.result_code, attempt.result_detail = hold.rule_id, why
    note(
        session,
        recovery,
        what="attempt_deferred",
        who=f"rule:{hold.rule_id}",
        why=why,
        now=now,
        attempt_id=attempt.id,
        wake_at=hold.until.isoformat(),
        source=hold.source,
    )

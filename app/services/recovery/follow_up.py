"""What comes next for an open recovery: the plan's answer becomes rows."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.db.models import Attempt, Recovery, Transaction
from app.db.queries.attempts import last_number, link_attempt_of
from app.db.queries.recoveries import policy_settings
from app.domain.classification import classify
from app.domain.ids import ATTEMPT, new_id
from app.domain.ingest.report import is_chargeable
from app.domain.recovery.memory import recalled
from app.domain.recovery.plan import Decision, Facts, Step, Wait, plan_all
from app.domain.recovery.policy import policy_from_settings
from app.domain.recovery.states import AttemptStatus, RecoveryStatus
from app.services.timeline import note


def plan_next(
    session: Session, *, recovery: Recovery, transaction: Transaction, now: datetime, status_unreadable: bool = False
) -> None:
    """Decide the next step of an open recovery from its newest failure, and write it down.

    `status_unreadable` says that the provider does not know the failed payment.
    """
    facts = facts_of(session, recovery=recovery, transaction=transaction, status_unreadable=status_unreadable)
    for decision in plan_all(facts, now=now):
        _carry_out(session, recovery, decision, fingerprint=facts.fingerprint(), now=now)


def _carry_out(session: Session, recovery: Recovery, decision: Decision, *, fingerprint: str, now: datetime) -> None:
    match decision:
        case Step() as step:
            add_attempt(session, recovery=recovery, step=step, fingerprint=fingerprint, now=now)
        case Wait() as wait:
            recovery.needs_attention = wait.attention or recovery.needs_attention
            note(session, recovery, what="nothing_planned", who=f"rule:{wait.rule}", why=wait.why, now=now)
        case _ as end:
            recovery.status, recovery.ended_at, recovery.paused_at = RecoveryStatus.EXHAUSTED, now, None
            note(session, recovery, what="exhausted", who=f"rule:{end.rule}", why=end.why, now=now)


def facts_of(
    session: Session, *, recovery: Recovery, transaction: Transaction, status_unreadable: bool = False
) -> Facts:
    """Gather what is known of a recovery for the next decision."""
    last = recalled(recovery.last_failure)
    verdict = classify(last.signals)
    policy = policy_from_settings(policy_settings(session, recovery=recovery))
    planned_link = link_attempt_of(session, recovery_id=recovery.id)
    return Facts(
        classification=verdict,
        policy=policy.for_category(verdict.category),
        charges_made=recovery.charges_made,
        can_charge=is_chargeable(transaction.payment_method),
        can_read_status=not status_unreadable and (last.psp_payment_id or transaction.psp_payment_id) is not None,
        link_planned=planned_link is not None,
        failed_at=last.failed_at,
        window_ends_at=recovery.window_ends_at,
        seed=recovery.id,
    )


def add_attempt(session: Session, *, recovery: Recovery, step: Step, fingerprint: str, now: datetime) -> Attempt:
    """Write a planned step down, with its reason in the timeline."""
    attempt = Attempt(
        id=new_id(ATTEMPT, now=now),
        organization_id=recovery.organization_id,
        recovery_id=recovery.id,
        transaction_id=recovery.transaction_id,
        kind=step.kind,
        number=last_number(session, recovery_id=recovery.id) + 1,
        status=AttemptStatus.SCHEDULED,
        due_at=step.due_at,
        wake_at=step.due_at if recovery.paused_at is None else None,
        check_first=step.check_first,
        decision={"rule": step.rule, "why": step.why, "excluded": list(step.excluded), "inputs": fingerprint},
        planned_at=now,
    )
    session.add(attempt)
    session.flush()
    note(
        session,
        recovery,
        what="attempt_planned",
        who=f"rule:{step.rule}",
        why=step.why,
        now=now,
        attempt_id=attempt.id,
        kind=step.kind,
        due_at=step.due_at.isoformat(),
        excluded=list(step.excluded),
    )
    return attempt

"""What comes next for an open recovery: the plan's answer becomes rows."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from app.db.models import Attempt, Recovery, Transaction
from app.db.queries.attempts import last_number, link_attempt_of
from app.db.queries.recoveries import policy_settings
from app.domain.ids import ATTEMPT, new_id
from app.domain.ingest.report import is_chargeable
from app.domain.recovery.memory import recalled
from app.domain.recovery.plan import Decision, Facts, Step, Wait, plan_all
from app.domain.recovery.policy import policy_from_settings
from app.domain.recovery.states import AttemptKind, AttemptStatus, RecoveryStatus
from app.services.network_rules.history import charge_of, history_of
from app.services.timeline import note

OFFERED: Final = "notice.link"
"""The rule of a link that came with the news of an automatic try: nobody was asked to do anything with it yet."""


def plan_next(
    session: Session, *, recovery: Recovery, transaction: Transaction, now: datetime, status_unreadable: bool = False
) -> None:
    """Decide the next step of an open recovery from its newest failure, and write it down.

    `status_unreadable` says that the provider does not know the failed payment.
    """
    facts = facts_of(session, recovery=recovery, transaction=transaction, status_unreadable=status_unreadable)
    facts = replace(facts, history=history_of(session, transaction=transaction))
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
    """Gather what is known of a recovery for the next decision, without the history of its instrument."""
    return facts_from(
        recovery,
        transaction,
        settings=policy_settings(session, recovery=recovery),
        link=link_attempt_of(session, recovery_id=recovery.id),
        status_unreadable=status_unreadable,
    )


def facts_from(
    recovery: Recovery,
    transaction: Transaction,
    *,
    settings: Mapping[str, Any],
    link: Attempt | None,
    status_unreadable: bool = False,
) -> Facts:
    """Put together what is known of a recovery; `link` is the attempt through which its payer may pay, if any."""
    last = recalled(recovery.last_failure)
    verdict = last.verdict()
    policy = policy_from_settings(settings)
    return Facts(
        classification=verdict,
        policy=policy.for_category(verdict.category),
        charges_made=recovery.charges_made,
        can_charge=is_chargeable(transaction.payment_method),
        can_read_status=not status_unreadable and (last.psp_payment_id or transaction.psp_payment_id) is not None,
        link_planned=link is not None and not _is_only_offered(link),
        failed_at=last.failed_at,
        window_ends_at=recovery.window_ends_at,
        seed=recovery.id,
        charge=charge_of(transaction),
    )


def add_attempt(session: Session, *, recovery: Recovery, step: Step, fingerprint: str, now: datetime) -> Attempt:
    """Write a planned step down, with its reason.

    A link that was only offered, beside the news of an automatic try, becomes the one that the payer is asked with.
    """
    offered = link_attempt_of(session, recovery_id=recovery.id) if step.kind is AttemptKind.LINK else None
    if offered is not None and _is_only_offered(offered):
        _ask_with(offered, step, paused=recovery.paused_at is not None, fingerprint=fingerprint)
        _note_replanned(session, recovery, offered, step, now=now)
        return offered
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
        decision=step.recorded(inputs=fingerprint),
        planned_at=now,
    )
    session.add(attempt)
    session.flush()
    return attempt


def _is_only_offered(link: Attempt) -> bool:
    return link.decision.get("rule") == OFFERED and link.status == AttemptStatus.SCHEDULED


def _ask_with(link: Attempt, step: Step, *, paused: bool, fingerprint: str) -> None:
    link.due_at, link.started_at = step.due_at, None
    link.decision = step.recorded(inputs=fingerprint) | {"earlier": link.decision}
    link.wake_at = None if paused else step.due_at


def _note_replanned(session: Session, recovery: Recovery, link: Attempt, step: Step, *, now: datetime) -> None:
    note(
        session,
        recovery,
        what="attempt_replanned",
        who=f"rule:{step.rule}",
        why=step.why,
        now=now,
        attempt_id=link.id,
        kind=step.kind,
        due_at=step.due_at.isoformat(),
        excluded=list(step.excluded),
    )

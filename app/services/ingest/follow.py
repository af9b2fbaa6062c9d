"""Open or extend a report's recovery, and plan what is next for it."""

from datetime import datetime
from typing import Final, NamedTuple

from app.db.queries.bulk import Row
from app.db.queries.ingest import Known, Merchant
from app.domain.ids import RECOVERY, new_id
from app.domain.recovery.memory import remembered
from app.domain.recovery.plan import Facts, Step, Wait, plan
from app.domain.recovery.policy import Policy, policy_from_settings
from app.domain.recovery.reported import Payment, facts_after_report
from app.domain.recovery.states import AttemptKind, AttemptStatus, RecoveryStatus
from app.services.ingest.case import Case
from app.services.ingest.draft import Draft
from app.services.recovery.follow_up import OFFERED

_MOST_POLICIES: Final = 4096
_policies: Final[dict[tuple[str, int], Policy]] = {}


class Next(NamedTuple):
    """A recovery's row, and its next attempt if one is planned."""

    recovery: Row
    due_at: datetime | None = None
    kind: AttemptKind | None = None


def open_recovery(draft: Draft, case: Case) -> Next:
    """Open a recovery under the organization's active policy, and plan its first step."""
    policy = _policy(case.merchant)
    verdict, now = case.verdict, case.now
    recovery: Row = {
        "id": new_id(RECOVERY, now=now),
        "organization_id": case.merchant.id,
        "transaction_id": case.transaction["id"],
        "status": RecoveryStatus.OPEN,
        "category": verdict.category,
        "reason": verdict.reason,
        "hardness": verdict.hardness,
        "last_failure": _last_failure(case),
        "policy_id": case.merchant.policy_id,
        "policy_version": case.merchant.policy_version,
        "charges_made": 0,
        "needs_attention": None,
        "opened_at": now,
        "paused_at": None,
        "window_ends_at": now + policy.window,
        "ended_at": None,
    }
    draft.recoveries.append(recovery)
    facts = _facts(case, policy, recovery["id"], charges_made=0, link=False, window_ends_at=recovery["window_ends_at"])
    return _follow(draft, recovery, facts, number=1, now=now)


def extend_recovery(draft: Draft, case: Case, known: Known) -> Next:
    """Add a report to the recovery that its transaction has, and hold the plan against it."""
    assert known.recovery_id  # noqa: S101  (a transaction without a recovery is opened, not extended)
    verdict = case.verdict
    recovery: Row = {
        "id": known.recovery_id,
        "organization_id": case.merchant.id,
        "transaction_id": known.transaction_id,
        "status": known.status,
        "category": verdict.category,
        "reason": verdict.reason,
        "hardness": verdict.hardness,
        "last_failure": _last_failure(case),
        "needs_attention": known.needs_attention,
        "paused_at": known.paused_at,
        "ended_at": None,
    }
    if known.status != RecoveryStatus.OPEN:
        return Next(recovery)
    draft.changed_recoveries.append(recovery)
    window_ends_at = known.window_ends_at or case.now
    facts = _facts(
        case,
        policy_from_settings(known.policy_settings or {}),
        known.recovery_id,
        charges_made=known.charges_made or 0,
        link=known.link_id is not None and not _is_only_offered(known),
        window_ends_at=window_ends_at,
    )
    return _replan(draft, recovery, facts, known, now=case.now)


def _replan(draft: Draft, recovery: Row, facts: Facts, known: Known, *, now: datetime) -> Next:
    """Hold the plan against the newest failure: a step that is no longer lawful goes, a good one stays."""
    decision = plan(facts, now=now)
    charge_stays = isinstance(decision, Step) and decision.kind is AttemptKind.CHARGE
    if known.charge_id and known.charge_due_at:
        if charge_stays:
            due_at = max(known.charge_due_at, decision.due_at) if decision.excluded else known.charge_due_at  # type: ignore[union-attr]
            check_first = decision.check_first  # type: ignore[union-attr]
            wake_at = None if known.paused_at else due_at
            draft.changed_attempts.append(
                {"id": known.charge_id, "due_at": due_at, "wake_at": wake_at, "check_first": check_first}
            )
            return Next(recovery, due_at, AttemptKind.CHARGE)
        draft.cancelled_attempts.append(
            {"id": known.charge_id, "status": AttemptStatus.CANCELLED, "wake_at": None, "finished_at": now}
        )
        why = f"The newest failure rules it out: {decision.why}"
        draft.note(
            recovery,
            what="attempt_cancelled",
            who=f"rule:{decision.rule}",
            why=why,
            facts={"attempt_id": known.charge_id},
            now=now,
        )
    if known.link_id and not _is_only_offered(known):
        return Next(recovery, known.link_due_at, AttemptKind.LINK)
    if charge_stays and known.in_flight:
        return Next(recovery)
    if known.link_id and isinstance(decision, Step) and decision.kind is AttemptKind.LINK:
        return _ask_with_offered(draft, recovery, facts, known, decision, now=now)
    return _follow(draft, recovery, facts, number=(known.last_number or 0) + 1, now=now)


def _is_only_offered(known: Known) -> bool:
    return (known.link_decision or {}).get("rule") == OFFERED and known.link_status == AttemptStatus.SCHEDULED


def _ask_with_offered(draft: Draft, recovery: Row, facts: Facts, known: Known, step: Step, *, now: datetime) -> Next:
    """Have the link that came with the news of an automatic try be the one that the payer is asked with."""
    draft.asked_attempts.append(
        {
            "id": known.link_id,
            "due_at": step.due_at,
            "wake_at": None if known.paused_at else step.due_at,
            "started_at": None,
            "decision": step.recorded(inputs=facts.fingerprint()) | {"earlier": known.link_decision},
        }
    )
    told = {
        "attempt_id": known.link_id,
        "kind": step.kind,
        "due_at": step.due_at.isoformat(),
        "excluded": list(step.excluded),
    }
    draft.note(recovery, what="attempt_replanned", who=f"rule:{step.rule}", why=step.why, facts=told, now=now)
    return Next(recovery, step.due_at, step.kind)


def _follow(draft: Draft, recovery: Row, facts: Facts, *, number: int, now: datetime) -> Next:
    decision = plan(facts, now=now)
    if isinstance(decision, Step):
        draft.plan(recovery, decision, number=number, fingerprint=facts.fingerprint(), now=now)
        return Next(recovery, decision.due_at, decision.kind)
    if isinstance(decision, Wait):
        recovery["needs_attention"] = decision.attention
    else:
        recovery |= {"status": RecoveryStatus.EXHAUSTED, "paused_at": None, "ended_at": now}
    what = "nothing_planned" if isinstance(decision, Wait) else "exhausted"
    draft.note(recovery, what=what, who=f"rule:{decision.rule}", why=decision.why, facts={}, now=now)
    return Next(recovery)


def _facts(case: Case, policy: Policy, seed: str, *, charges_made: int, link: bool, window_ends_at: datetime) -> Facts:
    transaction = case.transaction
    payment = Payment(
        transaction_id=transaction["id"],
        gateway=transaction["gateway"],
        amount=case.amount,
        currency=case.currency,
        method=transaction["payment_method"],
        psp_payment_id=transaction["psp_payment_id"],
    )
    return facts_after_report(
        payment,
        verdict=case.verdict,
        policy=policy,
        charges_made=charges_made,
        link_planned=link,
        failed_at=case.failed_at,
        window_ends_at=window_ends_at,
        seed=seed,
    )


def _last_failure(case: Case) -> Row:
    report = case.report
    return remembered(
        case.signals, psp_payment_id=report.psp_payment_id, failed_at=case.failed_at, applied=case.judged.applied
    )


def _policy(merchant: Merchant) -> Policy:
    """Return a merchant's policy; versions never change, so each is read once."""
    name = merchant.policy_id, merchant.policy_version
    policy = _policies.get(name)
    if policy is None:
        if len(_policies) >= _MOST_POLICIES:
            _policies.clear()
        policy = _policies[name] = policy_from_settings(merchant.policy_settings)
    return policy

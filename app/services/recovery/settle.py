"""The last of three: a short transaction that records what the provider said, and plans on."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from app.db.queries.attempts import Work, lock_work
from app.db.queries.links import mark_paid
from app.domain.classification import FailureSignals, classify, marks_of
from app.domain.money import Money
from app.domain.network_rules import Made
from app.domain.own_rules import Failure, Judged, country_of
from app.domain.payments.deferral import wait_again
from app.domain.payments.ladder import next_check_after
from app.domain.payments.port import Outcome, PaymentResult
from app.domain.recovery.memory import remembered, signals_of
from app.domain.recovery.states import AttemptKind, AttemptStatus
from app.services.network_rules.claim import record_made
from app.services.payments.capture import record_capture
from app.services.recovery.checkouts import settle_page
from app.services.recovery.end_attempt import OUTCOME_UNKNOWN, count_and_plan, end_attempt
from app.services.recovery.fail_over import plan_fail_over
from app.services.recovery.take_up import Job, Question, put_down
from app.services.rules.current import rulebook_of
from app.services.timeline import note

MAX_CALLS: Final = 2
"""How often one attempt may be sent, when the provider says that it never got it; the idempotency key stays."""
MAX_DEFERRALS: Final = 24
_PASSING_TROUBLE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Deferred:
    """The charge could not be made now: breaker open, rate used up, or the provider busy. No money moved."""

    code: str
    detail: str
    retry_after: timedelta


@dataclass(frozen=True, slots=True)
class PaidElsewhere:
    """The failed payment itself was captured after all, as the look-up before the charge shows."""

    result: PaymentResult


@dataclass(frozen=True, slots=True)
class StatusUnclear:
    """The failed payment could not be looked up, or is still on its way: nobody was charged."""

    known: bool
    detail: str


Answer = PaymentResult | Deferred | PaidElsewhere | StatusUnclear | None
"""What came of a job; None when the provider knows no such payment."""


def settle(session: Session, *, job: Job, answer: Answer, now: datetime) -> None:
    """Record an answer and plan what follows; `now` is the machine's time.

    If somebody else took the attempt over meanwhile, only money counts: a capture is booked
    whoever brings it, and anything else is left to the one who has the newer fence.
    """
    work = lock_work(session, attempt_id=job.attempt_id)
    if work is None:
        return
    org_now = now + work.organization.clock_offset
    in_hand = work.attempt.fence == job.fence and work.attempt.leased_until is not None
    if isinstance(answer, PaymentResult) and answer.outcome is Outcome.SUCCEEDED:
        settle_capture(session, work, answer, account_id=job.credentials.account_id, now=org_now)
    elif in_hand:
        _settle_other(session, work, job, answer, now=org_now)


def settle_capture(session: Session, work: Work, result: PaymentResult, *, account_id: str, now: datetime) -> None:
    """Book the capture of an attempt's payment, whatever was believed of the attempt before."""
    attempt, transaction = work.attempt, work.transaction
    attempt.psp_payment_id = result.psp_payment_id or attempt.psp_payment_id or attempt.id
    record_made(session, attempt_id=attempt.id, made=Made.SUCCEEDED)
    if attempt.status != AttemptStatus.SUCCEEDED:
        end_attempt(
            session,
            work,
            status=AttemptStatus.SUCCEEDED,
            code=None,
            detail="The provider captured the payment.",
            who=f"psp:{account_id}",
            now=now,
        )
    if attempt.kind == AttemptKind.LINK:
        mark_paid(session, attempt_id=attempt.id, now=now)
    record_capture(
        session,
        transaction=transaction,
        psp_account_id=account_id,
        psp_payment_id=attempt.psp_payment_id,
        money=result.money or Money(transaction.amount, transaction.currency),
        attempt_id=attempt.id,
        via="payer_link" if attempt.kind == AttemptKind.LINK else "retry",
        now=now,
    )


def _settle_other(session: Session, work: Work, job: Job, answer: Answer, *, now: datetime) -> None:
    if work.attempt.kind == AttemptKind.LINK:
        deferred = answer.retry_after if isinstance(answer, Deferred) else None
        result = answer if isinstance(answer, PaymentResult) else None
        settle_page(session, work, result, deferred=deferred, now=now)
        return
    match answer:
        case None:
            _never_arrived(session, work, now=now)
        case Deferred():
            _defer(session, work, job, answer, now=now)
        case PaidElsewhere(result):
            _paid_elsewhere(session, work, job, result, now=now)
        case StatusUnclear():
            _status_unclear(session, work, answer, now=now)
        case PaymentResult(outcome=Outcome.UNKNOWN):
            _unknown(session, work, answer, now=now)
        case PaymentResult(outcome=Outcome.ERROR) if job.question is Question.LOOK_UP:
            _unknown(session, work, answer, now=now)
        case PaymentResult(outcome=Outcome.ERROR, transient=True):
            _defer(session, work, job, _not_now(answer), now=now)
        case _:
            settle_refusal(session, work, answer, psp=job.credentials.psp, now=now)


def settle_refusal(session: Session, work: Work, result: PaymentResult, *, psp: str, now: datetime) -> None:
    """Record that a charge was declined, wants the payer, or was refused by the provider; then plan on."""
    attempt, recovery = work.attempt, work.recovery
    attempt.psp_payment_id = result.psp_payment_id or attempt.psp_payment_id
    status = AttemptStatus(result.outcome)
    code, detail = result.error_code, result.detail
    signals: FailureSignals | None = None
    if result.decline is not None:
        signals = signals_of(result.decline, psp=psp, method=work.transaction.payment_method)
        code, detail = result.decline.code, result.decline.message
    elif status is AttemptStatus.REQUIRES_ACTION:
        signals = FailureSignals(gateway=psp, reason="authentication_required")
        code = code or "authentication_required"
    made = Made.NOT_MADE if status is AttemptStatus.ERROR else Made.DECLINED
    record_made(session, attempt_id=attempt.id, made=made, marks=marks_of(signals) if signals else ())
    end_attempt(session, work, status=status, code=code, detail=detail, who=f"psp:{attempt.psp_account_id}", now=now)
    if signals is not None:
        judged = _judged(session, work, signals)
        verdict = judged.verdict
        recovery.category, recovery.reason, recovery.hardness = verdict.category, verdict.reason, verdict.hardness
        recovery.last_failure = remembered(
            signals, psp_payment_id=attempt.psp_payment_id, failed_at=now, applied=judged.applied
        )
    count_and_plan(session, work, now=now)
    if signals is not None and status is AttemptStatus.DECLINED:
        plan_fail_over(session, work, verdict=classify(signals), now=now)


def _judged(session: Session, work: Work, signals: FailureSignals) -> Judged:
    """Return why a charge was declined, by the organization's own rules and the tables."""
    transaction = work.transaction
    country = country_of(transaction.payment_method, transaction.customer)
    kind = transaction.payment_method.get("type")
    failure = Failure(signals, transaction.amount, transaction.currency, country, kind)
    return rulebook_of(session, organization_id=transaction.organization_id).classify(failure)


def _unknown(session: Session, work: Work, result: PaymentResult, *, now: datetime) -> None:
    """Hold the charge lease, and ask again later, ever more seldom; at the end of the ladder a person must look."""
    attempt = work.attempt
    attempt.psp_payment_id = result.psp_payment_id or attempt.psp_payment_id
    if attempt.status == AttemptStatus.EXECUTING:
        attempt.status = AttemptStatus.UNKNOWN
    else:
        attempt.checks_done += 1
    attempt.result_code, attempt.result_detail = result.error_code, result.detail
    wait = next_check_after(attempt.checks_done)
    put_down(attempt, wake_at=None if wait is None else now + wait)
    why = result.detail or "Nobody knows yet whether the money moved; nothing else may charge meanwhile."
    if wait is None:
        work.recovery.needs_attention = OUTCOME_UNKNOWN
        why = "The provider could not say in all this time what became of the charge: a person must look."
    note(
        session,
        work.recovery,
        what="outcome_unknown",
        who=f"psp:{attempt.psp_account_id}",
        why=why,
        now=now,
        attempt_id=attempt.id,
        next_check_at=attempt.wake_at and attempt.wake_at.isoformat(),
    )


def _never_arrived(session: Session, work: Work, *, now: datetime) -> None:
    """The provider knows no such payment: send the same attempt again, under its key, or give it up."""
    attempt = work.attempt
    record_made(session, attempt_id=attempt.id, made=Made.NOT_MADE)
    who = f"psp:{attempt.psp_account_id}"
    if attempt.tries < MAX_CALLS:
        attempt.status, attempt.checks_done = AttemptStatus.SCHEDULED, 0
        put_down(attempt, wake_at=now)
        why = "The provider never got the call; it is sent again under the same idempotency key."
        note(session, work.recovery, what="attempt_sent_again", who=who, why=why, now=now, attempt_id=attempt.id)
        return
    detail = "The provider says that it never got the call, so nothing was charged."
    end_attempt(session, work, status=AttemptStatus.ERROR, code="never_arrived", detail=detail, who=who, now=now)
    count_and_plan(session, work, now=now)


def _not_now(result: PaymentResult) -> Deferred:
    """Read a provider's passing trouble as a call that was not made: it is no answer, and costs no retry."""
    code = result.error_code or "provider_unavailable"
    return Deferred(code, result.detail or "The provider has trouble.", result.retry_after or _PASSING_TROUBLE)


def _defer(session: Session, work: Work, job: Job, deferred: Deferred, *, now: datetime) -> None:
    """Come back later; a charge that could not be made in all this time ends as an error."""
    attempt = work.attempt
    if job.question is Question.LOOK_UP:
        put_down(attempt, wake_at=now + wait_again(deferred.retry_after, times=0, seed=attempt.id))
        return
    record_made(session, attempt_id=attempt.id, made=Made.NOT_MADE)
    if attempt.tries > MAX_DEFERRALS:
        who = f"psp:{attempt.psp_account_id}"
        end_attempt(
            session,
            work,
            status=AttemptStatus.ERROR,
            code=deferred.code,
            detail=deferred.detail,
            who=who,
            now=now,
        )
        count_and_plan(session, work, now=now)
        return
    wait = wait_again(deferred.retry_after, times=attempt.tries, seed=attempt.id)
    attempt.status = AttemptStatus.SCHEDULED
    put_down(attempt, wake_at=now + wait)
    if attempt.result_code == deferred.code:
        return  # the timeline says so already
    attempt.result_code, attempt.result_detail = deferred.code, deferred.detail
    note(
        session,
        work.recovery,
        what="attempt_deferred",
        who=f"rule:{deferred.code}",
        why=deferred.detail,
        now=now,
        attempt_id=attempt.id,
        wake_at=(now + wait).isoformat(),
    )


def _paid_elsewhere(session: Session, work: Work, job: Job, result: PaymentResult, *, now: datetime) -> None:
    record_made(session, attempt_id=work.attempt.id, made=Made.NOT_MADE)
    detail = "The failed payment was captured after all, so nobody is charged again."
    end_attempt(
        session,
        work,
        status=AttemptStatus.CANCELLED,
        code="already_paid",
        detail=detail,
        who=f"psp:{job.credentials.account_id}",
        now=now,
    )
    transaction = work.transaction
    booked = record_capture(
        session,
        transaction=transaction,
        psp_account_id=job.credentials.account_id,
        psp_payment_id=result.psp_payment_id or job.ask_first or transaction.transaction_ref,
        money=result.money or Money(transaction.amount, transaction.currency),
        attempt_id=None,
        via="external",
        now=now,
    )
    if not booked:
        # The merchant named one payment for two transactions, and it has paid for the other.
        work.recovery.needs_attention = "possibly_already_paid"


def _status_unclear(session: Session, work: Work, answer: StatusUnclear, *, now: datetime) -> None:
    """Ask again on the ladder while the payment may be on its way; else leave it to the payer."""
    attempt = work.attempt
    record_made(session, attempt_id=attempt.id, made=Made.NOT_MADE)
    wait = next_check_after(attempt.tries - 1) if answer.known else None
    if wait is not None:
        attempt.status = AttemptStatus.SCHEDULED
        put_down(attempt, wake_at=now + wait)
        note(
            session,
            work.recovery,
            what="attempt_deferred",
            who="rule:must_check_first",
            why=answer.detail,
            now=now,
            attempt_id=attempt.id,
            wake_at=(now + wait).isoformat(),
        )
        return
    end_attempt(
        session,
        work,
        status=AttemptStatus.ERROR,
        code="status_unreadable",
        detail=answer.detail,
        who="rule:must_check_first",
        now=now,
    )
    count_and_plan(session, work, now=now, status_unreadable=True)

"""Claim, call, record: one attempt from beginning to end, with no transaction open while a provider answers."""

import structlog

from app.db.session import Begin
from app.domain.payments.errors import CallDeferredError, PspUnsupportedError
from app.domain.payments.port import Outcome, PaymentResult, PaymentsPort
from app.infra.clock import Clock
from app.infra.crypto import Crypto
from app.infra.metrics import ATTEMPT_ANSWERS
from app.services.recovery.settle import Answer, Deferred, PaidElsewhere, StatusUnclear, settle
from app.services.recovery.take_up import Job, Question, take_up

_log = structlog.get_logger(__name__)


def run_attempt(
    begin: Begin, *, payments: PaymentsPort, crypto: Crypto, clock: Clock, attempt_id: str, fence: int
) -> bool:
    """Work on an attempt that was claimed with this fence; False if there was nothing to ask a provider.

    Dying anywhere in here loses nothing: the lease ends, and whoever takes the attempt up next finds
    from its status whether the call may have gone out.
    """
    with begin() as session:
        job = take_up(session, crypto=crypto, attempt_id=attempt_id, fence=fence, now=clock.now())
    if job is None:
        return False
    answer = _ask(payments, job, clock)
    said = str(answer.outcome) if isinstance(answer, PaymentResult) else type(answer).__name__
    ATTEMPT_ANSWERS.labels(job.credentials.psp, str(job.question), said).inc()
    _log.info(
        "attempt.answered",
        organization_id=job.organization_id,
        recovery_id=job.recovery_id,
        attempt_id=job.attempt_id,
        question=job.question,
        answer=said,
        code=getattr(answer, "error_code", None),
    )
    with begin() as session:
        settle(session, job=job, answer=answer, now=clock.now())
    return True


def _ask(payments: PaymentsPort, job: Job, clock: Clock) -> Answer:
    # The guard's time is the organization's, so that a moved clock lets breakers and rates recover too.
    now = clock.now() + job.clock_offset
    try:
        if job.question is Question.LOOK_UP:
            return payments.retrieve_payment(
                job.credentials, psp_payment_id=job.psp_payment_id, attempt_id=job.attempt_id, now=now
            )
        if job.ask_first is not None:
            unclear = _ask_first(payments, job, clock)
            if unclear is not None:
                return unclear
        return payments.create_payment(job.credentials, job.request, now=now)
    except CallDeferredError as deferred:
        return Deferred(deferred.code, deferred.detail, deferred.retry_after)
    except PspUnsupportedError as unsupported:
        return PaymentResult(Outcome.ERROR, error_code=unsupported.code, detail=unsupported.detail)


def _ask_first(payments: PaymentsPort, job: Job, clock: Clock) -> Answer:
    """Look the failed payment up; None if it is certain that no money moved, and the charge may go on."""
    found = payments.retrieve_payment(
        job.credentials, psp_payment_id=job.ask_first, attempt_id=None, now=clock.now() + job.clock_offset
    )
    if found is None:
        return StatusUnclear(known=False, detail="The provider does not know the failed payment.")
    match found.outcome:
        case Outcome.SUCCEEDED:
            return PaidElsewhere(found)
        case Outcome.DECLINED | Outcome.REQUIRES_ACTION:
            return None
        case _:
            return StatusUnclear(known=True, detail=found.detail or "The failed payment is still on its way.")

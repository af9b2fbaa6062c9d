"""The first of three: a short transaction that takes an attempt up and says what to ask its provider."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy.orm import Session

from app.db.models import Attempt
from app.db.queries.attempts import Work, in_flight_of, lock_work
from app.db.queries.charges import payment_of
from app.domain.ingest.report import is_chargeable
from app.domain.money import Money
from app.domain.notify.events import Event
from app.domain.payments.errors import NoPspAccountError
from app.domain.payments.port import ChargeRequest, Credentials, PaymentMethod
from app.domain.recovery.memory import recalled
from app.domain.recovery.states import AttemptKind, AttemptStatus, RecoveryStatus, check_attempt
from app.infra.crypto import Crypto
from app.services.network_rules.claim import admit_charge
from app.services.outbox import Topic, enqueue
from app.services.payments.accounts import choose_credentials
from app.services.recovery.checkouts import release_checkout
from app.services.recovery.end_attempt import end_without_call
from app.services.recovery.fail_over import charge_through, give_up_fail_over, ordinary_method
from app.services.recovery.hold_back import hold_back
from app.services.recovery.waking import waits_for_its_time
from app.services.timeline import note

_BEHIND_ANOTHER: Final = timedelta(minutes=1)
_BEHIND_A_PERSON: Final = timedelta(hours=1)


class Question(StrEnum):
    """What a provider is asked."""

    CHARGE = "charge"
    """To charge, after looking the failed payment up where `Job.ask_first` names it."""
    LOOK_UP = "look_up"
    """What became of this attempt's own call."""


@dataclass(frozen=True, slots=True)
class Job:
    """What to ask which provider, for one attempt; `fence` proves at the end that it was still in hand."""

    organization_id: str
    recovery_id: str
    attempt_id: str
    fence: int
    question: Question
    credentials: Credentials
    request: ChargeRequest
    psp_payment_id: str | None
    ask_first: str | None
    clock_offset: timedelta


def take_up(session: Session, *, crypto: Crypto, attempt_id: str, fence: int, now: datetime) -> Job | None:
    """Take an attempt up for work, or do what needs no provider; None if there is nothing to ask.

    `now` is the machine's time. A message that comes late, with an older fence, does nothing.
    """
    work = lock_work(session, attempt_id=attempt_id)
    if work is None or work.attempt.fence != fence or work.attempt.leased_until is None:
        return None
    org_now = now + work.organization.clock_offset
    return _TAKE_UP.get(AttemptStatus(work.attempt.status), _nothing)(session, work, crypto, org_now)


def put_down(attempt: Attempt, *, wake_at: datetime | None) -> None:
    """End the work on an attempt; it is looked at again at `wake_at` (the organization's time), if at all."""
    attempt.leased_until, attempt.wake_at = None, wake_at


def _ask_payer(session: Session, work: Work, *, now: datetime) -> None:
    """Have the payer written to, once; the attempt stays planned until they pay or its recovery ends."""
    attempt, recovery, transaction, _ = work
    if recovery.status != RecoveryStatus.OPEN or payment_of(session, transaction_id=transaction.id):
        end_without_call(session, work, status=AttemptStatus.CANCELLED, code="recovery_ended", now=now)
        return
    if recovery.paused_at is not None or not waits_for_its_time(attempt):
        put_down(attempt, wake_at=None)
        return
    not_before = max(attempt.due_at, transaction.held_until or attempt.due_at)
    if not_before > now:
        put_down(attempt, wake_at=not_before)
        return
    attempt.started_at = now
    put_down(attempt, wake_at=None)
    payload = {"recovery_id": recovery.id, "event": Event.ACTION_NEEDED, "link_attempt_id": attempt.id}
    enqueue(session, topic=Topic.PLAN_MESSAGE, payload=payload)
    why = "It is time to ask the payer."
    note(session, recovery, what="payer_asked", who="tinko", why=why, now=now, attempt_id=attempt.id)


def _look_up_page(session: Session, work: Work, crypto: Crypto, *, now: datetime) -> Job | None:
    """Ask what became of a payment page; one whose address nobody was given cannot have been paid."""
    if work.attempt.psp_payment_id is None:
        release_checkout(session, work, outcome="failed", why="The payment page was never opened.", now=now)
        return None
    return _look_up(session, work, crypto)


def _take_up_charge(session: Session, work: Work, crypto: Crypto, *, now: datetime) -> Job | None:
    attempt, recovery, transaction, _ = work
    if _is_put_off(session, work, now=now):
        return None
    try:
        through = charge_through(session, work, crypto=crypto)
    except NoPspAccountError as missing:
        recovery.needs_attention = missing.code
        end_without_call(session, work, status=AttemptStatus.ERROR, code=missing.code, detail=missing.detail, now=now)
        return None
    if through is None:
        give_up_fail_over(session, work, now=now)
        return None
    credentials, method = through
    forbidden = admit_charge(session, attempt=attempt, transaction=transaction, now=now)
    if forbidden is not None:
        hold_back(session, work, forbidden, now=now)
        return None
    check_attempt(AttemptStatus(attempt.status), AttemptStatus.EXECUTING)
    attempt.status, attempt.started_at, attempt.tries = AttemptStatus.EXECUTING, now, attempt.tries + 1
    attempt.psp_account_id, attempt.wake_at = credentials.account_id, now
    first = (
        (recalled(recovery.last_failure).psp_payment_id or transaction.psp_payment_id) if attempt.check_first else None
    )
    return _job(work, credentials, Question.CHARGE, method=method, ask_first=first)


def _is_put_off(session: Session, work: Work, *, now: datetime) -> bool:
    """Put a planned charge down that is not to be made, or not yet, whatever network rules say."""
    attempt, recovery, transaction, _ = work
    if recovery.status != RecoveryStatus.OPEN or payment_of(session, transaction_id=transaction.id):
        end_without_call(session, work, status=AttemptStatus.CANCELLED, code="recovery_ended", now=now)
    elif recovery.paused_at is not None:
        put_down(attempt, wake_at=None)
    elif transaction.held_until is not None and transaction.held_until > now:
        put_down(attempt, wake_at=transaction.held_until)
    elif transaction.charges_barred is not None:
        detail = f"Nothing of this transaction is charged by itself any more: {transaction.charges_barred}."
        end_without_call(session, work, status=AttemptStatus.CANCELLED, code="charges_barred", detail=detail, now=now)
    elif (not_before := _not_before(session, attempt, now=now)) > now:
        put_down(attempt, wake_at=not_before)
    elif not is_chargeable(transaction.payment_method):
        end_without_call(session, work, status=AttemptStatus.ERROR, code="no_saved_method", now=now)
    else:
        return False
    return True


def _not_before(session: Session, attempt: Attempt, *, now: datetime) -> datetime:
    """Return when a planned charge may be made: not while another is in flight, which its own look-ups decide."""
    other = in_flight_of(session, transaction_id=attempt.transaction_id)
    if other is None:
        # It may have been moved while it waited for a worker.
        return attempt.wake_at or now
    return max(now + _BEHIND_ANOTHER, other.wake_at or now + _BEHIND_A_PERSON)


def _mark_lost(session: Session, work: Work, *, now: datetime) -> None:
    work.attempt.status = AttemptStatus.UNKNOWN
    why = "The worker that made the call did not come back; the provider is asked what became of it."
    note(session, work.recovery, what="outcome_unknown", who="tinko", why=why, now=now, attempt_id=work.attempt.id)


def _look_up(session: Session, work: Work, crypto: Crypto) -> Job:
    credentials = choose_credentials(
        session,
        crypto=crypto,
        organization=work.organization,
        gateway=work.transaction.gateway,
        account_id=work.attempt.psp_account_id,
    )
    return _job(work, credentials, Question.LOOK_UP, method=ordinary_method(work), ask_first=None)


def _job(
    work: Work, credentials: Credentials, question: Question, *, method: PaymentMethod, ask_first: str | None
) -> Job:
    attempt, transaction = work.attempt, work.transaction
    request = ChargeRequest(
        attempt_id=attempt.id,
        transaction_ref=transaction.transaction_ref,
        money=Money(transaction.amount, transaction.currency),
        method=method,
    )
    return Job(
        organization_id=attempt.organization_id,
        recovery_id=attempt.recovery_id,
        attempt_id=attempt.id,
        fence=attempt.fence,
        question=question,
        credentials=credentials,
        request=request,
        psp_payment_id=attempt.psp_payment_id,
        ask_first=ask_first,
        clock_offset=work.organization.clock_offset,
    )


def _planned(session: Session, work: Work, crypto: Crypto, now: datetime) -> Job | None:
    if work.attempt.kind == AttemptKind.LINK:
        _ask_payer(session, work, now=now)
        return None
    return _take_up_charge(session, work, crypto, now=now)


def _lost(session: Session, work: Work, crypto: Crypto, now: datetime) -> Job | None:
    _mark_lost(session, work, now=now)
    return _look_up(session, work, crypto)


def _unknown(session: Session, work: Work, crypto: Crypto, now: datetime) -> Job | None:
    del now
    return _look_up(session, work, crypto)


def _page(session: Session, work: Work, crypto: Crypto, now: datetime) -> Job | None:
    return _look_up_page(session, work, crypto, now=now)


def _nothing(session: Session, work: Work, crypto: Crypto, now: datetime) -> Job | None:
    del session, crypto, now
    put_down(work.attempt, wake_at=None)
    return None


_TAKE_UP: Final[Mapping[AttemptStatus, Callable[[Session, Work, Crypto, datetime], Job | None]]] = {
    AttemptStatus.SCHEDULED: _planned,
    AttemptStatus.EXECUTING: _lost,
    AttemptStatus.UNKNOWN: _unknown,
    AttemptStatus.AWAITING_PAYER: _page,
}

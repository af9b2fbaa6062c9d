"""Before a payer pays again: what became of the payment that failed, where its failure is not certain.

A time-out at a bank, or a code that providers give also to payments which come through later, would
otherwise have the payer pay twice. A capture that is found is booked, and nobody pays.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.db.queries.attempts import account_of_payment
from app.db.queries.recoveries import lock_case
from app.db.session import Begin
from app.domain.links.errors import StillCheckingError
from app.domain.links.states import Situation
from app.domain.money import Money
from app.domain.payments.errors import CallDeferredError, PspUnsupportedError
from app.domain.payments.port import Credentials, Outcome, PaymentResult, PaymentsPort, PaymentStatus
from app.infra.clock import Clock
from app.infra.crypto import Crypto
from app.infra.link_tokens import LinkTokens
from app.services.links.read import get_valid_link, payment_to_ask_for
from app.services.payments.accounts import choose_credentials
from app.services.payments.capture import record_capture
from app.services.timeline import note

_NO_MONEY_MOVED = frozenset({Outcome.DECLINED, Outcome.REQUIRES_ACTION})


@dataclass(frozen=True, slots=True)
class _Question:
    """Which payment to ask whom about."""

    recovery_id: str
    psp_payment_id: str
    credentials: Credentials
    clock_offset: timedelta


def ask_first(
    begin: Begin, *, payments: PaymentsPort, crypto: Crypto, tokens: LinkTokens, clock: Clock, token: str
) -> None:
    """Return if nothing is known against paying now; books the failed payment if it was captured after all.

    Raises `LinkInvalidError`, `LinkGoneError`, `NoPspAccountError`, and `StillCheckingError` while the
    provider says that the payment is on its way, or says nothing.
    """
    with begin() as session:
        question = _question(session, crypto=crypto, tokens=tokens, token=token, now=clock.now())
    if question is None:
        return
    try:
        found = payments.retrieve_payment(
            question.credentials,
            psp_payment_id=question.psp_payment_id,
            attempt_id=None,
            now=clock.now() + question.clock_offset,
        )
    except CallDeferredError as deferred:
        raise StillCheckingError("The bank cannot be asked at the moment; look again in a minute.") from deferred
    except PspUnsupportedError:
        return
    # A payment that its provider does not know cannot be waited for; what the payer sees at their bank counts.
    if found is None or found.outcome in _NO_MONEY_MOVED or found.status is PaymentStatus.REFUNDED:
        return
    if found.outcome is not Outcome.SUCCEEDED:
        raise StillCheckingError("The failed payment may still come through; look again in a few minutes.")
    with begin() as session:
        is_known = _book(session, question, found, now=clock.now() + question.clock_offset)
    if not is_known:
        raise StillCheckingError("The failed payment has paid for something else; a person must look.")


def _question(session: Session, *, crypto: Crypto, tokens: LinkTokens, token: str, now: datetime) -> _Question | None:
    opened = get_valid_link(session, tokens=tokens, token=token, now=now)
    asked = payment_to_ask_for(opened.recovery, opened.transaction)
    if asked is None or opened.situation is not Situation.READY:
        return None
    credentials = choose_credentials(
        session,
        crypto=crypto,
        organization=opened.organization,
        gateway=opened.transaction.gateway,
        # A charge of ours may have gone through another account.
        account_id=account_of_payment(session, transaction_id=opened.transaction.id, psp_payment_id=asked),
    )
    return _Question(opened.recovery.id, asked, credentials, opened.organization.clock_offset)


def _book(session: Session, question: _Question, found: PaymentResult, *, now: datetime) -> bool:
    """Book the capture; False if it is in the books already, and not as this transaction's."""
    case = lock_case(session, recovery_id=question.recovery_id)
    assert case is not None  # noqa: S101  (recoveries are never deleted)
    recovery, transaction = case.recovery, case.transaction
    account_id = question.credentials.account_id
    booked = record_capture(
        session,
        transaction=transaction,
        psp_account_id=account_id,
        psp_payment_id=found.psp_payment_id or question.psp_payment_id,
        money=found.money or Money(transaction.amount, transaction.currency),
        attempt_id=None,
        via="external",
        now=now,
    )
    if booked:
        why = "The payer came to pay; the failed payment was captured after all, so nobody pays again."
        note(session, recovery, what="paid_after_all", who=f"psp:{account_id}", why=why, now=now)
    elif transaction.recovered_at is None:
        # The merchant named one payment for two transactions, and it has paid for the other.
        recovery.needs_attention = "possibly_already_paid"
    return transaction.recovered_at is not None

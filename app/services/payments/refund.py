"""Duplicate charges go back to the payer by themselves: claim, call, record."""

from datetime import timedelta

from sqlalchemy.orm import Session

from app.db.models import Charge, Organization
from app.db.queries.charges import lock_charge
from app.db.queries.recoveries import latest_of
from app.db.session import Begin
from app.domain.errors import UnavailableError
from app.domain.ledger import Movement
from app.domain.money import Money
from app.domain.payments.port import Outcome, PaymentsPort, RefundRequest
from app.infra.clock import Clock
from app.infra.crypto import Crypto
from app.services.ledger import post
from app.services.payments.accounts import open_account
from app.services.timeline import note


class RefundNotDoneError(UnavailableError):
    """The provider did not confirm the refund; it is asked again with the same key."""

    default_code = "refund_not_done"


def refund_duplicate(begin: Begin, *, payments: PaymentsPort, crypto: Crypto, clock: Clock, charge_id: str) -> None:
    """Refund a duplicate charge, once, however often this is called.

    The charge's id is the refund's idempotency key. Raises `RefundNotDoneError` or
    `CallDeferredError` when it must be tried again.
    """
    with begin() as session:
        charge, account, organization = lock_charge(session, charge_id=charge_id)
        if charge.status != "refund_due":
            return
        credentials = open_account(account, crypto=crypto, live=organization.mode == "live")
        request = RefundRequest(charge.id, charge.psp_payment_id, Money(charge.amount, charge.currency))
        guard_now = clock.now() + organization.clock_offset
    result = payments.refund(credentials, request, now=guard_now)
    if result.outcome is not Outcome.SUCCEEDED:
        from_provider = result.detail or result.error_code or result.outcome
        raise RefundNotDoneError(f"{charge_id}: {from_provider}", retry_after=timedelta(minutes=1))
    with begin() as session:
        charge, _, organization = lock_charge(session, charge_id=charge_id)
        if charge.status == "refund_due":
            _record(session, charge, organization, clock)


def _record(session: Session, charge: Charge, organization: Organization, clock: Clock) -> None:
    now = clock.now() + organization.clock_offset
    charge.status, charge.refunded_at = "refunded", now
    post(session, charge=charge, movement=Movement.DUPLICATE_REFUND, now=now)
    recovery = latest_of(session, transaction_id=charge.transaction_id)
    why = f"{Money(charge.amount, charge.currency)} that was charged twice went back to the payer."
    note(session, recovery, what="duplicate_refunded", who="tinko", why=why, now=now, charge_id=charge.id)

"""What was tried on the payer's instrument before: reports of merchants, and charges of Tinko's own."""

from collections.abc import Iterable
from dataclasses import replace

from sqlalchemy.orm import Session

from app.db.models import RuleAttempt, Transaction
from app.db.queries.network_rules import Reported, charges_of, reports_of
from app.domain.classification import FailureSignals, marks_of
from app.domain.network_rules import ChargeFacts, History, Made, Past, concerns_any
from app.domain.recovery.charge import charge_facts


def charge_of(transaction: Transaction) -> ChargeFacts:
    """Return the charge of a transaction's saved method, in the rules' words."""
    return charge_facts(
        transaction_id=transaction.id,
        gateway=transaction.gateway,
        amount=transaction.amount,
        currency=transaction.currency,
        method=transaction.payment_method,
    )


def history_of(session: Session, *, transaction: Transaction) -> History:
    """Return what was tried on a transaction's instrument, one entry for each payment however often it was told.

    Empty, and without a query, where no rule is about such charges.
    """
    charge = charge_of(transaction)
    if not concerns_any(charge):
        return ()
    organization_id = transaction.organization_id
    charges = charges_of(session, organization_id=organization_id, instrument=charge.instrument)
    reports = reports_of(
        session, organization_id=organization_id, instrument=charge.instrument, transaction_id=transaction.id
    )
    told = [(row.psp_payment_id, _charged(row.charge)) for row in charges]
    told += [(event.psp_payment_id, _reported(event, transaction)) for event in reports]
    return tuple(_told_once(told))


def _told_once(told: Iterable[tuple[str | None, Past]]) -> Iterable[Past]:
    """Join what is told of one payment: Tinko's own row leads, and every code counts."""
    payments: dict[str, Past] = {}
    for payment_id, past in told:
        if payment_id is None:
            yield past
        elif payment_id in payments:
            first = payments[payment_id]
            payments[payment_id] = replace(first, marks=first.marks | past.marks)
        else:
            payments[payment_id] = past
    yield from payments.values()


def _charged(row: RuleAttempt) -> Past:
    return Past(
        at=row.attempted_at,
        transaction_id=row.transaction_id,
        amount=row.amount,
        currency=row.currency,
        made=Made(row.made),
        marks=frozenset(row.marks),
        ours=True,
    )


def _reported(event: Reported, transaction: Transaction) -> Past:
    method = transaction.payment_method
    signals = FailureSignals(
        gateway=event.gateway,
        reason=event.failure_reason,
        code=event.failure_code,
        message=event.failure_message,
        network_decline_code=event.network_decline_code,
        network_advice_code=event.network_advice_code,
        method=method.get("type"),
        brand=method.get("brand"),
    )
    return Past(
        at=event.occurred_at,
        transaction_id=event.transaction_id,
        amount=event.amount,
        currency=event.currency,
        marks=marks_of(signals),
    )

"""Payments that Tinko did not make, for transactions that it is recovering."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.db.models import Charge, Transaction
from app.db.queries.charges import insert_charge, payment_of
from app.db.queries.psp_inbound import charge_named, find_transaction, lock_latest, lock_transaction
from app.domain.ids import CHARGE, new_id
from app.domain.ledger import Movement
from app.domain.money import Money
from app.domain.payments.facts import EventKind
from app.domain.payments.port import PaymentResult, PaymentStatus
from app.services.ledger import post
from app.services.outbox import Topic, enqueue
from app.services.payments.capture import record_capture
from app.services.psp_events.source import Source, Told
from app.services.timeline import note


def settle_elsewhere(session: Session, source: Source, told: Told, found: PaymentResult, *, now: datetime) -> str:
    """Close the recovery of a transaction that was paid past Tinko.

    Answers `closed`, `known` where nothing is new, or `nothing` for a payment that is none of ours.

    What was given back in full closes nothing. Where Tinko captured too, a person is told, and whichever
    of the two came later is the duplicate: Tinko gives its own back by itself, and never the merchant's.
    """
    if found.psp_payment_id is None or found.status is PaymentStatus.REFUNDED:
        return "nothing"
    transaction_id = find_transaction(
        session,
        organization_id=source.organization_id,
        psp_account_id=source.account_id,
        names=told.names,
        transaction_ref=told.transaction_ref,
    )
    if transaction_id is None:
        return "nothing"
    transaction = lock_transaction(session, organization_id=source.organization_id, transaction_id=transaction_id)
    if charge_named(session, psp_account_id=source.account_id, names=told.names) is not None:
        return "known"
    money = found.money or Money(transaction.amount, transaction.currency)
    paid = payment_of(session, transaction_id=transaction.id)
    if paid is None:
        record_capture(
            session,
            transaction=transaction,
            psp_account_id=source.account_id,
            psp_payment_id=found.psp_payment_id,
            money=money,
            attempt_id=None,
            via="external",
            now=now,
        )
        return "closed"
    if paid.attempt_id is None:
        return "nothing"  # two payments of the merchant's own are the merchant's affair
    _paid_twice(session, source, told, found.psp_payment_id, transaction, paid, money, now=now)
    return "closed"


def _paid_twice(
    session: Session,
    source: Source,
    told: Told,
    psp_payment_id: str,
    transaction: Transaction,
    paid: Charge,
    money: Money,
    *,
    now: datetime,
) -> None:
    made_at = _made_at(told) or now
    ours_is_later = paid.captured_at - source.clock_offset > made_at and paid.status == "captured"
    if ours_is_later:
        paid.is_duplicate, paid.status = True, "refund_due"
        session.flush()
        enqueue(session, topic=Topic.REFUND_DUPLICATE, payload={"charge_id": paid.id})
    charge = insert_charge(
        session,
        values={
            "id": new_id(CHARGE, now=now),
            "organization_id": transaction.organization_id,
            "transaction_id": transaction.id,
            "attempt_id": None,
            "psp_account_id": source.account_id,
            "psp_payment_id": psp_payment_id,
            "amount": money.minor,
            "currency": money.currency,
            "is_duplicate": not ours_is_later,
            "status": "captured",
            "captured_at": now,
        },
    )
    if charge is None:
        return
    # One of the two is owed to the payer, whichever it is: the refund of either clears the debt.
    post(session, charge=charge, movement=Movement.DUPLICATE_CAPTURE, now=now)
    recovery = lock_latest(session, transaction_id=transaction.id)
    recovery.needs_attention = "duplicate_charge"
    after = "Tinko's came later and goes back by itself." if ours_is_later else "Theirs came later: give it back there."
    if ours_is_later:
        recovery.recovered_via = "external"
    note(
        session,
        recovery,
        what="duplicate_charge",
        who=source.who,
        why=f"The merchant's own payment of {money} and Tinko's were both captured. {after}",
        now=now,
        charge_id=charge.id,
        psp_payment_id=psp_payment_id,
    )


def _made_at(told: Told) -> datetime | None:
    if told.event is not None and told.event.kind is EventKind.PAYMENT and told.event.occurred_at is not None:
        return told.event.occurred_at
    return told.found.facts.created_at if told.found and told.found.facts else None

"""What a provider's payment is to us: its transaction by any of its names, and what was told of it before."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.db.models import Attempt, Charge, FailureEvent, PaymentReversal, PspPayment, Recovery, Transaction

_FIND: Final = text("""
    SELECT id FROM (
        SELECT p.transaction_id AS id, 1 AS rank FROM psp_payments p
        WHERE p.organization_id = :organization_id AND p.psp_id = ANY(:names) AND p.transaction_id IS NOT NULL
        UNION ALL
        SELECT c.transaction_id, 2 FROM charges c
        WHERE c.psp_account_id = :psp_account_id AND c.psp_payment_id = ANY(:names)
        UNION ALL
        SELECT t.id, 3 FROM transactions t
        WHERE t.organization_id = :organization_id AND t.transaction_ref = CAST(:transaction_ref AS text)
        UNION ALL
        SELECT t.id, 4 FROM transactions t
        WHERE t.organization_id = :organization_id AND t.psp_payment_id = ANY(:names)
    ) found ORDER BY rank, id DESC LIMIT 1
""")


def find_transaction(
    session: Session,
    *,
    organization_id: str,
    psp_account_id: str,
    names: Collection[str],
    transaction_ref: str | None,
) -> str | None:
    """Return the id of the transaction that a payment with these names, and that reference, is about."""
    found = session.execute(
        _FIND,
        {
            "organization_id": organization_id,
            "psp_account_id": psp_account_id,
            "names": list(names),
            "transaction_ref": transaction_ref,
        },
    )
    return found.scalar_one_or_none()


def lock_transaction(session: Session, *, organization_id: str, transaction_id: str) -> Transaction:
    """Lock one of the organization's transactions, as it is now."""
    statement = select(Transaction).where(
        Transaction.id == transaction_id, Transaction.organization_id == organization_id
    )
    return session.execute(statement.with_for_update().execution_options(populate_existing=True)).scalar_one()


def lock_payment(
    session: Session, *, organization_id: str, psp_account_id: str, psp_id: str, now: datetime
) -> PspPayment:
    """Lock what was told of a payment, by its own id; its row is made if this is the first time."""
    values = {
        "organization_id": organization_id,
        "psp_id": psp_id,
        "psp_account_id": psp_account_id,
        "declines": [],
        "seen_at": now,
    }
    session.execute(insert(PspPayment).values(values).on_conflict_do_nothing())
    statement = select(PspPayment).where(PspPayment.organization_id == organization_id, PspPayment.psp_id == psp_id)
    return session.execute(statement.with_for_update().execution_options(populate_existing=True)).scalar_one()


def keep_names(session: Session, *, payment: PspPayment, names: Collection[str], now: datetime) -> None:
    """Let the other names of a payment lead to the same transaction."""
    rows: list[dict[str, Any]] = [
        {
            "organization_id": payment.organization_id,
            "psp_id": name,
            "psp_account_id": payment.psp_account_id,
            "transaction_id": payment.transaction_id,
            "placeholder": payment.placeholder,
            "declines": [],
            "seen_at": now,
        }
        for name in sorted(set(names) - {payment.psp_id})
    ]
    if rows:
        session.execute(insert(PspPayment).values(rows).on_conflict_do_nothing())


def lock_names(session: Session, *, transaction_id: str) -> Sequence[str]:
    """Lock the names of all payments that were told of for a transaction, and return them; before the transaction."""
    statement = select(PspPayment.psp_id).where(PspPayment.transaction_id == transaction_id).order_by(PspPayment.psp_id)
    return session.execute(statement.with_for_update()).scalars().all()


def was_reported(session: Session, *, transaction_id: str, names: Collection[str], codes: Collection[str]) -> bool:
    """Tell whether a failure of one of these payments, with one of these codes, is written down already."""
    statement = select(func.count()).where(
        FailureEvent.transaction_id == transaction_id,
        FailureEvent.psp_payment_id.in_(names),
        or_(FailureEvent.failure_reason.in_(codes), FailureEvent.failure_code.in_(codes)),
    )
    return bool(session.execute(statement).scalar_one())


def charge_named(session: Session, *, psp_account_id: str, names: Collection[str]) -> Charge | None:
    """Return the booked charge with one of these names."""
    statement = select(Charge).where(Charge.psp_account_id == psp_account_id, Charge.psp_payment_id.in_(names))
    return session.execute(statement.order_by(Charge.id).limit(1)).scalar_one_or_none()


def attempt_of_account(session: Session, *, attempt_id: str) -> tuple[str, str | None] | None:
    """Return an attempt's organization and account."""
    row = session.execute(
        select(Attempt.organization_id, Attempt.psp_account_id).where(Attempt.id == attempt_id)
    ).one_or_none()
    return (row[0], row[1]) if row else None


def lock_reversal(session: Session, *, psp_account_id: str, kind: str, psp_id: str) -> PaymentReversal | None:
    """Lock a refund or dispute by the provider's name of it."""
    statement = select(PaymentReversal).where(
        PaymentReversal.psp_account_id == psp_account_id,
        PaymentReversal.kind == kind,
        PaymentReversal.psp_id == psp_id,
    )
    return session.execute(statement.with_for_update()).scalar_one_or_none()


def list_reversals(session: Session, *, transaction_id: str) -> Sequence[PaymentReversal]:
    """Return what went back of a transaction's payments, the oldest first; the first five hundred."""
    statement = select(PaymentReversal).where(PaymentReversal.transaction_id == transaction_id)
    return session.execute(statement.order_by(PaymentReversal.id).limit(500)).scalars().all()


def lock_latest(session: Session, *, transaction_id: str) -> Recovery:
    """Lock a transaction's newest recovery, as it is now; the caller holds the transaction's lock."""
    statement = select(Recovery).where(Recovery.transaction_id == transaction_id).order_by(Recovery.id.desc()).limit(1)
    return session.execute(statement.with_for_update().execution_options(populate_existing=True)).scalar_one()


def find_twin(session: Session, *, transaction: Transaction, names: Collection[str]) -> str | None:
    """Return another transaction of the organization that the merchant said one of these payments is for."""
    statement = (
        select(Transaction.id)
        .where(
            Transaction.organization_id == transaction.organization_id,
            Transaction.psp_payment_id.in_(names),
            Transaction.id != transaction.id,
        )
        .order_by(Transaction.id)
        .limit(1)
    )
    return session.execute(statement).scalar_one_or_none()


def move_payments(session: Session, *, from_id: str, to_id: str) -> None:
    """Let all names that led to one transaction lead to another, which has the merchant's own reference."""
    values: dict[str, Any] = {"transaction_id": to_id, "placeholder": None}
    session.execute(update(PspPayment).where(PspPayment.transaction_id == from_id).values(values))

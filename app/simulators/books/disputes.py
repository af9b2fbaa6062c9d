"""Disputes: opened and decided by whoever holds the simulator."""

from app.simulators.books import payments
from app.simulators.books.database import Row
from app.simulators.books.errors import not_found
from app.simulators.books.skin import Kind
from app.simulators.books.unit import Unit


def open_dispute(unit: Unit, payment_id: str, *, amount: int | None = None, reason: str = "fraudulent") -> Row:
    """Let the payer's bank ask the money back; raises `NOT_FOUND`."""
    payment = payments.get(unit, payment_id)
    row = unit.written(
        """
        INSERT INTO disputes (id, account_id, payment_id, amount, status, reason, created_at)
        VALUES (%(id)s, %(account_id)s, %(payment_id)s, %(amount)s, 'open', %(reason)s, %(now)s) RETURNING *
        """,
        id=unit.skin.new_id(Kind.DISPUTE),
        payment_id=payment_id,
        amount=amount or payment["amount"],
        reason=reason,
    )
    unit.tell(Kind.DISPUTE, row, payment)
    return row


def decide(unit: Unit, dispute_id: str, status: str) -> Row:
    """End a dispute: `won` or `lost`, as the merchant sees it; raises `NOT_FOUND`."""
    row = unit.row(
        "UPDATE disputes SET status = %(status)s WHERE account_id = %(account_id)s AND id = %(id)s RETURNING *",
        id=dispute_id,
        status=status,
    )
    if row is None:
        raise not_found("dispute")
    unit.tell(Kind.DISPUTE, row, payments.get(unit, row["payment_id"]))
    return row

"""Refunds: never more than was captured. Providers' own keys make them happen once."""

from collections.abc import Mapping
from typing import Final

from psycopg.types.json import Jsonb

from app.simulators.books import payments
from app.simulators.books.database import Row
from app.simulators.books.errors import BooksError, Refusal, invalid, not_found
from app.simulators.books.skin import Kind
from app.simulators.books.unit import Unit

_REFUNDABLE: Final = frozenset({"captured", "refunded"})


def refund(
    unit: Unit,
    payment_id: str,
    *,
    amount: int | None = None,
    currency: str | None = None,
    reference: str | None = None,
    metadata: Mapping[str, str] | None = None,
) -> Row:
    """Give money back, all that is left without an amount; raises `NOT_FOUND`, `WRONG_STATE`, `TOO_MUCH` or `INVALID`.

    `reference` is the merchant's word for the refund, to find it by.
    """
    payment = payments.get(unit, payment_id, lock=True)
    if payment["status"] not in _REFUNDABLE:
        raise BooksError(Refusal.WRONG_STATE, "There is nothing to give back.")
    left = int(payment["amount"]) - int(payment["refunded_amount"])
    wanted = left if amount is None else amount
    if currency not in {None, payment["currency"]}:
        raise invalid("A refund has the currency of its payment.", param="currency")
    if not 0 < wanted <= left:
        raise BooksError(Refusal.TOO_MUCH, f"At most {left} can be given back.", param="amount")
    row = unit.written(
        """
        INSERT INTO refunds (id, account_id, payment_id, amount, reference, metadata, created_at)
        VALUES (%(id)s, %(account_id)s, %(payment_id)s, %(amount)s, %(reference)s, %(metadata)s, %(now)s) RETURNING *
        """,
        id=unit.skin.new_id(Kind.REFUND),
        payment_id=payment_id,
        amount=wanted,
        reference=reference,
        metadata=Jsonb(dict(metadata or {})),
    )
    after = unit.written(
        """
        UPDATE payments
        SET refunded_amount = refunded_amount + %(amount)s, updated_at = %(now)s,
            status = CASE WHEN refunded_amount + %(amount)s = amount THEN 'refunded' ELSE status END
        WHERE id = %(id)s RETURNING *
        """,
        id=payment_id,
        amount=wanted,
    )
    unit.tell(Kind.REFUND, row, after)
    return row


def get(unit: Unit, refund_id: str) -> Row:
    """Return a refund of the account; raises `NOT_FOUND`."""
    row = unit.row("SELECT * FROM refunds WHERE account_id = %(account_id)s AND id = %(id)s", id=refund_id)
    if row is None:
        raise not_found("refund")
    return row


def of_payment(unit: Unit, payment_id: str) -> list[Row]:
    """Return a payment's refunds, oldest first."""
    statement = "SELECT * FROM refunds WHERE account_id = %(account_id)s AND payment_id = %(id)s ORDER BY seq"
    return unit.rows(statement, id=payment_id)

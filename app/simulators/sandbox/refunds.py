"""Refunds: once per key, never more than was captured."""

import secrets
from dataclasses import asdict, dataclass

from app.simulators.sandbox import outbox
from app.simulators.sandbox.errors import SandboxError, invalid, not_found
from app.simulators.sandbox.idempotency import Answer, fingerprint, hold, refuse_other
from app.simulators.sandbox.schema import Conn, Database, Row
from app.simulators.sandbox.views import refund_view


@dataclass(frozen=True, slots=True)
class RefundOrder:
    """One refund that somebody asked for; `amount` in minor units, None for all that is left."""

    payment_id: str
    amount: int | None
    currency: str | None


def refund(database: Database, account_id: int, key: str, order: RefundOrder) -> Answer:
    """Give money back once per key; raises 404, 409 (nothing captured) or 422 (too much, another currency)."""
    request_hash = fingerprint(asdict(order))
    with database.transaction() as connection:
        hold(connection, "refund", account_id, key)
        earlier = connection.execute(
            "SELECT * FROM sandbox_psp.refunds WHERE account_id = %s AND idempotency_key = %s", [account_id, key]
        ).fetchone()
        if earlier:
            refuse_other(earlier, request_hash)
            return Answer(status=201, body=refund_view(earlier), replayed=True)
        amount = _amount(connection, account_id, order)
        row = connection.execute(
            """
            INSERT INTO sandbox_psp.refunds (id, account_id, payment_id, idempotency_key, request_hash, amount)
            VALUES (%s, %s, %s, %s, %s, %s) RETURNING *
            """,
            [f"re_{secrets.token_hex(12)}", account_id, order.payment_id, key, request_hash, amount],
        ).fetchone()
        if row is None:
            raise AssertionError("an INSERT that returned nothing")
        _book(connection, order.payment_id, amount)
    return Answer(status=201, body=refund_view(row))


def _amount(connection: Conn, account_id: int, order: RefundOrder) -> int:
    payment: Row | None = connection.execute(
        "SELECT * FROM sandbox_psp.payments WHERE account_id = %s AND id = %s FOR UPDATE",
        [account_id, order.payment_id],
    ).fetchone()
    if payment is None:
        raise not_found("payment")
    if payment["status"] not in {"captured", "refunded"}:
        raise SandboxError(409, "payment_not_captured", "There is nothing to give back.")
    left = int(payment["amount"]) - int(payment["refunded_amount"])
    amount = left if order.amount is None else order.amount
    if order.currency not in {None, payment["currency"]}:
        raise invalid("A refund has the currency of its payment.")
    if not 0 < amount <= left:
        raise SandboxError(422, "refund_exceeds_amount", f"At most {left} can be given back.")
    return amount


def _book(connection: Conn, payment_id: str, amount: int) -> None:
    row = connection.execute(
        """
        UPDATE sandbox_psp.payments
        SET refunded_amount = refunded_amount + %(amount)s,
            status = CASE WHEN refunded_amount + %(amount)s = amount THEN 'refunded' ELSE status END
        WHERE id = %(id)s RETURNING *
        """,
        {"amount": amount, "id": payment_id},
    ).fetchone()
    if row is not None:
        outbox.enqueue(connection, row, kind="payment.refunded")

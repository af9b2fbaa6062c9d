"""Payments: made, tried with a token's script, settled. Each change writes the webhooks that tell of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from psycopg.types.json import Jsonb

from app.simulators.books.database import Row
from app.simulators.books.errors import BooksError, Refusal, not_found
from app.simulators.books.scripts import Script, script_of
from app.simulators.books.skin import Kind
from app.simulators.books.unit import Unit

_RETRY_AFTER: Final = 2
_OPEN: Final = frozenset({"created", "declined", "requires_action"})

_INSERT: Final = """
INSERT INTO payments (id, account_id, parent, checkout_id, reference, attempt_id, customer, token, amount, currency,
                      status, metadata, data, created_at, updated_at)
VALUES (%(id)s, %(account_id)s, %(parent)s, %(checkout_id)s, %(reference)s, %(attempt_id)s, %(customer)s, %(token)s,
        %(amount)s, %(currency)s, 'created', %(metadata)s, %(data)s, %(now)s, %(now)s)
RETURNING *
"""
_MARK: Final = """
UPDATE payments SET status = %(status)s, decline = %(decline)s, token = coalesce(%(token)s, token),
       settles = coalesce(%(settles)s, settles), tries = tries + %(tried)s,
       declines = declines + CASE WHEN %(status)s = 'declined' THEN %(tried)s ELSE 0 END, updated_at = %(now)s
WHERE id = %(id)s RETURNING *
"""


@dataclass(frozen=True, slots=True)
class Order:
    """One payment that somebody wants; `amount` in minor units.

    `reference` is the merchant's word for the sale; without one it is metadata `transaction_ref` or
    `order_id`, else the payment's own id. `parent` is what it belongs to (an order, an intent). `data` is the skin's.
    """

    amount: int
    currency: str
    token: str | None = None
    reference: str | None = None
    parent: str | None = None
    customer: str | None = None
    checkout_id: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    data: Mapping[str, Any] = field(default_factory=dict)


def create(unit: Unit, order: Order, *, payment_id: str | None = None) -> Row:
    """Write a payment that nobody tried yet (`created`)."""
    own_id = payment_id or unit.skin.new_id(Kind.PAYMENT)
    reference = order.reference or order.metadata.get("transaction_ref") or order.metadata.get("order_id")
    return unit.written(
        _INSERT,
        id=own_id,
        parent=order.parent,
        checkout_id=order.checkout_id,
        reference=reference or own_id,
        attempt_id=order.metadata.get("attempt_id"),
        customer=order.customer,
        token=order.token,
        amount=order.amount,
        currency=order.currency,
        metadata=Jsonb(dict(order.metadata)),
        data=Jsonb(dict(order.data)),
    )


def charge(unit: Unit, order: Order, *, payment_id: str | None = None) -> Row:
    """Make a payment and try it at once; raises what the token's script refuses."""
    return attempt(unit, create(unit, order, payment_id=payment_id)["id"])


def attempt(unit: Unit, payment_id: str, *, token: str | None = None) -> Row:
    """Try a payment that waits for one, by `token` if given; raises `WRONG_STATE`, and what the script refuses."""
    payment = get(unit, payment_id, lock=True)
    if payment["status"] not in _OPEN:
        raise BooksError(Refusal.WRONG_STATE, f"This payment is {payment['status']}.")
    token = token or payment["token"]
    script = script_of(token)
    _refuse(unit, script)
    decline = _decline_of(unit, payment, token, script)
    row = unit.written(
        _MARK,
        id=payment_id,
        status="declined" if decline else script.status,
        decline=decline or (script.decline if script.status == "pending" else None),
        token=token,
        settles=script.settles,
        tried=1,
    )
    unit.stalls = unit.stalls or script.stalls
    unit.tell(Kind.PAYMENT, row, row)
    return row


def settle(unit: Unit, payment_id: str, status: str, *, decline: str | None = None) -> Row:
    """Give a payment its end, whatever it was (the payer authenticated, the bank answered late), and tell of it."""
    get(unit, payment_id, lock=True)
    word = (decline or "generic_decline") if status == "declined" else None
    tried = 1 if status == "declined" else 0
    row = unit.written(_MARK, id=payment_id, status=status, decline=word, token=None, settles=None, tried=tried)
    unit.tell(Kind.PAYMENT, row, row)
    return row


def merge_data(unit: Unit, payment_id: str, data: Mapping[str, Any]) -> Row:
    """Add to the skin's own data of a payment; tells nobody."""
    statement = "UPDATE payments SET data = data || %(data)s WHERE id = %(id)s RETURNING *"
    return unit.written(statement, id=payment_id, data=Jsonb(dict(data)))


def find(unit: Unit, payment_id: str, *, lock: bool = False) -> Row | None:
    """Return a payment of the account, or None."""
    statement = "SELECT * FROM payments WHERE account_id = %(account_id)s AND id = %(id)s"
    return unit.row(statement + (" FOR UPDATE" if lock else ""), id=payment_id)


def get(unit: Unit, payment_id: str, *, lock: bool = False) -> Row:
    """Return a payment of the account; raises `NOT_FOUND`."""
    row = find(unit, payment_id, lock=lock)
    if row is None:
        raise not_found("payment")
    return row


def of_parent(unit: Unit, parent: str) -> list[Row]:
    """Return the payments that belong to something, oldest first."""
    statement = "SELECT * FROM payments WHERE account_id = %(account_id)s AND parent = %(parent)s ORDER BY seq"
    return unit.rows(statement, parent=parent)


def look(unit: Unit, rows: list[Row]) -> list[Row]:
    """Count a read of each pending payment, which settles it at the second; return the rows as they are then."""
    return [_looked(unit, row) if row["status"] == "pending" else row for row in rows]


def _looked(unit: Unit, row: Row) -> Row:
    statement = "UPDATE payments SET reads = reads + 1 WHERE id = %(id)s AND status = 'pending' RETURNING *"
    seen = unit.row(statement, id=row["id"]) or get(unit, row["id"])
    if seen["status"] == "pending" and seen["reads"] > 1:
        return settle(unit, row["id"], seen["settles"], decline=seen["decline"])
    return seen


def _refuse(unit: Unit, script: Script) -> None:
    if script.refusal is Refusal.RATE_LIMITED:
        raise BooksError(Refusal.RATE_LIMITED, "Too many requests.", retry_after_seconds=_RETRY_AFTER)
    if script.refusal:
        raise BooksError(script.refusal, "Down for maintenance.")
    if script.stalls and not script.booked:
        raise BooksError(Refusal.TIMED_OUT, "The issuer did not answer.", stalls=True)
    if script.breaks:
        unit.breaks = BooksError(Refusal.BROKEN, "Something went wrong on our side.")
        if not script.booked:
            raise unit.breaks


def _decline_of(unit: Unit, payment: Row, token: str | None, script: Script) -> str | None:
    if not script.declines_first:
        return script.decline if script.status == "declined" else None
    # Two charges of one reference at once must not both count the same declines.
    lock = f"reference:{unit.account.id}:{payment['reference']}"
    unit.rows("SELECT pg_advisory_xact_lock(hashtextextended(%(lock)s, 0))", lock=lock)
    counted = unit.written(
        """
        SELECT coalesce(sum(declines), 0) AS declines FROM payments
        WHERE account_id = %(account_id)s AND reference = %(reference)s AND token = %(token)s
        """,
        reference=payment["reference"],
        token=token,
    )
    return script.decline if counted["declines"] < script.declines_first else None

"""Hosted payment pages: only the payer completes them, at most once each."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from psycopg.types.json import Jsonb

from app.simulators.books import payments
from app.simulators.books.database import Row
from app.simulators.books.errors import BooksError, Refusal, not_found
from app.simulators.books.payments import Order
from app.simulators.books.skin import Kind
from app.simulators.books.unit import Unit

TOKEN: Final = "checkout"  # noqa: S105  (what the books say instead of a saved method)
CHOICES: Final[Mapping[str, str]] = {"pay": "captured", "decline": "declined", "authenticate": "requires_action"}


@dataclass(frozen=True, slots=True)
class CheckoutOrder:
    """A page that somebody wants; `amount` in minor units. What is paid there carries metadata, parent and customer."""

    amount: int
    currency: str
    success_url: str
    cancel_url: str
    expires_at: datetime
    parent: str | None = None
    customer: str | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    data: Mapping[str, Any] = field(default_factory=dict)


def open_checkout(unit: Unit, order: CheckoutOrder, *, checkout_id: str | None = None) -> Row:
    """Open a page. Its address is `Books.page_url(request, id)`."""
    own_id = checkout_id or unit.skin.new_id(Kind.CHECKOUT)
    return unit.written(
        """
        INSERT INTO checkouts (id, account_id, parent, reference, amount, currency, success_url, cancel_url, metadata,
                               data, expires_at, created_at)
        VALUES (%(id)s, %(account_id)s, %(parent)s, %(reference)s, %(amount)s, %(currency)s, %(success_url)s,
                %(cancel_url)s, %(metadata)s, %(data)s, %(expires_at)s, %(now)s)
        RETURNING *
        """,
        id=own_id,
        parent=order.parent,
        reference=order.metadata.get("transaction_ref") or order.metadata.get("order_id") or own_id,
        amount=order.amount,
        currency=order.currency,
        success_url=order.success_url,
        cancel_url=order.cancel_url,
        metadata=Jsonb(dict(order.metadata)),
        data=Jsonb({**order.data, "customer": order.customer}),
        expires_at=order.expires_at,
    )


def get(unit: Unit, checkout_id: str, *, lock: bool = False) -> Row:
    """Return a page of the account; raises `NOT_FOUND`. Its payments are those with this `checkout_id`."""
    statement = "SELECT * FROM checkouts WHERE account_id = %(account_id)s AND id = %(id)s"
    row = unit.row(statement + (" FOR UPDATE" if lock else ""), id=checkout_id)
    if row is None:
        raise not_found("checkout")
    return row


def state(unit: Unit, checkout: Row) -> str:
    """Return `complete`, `expired` or `open`."""
    if checkout["payment_id"]:
        return "complete"
    return "expired" if checkout["expires_at"] <= unit.now else "open"


def latest_payment(unit: Unit, checkout: Row) -> Row | None:
    """Return the payment that completed the page, else its latest try."""
    return unit.row(
        """
        SELECT * FROM payments WHERE checkout_id = %(id)s
        ORDER BY (id = %(paid)s) IS TRUE DESC, seq DESC LIMIT 1
        """,
        id=checkout["id"],
        paid=checkout["payment_id"],
    )


def expire(unit: Unit, checkout_id: str) -> Row:
    """Close a page that nobody paid; raises `WRONG_STATE` if somebody did."""
    checkout = get(unit, checkout_id, lock=True)
    if checkout["payment_id"]:
        raise BooksError(Refusal.WRONG_STATE, "This page was paid.")
    statement = "UPDATE checkouts SET expires_at = least(expires_at, %(now)s) WHERE id = %(id)s RETURNING *"
    row = unit.written(statement, id=checkout_id)
    unit.tell(Kind.CHECKOUT, row, None)
    return row


def act(unit: Unit, checkout_id: str, status: str) -> Row:
    """Let the payer act: `captured`, `declined` or `requires_action`; raises `NOT_FOUND` or `EXPIRED`.

    A page that is complete stays as it is: a second click pays nothing.
    """
    checkout = get(unit, checkout_id, lock=True)
    if checkout["payment_id"]:
        return checkout
    if checkout["expires_at"] <= unit.now:
        raise BooksError(Refusal.EXPIRED, "This payment page has expired.")
    payment = payments.settle(unit, _payment_for(unit, checkout)["id"], status)
    if payment["status"] != "captured":
        return checkout
    row = unit.written(
        "UPDATE checkouts SET payment_id = %(payment_id)s WHERE id = %(id)s RETURNING *",
        id=checkout_id,
        payment_id=payment["id"],
    )
    unit.tell(Kind.CHECKOUT, row, payment)
    return row


def _payment_for(unit: Unit, checkout: Row) -> Row:
    latest = latest_payment(unit, checkout)
    again = {"requires_action", "created", *(("declined",) if unit.skin.one_payment_per_checkout else ())}
    if latest is not None and latest["status"] in again:
        return latest
    order = Order(
        checkout["amount"],
        checkout["currency"],
        token=TOKEN,
        reference=checkout["reference"],
        parent=checkout["parent"],
        customer=checkout["data"].get("customer"),
        checkout_id=checkout["id"],
        metadata=checkout["metadata"],
    )
    return payments.create(unit, order)

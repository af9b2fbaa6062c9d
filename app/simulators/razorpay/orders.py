"""Orders: what payments are made on, one of which is captured at most.

A receipt may be used again, unless `unique_receipt` asks for the order that has it. Accounts whose key holds
`plain` do not know that parameter, as Razorpay's may not.
"""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query
from fastapi.responses import Response

from app.simulators.books import listing, objects, payments
from app.simulators.books.core import InAccount, InBooks, JsonBody
from app.simulators.books.database import Row
from app.simulators.books.errors import BooksError, Refusal, invalid
from app.simulators.books.skin import Answer
from app.simulators.books.unit import Unit
from app.simulators.razorpay.bodies import amount_of, currency_of, notes_of, text_of
from app.simulators.razorpay.names import fresh
from app.simulators.razorpay.views import collection, order_view, payment_view

router = APIRouter(prefix="/orders")
KIND: Final = "order"
_LONGEST_RECEIPT: Final = 40
_PLAIN: Final = "plain"
Count = Annotated[int, Query(ge=1, le=100)]
Skip = Annotated[int, Query(ge=0)]


@router.post("")
def create(books: InBooks, account: InAccount, body: JsonBody) -> Response:
    """Make an order."""
    unique = bool(body.get("unique_receipt"))
    if "unique_receipt" in body and _PLAIN in account.name:
        raise BooksError(Refusal.INVALID, "unique_receipt is/are not required and should not be sent")
    return books.write(account, None, None, lambda unit: Answer(200, _made(unit, body, unique=unique)))


@router.get("")
def list_(
    books: InBooks, account: InAccount, receipt: str | None = None, count: Count = 10, skip: Skip = 0
) -> Response:
    """List orders, the newest first."""

    def work(unit: Unit) -> dict[str, Any]:
        window = listing.Window(limit=count, offset=skip, newest_first=True)
        page = listing.rows_of(unit, "objects", window, kind=KIND, parent=receipt)
        return collection([shown(unit, row) for row in page.rows])

    return books.read(account, work)


@router.get("/{order_id}")
def read(books: InBooks, account: InAccount, order_id: str) -> Response:
    """Show an order."""
    return books.read(account, lambda unit: shown(unit, objects.get(unit, KIND, order_id)))


@router.get("/{order_id}/payments")
def read_payments(books: InBooks, account: InAccount, order_id: str) -> Response:
    """List an order's payments."""

    def work(unit: Unit) -> dict[str, Any]:
        row = objects.get(unit, KIND, order_id)
        rows = payments.look(unit, payments.of_parent(unit, row["id"]))
        return collection([payment_view(payment) for payment in reversed(rows)])

    return books.read(account, work)


def put(unit: Unit, *, amount: int, currency: str, receipt: str, notes: dict[str, str]) -> Row:
    """Write an order."""
    data = {"amount": amount, "currency": currency, "receipt": receipt, "notes": notes}
    return objects.put(unit, KIND, fresh("order"), data, parent=receipt or None)


def lock(unit: Unit, order_id: str) -> Row:
    """Return an order that nobody else may pay meanwhile; raises `NOT_FOUND`, and `WRONG_STATE` if it was paid."""
    row = objects.get(unit, KIND, order_id)
    unit.rows("SELECT id FROM objects WHERE id = %(id)s FOR UPDATE", id=order_id)
    if any(payment["status"] in _TAKEN for payment in payments.of_parent(unit, order_id)):
        raise BooksError(Refusal.WRONG_STATE, "Payment already done for this order.")
    return row


def shown(unit: Unit, row: Row) -> dict[str, Any]:
    """Show an order with what was paid on it."""
    return order_view(row, payments.of_parent(unit, row["id"]))


_TAKEN: Final = frozenset({"authorized", "captured", "refunded"})


def _made(unit: Unit, body: dict[str, Any], *, unique: bool) -> dict[str, Any]:
    amount, currency, notes = amount_of(body), currency_of(body), notes_of(body)
    receipt = text_of(body, "receipt", longest=_LONGEST_RECEIPT, required=unique)
    if not body.get("payment_capture", True):
        raise invalid("This simulator captures by itself.", param="payment_capture")
    if unique:
        held = f"receipt:{unit.account.id}:{receipt}"
        unit.rows("SELECT pg_advisory_xact_lock(hashtextextended(%(held)s, 0))", held=held)
        earlier = objects.of_parent(unit, KIND, receipt)
        if earlier:
            return shown(unit, earlier[0])
    return shown(unit, put(unit, amount=amount, currency=currency, receipt=receipt, notes=notes))

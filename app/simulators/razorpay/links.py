"""Payment links: hosted pages with a reference of their own. Each has an order, which carries its notes."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.simulators.books import checkouts
from app.simulators.books.core import Books, InAccount, InBooks, JsonBody
from app.simulators.books.database import Row
from app.simulators.books.errors import invalid
from app.simulators.books.skin import Answer
from app.simulators.books.unit import Unit
from app.simulators.razorpay import orders
from app.simulators.razorpay.bodies import amount_of, currency_of, notes_of, text_of
from app.simulators.razorpay.views import collection, link_view

router = APIRouter(prefix="/payment_links")
_LONGEST_REFERENCE: Final = 40
_LONGEST_TEXT: Final = 2048
_LEAST: Final = timedelta(minutes=15)
_MOST: Final = timedelta(days=184)
_LATEST: Final = 10**10
_FIND: Final = """
SELECT * FROM checkouts WHERE account_id = %(account_id)s AND data->>'reference_id' = %(reference_id)s ORDER BY seq
"""


@router.post("")
def create(request: Request, books: InBooks, account: InAccount, body: JsonBody) -> Response:
    """Open a link; a reference is used once."""

    def work(unit: Unit) -> Answer:
        reference_id = text_of(body, "reference_id", longest=_LONGEST_REFERENCE, required=False)
        if reference_id:
            held = f"reference_id:{unit.account.id}:{reference_id}"
            unit.rows("SELECT pg_advisory_xact_lock(hashtextextended(%(held)s, 0))", held=held)
            if unit.rows(_FIND, reference_id=reference_id):
                raise invalid("payment link creation with reference ID already attempted", param="reference_id")
        row = checkouts.open_checkout(unit, _wanted(unit, body, reference_id))
        return Answer(200, _shown(books, request, unit, row))

    return books.write(account, None, None, work)


@router.get("")
def list_(request: Request, books: InBooks, account: InAccount, reference_id: str = "") -> Response:
    """List the links of a reference."""

    def work(unit: Unit) -> dict[str, Any]:
        rows = unit.rows(_FIND, reference_id=reference_id)
        return collection([_shown(books, request, unit, row) for row in rows], key="payment_links")

    return books.read(account, work)


@router.get("/{link_id}")
def read(request: Request, books: InBooks, account: InAccount, link_id: str) -> Response:
    """Show a link."""
    return books.read(account, lambda unit: _shown(books, request, unit, checkouts.get(unit, link_id)))


def _wanted(unit: Unit, body: dict[str, Any], reference_id: str) -> checkouts.CheckoutOrder:
    amount, currency, notes = amount_of(body), currency_of(body), notes_of(body)
    order = orders.put(unit, amount=amount, currency=currency, receipt=reference_id, notes=notes)
    callback = text_of(body, "callback_url", longest=_LONGEST_TEXT)
    return checkouts.CheckoutOrder(
        amount,
        currency,
        success_url=callback,
        cancel_url=callback,
        expires_at=_expiry(unit, body),
        parent=order["id"],
        metadata=notes,
        data={
            "reference_id": reference_id,
            "description": text_of(body, "description", longest=_LONGEST_TEXT, required=False),
        },
    )


def _expiry(unit: Unit, body: dict[str, Any]) -> datetime:
    seconds = body.get("expire_by", 0)
    if not seconds:
        return unit.now + _MOST
    if not isinstance(seconds, int) or not 0 < seconds < _LATEST:
        raise invalid("expire_by: must be a valid Unix timestamp", param="expire_by")
    expires_at = datetime.fromtimestamp(seconds, UTC)
    if expires_at < unit.now + _LEAST:
        raise invalid("timestamp must be atleast 15 minutes in future", param="expire_by")
    return expires_at


def _shown(books: Books, request: Request, unit: Unit, row: Row) -> dict[str, Any]:
    return link_view(
        row,
        checkouts.state(unit, row),
        url=books.page_url(request, row["id"]),
        payment=checkouts.latest_payment(unit, row),
    )

"""Xendit's hosted invoices (v2)."""

from datetime import datetime, timedelta
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response

from app.simulators.books import checkouts
from app.simulators.books.checkouts import CheckoutOrder
from app.simulators.books.core import Books, InAccount, InBooks, JsonBody
from app.simulators.books.database import Row
from app.simulators.books.errors import invalid
from app.simulators.books.skin import Answer
from app.simulators.books.unit import Unit
from app.simulators.xendit import views
from app.simulators.xendit.words import minor

router: Final = APIRouter()

_USUAL_SECONDS, _LONGEST_SECONDS = 86_400, 31_536_000
_NOWHERE: Final = "https://invoice.test/"
_LIST: Final = """
SELECT * FROM checkouts
WHERE account_id = %(account_id)s
  AND (%(external_id)s::text IS NULL OR data->>'external_id' = %(external_id)s)
  AND (%(since)s::timestamptz IS NULL OR created_at >= %(since)s)
  AND (%(until)s::timestamptz IS NULL OR created_at < %(until)s)
  AND (%(after)s::text IS NULL OR seq < (SELECT seq FROM checkouts WHERE id = %(after)s))
ORDER BY seq DESC LIMIT %(limit)s
"""


@router.post("/v2/invoices")
def create(request: Request, books: InBooks, account: InAccount, body: JsonBody) -> Response:
    """Open an invoice; one `external_id` may have several."""
    external_id, seconds = body.get("external_id"), body.get("invoice_duration", _USUAL_SECONDS)
    currency = str(body.get("currency", "IDR"))
    if not isinstance(external_id, str) or not external_id:
        raise invalid("external_id is required.", param="external_id")
    if type(seconds) is not int or not 0 < seconds <= _LONGEST_SECONDS:
        raise invalid("invoice_duration is out of range.", param="invoice_duration")
    metadata = body.get("metadata") or {}

    def work(unit: Unit) -> Answer:
        order = CheckoutOrder(
            minor(body.get("amount"), currency, name="amount"),
            currency,
            str(body.get("success_redirect_url", _NOWHERE)),
            str(body.get("failure_redirect_url", _NOWHERE)),
            unit.now + timedelta(seconds=seconds),
            metadata=metadata,
            data={"external_id": external_id, "description": body.get("description")},
        )
        return Answer(200, _shown(books, request, unit, checkouts.open_checkout(unit, order)))

    return books.write(account, None, None, work)


@router.get("/v2/invoices")
def list_(
    request: Request,
    books: InBooks,
    account: InAccount,
    external_id: str | None = None,
    created_after: datetime | None = None,
    created_before: datetime | None = None,
    last_invoice: str | None = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 10,
) -> Response:
    """List invoices, the newest first: the reply is the list itself."""
    with books.unit(account) as unit:
        rows = unit.rows(
            _LIST,
            external_id=external_id,
            since=created_after,
            until=created_before,
            after=last_invoice,
            limit=limit,
        )
        return JSONResponse([_shown(books, request, unit, row) for row in rows])


@router.get("/v2/invoices/{invoice_id}")
def read(request: Request, books: InBooks, account: InAccount, invoice_id: str) -> Response:
    """Show an invoice."""
    return books.read(account, lambda unit: _shown(books, request, unit, checkouts.get(unit, invoice_id)))


@router.post("/invoices/{invoice_id}/expire!")
def expire(request: Request, books: InBooks, account: InAccount, invoice_id: str) -> Response:
    """Close an invoice that nobody paid."""

    def work(unit: Unit) -> Answer:
        return Answer(200, _shown(books, request, unit, checkouts.expire(unit, invoice_id)))

    return books.write(account, None, None, work)


def _shown(books: Books, request: Request, unit: Unit, row: Row) -> dict[str, Any]:
    paid = checkouts.latest_payment(unit, row) if row["payment_id"] else None
    return views.invoice(row, books.page_url(request, row["id"]), checkouts.state(unit, row), paid)

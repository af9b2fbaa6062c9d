"""PayMongo's hosted pages: checkout sessions and links. Neither ends by itself."""

import secrets
from datetime import timedelta
from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, Request
from fastapi.responses import Response

from app.simulators.books import checkouts, refunds
from app.simulators.books.checkouts import CheckoutOrder
from app.simulators.books.core import Books, InAccount, InBooks, JsonBody
from app.simulators.books.database import Row
from app.simulators.books.errors import invalid
from app.simulators.books.skin import Answer
from app.simulators.books.unit import Unit
from app.simulators.paymongo import views
from app.simulators.paymongo.bodies import amount_of, attributes_of, currency_of, metadata_of, text_of
from app.simulators.paymongo.words import is_live

router: Final = APIRouter()

Key = Annotated[str | None, Header(alias="Idempotency-Key", max_length=255)]
_ALWAYS: Final = timedelta(days=3650)
_NOWHERE: Final = "https://pm.test/"


@router.post("/v1/checkout_sessions")
def create_session(request: Request, books: InBooks, account: InAccount, body: JsonBody, key: Key = None) -> Response:
    """Open a page for some lines."""
    asked = attributes_of(body)
    lines = asked.get("line_items")
    if not isinstance(lines, list) or not lines:
        raise invalid("line_items is required.", param="line_items")
    total = sum(amount_of(line) * amount_of(line, "quantity") for line in lines)
    currency = currency_of(lines[0])
    urls = text_of(asked, "success_url"), text_of(asked, "cancel_url")
    kept = ("description", "line_items", "payment_method_types", "reference_number")
    data = {name: asked[name] for name in kept if name in asked}

    def work(unit: Unit) -> Answer:
        order = CheckoutOrder(total, currency, *urls, unit.now + _ALWAYS, metadata=metadata_of(asked), data=data)
        return Answer(200, _shown(books, request, unit, checkouts.open_checkout(unit, order)))

    return books.write(account, key, ["checkout_sessions", body], work)


@router.get("/v1/checkout_sessions/{page_id}")
@router.get("/v1/links/{page_id}")
def read_page(request: Request, books: InBooks, account: InAccount, page_id: str) -> Response:
    """Show a page."""
    return books.read(account, lambda unit: _shown(books, request, unit, checkouts.get(unit, page_id)))


@router.post("/v1/checkout_sessions/{page_id}/expire")
def expire_session(request: Request, books: InBooks, account: InAccount, page_id: str) -> Response:
    """Close a page by hand."""

    def work(unit: Unit) -> Answer:
        return Answer(200, _shown(books, request, unit, checkouts.expire(unit, page_id)))

    return books.write(account, None, None, work)


@router.post("/v1/links")
def create_link(request: Request, books: InBooks, account: InAccount, body: JsonBody) -> Response:
    """Open a link."""
    asked = attributes_of(body)
    amount, description = amount_of(asked), text_of(asked, "description")
    data = {"description": description, "reference_number": secrets.token_hex(4)}

    def work(unit: Unit) -> Answer:
        order = CheckoutOrder(amount, "PHP", _NOWHERE, _NOWHERE, unit.now + _ALWAYS, data=data)
        row = checkouts.open_checkout(unit, order, checkout_id=f"link_{secrets.token_hex(12)}")
        return Answer(200, _shown(books, request, unit, row))

    return books.write(account, None, None, work)


def _shown(books: Books, request: Request, unit: Unit, row: Row) -> dict[str, Any]:
    live = is_live(unit.account.name)
    tries = unit.rows("SELECT * FROM payments WHERE checkout_id = %(id)s ORDER BY seq DESC", id=row["id"])
    listed = [one for one in tries if one["status"] in views.LISTED]
    shown = [views.payment(one, refunds.of_payment(unit, one["id"]), live=live) for one in listed]
    url = books.page_url(request, row["id"])
    return {"data": views.page(row, shown, url, checkouts.state(unit, row), live=live)}

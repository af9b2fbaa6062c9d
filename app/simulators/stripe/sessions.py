"""Checkout Sessions: hosted pages for one payment."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.simulators.books import checkouts, listing, payments
from app.simulators.books.core import Books, InAccount, InBooks
from app.simulators.books.database import Row
from app.simulators.books.errors import invalid
from app.simulators.books.skin import Answer
from app.simulators.books.unit import Unit
from app.simulators.stripe import forms
from app.simulators.stripe.papers import session_view
from app.simulators.stripe.params import Form, Id, Key, Query, window
from app.simulators.stripe.views import is_live, listed

router = APIRouter(prefix="/checkout/sessions")

_DEFAULT: Final = timedelta(hours=24)


@router.post("")
def create(request: Request, books: InBooks, account: InAccount, form: Form, key: Key = None) -> Response:
    """Open a page."""

    def work(unit: Unit) -> Answer:
        row = checkouts.open_checkout(unit, _order(unit, form))
        return Answer(200, _view(unit, row, books, request))

    return books.write(account, key, ["POST checkout/sessions", form], work)


@router.get("")
def list_(request: Request, books: InBooks, account: InAccount, query: Query) -> Response:
    """List pages, the newest first, or those of one intent."""

    def work(unit: Unit) -> dict[str, Any]:
        rows, more = _rows(unit, query)
        return listed([_view(unit, row, books, request) for row in rows], url="/v1/checkout/sessions", more=more)

    return books.read(account, work)


@router.get("/{session_id}")
def read(request: Request, books: InBooks, account: InAccount, session_id: Id, query: Query) -> Response:
    """Read a page."""
    expanded = forms.expands(query, "payment_intent")

    def work(unit: Unit) -> dict[str, Any]:
        return _view(unit, checkouts.get(unit, session_id), books, request, expanded=expanded)

    return books.read(account, work)


@router.post("/{session_id}/expire")
def expire(
    request: Request, books: InBooks, account: InAccount, session_id: Id, form: Form, key: Key = None
) -> Response:
    """Close a page that nobody paid."""

    def work(unit: Unit) -> Answer:
        return Answer(200, _view(unit, checkouts.expire(unit, session_id), books, request))

    return books.write(account, key, ["POST expire", session_id, form], work)


def _rows(unit: Unit, query: dict[str, Any]) -> tuple[list[Row], bool]:
    intent = query.get("payment_intent")
    if isinstance(intent, str):
        payment = payments.find(unit, intent)
        page_id = payment["checkout_id"] if payment else None
        return ([checkouts.get(unit, page_id)] if page_id else []), False
    page = listing.rows_of(unit, "checkouts", window(unit, "checkouts", query))
    return page.rows, page.more


def _order(unit: Unit, form: dict[str, Any]) -> checkouts.CheckoutOrder:
    items = form.get("line_items")
    item = items[0] if isinstance(items, list) and items and isinstance(items[0], dict) else {}
    price = forms.fields(item, "price_data")
    if form.get("mode") != "payment" or not price:
        raise invalid("This simulator opens pages in mode payment with price_data.", param="line_items")
    ends = datetime.fromtimestamp(forms.integer(form, "expires_at"), UTC) if "expires_at" in form else None
    return checkouts.CheckoutOrder(
        forms.integer(price, "unit_amount"),
        str(price.get("currency")).upper(),
        success_url=str(form.get("success_url")),
        cancel_url=str(form.get("cancel_url")),
        expires_at=ends or unit.now + _DEFAULT,
        customer=form.get("customer"),
        metadata=forms.metadata(forms.fields(form, "payment_intent_data")),
        data={
            "metadata": forms.metadata(form),
            "client_reference_id": form.get("client_reference_id"),
            "live": is_live(unit.account.name),
        },
    )


def _view(unit: Unit, row: Row, books: Books, request: Request, *, expanded: bool = False) -> dict[str, Any]:
    return session_view(
        row,
        checkouts.latest_payment(unit, row),
        state=checkouts.state(unit, row),
        url=books.page_url(request, row["id"]),
        expanded=expanded,
    )

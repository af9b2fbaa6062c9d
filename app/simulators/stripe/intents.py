"""PaymentIntents: made, confirmed, captured, cancelled, read, listed, searched."""

import re
from datetime import timedelta
from typing import Any, Final

from fastapi import APIRouter
from fastapi.responses import Response

from app.simulators.books import listing, payments
from app.simulators.books.core import InAccount, InBooks
from app.simulators.books.database import Row
from app.simulators.books.errors import BooksError, Refusal, invalid
from app.simulators.books.scripts import UNKNOWN_TOKEN, script_of
from app.simulators.books.skin import Answer
from app.simulators.books.unit import Unit
from app.simulators.stripe import forms
from app.simulators.stripe.params import Form, Id, Key, Query, window
from app.simulators.stripe.views import intent_view, is_live, last_error, listed, refused_for_payer

router = APIRouter(prefix="/payment_intents")

SEARCH_LAG: Final = timedelta(seconds=60)
"""How far search is behind what was made."""
_SEARCH: Final = re.compile(r"metadata\['attempt_id'\]:'([^']{1,200})'")
_CURRENCY: Final = re.compile(r"[a-z]{3}")


@router.post("")
def create(books: InBooks, account: InAccount, form: Form, key: Key = None) -> Response:
    """Make an intent, and try it if `confirm` says so. A decline is a 402 with the intent in the error."""
    return books.write(account, key, ["POST payment_intents", form], lambda unit: _create(unit, form))


@router.get("")
def list_(books: InBooks, account: InAccount, query: Query) -> Response:
    """List intents, the newest first."""
    expand = forms.expands(query, "data.latest_charge")

    def work(unit: Unit) -> dict[str, Any]:
        page = listing.rows_of(unit, "payments", window(unit, "payments", query), customer=query.get("customer"))
        items = [intent_view(row, expand_charge=expand) for row in payments.look(unit, page.rows)]
        return listed(items, url="/v1/payment_intents", more=page.more)

    return books.read(account, work)


@router.get("/search")
def search(books: InBooks, account: InAccount, query: Query) -> Response:
    """Search by the metadata `attempt_id`, a minute behind."""
    match = _SEARCH.fullmatch(str(query.get("query")))
    if match is None:
        raise invalid("This simulator searches by metadata['attempt_id'] only.", param="query")

    def work(unit: Unit) -> dict[str, Any]:
        seen = listing.Window(until=unit.now - SEARCH_LAG, limit=listing.MAX_LIMIT, newest_first=True)
        page = listing.rows_of(unit, "payments", seen, attempt_id=match[1])
        items = [intent_view(row) for row in page.rows]
        return {**listed(items, url="/v1/payment_intents/search", more=page.more), "object": "search_result"}

    return books.read(account, work)


@router.get("/{intent_id}")
def read(books: InBooks, account: InAccount, intent_id: Id, query: Query) -> Response:
    """Read an intent."""

    def work(unit: Unit) -> dict[str, Any]:
        row = payments.look(unit, [payments.get(unit, intent_id)])[0]
        return intent_view(row, expand_charge=forms.expands(query, "latest_charge"))

    return books.read(account, work)


@router.post("/{intent_id}/confirm")
def confirm(books: InBooks, account: InAccount, intent_id: Id, form: Form, key: Key = None) -> Response:
    """Try an intent, again or for the first time."""

    def work(unit: Unit) -> Answer:
        payments.merge_data(unit, payments.get(unit, intent_id)["id"], {"off_session": _off_session(form)})
        return _tried(unit, intent_id, _token(form), form)

    return books.write(account, key, ["POST confirm", intent_id, form], work)


@router.post("/{intent_id}/capture")
def capture(books: InBooks, account: InAccount, intent_id: Id, form: Form, key: Key = None) -> Response:
    """Take what was held."""
    return books.write(account, key, ["POST capture", intent_id, form], lambda u: _ended(u, intent_id, "captured"))


@router.post("/{intent_id}/cancel")
def cancel(books: InBooks, account: InAccount, intent_id: Id, form: Form, key: Key = None) -> Response:
    """Give an intent up."""
    return books.write(account, key, ["POST cancel", intent_id, form], lambda u: _ended(u, intent_id, "cancelled"))


def _create(unit: Unit, form: dict[str, Any]) -> Answer:
    currency, amount = str(form.get("currency")), forms.integer(form, "amount")
    if not _CURRENCY.fullmatch(currency):
        raise invalid(f"Invalid currency: {currency}", param="currency")
    if not amount:
        raise invalid("This value must be greater than or equal to 1.", param="amount")
    token = _token(form)
    order = payments.Order(
        amount,
        currency.upper(),
        token=token,
        customer=form.get("customer"),
        metadata=forms.metadata(form),
        data={
            "off_session": _off_session(form),
            "live": is_live(unit.account.name),
            "receipt_email": form.get("receipt_email"),
        },
    )
    row = payments.create(unit, order)
    if form.get("confirm") != "true":
        return Answer(200, intent_view(row))
    return _tried(unit, row["id"], token, form)


def _tried(unit: Unit, intent_id: str, token: str | None, form: dict[str, Any]) -> Answer:
    row = payments.attempt(unit, intent_id, token=token)
    if row["status"] == "declined" or refused_for_payer(row):
        return _declined(row)
    return Answer(200, intent_view(row, expand_charge=forms.expands(form, "latest_charge")))


def _declined(row: Row) -> Answer:
    return Answer(402, {"error": {**last_error(row), "payment_intent": intent_view(row)}})


def _ended(unit: Unit, intent_id: str, status: str) -> Answer:
    row = payments.get(unit, intent_id)
    needed = {"captured": {"authorized"}, "cancelled": {"created", "authorized", "declined", "requires_action"}}
    if row["status"] not in needed[status]:
        raise BooksError(Refusal.WRONG_STATE, f"This PaymentIntent is {row['status']}.")
    return Answer(200, intent_view(payments.settle(unit, intent_id, status)))


def _off_session(form: dict[str, Any]) -> bool:
    return form.get("off_session") == "true"


def _token(form: dict[str, Any]) -> str | None:
    token = form.get("payment_method")
    if token is None:
        return None
    if not isinstance(token, str) or script_of(token) is UNKNOWN_TOKEN:
        raise BooksError(Refusal.NOT_FOUND, f"No such PaymentMethod: '{token}'", param="payment_method")
    return token

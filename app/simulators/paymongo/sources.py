"""PayMongo's legacy sources (GCash): the payer authorizes one on its page, and the merchant then charges it once."""

import secrets
from collections.abc import Mapping
from html import escape
from typing import Annotated, Any, Final
from urllib.parse import parse_qs

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from app.simulators.books import objects, outbox, payments
from app.simulators.books.core import Books, InAccount, InBooks, JsonBody, RawBody
from app.simulators.books.database import Row
from app.simulators.books.errors import BooksError, Refusal, invalid, not_found
from app.simulators.books.payments import Order
from app.simulators.books.skin import Answer
from app.simulators.books.unit import Account, Unit
from app.simulators.paymongo.bodies import amount_of, attributes_of, currency_of, metadata_of
from app.simulators.paymongo.events import event
from app.simulators.paymongo.words import is_live

router: Final = APIRouter()

KIND: Final = "source"
_ENDS: Final[Mapping[str, str]] = {"authorize": "chargeable", "fail": "cancelled"}
_PAGE: Final = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Simulated GCash</title></head>
<body><h1>Simulated GCash</h1><p>{amount} centavos</p><form method="post">
<button name="choice" value="authorize">Authorize</button><button name="choice" value="fail">Fail</button>
</form></body></html>"""
SourceId = Annotated[str, Query(alias="id", pattern=r"^src_[0-9a-f]{1,64}$")]


@router.post("/v1/sources")
def create(request: Request, books: InBooks, account: InAccount, body: JsonBody) -> Response:
    """Make a source for its payer to authorize."""
    asked = attributes_of(body)
    redirect = asked.get("redirect")
    if not isinstance(redirect, dict):
        raise invalid("redirect is required.", param="redirect")
    source_id = f"src_{secrets.token_hex(12)}"
    data = {
        "amount": amount_of(asked),
        "currency": currency_of(asked),
        "type": asked.get("type", "gcash"),
        "redirect": {**redirect, "checkout_url": f"{books.base_url(request)}/sources?id={source_id}"},
        "metadata": metadata_of(asked) or None,
        "status": "pending",
    }
    work = lambda unit: Answer(200, {"data": view(objects.put(unit, KIND, source_id, data))})  # noqa: E731
    return books.write(account, None, None, work)


@router.get("/v1/sources/{source_id}")
def read(books: InBooks, account: InAccount, source_id: str) -> Response:
    """Show a source."""
    return books.read(account, lambda unit: {"data": view(objects.get(unit, KIND, source_id))})


@router.get("/sources")
def show_page(books: InBooks, source_id: SourceId) -> Response:
    """Show the payer's page; changes nothing."""
    with books.unit(_owner(books, source_id)) as unit:
        data = objects.get(unit, KIND, source_id)["data"]
    return HTMLResponse(_PAGE.format(amount=escape(str(data["amount"]))))


@router.post("/sources")
def act(books: InBooks, source_id: SourceId, body: RawBody) -> Response:
    """Let the payer authorize, or fail to."""
    choice = parse_qs(body.decode("ascii", "replace")).get("choice", [""])[0]
    if choice not in _ENDS:
        raise invalid("Choose one of the buttons.")
    with books.unit(_owner(books, source_id)) as unit:
        row = objects.get(unit, KIND, source_id)
        if row["data"]["status"] == "pending":
            row = objects.put(unit, KIND, source_id, {"status": _ENDS[choice]})
            live = is_live(unit.account.name)
            if choice == "authorize":
                told = event("source.chargeable", view(row), unit.now, live=live)
                outbox.enqueue(unit.connection, unit.account.id, told)
    ends = row["data"]["redirect"]
    where = ends.get("success" if choice == "authorize" else "failed") or "/"
    return RedirectResponse(where, status_code=303)


def charge(unit: Unit, asked: Mapping[str, Any]) -> Row:
    """Charge a source as its payer authorized it; raises `INVALID`, or `WRONG_STATE` for one that is not chargeable."""
    named = asked.get("source")
    source_id = named.get("id") if isinstance(named, dict) else None
    if not isinstance(source_id, str):
        raise invalid("source.id is required.", param="source.id")
    unit.rows("SELECT id FROM objects WHERE id = %(id)s FOR UPDATE", id=source_id)
    data = objects.get(unit, KIND, source_id)["data"]
    if data["status"] != "chargeable":
        raise BooksError(Refusal.WRONG_STATE, f"The source is {data['status']}.")
    if amount_of(asked) != data["amount"]:
        raise invalid("amount differs from the source's.", param="amount")
    objects.put(unit, KIND, source_id, {"status": "paid"})
    order = Order(
        data["amount"],
        data["currency"],
        token="gcash_sim_ok",  # noqa: S106  (the books' word: this one works)
        metadata=metadata_of(asked),
        data={"source": source_id, "description": asked.get("description")},
    )
    return payments.charge(unit, order, payment_id=f"pay_{secrets.token_hex(12)}")


def view(row: Row) -> dict[str, Any]:
    """Show a source."""
    made = int(row["created_at"].timestamp())
    return {"id": row["id"], "type": "source", "attributes": {**row["data"], "created_at": made, "updated_at": made}}


def _owner(books: Books, source_id: str) -> Account:
    rows = books.database.run(
        "SELECT a.id, a.name FROM objects o JOIN accounts a ON a.id = o.account_id WHERE o.id = %(id)s",
        {"id": source_id},
    )
    if not rows:
        raise not_found(KIND)
    return Account(rows[0]["id"], rows[0]["name"])

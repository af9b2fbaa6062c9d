"""Customers. Every well-formed id is one, and `cust_sim_down` and `cust_sim_rate_limited` make their reads fail."""

import re
from typing import Any, Final

from fastapi import APIRouter
from fastapi.responses import Response

from app.simulators.books import objects
from app.simulators.books.core import InAccount, InBooks, JsonBody
from app.simulators.books.errors import BooksError, Refusal, not_found
from app.simulators.books.scripts import script_of
from app.simulators.books.skin import Answer
from app.simulators.books.unit import Unit
from app.simulators.razorpay.names import fresh

router = APIRouter(prefix="/customers")
_ID: Final = re.compile(r"cust_[A-Za-z0-9_]{1,60}")
_NOBODY: Final = "cust_nobody"
_SHOWN: Final = ("name", "email", "contact")


@router.post("")
def create(books: InBooks, account: InAccount, body: JsonBody) -> Response:
    """Make a customer."""

    def work(unit: Unit) -> Answer:
        row = objects.put(unit, "customer", fresh("cust"), {name: body.get(name) for name in _SHOWN})
        return Answer(200, _view(row["id"], row["data"]))

    return books.write(account, None, None, work)


@router.get("/{customer_id}")
def read(books: InBooks, account: InAccount, customer_id: str) -> Response:
    """Show a customer."""
    refusal = script_of(customer_id).refusal
    if refusal is not None:
        wait = 2 if refusal is Refusal.RATE_LIMITED else None
        raise BooksError(refusal, "The customers cannot be read.", retry_after_seconds=wait)
    if not _ID.fullmatch(customer_id) or customer_id == _NOBODY:
        raise not_found("customer")

    def work(unit: Unit) -> dict[str, Any]:
        row = objects.find(unit, "customer", customer_id)
        return _view(customer_id, row["data"] if row else {})

    return books.read(account, work)


def _view(customer_id: str, data: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": customer_id,
        "entity": "customer",
        "name": data.get("name") or "Gaurav Kumar",
        "email": data.get("email") or "gaurav.kumar@example.com",
        "contact": data.get("contact") or "+919876543210",
        "notes": [],
    }

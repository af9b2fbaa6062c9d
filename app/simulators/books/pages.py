"""The hosted payment page: what a payer sees at the pretended provider, and what comes of a click."""

from typing import Annotated
from urllib.parse import parse_qs

from fastapi import APIRouter, Path
from fastapi.responses import RedirectResponse, Response

from app.simulators.books import checkouts, html
from app.simulators.books.core import Books, InBooks, RawBody
from app.simulators.books.database import Row
from app.simulators.books.errors import invalid, not_found
from app.simulators.books.unit import Account, Unit

router = APIRouter(prefix="/_simulator/checkout")

Id = Annotated[str, Path(pattern=r"^[0-9A-Za-z_-]{1,100}$")]


@router.get("/{checkout_id}")
def show(books: InBooks, checkout_id: Id) -> Response:
    """Show the page; changes nothing."""
    with books.unit(_owner(books, checkout_id)) as unit:
        checkout = checkouts.get(unit, checkout_id)
        if checkout["payment_id"]:
            return RedirectResponse(checkout["success_url"], status_code=303)
        return _page(unit, checkout)


@router.post("/{checkout_id}")
def act(books: InBooks, checkout_id: Id, body: RawBody) -> Response:
    """Do what the payer chose: pay, decline, authenticate or leave."""
    choice = parse_qs(body.decode("ascii", "replace")).get("choice", [""])[0]
    with books.unit(_owner(books, checkout_id)) as unit:
        if choice == "leave":
            return RedirectResponse(checkouts.get(unit, checkout_id)["cancel_url"], status_code=303)
        if choice not in checkouts.CHOICES:
            raise invalid("Choose one of the buttons.")
        checkouts.act(unit, checkout_id, checkouts.CHOICES[choice])
    # Back to the page, which knows where a paid one leads: reloading it posts nothing again.
    return RedirectResponse(f"/_simulator/checkout/{checkout_id}", status_code=303)


def _owner(books: Books, checkout_id: str) -> Account:
    rows = books.database.run(
        "SELECT a.id, a.name FROM checkouts c JOIN accounts a ON a.id = c.account_id WHERE c.id = %(id)s",
        {"id": checkout_id},
    )
    if not rows:
        raise not_found("checkout")
    return Account(rows[0]["id"], rows[0]["name"])


def _page(unit: Unit, checkout: Row) -> Response:
    latest = checkouts.latest_payment(unit, checkout)
    return html.page(
        f"Simulated {unit.skin.name.capitalize()} checkout",
        amount=checkout["amount"],
        currency=checkout["currency"],
        reference=checkout["reference"],
        authenticating=latest is not None and latest["status"] == "requires_action",
        expired=checkouts.state(unit, checkout) == "expired",
    )

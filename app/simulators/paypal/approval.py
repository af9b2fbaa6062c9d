"""The page where a payer approves an order. Approving moves nothing: the merchant captures afterwards."""

from html import escape
from typing import Final
from urllib.parse import parse_qs

from fastapi import APIRouter
from fastapi.responses import RedirectResponse, Response

from app.simulators.books import objects, payments
from app.simulators.books.core import Books, InBooks, RawBody
from app.simulators.books.database import Row
from app.simulators.books.errors import invalid, not_found
from app.simulators.books.html import document
from app.simulators.books.skin import Kind
from app.simulators.books.unit import Account, Unit
from app.simulators.paypal.orders import KIND, REFUSES, Id
from app.simulators.paypal.views import order_status

router = APIRouter(prefix="/checkoutnow")

_PAYS: Final = "pm_sim_ok"
_CHOICES: Final = {"pay": _PAYS, "decline": REFUSES}
_TITLE: Final = "Simulated PayPal checkout"
_BODY: Final = """<p>This is no real money.</p><p>{value} {currency} for {reference}</p>
<form method="post"><button name="choice" value="pay">Pay now</button>
<button name="choice" value="decline">Pay with a card that is refused</button>
<button name="choice" value="leave">Cancel and return</button></form>"""


@router.get("/{order_id}")
def show(books: InBooks, order_id: Id) -> Response:
    """Show the page; an order that was approved leads back to the merchant."""
    with books.unit(_owner(books, order_id)) as unit:
        order = objects.get(unit, KIND, order_id)
        if not _waits(unit, order):
            return RedirectResponse(order["data"]["context"]["return_url"], status_code=303)
    wanted = order["data"]["unit"]
    body = _BODY.format(
        value=escape(wanted["amount"]["value"]),
        currency=escape(wanted["amount"]["currency_code"]),
        reference=escape(str(wanted["reference_id"])),
    )
    return document(_TITLE, body)


@router.post("/{order_id}")
def act(books: InBooks, order_id: Id, body: RawBody) -> Response:
    """Do what the payer chose; a second click approves nothing again."""
    choice = parse_qs(body.decode("ascii", "replace")).get("choice", [""])[0]
    with books.unit(_owner(books, order_id)) as unit:
        order = objects.get(unit, KIND, order_id)
        if choice == "leave":
            return RedirectResponse(order["data"]["context"]["cancel_url"], status_code=303)
        if choice not in _CHOICES:
            raise invalid("Choose one of the buttons.")
        if _waits(unit, order):
            approved = objects.put(unit, KIND, order_id, {"status": "APPROVED", "pays_with": _CHOICES[choice]})
            unit.tell(Kind.CHECKOUT, approved, None)
    return RedirectResponse(f"/checkoutnow/{order_id}", status_code=303)


def _waits(unit: Unit, order: Row) -> bool:
    return order_status(order, payments.of_parent(unit, order["id"])) == "PAYER_ACTION_REQUIRED"


def _owner(books: Books, order_id: str) -> Account:
    rows = books.database.run(
        """
        SELECT a.id, a.name FROM objects o JOIN accounts a ON a.id = o.account_id
        WHERE o.kind = 'order' AND o.id = %(id)s AND o.data->'context' ? 'return_url'
        """,
        {"id": order_id},
    )
    if not rows:
        raise not_found("checkout")
    return Account(rows[0]["id"], rows[0]["name"])

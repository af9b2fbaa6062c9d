"""Subscriptions and their invoices: what Razorpay charges by itself, and tries again the day after it failed.

A subscription that the merchant makes is charged at once, with `notes.token`; what that token does decides whether it
is `active` or `pending`. There is no clock in here that would charge it again.
"""

from datetime import timedelta
from typing import Any, Final

from fastapi import APIRouter
from fastapi.responses import Response

from app.simulators.books import listing, objects, outbox, payments
from app.simulators.books.core import InAccount, InBooks, JsonBody
from app.simulators.books.database import Row
from app.simulators.books.skin import Answer
from app.simulators.books.unit import Unit
from app.simulators.razorpay import orders
from app.simulators.razorpay.bodies import amount_of, currency_of, notes_of, text_of
from app.simulators.razorpay.events import event_of
from app.simulators.razorpay.names import fresh
from app.simulators.razorpay.views import collection, seconds

router = APIRouter()
_INVOICE: Final = "invoice"
_SUBSCRIPTION: Final = "subscription"
_LONGEST: Final = 255
_NEXT_DAY: Final = timedelta(days=1)
_CYCLE: Final = timedelta(days=30)


@router.post("/subscriptions")
def create(books: InBooks, account: InAccount, body: JsonBody) -> Response:
    """Make a subscription and charge its first cycle; `amount` and `currency` stand for the plan's."""

    def work(unit: Unit) -> Answer:
        amount, currency, notes = amount_of(body), currency_of(body), notes_of(body)
        subscription_id, invoice_id = fresh("sub"), fresh("inv")
        order = orders.put(unit, amount=amount, currency=currency, receipt="", notes=notes)
        data = {"subscription_id": subscription_id, "order_id": order["id"], "payment_id": None, "notes": notes}
        objects.put(unit, _INVOICE, invoice_id, data, parent=subscription_id)
        wanted = payments.Order(
            amount,
            currency,
            token=text_of(notes, "token", longest=_LONGEST),
            parent=order["id"],
            customer=text_of(body, "customer_id", longest=_LONGEST),
            metadata=notes,
            data={"invoice_id": invoice_id},
        )
        paid = payments.charge(unit, wanted)["status"] == "captured"
        charge_at = unit.now + (_CYCLE if paid else _NEXT_DAY)
        data = {"status": "active" if paid else "pending", "charge_at": seconds(charge_at), "notes": notes}
        shown = _shown_subscription(objects.put(unit, _SUBSCRIPTION, subscription_id, data))
        word = "subscription.charged" if paid else "subscription.pending"
        told = event_of(unit.account.id, word, {"subscription": shown}, now=unit.now)
        outbox.enqueue(unit.connection, unit.account.id, told)
        return Answer(200, shown)

    return books.write(account, None, None, work)


@router.get("/subscriptions/{subscription_id}")
def read(books: InBooks, account: InAccount, subscription_id: str) -> Response:
    """Show a subscription."""
    return books.read(account, lambda unit: _shown_subscription(objects.get(unit, _SUBSCRIPTION, subscription_id)))


@router.get("/invoices")
def list_invoices(
    books: InBooks, account: InAccount, subscription_id: str | None = None, count: orders.Count = 10
) -> Response:
    """List the invoices of a subscription, the newest first."""

    def work(unit: Unit) -> dict[str, Any]:
        window = listing.Window(limit=count, newest_first=True)
        page = listing.rows_of(unit, "objects", window, kind=_INVOICE, parent=subscription_id)
        return collection([_shown_invoice(unit, row) for row in page.rows])

    return books.read(account, work)


@router.get("/invoices/{invoice_id}")
def read_invoice(books: InBooks, account: InAccount, invoice_id: str) -> Response:
    """Show an invoice."""
    return books.read(account, lambda unit: _shown_invoice(unit, objects.get(unit, _INVOICE, invoice_id)))


def _shown_subscription(row: Row) -> dict[str, Any]:
    return {"id": row["id"], "entity": "subscription", **row["data"], "created_at": seconds(row["created_at"])}


def _shown_invoice(unit: Unit, row: Row) -> dict[str, Any]:
    rows = payments.of_parent(unit, row["data"]["order_id"])
    paid = next((payment["id"] for payment in rows if payment["status"] == "captured"), None)
    shown = {**row["data"], "payment_id": paid, "status": "paid" if paid else "issued"}
    return {"id": row["id"], "entity": "invoice", **shown, "created_at": seconds(row["created_at"])}

"""Payments: charges of tokens, reads, captures and refunds."""

from datetime import UTC, datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, Query
from fastapi.responses import Response

from app.simulators.books import listing, payments, refunds
from app.simulators.books.core import InAccount, InBooks, JsonBody
from app.simulators.books.database import Row
from app.simulators.books.errors import BooksError, Refusal, invalid
from app.simulators.books.skin import Answer
from app.simulators.books.unit import Unit
from app.simulators.razorpay import orders
from app.simulators.razorpay.bodies import amount_of, currency_of, notes_of, text_of
from app.simulators.razorpay.views import collection, method_of, payment_view, refund_view
from app.simulators.razorpay.words import error_body, failure

router = APIRouter()
_SHORTEST_KEY: Final = 10
_LONGEST: Final = 255
Key = Annotated[str | None, Header(alias="X-Refund-Idempotency")]
Moment = Annotated[int | None, Query(ge=0, le=10**10)]


@router.post("/payments/create/recurring")
def charge(books: InBooks, account: InAccount, body: JsonBody) -> Response:
    """Charge a token on an order. A card is refused at once; a mandate's debit only shows as a failed payment."""

    def work(unit: Unit) -> Answer:
        row = payments.charge(unit, _order_of(unit, body))
        if row["status"] == "declined" and method_of(row["token"]) == "card":
            return Answer(400, _declined(row))
        return Answer(200, {"razorpay_payment_id": row["id"], "razorpay_order_id": row["parent"]})

    return books.write(account, None, None, work)


@router.get("/payments")
def list_(
    books: InBooks,
    account: InAccount,
    since: Annotated[Moment, Query(alias="from")] = None,
    until: Annotated[Moment, Query(alias="to")] = None,
    count: orders.Count = 10,
    skip: orders.Skip = 0,
) -> Response:
    """List payments made from `from` to `to`, both in, the newest first."""
    start = None if since is None else datetime.fromtimestamp(since, UTC)
    end = None if until is None else datetime.fromtimestamp(until + 1, UTC)
    window = listing.Window(since=start, until=end, offset=skip, limit=count, newest_first=True)

    def work(unit: Unit) -> dict[str, Any]:
        page = listing.rows_of(unit, "payments", window)
        return collection([payment_view(row) for row in payments.look(unit, page.rows)])

    return books.read(account, work)


@router.get("/payments/{payment_id}")
def read(books: InBooks, account: InAccount, payment_id: str) -> Response:
    """Show a payment."""
    return books.read(account, lambda unit: payment_view(payments.look(unit, [payments.get(unit, payment_id)])[0]))


@router.post("/payments/{payment_id}/capture")
def capture(books: InBooks, account: InAccount, payment_id: str, body: JsonBody) -> Response:
    """Capture an authorised payment in full."""

    def work(unit: Unit) -> Answer:
        row = payments.get(unit, payment_id, lock=True)
        if row["status"] != "authorized":
            raise BooksError(Refusal.WRONG_STATE, "This payment has already been captured")
        if body.get("amount") != row["amount"]:
            raise invalid("Capture amount must be equal to the amount authorized", param="amount")
        return Answer(200, payment_view(payments.settle(unit, payment_id, "captured")))

    return books.write(account, None, None, work)


@router.post("/payments/{payment_id}/refund")
def give_back(books: InBooks, account: InAccount, payment_id: str, body: JsonBody, key: Key = None) -> Response:
    """Give money back, in the payment's currency; once per `X-Refund-Idempotency`."""
    if key is not None and len(key) < _SHORTEST_KEY:
        raise invalid("The idempotency key must be at least 10 characters long.")
    amount = body.get("amount")

    def work(unit: Unit) -> Answer:
        receipt = text_of(body, "receipt", longest=_LONGEST, required=False)
        row = refunds.refund(unit, payment_id, amount=amount, reference=receipt or None, metadata=notes_of(body))
        return Answer(200, refund_view(row, payments.get(unit, payment_id)["currency"]))

    return books.write(account, key, ["refund", payment_id, body], work)


@router.get("/refunds/{refund_id}")
def read_refund(books: InBooks, account: InAccount, refund_id: str) -> Response:
    """Show a refund."""

    def work(unit: Unit) -> dict[str, Any]:
        row = refunds.get(unit, refund_id)
        return refund_view(row, payments.get(unit, row["payment_id"])["currency"])

    return books.read(account, work)


def _order_of(unit: Unit, body: dict[str, Any]) -> payments.Order:
    for name in ("email", "contact", "customer_id", "token"):
        text_of(body, name, longest=_LONGEST)
    order = orders.lock(unit, text_of(body, "order_id", longest=_LONGEST))
    amount, currency = amount_of(body), currency_of(body)
    if (amount, currency) != (order["data"]["amount"], order["data"]["currency"]):
        raise invalid("Payment amount is different from order amount", param="amount")
    return payments.Order(
        amount,
        currency,
        token=body["token"],
        parent=order["id"],
        customer=body["customer_id"],
        metadata=notes_of(body),
        data={name: body.get(name) for name in ("email", "contact", "description")},
    )


def _declined(row: Row) -> dict[str, Any]:
    said = failure(row["decline"])
    return error_body(
        said["error_description"] or "",
        code=said["error_code"] or "",
        source=said["error_source"] or "",
        step=said["error_step"] or "",
        reason=said["error_reason"],
        metadata={"payment_id": row["id"], "order_id": row["parent"]},
    )

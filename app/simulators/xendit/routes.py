"""Xendit's paths for saved tokens, payment requests, payments and refunds; invoices are beside."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, Query
from fastapi.responses import Response
from psycopg.types.json import Jsonb

from app.simulators.books import objects, payments, refunds
from app.simulators.books.core import InAccount, InBooks, JsonBody
from app.simulators.books.database import Row
from app.simulators.books.errors import BooksError, Refusal, invalid, not_found
from app.simulators.books.payments import Order
from app.simulators.books.skin import Answer
from app.simulators.books.unit import Unit
from app.simulators.xendit import invoices, views
from app.simulators.xendit.words import minor

router: Final = APIRouter()
router.include_router(invoices.router)

Key = Annotated[str | None, Header(alias="idempotency-key", max_length=255)]
Limit = Annotated[int, Query(ge=1, le=100)]
_CARDS: Final = "CARDS"
_KEPT: Final = frozenset({"reference_id", "country", "description", "channel_code"})
_LIST: Final = """
SELECT * FROM payments
WHERE account_id = %(account_id)s AND checkout_id IS NULL AND status <> 'created'
  AND (%(reference)s::text IS NULL OR data->>'reference_id' = %(reference)s)
  AND (%(after)s::text IS NULL OR seq < (SELECT seq FROM payments WHERE id = %(after)s))
ORDER BY seq DESC LIMIT %(limit)s
"""


@router.get("/v3/payment_tokens/{token_id}")
def read_token(books: InBooks, account: InAccount, token_id: str) -> Response:
    """Show a saved method: every well-formed id is an active card, unless the books say otherwise."""

    def work(unit: Unit) -> dict[str, Any]:
        if not token_id.startswith("pt-"):
            raise not_found("payment token")
        known = objects.find(unit, "token", token_id)
        usual = {"channel_code": _CARDS, "country": "ID", "currency": "IDR", "status": "ACTIVE"}
        return {"payment_token_id": token_id, **usual, **(known["data"] if known else {})}

    return books.read(account, work)


@router.post("/v3/payment_requests")
def create_request(books: InBooks, account: InAccount, body: JsonBody, key: Key = None) -> Response:
    """Ask for a payment, which a saved token makes at once; a card's reference is unique."""
    reference_id, metadata = body.get("reference_id"), body.get("metadata") or {}
    if not isinstance(reference_id, str) or body.get("type") != "PAY":
        raise invalid("reference_id and type are required.")
    if not isinstance(metadata, dict):
        raise invalid("metadata must be an object.", param="metadata")
    amount = minor(body.get("request_amount"), body.get("currency"), name="request_amount")
    data = {name: value for name, value in body.items() if name in _KEPT}

    def work(unit: Unit) -> Answer:
        _refuse_twice(unit, str(body.get("channel_code", _CARDS)), reference_id)
        named = {"transaction_ref", "order_id"} & metadata.keys()
        order = Order(
            amount,
            str(body["currency"]),
            token=str(body.get("payment_token_id", "")),
            reference=None if named else reference_id,
            customer=body.get("customer_id"),
            metadata=metadata,
            data=data,
        )
        row = payments.charge(unit, order)
        if row["decline"] == "invalid_method":
            return Answer(400, {"error_code": "INVALID_TOKEN", "message": "The payment token has been cancelled."})
        return Answer(201, views.request(row))

    return books.write(account, key, ["payment_requests", body], work)


@router.get("/v3/payment_requests")
def list_requests(
    books: InBooks,
    account: InAccount,
    reference_id: str | None = None,
    after_id: str | None = None,
    limit: Limit = 10,
) -> Response:
    """List payment requests, the newest first."""

    def work(unit: Unit) -> dict[str, Any]:
        rows = unit.rows(_LIST, reference=reference_id, after=after_id, limit=limit + 1)
        shown = [views.request(row) for row in payments.look(unit, rows[:limit])]
        return {"data": shown, "has_more": len(rows) > limit}

    return books.read(account, work)


@router.get("/v3/payment_requests/{request_id}")
def read_request(books: InBooks, account: InAccount, request_id: str) -> Response:
    """Show a payment request."""
    return books.read(account, lambda unit: views.request(_looked(unit, request_id)))


@router.get("/v3/payments/{payment_id}")
def read_payment(books: InBooks, account: InAccount, payment_id: str) -> Response:
    """Show a payment."""
    own_id = f"pr-{payment_id.removeprefix('py-')}"
    return books.read(account, lambda unit: views.payment(payments.get(unit, own_id)))


@router.post("/refunds")
def create_refund(books: InBooks, account: InAccount, body: JsonBody, key: Key = None) -> Response:
    """Give money back of a payment request or an invoice."""

    def work(unit: Unit) -> Answer:
        paid = _paid(unit, body.get("payment_request_id"), body.get("invoice_id"))
        currency = body.get("currency", paid["currency"])
        amount = minor(body["amount"], currency, name="amount") if "amount" in body else None
        row = refunds.refund(unit, paid["id"], amount=amount, currency=currency, reference=body.get("reference_id"))
        return Answer(200, views.refund(row, paid))

    return books.write(account, key, ["refunds", body], work)


@router.get("/refunds")
def list_refunds(
    books: InBooks,
    account: InAccount,
    payment_request_id: str | None = None,
    invoice_id: str | None = None,
    limit: Limit = 10,
) -> Response:
    """List the refunds of a payment, or of an invoice."""

    def work(unit: Unit) -> dict[str, Any]:
        try:
            paid = _paid(unit, payment_request_id, invoice_id)
        except BooksError:
            return {"data": [], "has_more": False}
        rows = refunds.of_payment(unit, paid["id"])
        return {"data": [views.refund(row, paid) for row in rows[:limit]], "has_more": len(rows) > limit}

    return books.read(account, work)


def _looked(unit: Unit, request_id: str) -> Row:
    row = payments.get(unit, request_id)
    if row["checkout_id"] is not None:
        raise not_found("payment request")
    return payments.look(unit, [row])[0]


def _paid(unit: Unit, request_id: object, invoice_id: object) -> Row:
    """Return the payment that a refund is of; raises `NOT_FOUND`."""
    if isinstance(invoice_id, str):
        row = unit.row(
            "SELECT payment_id FROM checkouts WHERE account_id = %(account_id)s AND id = %(id)s", id=invoice_id
        )
        request_id = row and row["payment_id"]
    if not isinstance(request_id, str):
        raise not_found("payment")
    return payments.get(unit, request_id)


def _refuse_twice(unit: Unit, channel: str, reference_id: str) -> None:
    """Refuse a second card payment of one reference; two at once wait for each other."""
    if channel != _CARDS:
        return
    lock = f"reference_id:{unit.account.id}:{reference_id}"
    unit.rows("SELECT pg_advisory_xact_lock(hashtextextended(%(lock)s, 0))", lock=lock)
    earlier = unit.row(
        "SELECT id FROM payments WHERE account_id = %(account_id)s AND data @> %(named)s LIMIT 1",
        named=Jsonb({"reference_id": reference_id}),
    )
    if earlier is not None:
        raise BooksError(Refusal.IN_PROGRESS, "A payment request of this reference_id exists.")

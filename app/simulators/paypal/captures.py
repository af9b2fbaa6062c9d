"""Captures, their refunds, and the sales of subscriptions."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Path
from fastapi.responses import Response

from app.simulators.books import payments, refunds
from app.simulators.books.core import InAccount, InBooks, JsonBody
from app.simulators.books.database import Row
from app.simulators.books.errors import not_found
from app.simulators.books.skin import Answer
from app.simulators.books.unit import Unit
from app.simulators.paypal.amounts import read as amount_read
from app.simulators.paypal.orders import RequestId
from app.simulators.paypal.views import capture_view, is_seen, refund_view, sale_view

router = APIRouter()

_CREATED: Final = 201
Id = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,64}$")]


@router.get("/v2/payments/captures/{capture_id}")
def read(books: InBooks, account: InAccount, capture_id: Id) -> Response:
    """Show a capture."""
    return books.read(account, lambda unit: capture_view(_capture(unit, capture_id)))


@router.post("/v2/payments/captures/{capture_id}/refund")
def refund(books: InBooks, account: InAccount, capture_id: Id, body: JsonBody, key: RequestId = None) -> Response:
    """Give a capture back, once per request id."""

    def work(unit: Unit) -> Answer:
        payment = _capture(unit, capture_id)
        amount, currency = amount_read(body["amount"]) if body.get("amount") else (None, None)
        row = refunds.refund(unit, capture_id, amount=amount, currency=currency, reference=body.get("custom_id"))
        return Answer(_CREATED, refund_view(row, payment))

    return books.write(account, key, f"refund:{capture_id}", work)


@router.get("/v2/payments/refunds/{refund_id}")
def read_refund(books: InBooks, account: InAccount, refund_id: Id) -> Response:
    """Show a refund."""

    def work(unit: Unit) -> dict[str, Any]:
        row = refunds.get(unit, refund_id)
        return refund_view(row, payments.get(unit, row["payment_id"]))

    return books.read(account, work)


@router.get("/v1/payments/sale/{sale_id}")
def read_sale(books: InBooks, account: InAccount, sale_id: Id) -> Response:
    """Show a subscription's payment."""

    def work(unit: Unit) -> dict[str, Any]:
        row = payments.get(unit, sale_id)
        if not row["data"].get("is_sale"):
            raise not_found("sale")
        return sale_view(row)

    return books.read(account, work)


def _capture(unit: Unit, capture_id: str) -> Row:
    row = payments.get(unit, capture_id)
    if row["data"].get("is_sale") or not is_seen(row):
        raise not_found("capture")
    return payments.look(unit, [row])[0]

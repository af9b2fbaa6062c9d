"""The smallest provider there can be, to try the shared books on: JSON as the rows are."""

import secrets
from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Header, Request
from fastapi.responses import Response

from app.simulators.books import checkouts, listing, payments, refunds
from app.simulators.books.core import InAccount, InBooks, JsonBody
from app.simulators.books.errors import BooksError, Refusal
from app.simulators.books.skin import Answer, Event, Skin

router = APIRouter(prefix="/v1")
Key = Annotated[str | None, Header(alias="Idempotency-Key")]


def view(row):
    shown = ("id", "reference", "amount", "currency", "status", "decline", "refunded_amount", "metadata", "seq")
    return {name: row[name] for name in shown} | {"created": row["created_at"].timestamp()}


@router.post("/payments")
def create(books: InBooks, account: InAccount, body: JsonBody, key: Key = None) -> Response:
    def work(unit):
        row = payments.charge(unit, payments.Order(body["amount"], "INR", body["token"], body.get("reference")))
        return Answer(402 if row["status"] == "declined" else 200, view(row))

    return books.write(account, key, ["payments", body], work)


@router.get("/payments")
def list_(books: InBooks, account: InAccount, since: float | None = None, before: int | None = None) -> Response:
    start = datetime.fromtimestamp(since, UTC) if since is not None else None
    window = listing.Window(since=start, before=before, limit=2, newest_first=True)

    def work(unit):
        page = listing.rows_of(unit, "payments", window)
        return {"items": [view(row) for row in payments.look(unit, page.rows)], "more": page.more}

    return books.read(account, work)


@router.get("/payments/{payment_id}")
def read(books: InBooks, account: InAccount, payment_id: str) -> Response:
    return books.read(account, lambda unit: view(payments.look(unit, [payments.get(unit, payment_id)])[0]))


@router.post("/payments/{payment_id}/try")
def try_again(books: InBooks, account: InAccount, payment_id: str, body: JsonBody) -> Response:
    work = lambda unit: Answer(200, view(payments.attempt(unit, payment_id, token=body.get("token"))))  # noqa: E731
    return books.write(account, None, None, work)


@router.post("/payments/{payment_id}/refunds")
def give_back(books: InBooks, account: InAccount, payment_id: str, body: JsonBody, key: Key = None) -> Response:
    def work(unit):
        row = refunds.refund(unit, payment_id, amount=body.get("amount"), currency=body.get("currency"))
        return Answer(200, {"id": row["id"], "amount": row["amount"]})

    return books.write(account, key, ["refunds", payment_id, body], work)


@router.post("/checkouts")
def open_page(request: Request, books: InBooks, account: InAccount, body: JsonBody) -> Response:
    def work(unit):
        expires_at = unit.now + timedelta(seconds=body.get("seconds", 60))
        urls = ("https://shop.test/thanks", "https://shop.test/basket")
        order = checkouts.CheckoutOrder(700, "INR", *urls, expires_at, metadata={"attempt_id": "att_1"})
        row = checkouts.open_checkout(unit, order)
        return Answer(200, {"id": row["id"], "url": books.page_url(request, row["id"])})

    return books.write(account, None, None, work)


@router.get("/checkouts/{checkout_id}")
def read_page(books: InBooks, account: InAccount, checkout_id: str) -> Response:
    def work(unit):
        row = checkouts.get(unit, checkout_id)
        paid = checkouts.latest_payment(unit, row)
        return {"state": checkouts.state(unit, row), "payment": view(paid) if paid else None}

    return books.read(account, work)


def account_of(headers):
    name = headers.get("authorization", "")
    if not name.startswith("toy_"):
        raise BooksError(Refusal.UNAUTHORIZED, "Send `Authorization: toy_…`.")
    return name


def events(_, change):
    told = change.row.get("status", "changed")
    body = {"type": f"{change.kind}.{told}", "id": change.row["id"]}
    return [Event(f"evt_{secrets.token_hex(8)}", body["type"], body, {"x-toy": "1"})]


def refuse(error):
    status = {"rate_limited": 429, "unavailable": 503, "timed_out": 504, "broken": 500, "unauthorized": 401}
    headers = {"retry-after": str(error.retry_after_seconds)} if error.retry_after_seconds else {}
    return Answer(status.get(error.refusal, 400), {"error": error.refusal, "param": error.param}, headers)


TOY = Skin(
    name="toy",
    router=router,
    account_of=account_of,
    new_id=lambda kind: f"{kind}_{secrets.token_hex(8)}",
    events=events,
    sign=lambda delivery: {"x-signature": f"{delivery.secret}:{int(delivery.at.timestamp())}"},
    refuse=refuse,
)

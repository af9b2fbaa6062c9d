"""What whoever holds the simulator may ask of it, beside the provider's own paths. The account is named in a header."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Header, Query
from pydantic import BaseModel, Field

from app.simulators.books import accounts, disputes, listing, payments
from app.simulators.books.core import InBooks
from app.simulators.books.database import Row
from app.simulators.books.payments import Order
from app.simulators.books.unit import Account

router = APIRouter(prefix="/_simulator")

Name = Annotated[str, Header(alias="X-Simulator-Account", min_length=1, max_length=255)]


class WebhookEndpointBody(BaseModel):
    """Where webhooks go, and the switches that make them unruly. `drop` is true, or a share from 0 to 1."""

    url: Annotated[str, Field(pattern=r"^https?://", max_length=2048)]
    secret: Annotated[str, Field(min_length=8, max_length=255)]
    delay_seconds: Annotated[float, Field(ge=0, le=86_400)] = 0.0
    double: bool = False
    reorder: bool = False
    drop: Annotated[float, Field(ge=0, le=1)] = 0.0
    drop_types: tuple[str, ...] = ()


class SwitchesBody(BaseModel):
    """`down`: every call of the account's API is refused as unavailable."""

    down: bool = False


class PaymentBody(BaseModel):
    """A payment of the merchant's own, made past Tinko; `data` is the skin's."""

    amount: Annotated[int, Field(gt=0)]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    token: str
    reference: str | None = None
    customer: str | None = None
    parent: str | None = None
    metadata: dict[str, str] = {}
    data: dict[str, Any] = {}


class SettleBody(BaseModel):
    """How a payment ends; `decline` is a word of the scripts or a provider's code."""

    status: Literal["captured", "declined", "cancelled", "requires_action", "pending", "authorized"]
    decline: str | None = None


class DisputeBody(BaseModel):
    """A dispute of a payment."""

    amount: Annotated[int, Field(gt=0)] | None = None
    reason: str = "fraudulent"


class DecisionBody(BaseModel):
    """How a dispute ends for the merchant."""

    status: Literal["won", "lost"]


def _account(books: InBooks, name: Name) -> Account:
    row = accounts.find_or_make(books.database, name)
    return Account(row["id"], name)


InAccount = Annotated[Account, Depends(_account)]


@router.put("/webhook_endpoint")
def put_webhook_endpoint(books: InBooks, account: InAccount, body: WebhookEndpointBody) -> WebhookEndpointBody:
    """Say where this account's webhooks go."""
    endpoint = accounts.WebhookEndpoint(
        url=body.url,
        secret=body.secret,
        delay_seconds=body.delay_seconds,
        doubles=body.double,
        reorders=body.reorder,
        drops=float(body.drop),
        drop_types=body.drop_types,
    )
    accounts.set_webhook_endpoint(books.database, account, endpoint)
    return body


@router.put("/switches")
def put_switches(books: InBooks, account: InAccount, body: SwitchesBody) -> SwitchesBody:
    """Switch the account's API off or on."""
    accounts.set_down(books.database, account, down=body.down)
    return body


@router.post("/payments", status_code=201)
def create_payment(books: InBooks, account: InAccount, body: PaymentBody) -> dict[str, Any]:
    """Charge as the merchant would, without Tinko."""
    order = Order(
        body.amount,
        body.currency,
        token=body.token,
        reference=body.reference,
        parent=body.parent,
        customer=body.customer,
        metadata=body.metadata,
        data=body.data,
    )
    with books.unit(account) as unit:
        return charge_view(payments.charge(unit, order))


@router.post("/payments/{payment_id}/settle")
def settle_payment(books: InBooks, account: InAccount, payment_id: str, body: SettleBody) -> dict[str, Any]:
    """Give a payment its end: the payer authenticated, or the bank answered late."""
    with books.unit(account) as unit:
        return charge_view(payments.settle(unit, payment_id, body.status, decline=body.decline))


@router.post("/payments/{payment_id}/disputes", status_code=201)
def create_dispute(books: InBooks, account: InAccount, payment_id: str, body: DisputeBody) -> dict[str, Any]:
    """Open a dispute."""
    with books.unit(account) as unit:
        return _dispute_view(disputes.open_dispute(unit, payment_id, amount=body.amount, reason=body.reason))


@router.post("/disputes/{dispute_id}")
def decide_dispute(books: InBooks, account: InAccount, dispute_id: str, body: DecisionBody) -> dict[str, Any]:
    """End a dispute."""
    with books.unit(account) as unit:
        return _dispute_view(disputes.decide(unit, dispute_id, body.status))


@router.get("/charges")
def list_charges(
    books: InBooks,
    account: InAccount,
    reference: str | None = None,
    cursor: Annotated[int | None, Query(ge=0)] = None,
    limit: Annotated[int, Query(ge=1, le=listing.MAX_LIMIT)] = 100,
) -> dict[str, Any]:
    """List the books: every payment that was tried, declined ones too, oldest first."""
    with books.unit(account) as unit:
        window = listing.Window(after=cursor, limit=limit)
        page = listing.rows_of(unit, "payments", window, reference=reference)
    items = [charge_view(row) for row in page.rows if row["status"] != "created"]
    return {"items": items, "next_cursor": page.rows[-1]["seq"] if page.more else None}


@router.get("/deliveries")
def list_deliveries(
    books: InBooks, account: InAccount, limit: Annotated[int, Query(ge=1, le=1000)] = 100
) -> dict[str, Any]:
    """List the latest webhooks and what became of them."""
    with books.unit(account) as unit:
        rows = unit.rows(
            """
            SELECT id, event_id, type, status, attempts FROM deliveries
            WHERE account_id = %(account_id)s ORDER BY id DESC LIMIT %(limit)s
            """,
            limit=limit,
        )
    return {"items": [dict(row) for row in rows]}


@router.get("/healthz")
async def healthz() -> dict[str, bool]:
    """Tell that it runs."""
    return {"ok": True}


def charge_view(row: Row) -> dict[str, Any]:
    """Show a payment as a line of the books: what waits for anybody is `pending`."""
    waits = {"requires_action", "authorized"}
    return {
        "id": row["id"],
        "transaction_ref": row["reference"],
        "attempt_id": row["attempt_id"],
        "amount": row["amount"],
        "currency": row["currency"],
        "status": "pending" if row["status"] in waits else row["status"],
        "refunded_amount": row["refunded_amount"],
        "tries": row["tries"],
        "created_at": row["created_at"].isoformat(),
    }


def _dispute_view(row: Row) -> dict[str, Any]:
    shown = ("id", "payment_id", "amount", "status", "reason")
    return {name: row[name] for name in shown}

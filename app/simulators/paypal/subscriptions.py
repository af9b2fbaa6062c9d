"""Subscriptions: read as the merchant reads them, billed by whoever keeps the simulator."""

from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Header, Path
from fastapi.responses import Response
from pydantic import BaseModel, Field

from app.simulators.books import accounts, objects, payments
from app.simulators.books.core import Books, InAccount, InBooks
from app.simulators.books.database import Row
from app.simulators.books.skin import Kind
from app.simulators.books.unit import Account, Unit
from app.simulators.paypal.amounts import written
from app.simulators.paypal.orders import new_id
from app.simulators.paypal.views import moment, subscription_view

router = APIRouter()

KIND: Final = "subscription"
_THRESHOLD: Final = 3
Id = Annotated[str, Path(pattern=r"^I-[A-Z0-9]{8,24}$")]
Keeper = Annotated[str, Header(alias="X-Simulator-Account", min_length=1, max_length=200)]


class SubscriptionBody(BaseModel):
    """A subscription that a payer has."""

    custom_id: str | None = None
    email_address: str = "payer@example.com"


class CycleBody(BaseModel):
    """How a cycle's payment ends. `retry_at` is when PayPal tries again by itself."""

    outcome: Literal["paid", "failed"]
    amount: Annotated[int, Field(gt=0)]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    reason_code: str = "PAYER_CANNOT_PAY"
    retry_at: str | None = None


@router.get("/v1/billing/subscriptions/{subscription_id}")
def read(books: InBooks, account: InAccount, subscription_id: Id) -> Response:
    """Show a subscription."""
    return books.read(account, lambda unit: subscription_view(objects.get(unit, KIND, subscription_id)))


@router.post("/_simulator/subscriptions", status_code=201)
def create(books: InBooks, keeper: Keeper, body: SubscriptionBody) -> dict[str, Any]:
    """Make an active subscription."""
    with books.unit(_kept(books, keeper)) as unit:
        data = {
            "status": "ACTIVE",
            "custom_id": body.custom_id,
            "subscriber": {"email_address": body.email_address, "payer_id": "SIMPAYER00001"},
            "billing_info": {"failed_payments_count": 0, "cycle_executions": [_cycles(0)]},
        }
        return subscription_view(objects.put(unit, KIND, f"I-{new_id(12)}", data))


@router.post("/_simulator/subscriptions/{subscription_id}/cycles", status_code=201)
def bill(books: InBooks, keeper: Keeper, subscription_id: Id, body: CycleBody) -> dict[str, Any]:
    """Bill the cycle that is due: paid or failed; PayPal tells of either."""
    with books.unit(_kept(books, keeper)) as unit:
        row = objects.get(unit, KIND, subscription_id)
        return subscription_view(_paid(unit, row, body) if body.outcome == "paid" else _failed(unit, row, body))


def _paid(unit: Unit, row: Row, body: CycleBody) -> Row:
    billing = row["data"]["billing_info"]
    done = int(billing["cycle_executions"][0]["cycles_completed"]) + 1
    last = {"amount": written(body.amount, body.currency), "time": moment(unit.now)}
    billing = {**billing, "failed_payments_count": 0, "cycle_executions": [_cycles(done)], "last_payment": last}
    after = objects.put(unit, KIND, row["id"], {"status": "ACTIVE", "told": None, "billing_info": billing})
    order = payments.Order(body.amount, body.currency, parent=row["id"], data={"is_sale": True})
    payments.settle(unit, payments.create(unit, order)["id"], "captured")
    return after


def _failed(unit: Unit, row: Row, body: CycleBody) -> Row:
    billing = row["data"]["billing_info"]
    failures = int(billing["failed_payments_count"]) + 1
    failed = {
        "amount": written(body.amount, body.currency),
        "time": moment(unit.now),
        "reason_code": body.reason_code,
        **({"next_payment_retry_time": body.retry_at} if body.retry_at else {}),
    }
    suspended = failures >= _THRESHOLD
    data = {
        "status": "SUSPENDED" if suspended else "ACTIVE",
        "told": "BILLING.SUBSCRIPTION.SUSPENDED" if suspended else "BILLING.SUBSCRIPTION.PAYMENT.FAILED",
        "billing_info": {**billing, "failed_payments_count": failures, "last_failed_payment": failed},
    }
    after = objects.put(unit, KIND, row["id"], data)
    unit.tell(Kind.CHECKOUT, after, None)
    return after


def _cycles(done: int) -> dict[str, Any]:
    return {"tenure_type": "REGULAR", "sequence": 1, "cycles_completed": done, "cycles_remaining": 0, "total_cycles": 0}


def _kept(books: Books, name: str) -> Account:
    return Account(accounts.find_or_make(books.database, name)["id"], name)

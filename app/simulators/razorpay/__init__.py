"""Razorpay to practise against: orders, recurring payments, payment links, refunds, signed webhooks."""

from fastapi import APIRouter

from app.simulators.books.skin import Skin
from app.simulators.razorpay import customers, links, orders, payments, subscriptions
from app.simulators.razorpay.events import events, sign
from app.simulators.razorpay.names import account_of, new_id
from app.simulators.razorpay.words import refuse

_router = APIRouter(prefix="/v1")
for _each in (customers.router, orders.router, payments.router, links.router, subscriptions.router):
    _router.include_router(_each)

SKIN = Skin(
    name="razorpay",
    router=_router,
    account_of=account_of,
    new_id=new_id,
    events=events,
    sign=sign,
    refuse=refuse,
)

__all__ = ["SKIN"]

"""PayPal's wire format on the shared books."""

from typing import Final

from fastapi import APIRouter

from app.simulators.books.skin import Kind, Skin
from app.simulators.paypal import approval, captures, identity, orders, reporting, signing, subscriptions, webhooks
from app.simulators.paypal.events import events
from app.simulators.paypal.words import refuse

router: Final = APIRouter()
for part in (approval, captures, identity, orders, reporting, signing, subscriptions, webhooks):
    router.include_router(part.router)


def new_id(kind: Kind) -> str:
    """Return an id as PayPal makes them."""
    return f"PP-D-{orders.new_id(8)}" if kind is Kind.DISPUTE else orders.new_id()


SKIN: Final = Skin(
    name="paypal",
    router=router,
    account_of=identity.account_of,
    new_id=new_id,
    events=events,
    sign=signing.sign,
    refuse=refuse,
)

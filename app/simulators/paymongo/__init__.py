"""A pretended PayMongo: payment intents, pages, links, sources and refunds by its API v1, on the shared books."""

from app.simulators.books.skin import Skin
from app.simulators.paymongo.events import events
from app.simulators.paymongo.routes import router
from app.simulators.paymongo.words import account_of, new_id, refuse, sign

SKIN = Skin(
    name="paymongo", router=router, account_of=account_of, new_id=new_id, events=events, sign=sign, refuse=refuse
)

__all__ = ["SKIN"]

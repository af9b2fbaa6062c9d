"""A pretended Xendit: payment requests with saved tokens (v3), invoices (v2) and refunds, on the shared books."""

from app.simulators.books.skin import Skin
from app.simulators.xendit.events import events
from app.simulators.xendit.routes import router
from app.simulators.xendit.words import account_of, new_id, refuse, sign

SKIN = Skin(name="xendit", router=router, account_of=account_of, new_id=new_id, events=events, sign=sign, refuse=refuse)

__all__ = ["SKIN"]

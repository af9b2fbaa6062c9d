"""A fresh link for a payer whose own has expired: sent to the known contact, never shown to the caller."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from app.db.queries.links import count_reissues, lock_link
from app.db.queries.recoveries import lock_case
from app.domain.errors import RateLimitedError
from app.domain.links.errors import LinkStillValidError, NoContactError
from app.domain.links.states import REISSUABLE, refuse_gone
from app.domain.notify.events import Event
from app.infra.link_tokens import LinkTokens
from app.services.links.issue import payers_attempt
from app.services.links.read import read_link_by_token
from app.services.outbox import Topic, enqueue
from app.services.timeline import note

PAUSE: Final = timedelta(minutes=1)
MOST_PER_LINK: Final = 3
MOST_PER_RECOVERY: Final = 10
_LATER: Final = timedelta(days=1)


def reissue(session: Session, *, tokens: LinkTokens, token: str, now: datetime) -> None:
    """Have a fresh link sent in place of an expired one; `now` is the machine's time.

    Raises `LinkInvalidError`, `LinkGoneError`, `LinkStillValidError`, `NoContactError`, `RateLimitedError`.
    """
    opened = read_link_by_token(session, tokens=tokens, token=token, now=now)
    case = lock_case(session, recovery_id=opened.recovery.id)
    assert case is not None  # noqa: S101  (recoveries are never deleted)
    # What was read before the lock may have changed while it was waited for.
    opened = read_link_by_token(session, tokens=tokens, token=token, now=now)
    if opened.situation not in REISSUABLE:
        refuse_gone(opened.situation)
        raise LinkStillValidError("This link still works.")
    customer = case.transaction.customer
    if not (customer.get("email") or customer.get("phone")):
        raise NoContactError("There is no address that a fresh link could be sent to; ask the merchant.")
    link = lock_link(session, link_id=opened.link.id)
    _check_rate(session, link.reissues, recovery_id=case.recovery.id, now=opened.now)
    link.reissues, link.reissued_at = link.reissues + 1, opened.now
    link.superseded_at = link.superseded_at or opened.now
    attempt = payers_attempt(
        session, recovery=case.recovery, transaction=case.transaction, actor="payer", now=opened.now
    )
    payload = {"recovery_id": case.recovery.id, "event": Event.LINK_REISSUED, "link_attempt_id": attempt.id}
    enqueue(session, topic=Topic.PLAN_MESSAGE, payload=payload | {"link_id": link.id})
    why = "Somebody who holds an old link asked for a fresh one; it goes to the payer's own address."
    note(session, case.recovery, what="link_reissue_asked", who="payer", why=why, now=opened.now, link_id=link.id)


def _check_rate(session: Session, reissues: int, *, recovery_id: str, now: datetime) -> None:
    of_recovery, last_at = count_reissues(session, recovery_id=recovery_id)
    if reissues >= MOST_PER_LINK or of_recovery >= MOST_PER_RECOVERY:
        raise RateLimitedError("Fresh links were sent as often as can be; ask the merchant.", retry_after=_LATER)
    if last_at is not None and now < last_at + PAUSE:
        raise RateLimitedError("A fresh link was sent a moment ago.", retry_after=last_at + PAUSE - now)

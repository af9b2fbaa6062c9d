"""Telling payers of automatic tries to come, and of cards that end before them: where the policy wants it."""

from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from app.db.models import Attempt, Organization, Transaction
from app.db.queries import notices as queries
from app.domain.notify.cards import expires_before
from app.domain.notify.events import Event
from app.domain.notify.hours import zone_of
from app.services.notify.mailroom import Mailroom
from app.services.notify.plan import plan_message

BATCH: Final = 200


def plan_notices(
    session: Session, *, room: Mailroom, now: datetime, organization_id: str | None = None, batch: int = BATCH
) -> int:
    """Look at planned charges that nobody has looked at, and write down what their payers are to be told.

    Return how many were looked at; `now` is the machine's time. A warning of a card's end, once per
    recovery, also tells of the try, so the two never come together.
    """
    found = queries.lock_unnoticed(session, organization_id=organization_id, batch=batch)
    for each in found:
        event = _event(session, each)
        if event is None:
            continue
        planned = _plan(session, room, each, event, now=now)
        if planned is None and event is Event.CARD_EXPIRING and each.announces:
            _plan(session, room, each, Event.RETRY_SCHEDULED, now=now)
    if found:
        queries.see_to(session, attempt_ids=[each.attempt_id for each in found], now=now)
    return len(found)


def _plan(session: Session, room: Mailroom, unnoticed: queries.Unnoticed, event: Event, *, now: datetime) -> str | None:
    """Write a message down: a recovery is warned once, each try is announced once."""
    step = event.value if event is Event.CARD_EXPIRING else f"{event}:{unnoticed.attempt_id}"
    return plan_message(
        session,
        room=room,
        recovery_id=unnoticed.recovery_id,
        event=event,
        step=step,
        attempt_id=unnoticed.attempt_id,
        channel=None,
        now=now,
    )


def _event(session: Session, unnoticed: queries.Unnoticed) -> Event | None:
    if unnoticed.warns:
        attempt = session.get_one(Attempt, unnoticed.attempt_id)
        transaction = session.get_one(Transaction, attempt.transaction_id)
        organization = session.get_one(Organization, attempt.organization_id)
        customer = transaction.customer
        where = {"country": customer.get("country"), "fallback_country": organization.country}
        zone = zone_of(timezone=customer.get("timezone"), **where)
        if expires_before(transaction.payment_method, attempt.due_at, zone=zone):
            return Event.CARD_EXPIRING
    return Event.RETRY_SCHEDULED if unnoticed.announces else None

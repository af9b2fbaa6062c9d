"""What must happen later: written in the transaction that wants it, done afterwards, at least once."""

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import func
from sqlalchemy.orm import Session

from app.db.models import OutboxMessage
from app.db.queries import outbox as queries

_LEASE: Final = timedelta(seconds=120)
_MAX_TRIES: Final = 12


class Topic(StrEnum):
    """Every kind of message; `tasks/topics.py` says what each leads to."""

    REFUND_DUPLICATE = "refund.duplicate"
    PROCESS_PSP_EVENT = "psp_event.process"
    REGISTER_WEBHOOK = "psp_account.register_webhook"
    PLAN_MESSAGE = "message.plan"
    JOIN_TWINS = "psp_payment.join"
    SEND_MAIL = "person.mail"


def enqueue(session: Session, *, topic: Topic, payload: dict[str, Any], delay: timedelta = timedelta(0)) -> None:
    """Have something done when this transaction has committed and `delay` is over, by the machine's clock."""
    session.add(OutboxMessage(topic=topic, payload=payload, created_at=func.now(), wake_at=func.now() + delay))


def claim_messages(
    session: Session, *, now: datetime, batch: int, in_flight: int | None = None
) -> Sequence[OutboxMessage]:
    """Take due messages in hand; whoever dies with one leaves it to be found again when its lease ends.

    Of those that did not fail, no more than `in_flight` are in hand at a time: more would outlive their
    leases in the broker's queue, be sent again and again, and keep everything else from the workers.
    """
    lease = now + _LEASE
    if in_flight is not None:
        batch = min(batch, in_flight - queries.count_in_hand(session, now=now, lease=lease, most=in_flight))
    return queries.claim(session, now=now, lease=lease, batch=batch) if batch > 0 else ()


def settle_message(session: Session, *, message_id: int, now: datetime) -> None:
    """Mark a message as done."""
    message = session.get_one(OutboxMessage, message_id, with_for_update=True)
    message.done_at, message.wake_at, message.dead_at, message.error = now, None, None, None


def postpone_message(session: Session, *, message_id: int, error: str, now: datetime) -> bool:
    """Have a failed message tried again later, ever more slowly; False once it is dead and wants a person."""
    message = session.get_one(OutboxMessage, message_id, with_for_update=True)
    if message.done_at is not None:
        return True  # whoever took it up after us has done it
    message.error = error[:2000]
    if message.tries >= _MAX_TRIES:
        message.dead_at, message.wake_at = now, None
        return False
    message.wake_at = now + _backoff(message.id, message.tries)
    return True


def _backoff(message_id: int, tries: int) -> timedelta:
    """Return twice the wait of the try before, up to an hour, give or take a quarter: what failed together parts."""
    drawn = int.from_bytes(hashlib.sha256(f"{message_id}:{tries}".encode()).digest()[:4]) / 2**32
    return min(timedelta(seconds=2**tries), timedelta(hours=1)) * (0.75 + drawn / 2)

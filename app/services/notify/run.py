"""Claim, call, record: one message from beginning to end, with no transaction open while a provider answers."""

from datetime import datetime, timedelta

import structlog
from sqlalchemy.orm import Session

from app.db.queries import notify as queries
from app.db.queries.notify import ClaimedMessage
from app.db.session import Begin
from app.infra.clock import Clock
from app.services.notify.mailroom import Mailroom
from app.services.notify.settle import settle
from app.services.notify.take_up import take_up

_log = structlog.get_logger(__name__)


def claim_messages(session: Session, *, now: datetime, lease: timedelta, in_flight: int) -> list[ClaimedMessage]:
    """Take due messages in hand, fairly between organizations, until `in_flight` are in workers' hands."""
    queries.release_expired(session, now=now, batch=in_flight)
    room = in_flight - queries.count_leased(session)
    return queries.claim_due(session, now=now, lease=now + lease, batch=room) if room > 0 else []


def run_message(begin: Begin, *, room: Mailroom, clock: Clock, message_id: str, fence: int) -> bool:
    """Work on a message that was claimed with this fence; False if nothing was sent.

    Dying anywhere in here loses nothing and sends nothing twice: the lease ends, and whoever takes it
    up next finds from its status whether it may have gone out.
    """
    with begin() as session:
        job = take_up(session, room=room, message_id=message_id, fence=fence, now=clock.now())
    if job is None:
        return False
    result = room.channels.send(job.outgoing)
    _log.info(
        "message.answered",
        organization_id=job.organization_id,
        recovery_id=job.recovery_id,
        message_id=job.message_id,
        channel=job.outgoing.channel,
        outcome=result.outcome,
        code=result.error_code,
    )
    with begin() as session:
        settle(session, room=room, job=job, result=result, now=clock.now())
    return True

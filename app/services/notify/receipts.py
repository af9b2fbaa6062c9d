"""What providers report of messages afterwards: delivered, given back, or told to stop."""

from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from app.db.models import Message, Organization, Recovery
from app.db.queries import notify as queries
from app.db.queries.opt_outs import opt_out_of
from app.domain.ids import MESSAGE, is_id
from app.domain.notify.port import Channel
from app.domain.notify.states import HANDED_OVER, MessageStatus, may_become
from app.services.notify.fall_back import fall_back
from app.services.notify.mailroom import Mailroom
from app.services.notify.reports import Receipt
from app.services.notify.take_up import put_down
from app.services.timeline import note

_BOUNCES_LATE: Final = frozenset({Channel.EMAIL})
"""Mail servers take mail first and give it back later; phones do not."""


def record_receipt(session: Session, *, room: Mailroom, receipt: Receipt, now: datetime) -> bool:
    """Bring a message in line with a report; False if there is none of that id. `now` is the machine's time.

    Reports come late, twice, and in any order: none of them moves a message backwards.
    """
    message = _find(session, receipt)
    if message is None:
        return False
    org_now = now + session.get_one(Organization, message.organization_id).clock_offset
    believed = False
    if receipt.stop:
        opt_out_of(session, message=message, source=receipt.channel, now=org_now)
    for each in (message, *queries.lock_members(session, message_id=message.id)):
        believed = _apply(session, each, receipt, now=org_now) or believed
        fall_back(session, each, room=room, now=org_now)
    if receipt.dead and believed:
        queries.insert_dead(session, message=message, error_code=receipt.error_code, now=org_now)
    return True


def _find(session: Session, receipt: Receipt) -> Message | None:
    """Lock the message that a report is about; by our own id first, for a report may overtake the provider's answer."""
    own = receipt.message_id
    if own is not None and is_id(own, MESSAGE):
        found = queries.lock_message(session, message_id=own)
        if found is not None:
            # Nobody can report on what has not left us.
            return found if found.channel == receipt.channel and found.status in HANDED_OVER else None
    return queries.find_by_provider_id(session, channel=receipt.channel, provider_id=receipt.provider_id)


def _apply(session: Session, message: Message, receipt: Receipt, *, now: datetime) -> bool:
    """Move a message on; False if the report is not believed, because something better is known."""
    if message.status == receipt.status:
        return True
    if message.status == MessageStatus.SENDING:
        # The report overtook the provider's answer: the message did leave.
        _move(session, message, MessageStatus.SENT, receipt, now=now)
        message.provider_id = message.provider_id or receipt.provider_id
        session.flush()
    late = message.status == MessageStatus.DELIVERED and receipt.channel not in _BOUNCES_LATE
    if late or not may_become(message.status, receipt.status):
        return message.status == receipt.status
    _move(session, message, receipt.status, receipt, now=now)
    return True


def _move(session: Session, message: Message, status: MessageStatus, receipt: Receipt, *, now: datetime) -> None:
    message.status, message.error_code = status, receipt.error_code
    if status in {MessageStatus.SENT, MessageStatus.DELIVERED}:
        message.sent_at = message.sent_at or now
    if status is MessageStatus.DELIVERED:
        message.delivered_at = now
    message.finished_at = message.finished_at or now
    put_down(message, wake_at=None)
    recovery = session.get_one(Recovery, message.recovery_id)
    facts = {"message_id": message.id, "channel": message.channel, "event": message.event, "code": receipt.error_code}
    who, why = f"channel:{message.channel}", f"The provider reports it {status}."
    note(session, recovery, what=f"message_{status}", who=who, why=why, now=now, **facts)

"""The last of three: a short transaction that records what the provider said."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from app.db.models import Message, Organization, Recovery
from app.db.queries import notify as queries
from app.db.queries.opt_outs import opt_out_of
from app.domain.notify.port import Effect, SendOutcome, SendResult
from app.domain.notify.states import MessageStatus, may_become
from app.services.notify.fall_back import fall_back
from app.services.notify.mailroom import Mailroom
from app.services.notify.take_up import SendJob, put_down
from app.services.timeline import note

MOST_TRIES: Final = 8
_FIRST_WAIT: Final = timedelta(minutes=1)
_LONGEST_WAIT: Final = timedelta(hours=2)
_STATUS: Final = {
    SendOutcome.SENT: MessageStatus.SENT,
    SendOutcome.PERMANENT: MessageStatus.FAILED,
    SendOutcome.UNKNOWN: MessageStatus.UNKNOWN,
}


def settle(session: Session, *, room: Mailroom, job: SendJob, result: SendResult, now: datetime) -> None:
    """Record what became of a message, and of those whose news it carries; `now` is the machine's time.

    If the lease ran out meanwhile the message counts as `unknown`, and only better knowledge changes that.
    What reached nobody over this channel is left to the next one.
    """
    message = queries.lock_message(session, message_id=job.message_id)
    if message is None:
        return
    org_now = now + session.get_one(Organization, message.organization_id).clock_offset
    in_hand = message.fence == job.fence and message.status == MessageStatus.SENDING
    _take_effect(session, message, result, now=org_now)
    again = result.outcome is SendOutcome.TRANSIENT and in_hand and message.tries < MOST_TRIES
    for each in (message, *queries.lock_members(session, message_id=message.id)):
        if again:
            _queue_again(each, message, result, now=org_now)
        else:
            _end(session, each, result, now=org_now)
            fall_back(session, each, room=room, now=org_now)


def _queue_again(each: Message, lead: Message, result: SendResult, *, now: datetime) -> None:
    wait = max(result.retry_after or timedelta(0), min(_FIRST_WAIT * 2**lead.tries, _LONGEST_WAIT))
    each.status, each.digest_id, each.started_at = MessageStatus.QUEUED, None, None
    each.error_code, each.error_detail = result.error_code, result.detail
    put_down(each, wake_at=now + wait)


def _end(session: Session, message: Message, result: SendResult, *, now: datetime) -> None:
    status = _STATUS.get(result.outcome, MessageStatus.FAILED)
    if not may_become(message.status, status):
        return
    message.status, message.provider_id = status, result.provider_id
    message.error_code, message.error_detail = result.error_code, result.detail or message.error_detail
    message.sent_at = now if status is MessageStatus.SENT else None
    message.finished_at = now
    put_down(message, wake_at=None)
    recovery = session.get_one(Recovery, message.recovery_id)
    why = result.detail or result.error_code or "The provider took the message over."
    facts = {"message_id": message.id, "channel": message.channel, "event": message.event, "code": result.error_code}
    note(session, recovery, what=f"message_{status}", who=f"channel:{message.channel}", why=why, now=now, **facts)


def _take_effect(session: Session, message: Message, result: SendResult, *, now: datetime) -> None:
    if result.effect is Effect.DEAD:
        queries.insert_dead(session, message=message, error_code=result.error_code, now=now)
    elif result.effect is Effect.OPTED_OUT:
        opt_out_of(session, message=message, source=message.channel, now=now)

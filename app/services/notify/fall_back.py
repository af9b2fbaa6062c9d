"""When a message reached nobody over one channel, the next one of the policy carries its news; once."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.db.models import Message, Recovery, Transaction
from app.db.queries.opt_outs import has_opted_out
from app.domain.notify.rules import ADDRESS_DEAD
from app.domain.notify.states import GAVE_UP
from app.domain.recovery.states import RecoveryStatus
from app.services.notify.mailroom import Mailroom, address_hashes
from app.services.notify.plan import allowed_channels, reach, write_down

_MARK = ">"


def fall_back(session: Session, message: Message, *, room: Mailroom, now: datetime) -> str | None:
    """Write the news of a message that reached nobody down for the next channel; return the new message's id.

    `now` is the organization's time. The new one has a step of its own, `<step>><channel>`, so that it
    is written once. Whoever opted out is not followed to another address.
    """
    if message.status not in GAVE_UP and message.error_code != ADDRESS_DEAD:
        return None
    recovery = session.get_one(Recovery, message.recovery_id)
    if recovery.status != RecoveryStatus.OPEN or _opted_out(session, message, room):
        return None
    channels = allowed_channels(session, recovery)
    later = channels[channels.index(message.channel) + 1 :] if message.channel in channels else channels
    transaction = session.get_one(Transaction, recovery.transaction_id)
    found = reach(session, room, recovery, transaction, allowed=later)
    if found is None:
        return None
    step = f"{message.step.partition(_MARK)[0]}{_MARK}{found[0]}"
    wanted = {"event": message.event, "step": step, "attempt_id": message.attempt_id, "wake_at": now}
    return write_down(session, room, recovery, transaction, found, now=now, **wanted)


def _opted_out(session: Session, message: Message, room: Mailroom) -> bool:
    address = room.crypto.open(message.recipient, about=f"{message.id}:recipient").decode()
    hashes = address_hashes(room.crypto, organization_id=message.organization_id, address=address)
    return has_opted_out(session, organization_id=message.organization_id, hashes=hashes)

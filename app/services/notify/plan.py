"""Writing a message down: once per step of a recovery, before anybody is called."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy.orm import Session

from app.db.models import Organization, Recovery, Transaction
from app.db.queries import notify as queries
from app.db.queries import outbox
from app.db.queries.recoveries import policy_settings
from app.domain.ids import MESSAGE, new_id
from app.domain.notify.codes import new_code
from app.domain.notify.contacts import address_for, language_of, masked
from app.domain.notify.events import Event
from app.domain.notify.port import Channel
from app.domain.notify.states import MessageStatus
from app.domain.recovery.policy import policy_from_settings
from app.domain.recovery.states import RecoveryStatus
from app.services.notify.mailroom import Mailroom, address_hashes, contact_hashes, payer_of
from app.services.outbox import Topic
from app.services.timeline import note

LAST_NOTICE_BEFORE: Final = timedelta(days=2)
_LAST_NOTICE_AFTER: Final = timedelta(days=3)
"""A last notice comes at least so long after the first message."""


def plan_message(
    session: Session,
    *,
    room: Mailroom,
    recovery_id: str,
    event: str,
    step: str,
    attempt_id: str | None,
    channel: str | None,
    now: datetime,
) -> str | None:
    """Write a message down for a recovery's payer; None if it is there already, or nobody can be reached.

    `step` names what it is for: a second one with that step is not written. `now` is the machine's
    time. The first message about a link also plans the last notice, near the window's end.
    """
    recovery = session.get(Recovery, recovery_id)
    if recovery is None or recovery.status != RecoveryStatus.OPEN:
        return None
    transaction = session.get_one(Transaction, recovery.transaction_id)
    organization = session.get_one(Organization, recovery.organization_id)
    org_now = now + organization.clock_offset
    allowed = (channel,) if channel else allowed_channels(session, recovery)
    found = reach(session, room, recovery, transaction, allowed=allowed)
    if found is None:
        why = "The payer has no address that can be written to over the channels that are allowed."
        note(session, recovery, what="message_impossible", who="tinko", why=why, now=org_now, step=step)
        return None
    kind = Event(event)
    wanted = {"event": kind, "step": step, "attempt_id": attempt_id, "wake_at": org_now}
    message_id = write_down(session, room, recovery, transaction, found, now=org_now, **wanted)
    last_at = recovery.window_ends_at - LAST_NOTICE_BEFORE
    if kind is Event.ACTION_NEEDED and last_at >= org_now + _LAST_NOTICE_AFTER:
        last = {"event": Event.LAST_NOTICE, "step": "last_notice", "attempt_id": attempt_id, "wake_at": last_at}
        write_down(session, room, recovery, transaction, found, now=org_now, **last)
    return message_id


def plan_from_outbox(
    session: Session, *, room: Mailroom, payload: Mapping[str, Any], outbox_id: int, now: datetime
) -> None:
    """Do what a message of the outbox asks; a repeat of it writes none, for its id names the step."""
    plan_message(
        session,
        room=room,
        recovery_id=payload["recovery_id"],
        event=payload["event"],
        step=f"{payload['event']}:{outbox_id}",
        attempt_id=payload.get("link_attempt_id"),
        channel=payload.get("channel"),
        now=now,
    )


def plan_waiting(session: Session, *, room: Mailroom, organization_id: str, now: datetime) -> None:
    """Write down at once what waits in the outbox for an organization whose clock is moving."""
    for waiting in outbox.lock_plans(session, topic=Topic.PLAN_MESSAGE, organization_id=organization_id):
        plan_from_outbox(session, room=room, payload=waiting.payload, outbox_id=waiting.id, now=now)
        waiting.done_at, waiting.wake_at, waiting.error = now, None, None
    session.flush()


def allowed_channels(session: Session, recovery: Recovery) -> tuple[str, ...]:
    """Return the channels of a recovery's policy, in their order."""
    return policy_from_settings(policy_settings(session, recovery=recovery)).enabled_channels


def reach(
    session: Session, room: Mailroom, recovery: Recovery, transaction: Transaction, *, allowed: Sequence[str]
) -> tuple[Channel, str] | None:
    """Return the first allowed channel that is set up and has a living address for the payer."""
    available = room.channels.available()
    for channel in (Channel(name) for name in allowed if name in set(Channel)):
        address = address_for(channel, transaction.customer)
        if address is None or channel not in available:
            continue
        hashes = address_hashes(room.crypto, organization_id=recovery.organization_id, address=address)
        if not queries.is_dead(session, organization_id=recovery.organization_id, channel=channel, hashes=hashes):
            return channel, address
    return None


def write_down(
    session: Session,
    room: Mailroom,
    recovery: Recovery,
    transaction: Transaction,
    found: tuple[Channel, str],
    *,
    now: datetime,
    **wanted: Any,
) -> str | None:
    """Write a message down; None if its recovery has one for that step already."""
    channel, address = found
    customer = transaction.customer
    organization_id, message_id = recovery.organization_id, new_id(MESSAGE, now=now)
    payer = payer_of(customer)
    values = {
        **wanted,
        "id": message_id,
        "organization_id": organization_id,
        "recovery_id": recovery.id,
        "channel": channel,
        "locale": language_of(customer.get("locale")),
        "recipient": room.crypto.seal(address.encode(), about=f"{message_id}:recipient"),
        "recipient_hint": masked(address),
        "recipient_hash": address_hashes(room.crypto, organization_id=organization_id, address=address)[0],
        "contact_hash": contact_hashes(room.crypto, address=address)[0],
        "payer_hash": address_hashes(room.crypto, organization_id=organization_id, address=payer)[0],
        "code": new_code(),
        "status": MessageStatus.QUEUED,
        "created_at": now,
    }
    if not queries.insert_message(session, values=values):
        return None
    why = f"The payer is to be written to ({wanted['event']}, {channel})."
    facts = {"message_id": message_id, "wake_at": wanted["wake_at"].isoformat()}
    note(session, recovery, what="message_planned", who="tinko", why=why, now=now, **facts)
    return message_id

"""Who is not written to any more: payers who say so, and staff for them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from app.db.models import Message, OptOut, Organization, Recovery
from app.db.queries import opt_outs as queries
from app.db.queries.scoped import get_owned
from app.domain.errors import FieldError, InvalidError
from app.domain.notify.contacts import address_for, masked
from app.domain.notify.port import Channel
from app.infra.crypto import Crypto
from app.services.audit import record_audit
from app.services.notify.mailroom import address_hashes, contact_hashes
from app.services.notify.reports import Reply, Wish
from app.services.timeline import note

STAFF: Final = "staff"


class ContactInvalidError(InvalidError):
    """The contact is neither a mail address nor a phone number with its country's code."""

    default_code = "contact_invalid"


def list_opt_outs(session: Session, *, organization_id: str, after: str | None, limit: int) -> Sequence[OptOut]:
    """Return an organization's opted-out addresses, the newest first, and one more than `limit` if there are more."""
    return queries.list_opt_outs(session, organization_id=organization_id, after=after, limit=limit)


def add_opt_out(
    session: Session,
    *,
    crypto: Crypto,
    organization_id: str,
    contact: str,
    actor: str,
    request_id: str | None,
    now: datetime,
) -> OptOut:
    """Never write to an address again, on behalf of whoever reads there; once. Raises `ContactInvalidError`."""
    address = _address(contact)
    hashes = address_hashes(crypto, organization_id=organization_id, address=address)
    found = queries.find_opt_out(session, organization_id=organization_id, hashes=hashes)
    if found is not None:
        return found
    hint = masked(address)
    queries.insert_opt_out(
        session,
        organization_id=organization_id,
        recipient_hash=hashes[0],
        recipient_hint=hint,
        source=STAFF,
        created_by=actor,
        now=now,
    )
    added = queries.find_opt_out(session, organization_id=organization_id, hashes=hashes[:1])
    assert added is not None  # noqa: S101  (it is there, whoever wrote it)
    _audit(session, added, "add", actor=actor, request_id=request_id, now=now)
    return added


def lift_opt_out(
    session: Session, *, organization_id: str, opt_out_id: str, actor: str, request_id: str | None, now: datetime
) -> None:
    """Let an address be written to again, because whoever reads there asked for it. Raises `NotFoundError`."""
    found = get_owned(session, OptOut, organization_id=organization_id, row_id=opt_out_id, lock=True)
    _audit(session, found, "lift", actor=actor, request_id=request_id, now=now)
    session.delete(found)


def opt_out(session: Session, *, message_id: str, source: str, now: datetime) -> bool:
    """Never write to a message's address again; False if there is no such message. `now` is the machine's time."""
    message = session.get(Message, message_id)
    if message is None:
        return False
    _stop(session, message, source=source, now=now)
    return True


def take_reply(session: Session, *, crypto: Crypto, reply: Reply, now: datetime) -> int:
    """Do what a payer's reply asks, for every organization that wrote to them over that channel; return how many.

    They share the sender's number, so a reply names none of them. START takes back what a reply stopped,
    and nothing else: neither what staff noted nor what was said on another way.
    """
    if reply.wish not in {Wish.STOP, Wish.START}:
        return 0
    hashes = contact_hashes(crypto, address=reply.address)
    messages = queries.last_of_each_sender(session, hashes=hashes, channel=reply.channel)
    for message in messages:
        if reply.wish is Wish.STOP:
            _stop(session, message, source=reply.channel, now=now)
        else:
            _start(session, message, reply, now=now)
    return len(messages)


def _stop(session: Session, message: Message, *, source: str, now: datetime) -> None:
    recovery = session.get_one(Recovery, message.recovery_id)
    org_now = now + session.get_one(Organization, message.organization_id).clock_offset
    if queries.opt_out_of(session, message=message, source=source, now=org_now):
        why = "The payer asked for no more messages."
        note(session, recovery, what="opted_out", who="payer", why=why, now=org_now, message_id=message.id, by=source)


def language_of_replier(session: Session, *, crypto: Crypto, reply: Reply) -> str:
    """Return the language in which a payer was written to last; empty if nobody wrote to them over that channel."""
    hashes = contact_hashes(crypto, address=reply.address)
    messages = queries.last_of_each_sender(session, hashes=hashes, channel=reply.channel)
    return max(messages, key=lambda message: message.id).locale if messages else ""


def _start(session: Session, message: Message, reply: Reply, *, now: datetime) -> None:
    hashes = (message.recipient_hash,)
    row = queries.find_opt_out(session, organization_id=message.organization_id, hashes=hashes)
    if row is None or row.source != reply.channel:
        return
    session.delete(row)
    org_now = now + session.get_one(Organization, message.organization_id).clock_offset
    recovery = session.get_one(Recovery, message.recovery_id)
    why = "The payer asked for messages again."
    note(session, recovery, what="opted_in", who="payer", why=why, now=org_now, message_id=message.id)


def _address(contact: str) -> str:
    said = {"email": contact, "phone": contact}
    address = address_for(Channel.EMAIL if "@" in contact else Channel.SMS, said)
    if address is None:
        detail = "must be a mail address, or a phone number with its country's code such as +919876543210"
        raise ContactInvalidError(f"The contact {detail}.", errors=(FieldError("/contact", detail),))
    return address


def _audit(session: Session, row: OptOut, deed: str, *, actor: str, request_id: str | None, now: datetime) -> None:
    record_audit(
        session,
        organization_id=row.organization_id,
        actor=actor,
        action=f"opt_out.{deed}",
        subject=row.id,
        after={"source": row.source},
        request_id=request_id,
        now=now,
    )

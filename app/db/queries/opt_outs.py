"""Addresses that are not written to any more, and which organizations wrote to one."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlalchemy.orm import Session

from app.db.models import Message, OptOut
from app.db.queries.scoped import newest_first, owned
from app.domain.ids import OPT_OUT, new_id

MOST_AT_ONCE = 1000


def has_opted_out(session: Session, *, organization_id: str, hashes: Sequence[bytes]) -> bool:
    """Tell whether one of these addresses opted out."""
    return find_opt_out(session, organization_id=organization_id, hashes=hashes) is not None


def find_opt_out(session: Session, *, organization_id: str, hashes: Sequence[bytes]) -> OptOut | None:
    """Return the row of the first of these addresses that opted out."""
    statement = owned(OptOut, organization_id).where(OptOut.recipient_hash.in_(hashes))
    return session.scalars(statement.order_by(OptOut.id).limit(1)).one_or_none()


def list_opt_outs(session: Session, *, organization_id: str, after: str | None, limit: int) -> Sequence[OptOut]:
    """Return an organization's rows, the newest first, one more than `limit`."""
    return session.scalars(newest_first(owned(OptOut, organization_id), OptOut.id, after=after, limit=limit)).all()


def insert_opt_out(
    session: Session,
    *,
    organization_id: str,
    recipient_hash: bytes,
    recipient_hint: str,
    source: str,
    created_by: str,
    now: datetime,
) -> bool:
    """Write an address down as opted out; False if it is already."""
    values = {
        "id": new_id(OPT_OUT, now=now),
        "organization_id": organization_id,
        "recipient_hash": recipient_hash,
        "recipient_hint": recipient_hint,
        "source": source,
        "created_by": created_by,
        "created_at": now,
    }
    statement = (
        insert(OptOut).values(values).on_conflict_do_nothing(index_elements=["organization_id", "recipient_hash"])
    )
    return session.execute(statement.returning(OptOut.id)).first() is not None


def opt_out_of(session: Session, *, message: Message, source: str, now: datetime) -> bool:
    """Write the address of a message down as opted out, by whoever reads there; False if it is already."""
    return insert_opt_out(
        session,
        organization_id=message.organization_id,
        recipient_hash=message.recipient_hash,
        recipient_hint=message.recipient_hint,
        source=source,
        created_by="payer",
        now=now,
    )


def last_of_each_sender(session: Session, *, hashes: Sequence[bytes], channel: str) -> Sequence[Message]:
    """Return the newest message to an address over a channel from each organization that wrote to it."""
    statement = (
        select(Message)
        .where(Message.contact_hash.in_(hashes), Message.channel == channel, Message.started_at.is_not(None))
        .ext(distinct_on(Message.organization_id))
        .order_by(Message.organization_id, Message.id.desc())
        .limit(MOST_AT_ONCE)
    )
    return session.scalars(statement).all()

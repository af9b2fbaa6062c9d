"""Links and the payment pages opened through them."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.db.models import Attempt, Charge, Checkout, Link, Organization, Recovery, Transaction
from app.domain.recovery.states import IN_FLIGHT


class LinkCase(NamedTuple):
    """A link with all that its page speaks of.

    `in_flight` holds the transaction's charge lease, with the `page` that it has open; `payment` is the money.
    """

    link: Link
    recovery: Recovery
    transaction: Transaction
    organization: Organization
    in_flight: Attempt | None
    page: Checkout | None
    payment: Charge | None


def find_link(session: Session, *, link_id: str, organization_id: str) -> LinkCase | None:
    """Return a link of that organization, in one statement whether it is there or not."""
    row = session.execute(
        select(Link, Recovery, Transaction, Organization, Attempt, Checkout, Charge)
        .join(Recovery, Recovery.id == Link.recovery_id)
        .join(Transaction, Transaction.id == Recovery.transaction_id)
        .join(Organization, Organization.id == Link.organization_id)
        .outerjoin(Attempt, (Attempt.transaction_id == Transaction.id) & Attempt.status.in_(IN_FLIGHT))
        .outerjoin(Checkout, (Checkout.attempt_id == Attempt.id) & Checkout.ended_at.is_(None))
        .outerjoin(Charge, (Charge.transaction_id == Transaction.id) & Charge.is_duplicate.is_(False))
        .where(Link.id == link_id, Link.organization_id == organization_id)
        .execution_options(populate_existing=True)
    ).one_or_none()
    return LinkCase(*row) if row else None


def list_links(session: Session, *, recovery_id: str) -> Sequence[Link]:
    """Return a recovery's links, the oldest first; the first five hundred."""
    return (
        session.execute(select(Link).where(Link.recovery_id == recovery_id).order_by(Link.id).limit(500))
        .scalars()
        .all()
    )


def lock_link(session: Session, *, link_id: str) -> Link:
    """Lock a link that is known to exist."""
    return session.get_one(Link, link_id, with_for_update=True, populate_existing=True)


def mark_opened(session: Session, *, link_id: str, again: bool, now: datetime) -> bool:
    """Count an opening; True if it was the first. Without `again` a later one is not counted."""
    # The recovery learns of it by a trigger: locked first, as everybody locks it before its links.
    session.execute(
        select(Recovery.id)
        .join(Link, Link.recovery_id == Recovery.id)
        .where(Link.id == link_id, Link.opened_at.is_(None))
        .with_for_update(of=Recovery, key_share=True)
    )
    first = session.execute(
        update(Link)
        .where(Link.id == link_id, Link.opened_at.is_(None))
        .values(opened_at=now, opens=1)
        .returning(Link.id)
    ).scalar_one_or_none()
    if first is None and again:
        session.execute(update(Link).where(Link.id == link_id).values(opens=Link.opens + 1))
    return first is not None


def mark_paid(session: Session, *, attempt_id: str, now: datetime) -> None:
    """End an attempt's pages, and mark the link behind the newest one as used."""
    end_checkouts(session, attempt_id=attempt_id, outcome="paid", now=now)
    newest = select(Checkout.link_id).where(Checkout.attempt_id == attempt_id).order_by(Checkout.id.desc()).limit(1)
    session.execute(
        update(Link).where(Link.id == newest.scalar_subquery(), Link.used_at.is_(None)).values(used_at=now),
        execution_options={"synchronize_session": "fetch"},
    )


def end_checkouts(session: Session, *, attempt_id: str, outcome: str, now: datetime) -> None:
    """End the page that an attempt has open, if it has one."""
    session.execute(
        update(Checkout)
        .where(Checkout.attempt_id == attempt_id, Checkout.ended_at.is_(None))
        .values(ended_at=now, outcome=outcome),
        execution_options={"synchronize_session": "fetch"},
    )


def open_checkout_of(session: Session, *, attempt_id: str) -> Checkout | None:
    """Return the page that an attempt has open."""
    return session.execute(
        select(Checkout).where(Checkout.attempt_id == attempt_id, Checkout.ended_at.is_(None))
    ).scalar_one_or_none()


def count_checkouts(session: Session, *, link_id: str, recovery_id: str) -> tuple[int, int]:
    """Return how many pages were opened through a link, and for its recovery."""
    row = session.execute(
        select(func.count().filter(Checkout.link_id == link_id), func.count()).where(
            Checkout.recovery_id == recovery_id
        )
    ).one()
    return row[0], row[1]


def count_reissues(session: Session, *, recovery_id: str) -> tuple[int, datetime | None]:
    """Return how often fresh links were asked for in a recovery, and when last."""
    row = session.execute(
        select(func.coalesce(func.sum(Link.reissues), 0), func.max(Link.reissued_at)).where(
            Link.recovery_id == recovery_id
        )
    ).one()
    return int(row[0]), row[1]

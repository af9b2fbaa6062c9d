"""Provider accounts and inbound events."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.db.models import Organization, PspAccount, PspEvent


def accounts_of(session: Session, *, organization_id: str) -> Sequence[PspAccount]:
    """Return an organization's accounts, the preferred first."""
    return (
        session.execute(
            select(PspAccount)
            .where(PspAccount.organization_id == organization_id)
            .order_by(PspAccount.priority, PspAccount.id)
        )
        .scalars()
        .all()
    )


def account_with_mode(session: Session, *, account_id: str, psp: str | None = None) -> tuple[PspAccount, str] | None:
    """Return an account (of that provider) with its organization's mode, whoever asks: webhooks have no caller."""
    statement = (
        select(PspAccount, Organization.mode)
        .join(Organization, Organization.id == PspAccount.organization_id)
        .where(PspAccount.id == account_id)
    )
    if psp is not None:
        statement = statement.where(PspAccount.psp == psp)
    row = session.execute(statement).one_or_none()
    return (row[0], row[1]) if row else None


def insert_event(session: Session, *, event: PspEvent) -> bool:
    """Store an inbound event; False if the provider sent it before."""
    values = {
        "id": event.id,
        "organization_id": event.organization_id,
        "psp_account_id": event.psp_account_id,
        "event_id": event.event_id,
        "type": event.type,
        "body": event.body,
        "status": event.status,
        "received_at": event.received_at,
    }
    statement = insert(PspEvent).values(values).on_conflict_do_nothing().returning(PspEvent.id)
    return session.execute(statement).scalar_one_or_none() is not None


def lock_event(session: Session, *, event_id: str, organization_id: str | None = None) -> PspEvent | None:
    """Lock one inbound event by our id for it."""
    statement = select(PspEvent).where(PspEvent.id == event_id)
    if organization_id is not None:
        statement = statement.where(PspEvent.organization_id == organization_id)
    return session.execute(statement.with_for_update()).scalar_one_or_none()


def list_events(
    session: Session, *, organization_id: str, status: str | None, before: str | None, limit: int
) -> Sequence[PspEvent]:
    """Return an organization's inbound events, the newest first."""
    statement = select(PspEvent).where(PspEvent.organization_id == organization_id)
    if status:
        statement = statement.where(PspEvent.status == status)
    if before:
        statement = statement.where(PspEvent.id < before)
    return session.execute(statement.order_by(PspEvent.id.desc()).limit(limit)).scalars().all()

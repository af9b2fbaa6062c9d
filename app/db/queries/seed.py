"""What a made-up history asks of an organization first."""

from sqlalchemy import exists, select, text
from sqlalchemy.orm import Session

from app.db.base import Base
from app.db.models import Membership, Transaction


def has_transactions(session: Session, *, organization_id: str) -> bool:
    """Tell whether an organization has any transaction."""
    return bool(session.scalar(select(exists().where(Transaction.organization_id == organization_id))))


def first_member(session: Session, *, organization_id: str) -> str | None:
    """Return the person who has been in an organization longest."""
    members = select(Membership.user_id).where(Membership.organization_id == organization_id)
    return session.scalar(members.order_by(Membership.id).limit(1))


def analyze(session: Session, *models: type[Base]) -> None:
    """Have the database look at tables that grew a lot at once, so that it plans its queries well."""
    session.execute(text(f"ANALYZE {', '.join(model.__tablename__ for model in models)}"))

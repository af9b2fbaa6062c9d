"""Provider accounts: an organization's own, and whether one can go."""

from collections.abc import Sequence

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from app.db.models import Attempt, Charge, Organization, PspAccount
from app.db.queries.scoped import newest_first, owned
from app.domain.recovery.states import IN_FLIGHT


def accounts_of(session: Session, *, organization_id: str) -> Sequence[PspAccount]:
    """Return an organization's accounts, the preferred first."""
    statement = owned(PspAccount, organization_id).where(PspAccount.deleted_at.is_(None))
    return session.execute(statement.order_by(PspAccount.priority, PspAccount.id)).scalars().all()


def list_accounts(session: Session, *, organization_id: str, after: str | None, limit: int) -> list[PspAccount]:
    """Return an organization's accounts, the newest first, one more than `limit`."""
    statement = owned(PspAccount, organization_id).where(PspAccount.deleted_at.is_(None))
    return list(session.scalars(newest_first(statement, PspAccount.id, after=after, limit=limit)))


def find_account(session: Session, *, organization_id: str, account_id: str) -> PspAccount | None:
    """Return one of an organization's accounts."""
    statement = owned(PspAccount, organization_id).where(PspAccount.id == account_id, PspAccount.deleted_at.is_(None))
    return session.execute(statement).scalar_one_or_none()


def lock_account(session: Session, *, organization_id: str, account_id: str) -> PspAccount | None:
    """Lock one of an organization's accounts."""
    statement = owned(PspAccount, organization_id).where(PspAccount.id == account_id, PspAccount.deleted_at.is_(None))
    return session.execute(statement.with_for_update()).scalar_one_or_none()


def account_with_mode(session: Session, *, account_id: str, psp: str | None = None) -> tuple[PspAccount, str] | None:
    """Return an account (of that provider) with its organization's mode, whoever asks: webhooks have no caller."""
    statement = (
        select(PspAccount, Organization.mode)
        .join(Organization, Organization.id == PspAccount.organization_id)
        .where(PspAccount.id == account_id, PspAccount.deleted_at.is_(None))
    )
    if psp is not None:
        statement = statement.where(PspAccount.psp == psp)
    row = session.execute(statement).one_or_none()
    return (row[0], row[1]) if row else None


def find_for_operator(
    session: Session, *, psp: str, organization_id: str | None, account_id: str | None
) -> list[tuple[PspAccount, str]]:
    """Return enabled accounts at a provider with their organizations' modes, of everybody: for the command line."""
    statement = (
        select(PspAccount, Organization.mode)
        .join(Organization, Organization.id == PspAccount.organization_id)
        .where(PspAccount.psp == psp, PspAccount.deleted_at.is_(None), PspAccount.is_enabled)
    )
    if organization_id is not None:
        statement = statement.where(PspAccount.organization_id == organization_id)
    if account_id is not None:
        statement = statement.where(PspAccount.id == account_id)
    return [(row[0], row[1]) for row in session.execute(statement.order_by(PspAccount.id).limit(20))]


def is_in_use(session: Session, *, account_id: str) -> bool:
    """Tell whether a charge or page of the account is in flight, or a refund through it is due."""
    in_flight = exists().where(Attempt.psp_account_id == account_id, Attempt.status.in_(IN_FLIGHT))
    refund_due = exists().where(Charge.psp_account_id == account_id, Charge.status == "refund_due")
    return bool(session.execute(select(in_flight | refund_due)).scalar_one())

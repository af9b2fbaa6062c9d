"""Saved views, and what tells how far an organization's first steps are."""

from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.db.models import FailureEvent, Onboarding, Policy, PolicyVersion, PspAccount, Recovery, SavedView
from app.db.queries.scoped import newest_first, owned
from app.domain.recovery.states import RecoveryStatus


def list_views(
    session: Session, *, organization_id: str, user_id: str, page: str | None, after: str | None, limit: int
) -> list[SavedView]:
    """Return a person's views and those that others share, the newest first, one more than `limit`."""
    statement = owned(SavedView, organization_id).where(_visible(user_id))
    if page is not None:
        statement = statement.where(SavedView.page == page)
    return list(session.scalars(newest_first(statement, SavedView.id, after=after, limit=limit)))


def find_view(
    session: Session, *, organization_id: str, user_id: str, view_id: str, lock: bool = False
) -> SavedView | None:
    """Return a view that the person may see."""
    statement = owned(SavedView, organization_id).where(SavedView.id == view_id, _visible(user_id))
    return session.scalars(statement.with_for_update() if lock else statement).one_or_none()


def count_views(session: Session, *, organization_id: str, user_id: str) -> int:
    """Return how many views a person has in the organization."""
    statement = select(func.count()).select_from(SavedView)
    return session.scalars(
        statement.where(SavedView.organization_id == organization_id, SavedView.user_id == user_id)
    ).one()


def _visible(user_id: str) -> ColumnElement[bool]:
    return or_(SavedView.user_id == user_id, SavedView.is_shared)


def find_onboarding(session: Session, *, organization_id: str) -> Onboarding | None:
    """Return what people said about the first steps, if they did."""
    return session.get(Onboarding, organization_id, populate_existing=True)


def lock_onboarding(session: Session, *, organization_id: str) -> Onboarding:
    """Lock the row of what people say about the first steps; it is made if this is the first time."""
    session.execute(insert(Onboarding).values(organization_id=organization_id, choices={}).on_conflict_do_nothing())
    return session.get_one(Onboarding, organization_id, with_for_update=True, populate_existing=True)


def first_real_account(session: Session, *, organization_id: str) -> datetime | None:
    """Return since when an account at a provider other than the sandbox is connected."""
    statement = select(func.min(PspAccount.created_at)).where(
        PspAccount.organization_id == organization_id, PspAccount.psp != "sandbox", PspAccount.deleted_at.is_(None)
    )
    return session.scalars(statement).one()


def first_report(session: Session, *, organization_id: str) -> datetime | None:
    """Return when the first failure was reported."""
    statement = select(FailureEvent.received_at).where(FailureEvent.organization_id == organization_id)
    return session.scalars(statement.order_by(FailureEvent.id).limit(1)).one_or_none()


def first_recovered(session: Session, *, organization_id: str) -> datetime | None:
    """Return when the oldest recovery that brought its money back ended."""
    statement = select(Recovery.ended_at).where(
        Recovery.organization_id == organization_id, Recovery.status == RecoveryStatus.RECOVERED
    )
    return session.scalars(statement.order_by(Recovery.id).limit(1)).one_or_none()


def second_policy_version(session: Session, *, organization_id: str) -> datetime | None:
    """Return when a policy was written beside the one that signing up made."""
    statement = (
        select(PolicyVersion.created_at)
        .join(Policy, Policy.id == PolicyVersion.policy_id)
        .where(Policy.organization_id == organization_id)
        .order_by(PolicyVersion.created_at, PolicyVersion.policy_id, PolicyVersion.version)
    )
    return session.scalars(statement.offset(1).limit(1)).one_or_none()

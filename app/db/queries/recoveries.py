"""Recoveries: one by its id, with its transaction locked; those whose window ended."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.db.models import Organization, PolicyVersion, Recovery, Transaction


class Case(NamedTuple):
    """A recovery with its transaction; both are locked, the transaction first."""

    recovery: Recovery
    transaction: Transaction
    organization: Organization


_WINDOW_ENDED = text("""
    SELECT r.id FROM organizations o CROSS JOIN LATERAL (
        SELECT id FROM recoveries
        WHERE organization_id = o.id AND status = 'open'
          AND window_ends_at <= CAST(:now AS timestamptz) + o.clock_offset
          AND NOT EXISTS (
              SELECT FROM attempts a
              WHERE a.transaction_id = recoveries.transaction_id
                AND a.status IN ('executing', 'unknown', 'awaiting_payer')
          )
        ORDER BY window_ends_at LIMIT :per_organization
    ) r
    WHERE CAST(:organization_id AS text) IS NULL OR o.id = :organization_id
    LIMIT :batch
""")

_NEXT_WINDOW_END = text("""
    SELECT min(window_ends_at) FROM recoveries
    WHERE organization_id = :organization_id AND status = 'open' AND window_ends_at <= :until
      AND NOT EXISTS (
          SELECT FROM attempts a
          WHERE a.transaction_id = recoveries.transaction_id
            AND a.status IN ('executing', 'unknown', 'awaiting_payer')
      )
""")


def lock_case(session: Session, *, recovery_id: str, organization_id: str | None = None) -> Case | None:
    """Lock a recovery's transaction, then the recovery; None if there is none (in that organization)."""
    wanted = select(Transaction).join(Recovery, Recovery.transaction_id == Transaction.id)
    wanted = wanted.where(Recovery.id == recovery_id)
    if organization_id is not None:
        wanted = wanted.where(Recovery.organization_id == organization_id)
    transaction = session.execute(wanted.with_for_update(of=Transaction)).scalar_one_or_none()
    if transaction is None:
        return None
    recovery, organization = session.execute(
        select(Recovery, Organization)
        .join(Organization, Organization.id == Recovery.organization_id)
        .where(Recovery.id == recovery_id)
        .with_for_update(of=Recovery)
        .execution_options(populate_existing=True)
    ).one()
    return Case(recovery, transaction, organization)


def latest_of(session: Session, *, transaction_id: str) -> Recovery:
    """Return a transaction's newest recovery; every transaction has one from its first failure on."""
    return session.execute(
        select(Recovery).where(Recovery.transaction_id == transaction_id).order_by(Recovery.id.desc()).limit(1)
    ).scalar_one()


def policy_settings(session: Session, *, recovery: Recovery) -> dict[str, object]:
    """Return the settings of the policy version that a recovery began with."""
    version = session.get_one(PolicyVersion, (recovery.policy_id, recovery.policy_version))
    return version.settings


def window_ended(session: Session, *, now: datetime, batch: int, organization_id: str | None = None) -> Sequence[str]:
    """Return open recoveries, with no charge in flight, whose window ended by their organization's clock."""
    parameters = {"now": now, "batch": batch, "per_organization": batch, "organization_id": organization_id}
    return session.execute(_WINDOW_ENDED, parameters).scalars().all()


def next_window_end(session: Session, *, organization_id: str, until: datetime) -> datetime | None:
    """Return when the organization's next window ends, if one does by `until`."""
    return session.execute(_NEXT_WINDOW_END, {"organization_id": organization_id, "until": until}).scalar_one_or_none()

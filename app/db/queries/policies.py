"""Policies with their current versions; deleted ones are only seen by the recoveries that keep them."""

from typing import NamedTuple

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import Session

from app.db.models import Policy, PolicyDraft, PolicyVersion, Recovery
from app.db.queries.scoped import newest_first, owned


class PolicyRow(NamedTuple):
    """A policy with the version that new recoveries begin with, and the draft of its next one, if there is any."""

    policy: Policy
    version: PolicyVersion
    draft: PolicyDraft | None

    @property
    def id(self) -> str:
        """Return the policy's id."""
        return self.policy.id


def list_policies(session: Session, *, organization_id: str, after: str | None, limit: int) -> list[PolicyRow]:
    """Return an organization's policies, the newest first, one more than `limit`."""
    wanted = newest_first(_present(organization_id), Policy.id, after=after, limit=limit)
    return [PolicyRow(*row) for row in session.execute(_with_version(wanted))]


def find_policy(session: Session, *, organization_id: str, policy_id: str) -> PolicyRow | None:
    """Return one policy of the organization."""
    row = session.execute(_with_version(_present(organization_id).where(Policy.id == policy_id))).one_or_none()
    return PolicyRow(*row) if row else None


def find_active(session: Session, *, organization_id: str) -> PolicyRow | None:
    """Return the policy that new recoveries of the organization begin with."""
    row = session.execute(_with_version(_present(organization_id).where(Policy.is_active))).one_or_none()
    return PolicyRow(*row) if row else None


def clear_active(session: Session, *, organization_id: str) -> Policy | None:
    """Make room for another active policy; return the one that was. The organization's row must be locked."""
    policy = session.scalars(select(Policy).where(Policy.organization_id == organization_id, Policy.is_active)).first()
    if policy is not None:
        policy.is_active = False
        session.flush()
    return policy


def _present(organization_id: str) -> Select[Policy]:
    return owned(Policy, organization_id).where(Policy.deleted_at.is_(None))


def list_versions(session: Session, *, policy_id: str, before: int | None, limit: int) -> list[PolicyVersion]:
    """Return a policy's versions, newest first, from below `before` on, one more than `limit`."""
    statement = select(PolicyVersion).where(PolicyVersion.policy_id == policy_id)
    if before is not None:
        statement = statement.where(PolicyVersion.version < before)
    return list(session.scalars(statement.order_by(PolicyVersion.version.desc()).limit(limit + 1)))


def find_version(session: Session, *, policy_id: str, version: int) -> PolicyVersion | None:
    """Return one version of a policy."""
    return session.get(PolicyVersion, (policy_id, version))


def count_open(session: Session, *, organization_id: str, policy_id: str) -> dict[int, int]:
    """Return how many open recoveries keep each version of a policy, the newest version first."""
    mine = (Recovery.organization_id == organization_id, Recovery.status == "open", Recovery.policy_id == policy_id)
    counted = select(Recovery.policy_version, func.count()).where(*mine).group_by(Recovery.policy_version)
    return dict(session.execute(counted.order_by(Recovery.policy_version.desc())).all())


def _with_version(policies: Select[Policy]) -> Select[Policy, PolicyVersion, PolicyDraft]:
    current = and_(PolicyVersion.policy_id == Policy.id, PolicyVersion.version == Policy.version)
    joined = policies.join(PolicyVersion, current).outerjoin(PolicyDraft, PolicyDraft.policy_id == Policy.id)
    return joined.add_columns(PolicyVersion, PolicyDraft)

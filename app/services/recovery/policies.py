"""Retry policies: each change is a new version, and recoveries keep the one they began with."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.db.models import Policy, PolicyVersion
from app.domain.ids import POLICY, new_id
from app.domain.recovery.policy import DEFAULT_POLICY
from app.domain.recovery.policy import Policy as PolicyTerms


def create_default_policy(session: Session, *, organization_id: str, actor: str, now: datetime) -> Policy:
    """Give a new organization its first, active policy."""
    policy = Policy(
        id=new_id(POLICY, now=now),
        organization_id=organization_id,
        name="Default",
        version=1,
        is_active=True,
        created_at=now,
    )
    session.add(policy)
    session.flush()
    add_version(session, policy=policy, terms=DEFAULT_POLICY, actor=actor, now=now)
    return policy


def add_version(session: Session, *, policy: Policy, terms: PolicyTerms, actor: str, now: datetime) -> None:
    """Write the policy's current version down; versions never change afterwards."""
    session.add(
        PolicyVersion(
            policy_id=policy.id,
            version=policy.version,
            settings=terms.as_settings(),
            created_by=actor,
            created_at=now,
        )
    )
    session.flush()

"""Retry policies: each change is a new version, and recoveries keep the one they began with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.db.models import Policy, PolicyVersion
from app.db.queries import policies as queries
from app.db.queries.clock import lock_organization
from app.db.queries.policies import PolicyRow
from app.domain.errors import ConflictError, NotFoundError
from app.domain.ids import POLICY, new_id
from app.domain.recovery.policy import DEFAULT_POLICY, policy_from_settings
from app.domain.recovery.policy import Policy as PolicyTerms
from app.domain.recovery.policy_rules import changed
from app.services.audit import record_audit


class PolicyActiveError(ConflictError):
    """An organization always has an active policy: activate another one first."""

    default_code = "policy_active"


@dataclass(frozen=True, slots=True)
class PolicyWish:
    """What a policy is to be: `terms` holds the fields of its settings that change, None leaves a field as it is."""

    name: str | None = None
    is_active: bool | None = None
    terms: Mapping[str, Any] = field(default_factory=dict)


def list_policies(session: Session, *, organization_id: str, after: str | None, limit: int) -> list[PolicyRow]:
    """Return the organization's policies, the newest first, and one more than `limit` if there are more."""
    return queries.list_policies(session, organization_id=organization_id, after=after, limit=limit)


def get_policy(session: Session, *, organization_id: str, policy_id: str) -> PolicyRow:
    """Return one policy; raises `NotFoundError`, also for a deleted one."""
    row = queries.find_policy(session, organization_id=organization_id, policy_id=policy_id)
    if row is None:
        raise NotFoundError("There is no such policy.")
    return row


def count_open(session: Session, *, organization_id: str, policy_id: str) -> dict[int, int]:
    """Return how many open recoveries keep each version of a policy; raises `NotFoundError`."""
    get_policy(session, organization_id=organization_id, policy_id=policy_id)
    return queries.count_open(session, organization_id=organization_id, policy_id=policy_id)


def get_active_policy(session: Session, *, organization_id: str) -> PolicyRow:
    """Return the policy that new recoveries begin with; raises `NotFoundError`."""
    row = queries.find_active(session, organization_id=organization_id)
    if row is None:
        raise NotFoundError("No policy is active.")
    return row


def create_policy(
    session: Session, *, organization_id: str, wish: PolicyWish, actor: str, request_id: str | None, now: datetime
) -> PolicyRow:
    """Write a policy down, from the default terms with the wish's changes; active at once if the wish says so.

    `now` is the machine's time. Raises `PolicyInvalidError`.
    """
    terms = changed(DEFAULT_POLICY, wish.terms)
    lock_organization(session, organization_id=organization_id)
    policy = Policy(
        id=new_id(POLICY, now=now),
        organization_id=organization_id,
        name=wish.name or "Policy",
        version=1,
        is_active=False,
        created_at=now,
    )
    session.add(policy)
    session.flush()
    add_version(session, policy=policy, terms=terms, actor=actor, now=now)
    if wish.is_active:
        _activate(session, policy, actor=actor, request_id=request_id, now=now)
    _audit(session, policy, "create", actor=actor, request_id=request_id, now=now, after=_told(policy, terms))
    return get_policy(session, organization_id=organization_id, policy_id=policy.id)


def change_policy(
    session: Session,
    *,
    organization_id: str,
    policy_id: str,
    wish: PolicyWish,
    actor: str,
    request_id: str | None,
    now: datetime,
) -> PolicyRow:
    """Write the policy's next version down; recoveries that are open keep theirs.

    Raises `NotFoundError`, `PolicyInvalidError`, and `PolicyActiveError` for an attempt to deactivate.
    """
    lock_organization(session, organization_id=organization_id)
    policy, version, _ = get_policy(session, organization_id=organization_id, policy_id=policy_id)
    if policy.is_active and wish.is_active is False:
        raise PolicyActiveError("New recoveries need a policy: activate another one, and this one rests.")
    old_terms = policy_from_settings(version.settings)
    before, terms = _told(policy, old_terms), changed(old_terms, wish.terms)
    policy.name, policy.version = wish.name or policy.name, policy.version + 1
    add_version(session, policy=policy, terms=terms, actor=actor, now=now)
    if wish.is_active and not policy.is_active:
        _activate(session, policy, actor=actor, request_id=request_id, now=now)
    after = _told(policy, terms)
    _audit(session, policy, "update", actor=actor, request_id=request_id, now=now, before=before, after=after)
    return get_policy(session, organization_id=organization_id, policy_id=policy_id)


def delete_policy(
    session: Session, *, organization_id: str, policy_id: str, actor: str, request_id: str | None, now: datetime
) -> None:
    """Take a policy out of sight; its versions stay for the recoveries that began with them.

    Raises `NotFoundError`, and `PolicyActiveError` for the active one.
    """
    lock_organization(session, organization_id=organization_id)
    policy, version, _ = get_policy(session, organization_id=organization_id, policy_id=policy_id)
    if policy.is_active:
        raise PolicyActiveError("The active policy cannot be deleted: activate another one first.")
    policy.deleted_at = now
    before = _told(policy, policy_from_settings(version.settings))
    _audit(session, policy, "delete", actor=actor, request_id=request_id, now=now, before=before)


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


def _activate(session: Session, policy: Policy, *, actor: str, request_id: str | None, now: datetime) -> None:
    """Make it the active one, and the other one not, under the organization's lock."""
    other = queries.clear_active(session, organization_id=policy.organization_id)
    policy.is_active = True
    session.flush()
    if other is not None:
        after = {"active": policy.id}
        _audit(session, other, "deactivate", actor=actor, request_id=request_id, now=now, after=after)


def _told(policy: Policy, terms: PolicyTerms) -> dict[str, Any]:
    """Return a policy as the audit log tells it."""
    own = {"name": policy.name, "version": policy.version, "is_active": policy.is_active}
    return {**own, "settings": terms.as_settings()}


def _audit(session: Session, policy: Policy, deed: str, *, now: datetime, **told: Any) -> None:
    action, subject = f"policy.{deed}", policy.id
    record_audit(session, organization_id=policy.organization_id, action=action, subject=subject, now=now, **told)

"""A policy's next version in the making: drawn beside the one that holds, then published or dropped."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.db.models import Policy, PolicyDraft, PolicyVersion
from app.db.queries import policies as queries
from app.db.queries.clock import lock_organization
from app.db.queries.policies import PolicyRow
from app.domain.errors import ConflictError, NotFoundError
from app.domain.recovery.policy import Policy as PolicyTerms
from app.domain.recovery.policy import policy_from_settings
from app.domain.recovery.policy_rules import Difference, changed, differences
from app.services.audit import record_audit
from app.services.recovery.policies import add_version, get_policy


class NoDraftError(ConflictError):
    """There is nothing to publish."""

    default_code = "no_draft"


class VersionChangedError(ConflictError):
    """Somebody published another version meanwhile: look at it, then publish again."""

    default_code = "policy_changed"


@dataclass(frozen=True, slots=True)
class Editor:
    """Who works on which policy, by which request; `now` is the machine's time."""

    organization_id: str
    policy_id: str
    actor: str
    request_id: str | None
    now: datetime


@dataclass(frozen=True, slots=True)
class DraftRow:
    """A draft, what it changes of the version that holds, and whether that is another than it was drawn from."""

    draft: PolicyDraft
    published: PolicyVersion
    changes: tuple[Difference, ...]

    @property
    def is_outdated(self) -> bool:
        """Tell whether another version was published since the draft was begun."""
        return self.draft.based_on != self.published.version


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One version of a policy, and what it changed of the one before."""

    version: PolicyVersion
    changes: tuple[Difference, ...]


def get_draft(session: Session, *, organization_id: str, policy_id: str) -> DraftRow:
    """Return a policy's draft; raises `NotFoundError`."""
    row = get_policy(session, organization_id=organization_id, policy_id=policy_id)
    if row.draft is None:
        raise NotFoundError("This policy has no draft.")
    return DraftRow(row.draft, row.version, differences(row.version.settings, row.draft.settings))


def put_draft(session: Session, *, editor: Editor, terms: Mapping[str, Any], based_on: int | None) -> DraftRow:
    """Draw the next version: the one that holds, with these terms. The draft that was there is replaced.

    `based_on` is the version that the editor saw; None keeps what the draft said before. Raises `NotFoundError`
    and `PolicyInvalidError`.
    """
    row = _locked(session, editor)
    settings = changed(policy_from_settings(row.version.settings), terms, at="/settings").as_settings()
    draft, before = row.draft, None
    if draft is None:
        draft = PolicyDraft(policy_id=row.policy.id, based_on=row.version.version)
        session.add(draft)
    else:
        before = {"settings": draft.settings}
    draft.settings, draft.updated_by, draft.updated_at = settings, editor.actor, editor.now
    draft.based_on = based_on or draft.based_on
    session.flush()
    _audit(session, editor, "draft", before=before, after={"settings": settings})
    return DraftRow(draft, row.version, differences(row.version.settings, settings))


def drop_draft(session: Session, *, editor: Editor) -> None:
    """Drop a policy's draft; raises `NotFoundError`, also where there is none."""
    draft = _locked(session, editor).draft
    if draft is None:
        raise NotFoundError("This policy has no draft.")
    session.delete(draft)
    session.flush()
    _audit(session, editor, "draft_drop", before={"settings": draft.settings})


def publish_draft(session: Session, *, editor: Editor, expected_version: int | None) -> PolicyRow:
    """Make the draft the policy's next version; recoveries that are open keep theirs.

    Raises `NotFoundError`, `NoDraftError`, `PolicyInvalidError`, and `VersionChangedError` unless the version that
    holds is the expected one: the one that the draft was drawn from, if the caller names none.
    """
    row = _locked(session, editor)
    if row.draft is None:
        raise NoDraftError("This policy has no draft to publish.")
    _expect(row, expected_version or row.draft.based_on)
    terms = changed(policy_from_settings(row.version.settings), row.draft.settings)
    session.delete(row.draft)
    return _publish(session, editor, row, terms, "publish")


def restore_version(session: Session, *, editor: Editor, version: int, expected_version: int | None) -> PolicyRow:
    """Make the next version say what an old one said; a draft stays as it is.

    Raises `NotFoundError`, `PolicyInvalidError` (rules may be stricter than they were), and `VersionChangedError`.
    """
    row = _locked(session, editor)
    _expect(row, expected_version)
    old = queries.find_version(session, policy_id=row.policy.id, version=version)
    if old is None:
        raise NotFoundError("The policy has no such version.")
    terms = changed(policy_from_settings(row.version.settings), policy_from_settings(old.settings).as_settings())
    return _publish(session, editor, row, terms, "restore", restored=version)


def list_versions(
    session: Session, *, organization_id: str, policy_id: str, before: int | None, limit: int
) -> list[VersionRow]:
    """Return a policy's versions, newest first, each with what it changed; one more than `limit` if there are more.

    Raises `NotFoundError`.
    """
    row = get_policy(session, organization_id=organization_id, policy_id=policy_id)
    versions = queries.list_versions(session, policy_id=row.policy.id, before=before, limit=limit + 1)
    return _with_changes(versions)[: limit + 1]


def _with_changes(versions: Sequence[PolicyVersion]) -> list[VersionRow]:
    earlier = [*(version.settings for version in versions[1:]), None]
    return [
        VersionRow(version, differences(old, version.settings)) for version, old in zip(versions, earlier, strict=True)
    ]


def _locked(session: Session, editor: Editor) -> PolicyRow:
    lock_organization(session, organization_id=editor.organization_id)
    return get_policy(session, organization_id=editor.organization_id, policy_id=editor.policy_id)


def _expect(row: PolicyRow, version: int | None) -> None:
    if version is not None and row.version.version != version:
        raise VersionChangedError(f"Version {row.version.version} was published meanwhile; expected {version}.")


def _publish(session: Session, editor: Editor, row: PolicyRow, terms: PolicyTerms, deed: str, **told: int) -> PolicyRow:
    before = _told(row.policy, row.version.settings)
    row.policy.version += 1
    add_version(session, policy=row.policy, terms=terms, actor=editor.actor, now=editor.now)
    _audit(session, editor, deed, before=before, after=_told(row.policy, terms.as_settings()) | told)
    return get_policy(session, organization_id=editor.organization_id, policy_id=editor.policy_id)


def _told(policy: Policy, settings: Mapping[str, Any]) -> dict[str, Any]:
    return {"name": policy.name, "version": policy.version, "is_active": policy.is_active, "settings": dict(settings)}


def _audit(session: Session, editor: Editor, deed: str, **told: Any) -> None:
    record_audit(
        session,
        organization_id=editor.organization_id,
        actor=editor.actor,
        action=f"policy.{deed}",
        subject=editor.policy_id,
        request_id=editor.request_id,
        now=editor.now,
        **told,
    )

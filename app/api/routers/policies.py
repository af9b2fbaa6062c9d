"""How the organization wants recoveries planned."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from app.api.deps import Db, Now, OrgNow, RequestId, require
from app.api.idempotency import Idempotent
from app.api.pagination import MOST, USUAL, Listing, PageParams, listing
from app.api.schemas.policies import (
    DraftIn,
    DraftView,
    PolicyChangeIn,
    PolicyIn,
    PolicyUseView,
    PolicyView,
    PublishIn,
    VersionList,
)
from app.api.schemas.schedules import SchedulePreviewIn, SchedulesView, ScheduleView
from app.domain.identity.caller import Caller
from app.services.recovery import drafts, look_ahead, policies

router = APIRouter(prefix="/v1/retry/policies", tags=["policies"])

Reader = Annotated[Caller, require("policies:read")]
Writer = Annotated[Caller, require("policies:write")]


@router.get("", response_model=Listing[PolicyView])
def list_policies(db: Db, caller: Reader, page: PageParams) -> Listing[PolicyView]:
    """List the policies, newest first."""
    rows = policies.list_policies(db, organization_id=caller.organization_id, after=page.after, limit=page.limit)
    return listing(rows, page, PolicyView.of)


@router.post("", status_code=201, response_model=PolicyView)
def create_policy(
    body: PolicyIn, db: Db, caller: Writer, now: Now, request_id: RequestId, once: Idempotent
) -> Response:
    """Make a policy; with `is_active` it takes the place of the active one."""
    return once.run(
        lambda: PolicyView.of(
            policies.create_policy(
                db,
                organization_id=caller.organization_id,
                wish=body.wish(),
                actor=caller.actor,
                request_id=request_id,
                now=now,
            )
        )
    )


@router.get("/active", response_model=PolicyView)
def get_active_policy(db: Db, caller: Reader) -> PolicyView:
    """Return the policy that new recoveries begin with."""
    return PolicyView.of(policies.get_active_policy(db, organization_id=caller.organization_id))


@router.post("/preview", response_model=SchedulesView)
def preview_policy(body: SchedulePreviewIn, db: Db, caller: Reader, now: OrgNow) -> SchedulesView:
    """Return the schedules that settings make for sample failures; nothing is stored."""
    policy, at = body.policy(), body.now or now
    found = look_ahead.look_ahead(
        db, organization_id=caller.organization_id, policy=policy, samples=body.wanted(), now=at
    )
    return SchedulesView(now=at, settings=policy.as_settings(), items=[ScheduleView.of(each) for each in found])


@router.get("/{policy_id}", response_model=PolicyView)
def get_policy(policy_id: str, db: Db, caller: Reader) -> PolicyView:
    """Return one policy."""
    return PolicyView.of(policies.get_policy(db, organization_id=caller.organization_id, policy_id=policy_id))


@router.patch("/{policy_id}", response_model=PolicyView)
def change_policy(
    policy_id: str, body: PolicyChangeIn, db: Db, caller: Writer, now: Now, request_id: RequestId
) -> PolicyView:
    """Make the policy's next version: open recoveries keep theirs. `is_active: true` retires the active one."""
    row = policies.change_policy(
        db,
        organization_id=caller.organization_id,
        policy_id=policy_id,
        wish=body.wish(),
        actor=caller.actor,
        request_id=request_id,
        now=now,
    )
    return PolicyView.of(row)


@router.delete("/{policy_id}", status_code=204)
def delete_policy(policy_id: str, db: Db, caller: Writer, now: Now, request_id: RequestId) -> None:
    """Delete a policy that is not active; recoveries that began with it keep it."""
    policies.delete_policy(
        db,
        organization_id=caller.organization_id,
        policy_id=policy_id,
        actor=caller.actor,
        request_id=request_id,
        now=now,
    )


@router.get("/{policy_id}/use", response_model=PolicyUseView)
def get_use(policy_id: str, db: Db, caller: Reader) -> PolicyUseView:
    """Say how many open recoveries keep which version of a policy."""
    counts = policies.count_open(db, organization_id=caller.organization_id, policy_id=policy_id)
    return PolicyUseView.of(counts)


@router.get("/{policy_id}/versions", response_model=VersionList)
def list_versions(
    policy_id: str,
    db: Db,
    caller: Reader,
    limit: Annotated[int, Query(ge=1, le=MOST)] = USUAL,
    before: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
) -> VersionList:
    """List a policy's versions, newest first, each with what it changed."""
    rows = drafts.list_versions(
        db, organization_id=caller.organization_id, policy_id=policy_id, before=before, limit=limit
    )
    return VersionList.of(rows, limit=limit)


@router.post("/{policy_id}/versions/{version}/restore", response_model=PolicyView)
def restore_version(
    policy_id: str,
    version: Annotated[int, Path(ge=1, le=2**31 - 1)],
    body: PublishIn,
    db: Db,
    caller: Writer,
    now: Now,
    request_id: RequestId,
) -> PolicyView:
    """Publish what an old version said as the next one."""
    editor = drafts.Editor(caller.organization_id, policy_id, caller.actor, request_id, now)
    row = drafts.restore_version(db, editor=editor, version=version, expected_version=body.expected_version)
    return PolicyView.of(row)


@router.get("/{policy_id}/draft", response_model=DraftView)
def get_draft(policy_id: str, db: Db, caller: Reader) -> DraftView:
    """Return the next version in the making; 404 if there is none."""
    return DraftView.of(drafts.get_draft(db, organization_id=caller.organization_id, policy_id=policy_id))


@router.put("/{policy_id}/draft", response_model=DraftView)
def put_draft(policy_id: str, body: DraftIn, db: Db, caller: Writer, now: Now, request_id: RequestId) -> DraftView:
    """Draw the next version; nothing is planned by it until it is published."""
    editor = drafts.Editor(caller.organization_id, policy_id, caller.actor, request_id, now)
    row = drafts.put_draft(db, editor=editor, terms=body.settings.wish().terms, based_on=body.based_on)
    return DraftView.of(row)


@router.delete("/{policy_id}/draft", status_code=204)
def drop_draft(policy_id: str, db: Db, caller: Writer, now: Now, request_id: RequestId) -> None:
    """Drop the draft."""
    drafts.drop_draft(db, editor=drafts.Editor(caller.organization_id, policy_id, caller.actor, request_id, now))


@router.post("/{policy_id}/publish", response_model=PolicyView)
def publish_draft(
    policy_id: str, body: PublishIn, db: Db, caller: Writer, now: Now, request_id: RequestId
) -> PolicyView:
    """Make the draft the next version; 409 `policy_changed` if another was published since it was begun."""
    editor = drafts.Editor(caller.organization_id, policy_id, caller.actor, request_id, now)
    return PolicyView.of(drafts.publish_draft(db, editor=editor, expected_version=body.expected_version))

"""How the organization wants recoveries planned."""

from typing import Annotated

from fastapi import APIRouter, Response

from app.api.deps import Db, Now, RequestId, require
from app.api.idempotency import Idempotent
from app.api.pagination import Listing, PageParams, listing
from app.api.schemas.policies import PolicyChangeIn, PolicyIn, PolicyView
from app.domain.identity.caller import Caller
from app.services.recovery import policies

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

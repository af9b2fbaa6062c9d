"""Who belongs to the organization, and as what."""

from typing import Annotated

from fastapi import APIRouter
from fastapi.responses import Response

from app.api.deps import Db, Now, RequestId, require
from app.api.idempotency import Idempotent
from app.api.pagination import Listing, PageParams, write_cursor
from app.api.schemas.accounts import MemberIn, MemberOut, RoleIn
from app.domain.identity.caller import Caller
from app.services.identity import members

router = APIRouter(prefix="/v1/members", tags=["members"])
Reader = Annotated[Caller, require("members:read")]
Writer = Annotated[Caller, require("members:write")]


@router.get("")
def list_members(db: Db, caller: Reader, page: PageParams) -> Listing[MemberOut]:
    """List the members, newest first."""
    rows = members.list_members(db, organization_id=caller.organization_id, after=page.after, limit=page.limit)
    shown = [MemberOut.of(member, user) for member, user in rows[: page.limit]]
    return Listing(items=shown, next_cursor=write_cursor(shown[-1].id) if len(rows) > page.limit else None)


@router.post("", status_code=201, response_model=MemberOut)
def add_member(body: MemberIn, db: Db, caller: Writer, now: Now, request_id: RequestId, once: Idempotent) -> Response:
    """Add somebody who has signed up already (404 `user_unknown` otherwise)."""
    return once.run(
        lambda: MemberOut.of(
            *members.add_member(db, caller=caller, email=body.email, role=body.role, request_id=request_id, now=now)
        )
    )


@router.patch("/{member_id}")
def change_role(member_id: str, body: RoleIn, db: Db, caller: Writer, now: Now, request_id: RequestId) -> MemberOut:
    """Give a member another role; an organization keeps at least one owner (409 `last_owner`)."""
    return MemberOut.of(
        *members.change_role(db, caller=caller, member_id=member_id, role=body.role, request_id=request_id, now=now)
    )


@router.delete("/{member_id}", status_code=204)
def remove_member(member_id: str, db: Db, caller: Writer, now: Now, request_id: RequestId) -> None:
    """Take a member out; their sign-ins to this organization end at once."""
    members.remove_member(db, caller=caller, member_id=member_id, request_id=request_id, now=now)

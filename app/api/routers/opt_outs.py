"""Who is not written to any more."""

from typing import Annotated

from fastapi import APIRouter, Response

from app.api.deps import Db, Now, RequestId, Shared, require
from app.api.idempotency import Idempotent
from app.api.pagination import Listing, PageParams, listing
from app.api.schemas.messages import OptOutIn, OptOutView
from app.domain.identity.caller import Caller
from app.services.notify import opt_outs

router = APIRouter(prefix="/v1/opt_outs", tags=["messages"])

Reader = Annotated[Caller, require("opt_outs:read")]
Writer = Annotated[Caller, require("opt_outs:write")]


@router.get("", response_model=Listing[OptOutView])
def list_opt_outs(db: Db, caller: Reader, page: PageParams) -> Listing[OptOutView]:
    """List addresses that are not written to any more, newest first; each is shown hidden."""
    rows = opt_outs.list_opt_outs(db, organization_id=caller.organization_id, after=page.after, limit=page.limit)
    return listing(rows, page, OptOutView.of)


@router.post("", status_code=201, response_model=OptOutView)
def add_opt_out(
    body: OptOutIn,
    db: Db,
    caller: Writer,
    container: Shared,
    now: Now,
    request_id: RequestId,
    once: Idempotent,
) -> Response:
    """Never write to an address again, because whoever reads there said so to you; a repeat changes nothing."""
    return once.run(
        lambda: OptOutView.of(
            opt_outs.add_opt_out(
                db,
                crypto=container.crypto,
                organization_id=caller.organization_id,
                contact=body.contact,
                actor=caller.actor,
                request_id=request_id,
                now=now,
            )
        )
    )


@router.delete("/{opt_out_id}", status_code=204)
def lift_opt_out(opt_out_id: str, db: Db, caller: Writer, now: Now, request_id: RequestId) -> None:
    """Let an address be written to again, because whoever reads there asked for it."""
    opt_outs.lift_opt_out(
        db,
        organization_id=caller.organization_id,
        opt_out_id=opt_out_id,
        actor=caller.actor,
        request_id=request_id,
        now=now,
    )

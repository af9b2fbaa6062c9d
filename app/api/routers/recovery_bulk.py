"""One act on many recoveries: looked at, then done."""

import threading
from datetime import timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Response

from app.api.deps import Db, OrgNow, RequestId, Shared, require
from app.api.idempotency import Idempotent
from app.api.schemas.recovery_bulk import BulkIn, BulkView
from app.domain.errors import UnavailableError
from app.domain.identity.caller import Caller
from app.services.recovery.bulk import act_on_many, preview

router = APIRouter(prefix="/v1/recoveries/bulk", tags=["recoveries"])

Actor = Annotated[Caller, require("recoveries:write")]
# Each such call needs a second connection, beside the one that remembers its key.
_SLOTS: Final = threading.BoundedSemaphore(3)


@router.post("/preview", response_model=BulkView)
def preview_bulk(body: BulkIn, db: Db, caller: Actor, now: OrgNow) -> BulkView:
    """Tell what the act would do to each recovery, and to how much money; nothing is changed."""
    outcomes = preview(db, organization_id=caller.organization_id, action=body.action, ids=body.ids, now=now)
    return BulkView.of(body.action, outcomes)


@router.post("", response_model=BulkView)
def act_in_bulk(
    body: BulkIn, container: Shared, caller: Actor, now: OrgNow, once: Idempotent, request_id: RequestId
) -> Response:
    """Do the act with each recovery that allows it, checked again for each; the others are refused one by one."""
    if not _SLOTS.acquire(blocking=False):
        raise UnavailableError("Other such calls are running.", retry_after=timedelta(seconds=2))
    try:
        return once.run(lambda: _act(body, container, caller, now, request_id), status=200)
    finally:
        _SLOTS.release()


def _act(body: BulkIn, container: Shared, caller: Caller, now: OrgNow, request_id: str) -> BulkView:
    outcomes = act_on_many(
        container.database.begin,
        organization_id=caller.organization_id,
        action=body.action,
        ids=body.ids,
        actor=caller.actor,
        request_id=request_id,
        clock=container.clock,
        now=now,
    )
    return BulkView.of(body.action, outcomes)

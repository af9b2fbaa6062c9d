"""Webhooks of providers: taken in, and looked at."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import AwareDatetime

from app.api.deps import Db, Now, RequestId, Shared, require
from app.api.idempotency import Idempotent
from app.api.pagination import Listing, PageParams, listing
from app.api.schemas.psp_events import EventStatus, PspEventDetail, PspEventView, Received, ReplayedView, ReplayIn
from app.db.queries.psp import EventFilters
from app.domain.identity.access import CONTACTS
from app.domain.identity.caller import Caller
from app.services import psp_events
from app.services.audit import record_audit

inbound_router = APIRouter(prefix="/v1/webhooks", tags=["psp events"])
router = APIRouter(prefix="/v1/psp_events", tags=["psp events"])

Reader = Annotated[Caller, require("psp_events:read")]
Writer = Annotated[Caller, require("psp_events:write")]

_ANY_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "description": "As the provider sends and signs it; up to 1 MB.",
        "content": {"application/json": {"schema": {}}},
    }
}


async def read_raw(request: Request) -> bytes:
    """Return the body as it was sent: signatures are over bytes."""
    return await request.body()


@inbound_router.post("/{psp}/{psp_account_id}", response_model=Received, openapi_extra=_ANY_BODY)
def receive_webhook(
    request: Request,
    psp: str,
    psp_account_id: str,
    body: Annotated[bytes, Depends(read_raw)],
    db: Db,
    container: Shared,
    now: Now,
) -> Received:
    """Store a provider's webhook, once; what it leads to is done afterwards. 401 unless the provider signed it."""
    psp_events.receive_event(
        db,
        payments=container.payments,
        crypto=container.crypto,
        psp=psp,
        account_id=psp_account_id,
        headers=dict(request.headers),
        body=body,
        now=now,
    )
    return Received()


async def wanted_events(
    status: EventStatus | None = None,
    event_type: Annotated[str | None, Query(alias="type", max_length=255, description="As the provider says.")] = None,
    psp_account_id: Annotated[str | None, Query(max_length=64)] = None,
    received_from: Annotated[AwareDatetime | None, Query(alias="from")] = None,
    received_to: Annotated[AwareDatetime | None, Query(alias="to", description="Exclusive.")] = None,
) -> EventFilters:
    """Return what a list is narrowed to."""
    return EventFilters(status, event_type, psp_account_id, received_from, received_to)


Wanted = Annotated[EventFilters, Depends(wanted_events)]


@router.get("", response_model=Listing[PspEventView])
def list_psp_events(db: Db, caller: Reader, page: PageParams, wanted: Wanted) -> Listing[PspEventView]:
    """List the organization's inbound webhooks, newest first. Types that Tinko does not act upon are `ignored`."""
    rows = psp_events.list_events(
        db, organization_id=caller.organization_id, filters=wanted, after=page.after, limit=page.limit
    )
    return listing(rows, page, PspEventView.of)


@router.post("/replay", response_model=ReplayedView)
def replay_psp_events(
    body: ReplayIn, db: Db, caller: Writer, now: Now, request_id: RequestId, once: Idempotent
) -> Response:
    """Have a range of stored webhooks processed again, the oldest first, up to a thousand in one call."""

    def effect() -> ReplayedView:
        filters = body.filters()
        done = psp_events.replay_events(db, organization_id=caller.organization_id, filters=filters)
        record_audit(
            db,
            organization_id=caller.organization_id,
            actor=caller.actor,
            action="psp_event.replay_range",
            subject=caller.organization_id,
            after=body.model_dump(mode="json") | {"replayed": done.count},
            request_id=request_id,
            now=now,
        )
        return ReplayedView(replayed=done.count, more=done.more)

    return once.run(effect, status=200)


@router.get("/{psp_event_id}", response_model=PspEventDetail)
def get_psp_event(psp_event_id: str, db: Db, caller: Reader) -> PspEventDetail:
    """Return one inbound webhook with its body."""
    event = psp_events.get_event(db, organization_id=caller.organization_id, psp_event_id=psp_event_id)
    return PspEventDetail.of(event, contacts=caller.may(CONTACTS))


@router.post("/{psp_event_id}/replay", response_model=PspEventView)
def replay_psp_event(
    psp_event_id: str, db: Db, caller: Writer, now: Now, request_id: RequestId, once: Idempotent
) -> Response:
    """Have a stored webhook processed again; it changes nothing that is right already."""

    def effect() -> PspEventView:
        event = psp_events.replay_event(db, organization_id=caller.organization_id, psp_event_id=psp_event_id)
        record_audit(
            db,
            organization_id=caller.organization_id,
            actor=caller.actor,
            action="psp_event.replay",
            subject=event.id,
            request_id=request_id,
            now=now,
        )
        return PspEventView.of(event)

    return once.run(effect, status=200)

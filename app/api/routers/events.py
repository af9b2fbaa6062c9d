"""Failure events, read."""

from typing import Annotated

from fastapi import APIRouter, Query

from app.api.deps import Db, require
from app.api.pagination import Listing, PageParams, listing
from app.api.schemas.events import EventView
from app.domain.classification import Category
from app.domain.identity.access import CONTACTS
from app.domain.identity.caller import Caller
from app.services import events

router = APIRouter(prefix="/v1/events", tags=["events"])

Reader = Annotated[Caller, require("events:read")]


@router.get("", response_model=Listing[EventView])
def list_events(
    db: Db,
    caller: Reader,
    page: PageParams,
    transaction_ref: Annotated[str | None, Query(max_length=128)] = None,
    category: Category | None = None,
) -> Listing[EventView]:
    """List the organization's failure events, the newest first."""
    rows = events.list_events(
        db,
        organization_id=caller.organization_id,
        after=page.after,
        limit=page.limit,
        transaction_ref=transaction_ref,
        category=category,
    )
    contacts = caller.may(CONTACTS)
    return listing([EventView.of(event, ref, contacts=contacts) for event, ref in rows], page, lambda view: view)


@router.get("/by_ref/{transaction_ref:path}", response_model=Listing[EventView])
def list_events_of(db: Db, caller: Reader, page: PageParams, transaction_ref: str) -> Listing[EventView]:
    """List a transaction's failure events, the newest first."""
    events.require_transaction(db, organization_id=caller.organization_id, transaction_ref=transaction_ref)
    return list_events(db, caller, page, transaction_ref=transaction_ref)


@router.get("/{event_id}", response_model=EventView)
def get_event(db: Db, caller: Reader, event_id: str) -> EventView:
    """Return one failure event."""
    event, ref = events.get_event(db, organization_id=caller.organization_id, event_id=event_id)
    return EventView.of(event, ref, contacts=caller.may(CONTACTS))

"""What payers were sent."""

from typing import Annotated

from fastapi import APIRouter, Query

from app.api.deps import Db, require
from app.api.pagination import Listing, PageParams, listing
from app.api.schemas.messages import MessageView, StatusWord
from app.db.models import Message
from app.db.queries import notify as queries
from app.db.queries.scoped import get_owned
from app.domain.identity.access import CONTACTS
from app.domain.identity.caller import Caller

router = APIRouter(prefix="/v1/messages", tags=["messages"])

Reader = Annotated[Caller, require("messages:read")]


@router.get("", response_model=Listing[MessageView])
def list_messages(
    db: Db,
    caller: Reader,
    page: PageParams,
    recovery_id: Annotated[str | None, Query(max_length=64)] = None,
    status: StatusWord | None = None,
) -> Listing[MessageView]:
    """List messages to payers, newest first."""
    rows = queries.list_messages(
        db,
        organization_id=caller.organization_id,
        recovery_id=recovery_id,
        status=status,
        after=page.after,
        limit=page.limit,
    )
    return listing(rows, page, lambda row: MessageView.of(row, contacts=caller.may(CONTACTS)))


@router.get("/{message_id}", response_model=MessageView)
def get_message(message_id: str, db: Db, caller: Reader) -> MessageView:
    """Return one message to a payer."""
    message = get_owned(db, Message, organization_id=caller.organization_id, row_id=message_id)
    return MessageView.of(message, contacts=caller.may(CONTACTS))

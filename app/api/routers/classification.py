"""The classifier by itself, and what it does not know yet."""

from typing import Annotated

from fastapi import APIRouter, Query

from app.api.deps import Db, require
from app.api.pagination import MOST, USUAL, Listing
from app.api.schemas.classification import ClassifyIn, ClassifyOut, UnknownCodeView
from app.domain.classification import classify
from app.domain.identity.caller import Caller
from app.services import events

router = APIRouter(prefix="/v1", tags=["classification"])

Reader = Annotated[Caller, require("events:read")]
Analyst = Annotated[Caller, require("analytics:read")]


@router.post("/classify", response_model=ClassifyOut)
async def classify_failure(body: ClassifyIn, caller: Reader) -> ClassifyOut:
    """Say why a payment failed; nothing is stored."""
    del caller
    return ClassifyOut.of(classify(body.signals()))


@router.get("/analytics/unknown-codes", response_model=Listing[UnknownCodeView])
def list_unknown_codes(
    db: Db, caller: Analyst, limit: Annotated[int, Query(ge=1, le=MOST)] = USUAL
) -> Listing[UnknownCodeView]:
    """List the codes that no rule knows, the most frequent first."""
    rows = events.list_unknown_codes(db, organization_id=caller.organization_id, limit=limit)
    return Listing(items=[UnknownCodeView.of(row) for row in rows], next_cursor=None)

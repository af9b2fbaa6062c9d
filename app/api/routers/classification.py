"""The classifier by itself, and what it does not know yet."""

from typing import Annotated

from fastapi import APIRouter, Query

from app.api.deps import Db, require
from app.api.pagination import MOST, USUAL, Listing
from app.api.schemas.classification import ClassifyIn, ClassifyOut, UnknownCodeView
from app.domain.identity.caller import Caller
from app.services import events
from app.services.rules.current import rulebook_of

router = APIRouter(prefix="/v1", tags=["classification"])

Reader = Annotated[Caller, require("events:read")]
Analyst = Annotated[Caller, require("analytics:read")]


@router.post("/classify", response_model=ClassifyOut)
def classify_failure(body: ClassifyIn, db: Db, caller: Reader) -> ClassifyOut:
    """Say why a payment failed, by the organization's own rules and the tables; nothing is stored."""
    rules = rulebook_of(db, organization_id=caller.organization_id)
    return ClassifyOut.of(rules.classify(body.failure()).verdict)


@router.get("/analytics/unknown-codes", response_model=Listing[UnknownCodeView])
def list_unknown_codes(
    db: Db, caller: Analyst, limit: Annotated[int, Query(ge=1, le=MOST)] = USUAL
) -> Listing[UnknownCodeView]:
    """List the codes that no rule knows, the most frequent first."""
    rows = events.list_unknown_codes(db, organization_id=caller.organization_id, limit=limit)
    return Listing(items=[UnknownCodeView.of(row) for row in rows], next_cursor=None)

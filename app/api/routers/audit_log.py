"""Who did what."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AwareDatetime

from app.api.deps import Db, require
from app.api.pagination import Listing, PageParams, listing
from app.api.schemas.accounts import AuditOut
from app.db.queries.audit import AuditFilters
from app.domain.identity.caller import Caller
from app.services.audit import list_audit

router = APIRouter(prefix="/v1/audit_log", tags=["audit log"])
Reader = Annotated[Caller, require("audit_log:read")]


@router.get("")
def list_audit_log(
    db: Db,
    caller: Reader,
    page: PageParams,
    action: Annotated[
        str | None, Query(min_length=1, max_length=64, description="An action, or its beginning: `api_key.`")
    ] = None,
    actor: Annotated[str | None, Query(max_length=64, description="A person's id, or a key's.")] = None,
    subject: Annotated[str | None, Query(max_length=64, description="The id of what it was done to.")] = None,
    since: Annotated[AwareDatetime | None, Query(alias="from")] = None,
    before: Annotated[AwareDatetime | None, Query(alias="to", description="Exclusive.")] = None,
) -> Listing[AuditOut]:
    """List what people and keys did in the organization, newest first."""
    filters = AuditFilters(action, actor, subject, since, before)
    rows = list_audit(db, organization_id=caller.organization_id, filters=filters, after=page.after, limit=page.limit)
    return listing(rows, page, AuditOut.of)

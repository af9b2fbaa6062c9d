"""Who did what."""

from typing import Annotated

from fastapi import APIRouter

from app.api.deps import Db, require
from app.api.pagination import Listing, PageParams, listing
from app.api.schemas.accounts import AuditOut
from app.domain.identity.caller import Caller
from app.services.audit import list_audit

router = APIRouter(prefix="/v1/audit_log", tags=["audit log"])
Reader = Annotated[Caller, require("audit_log:read")]


@router.get("")
def list_audit_log(db: Db, caller: Reader, page: PageParams) -> Listing[AuditOut]:
    """List what people and keys did in the organization, newest first."""
    rows = list_audit(db, organization_id=caller.organization_id, after=page.after, limit=page.limit)
    return listing(rows, page, AuditOut.of)

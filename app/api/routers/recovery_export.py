"""A list of recoveries as a file."""

from typing import Annotated, Final

from fastapi import APIRouter
from fastapi.responses import StreamingResponse

from app.api.deps import Now, RequestId, Shared, require
from app.api.schemas.recovery_filters import FilterParams, said
from app.domain.identity.caller import Caller
from app.services.recovery.export import begin_export, write_csv

router = APIRouter(prefix="/v1/recoveries", tags=["recoveries"])

Reader = Annotated[Caller, require("recoveries:read")]
_HEADERS: Final = {"Content-Disposition": 'attachment; filename="recoveries.csv"', "Cache-Control": "no-store"}


@router.get(
    "/export.csv",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
)
def export_recoveries(
    container: Shared, caller: Reader, filters: FilterParams, now: Now, request_id: RequestId
) -> StreamingResponse:
    """Stream the list with the same filters as CSV (RFC 4180, UTF-8), at most the newest 100,000.

    `X-Rows` says how many rows follow, `X-Truncated` whether there are more: a last line says so too. Contacts
    are in it only for who may read them. A text that a spreadsheet would take for a formula has `'` before it.
    """
    contacts = caller.may("contacts:read")
    with container.database.begin() as session:
        export = begin_export(
            session,
            organization_id=caller.organization_id,
            filters=filters,
            said=said(filters),
            contacts=contacts,
            actor=caller.actor,
            request_id=request_id,
            now=now,
        )
    parts = write_csv(
        container.database.begin, organization_id=caller.organization_id, filters=filters, contacts=contacts
    )
    headers = {"X-Rows": str(export.rows), "X-Truncated": str(export.is_truncated).lower()}
    return StreamingResponse(parts, media_type="text/csv; charset=utf-8", headers={**_HEADERS, **headers})

"""What the organization's servers asked in the last days, and what was answered."""

from typing import Annotated, Final, Literal

from fastapi import APIRouter, Query
from pydantic import AwareDatetime

from app.api.deps import Db, require
from app.api.pagination import Listing, PageParams, listing
from app.api.schemas.request_log import RequestBrief, RequestDetail
from app.db.queries.request_log import RequestFilters
from app.domain.identity.caller import Caller
from app.services import request_log as service

router = APIRouter(prefix="/v1/request_log", tags=["request log"])
Reader = Annotated[Caller, require("request_log:read")]
Method = Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
_CLASS: Final = "xx"


@router.get("")
def list_requests(
    db: Db,
    caller: Reader,
    page: PageParams,
    status: Annotated[
        str | None, Query(pattern=r"^[1-5](xx|\d\d)$", description="A status (`422`), or a class of them (`4xx`).")
    ] = None,
    method: Method | None = None,
    path: Annotated[str | None, Query(min_length=1, max_length=200, description="How the path begins.")] = None,
    key_id: Annotated[str | None, Query(max_length=64, description="An API key's id, or a person's.")] = None,
    since: Annotated[AwareDatetime | None, Query(alias="from")] = None,
    before: Annotated[AwareDatetime | None, Query(alias="to", description="Exclusive.")] = None,
) -> Listing[RequestBrief]:
    """List requests of API keys, and people's requests that change something, newest first."""
    least, most = _statuses(status)
    filters = RequestFilters(least, most, method, path, key_id, since, before)
    rows = service.list_requests(
        db, organization_id=caller.organization_id, filters=filters, after=page.after, limit=page.limit
    )
    return listing(rows, page, RequestBrief.of)


@router.get("/{request_log_id}")
def get_request(db: Db, caller: Reader, request_log_id: str) -> RequestDetail:
    """Return one request with its bodies, masked and cut after 8 kB."""
    entry = service.get_request(db, organization_id=caller.organization_id, entry_id=request_log_id)
    return RequestDetail.of(entry)


def _statuses(status: str | None) -> tuple[int | None, int | None]:
    if status is None:
        return None, None
    if status.endswith(_CLASS):
        first = int(status[0]) * 100
        return first, first + 99
    return int(status), int(status)

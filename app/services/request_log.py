"""The log of requests: what is kept of each, and what people are shown."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import unquote_plus

import orjson
from sqlalchemy.orm import Session

from app.db.models import RequestLogEntry
from app.db.queries import request_log as queries
from app.db.queries.request_log import RequestFilters
from app.db.queries.scoped import get_owned
from app.domain.ids import REQUEST, new_id
from app.domain.request_log.masking import masked_body, masked_query

_ERROR: Final = 400
_LONGEST: Final = 500


@dataclass(frozen=True, slots=True)
class Answered:
    """A request and its answer as they were; bodies may end after `masking.MOST_BYTES` and one more."""

    organization_id: str
    at: datetime
    actor: str
    method: str
    path: str
    query: bytes
    status: int
    seconds: float
    request_id: str
    ip: str
    request_body: bytes
    response_body: bytes


def keep_requests(session: Session, answered: Iterable[Answered]) -> None:
    """Write requests down, masked."""
    queries.insert_requests(session, [_row(each) for each in answered])


def list_requests(
    session: Session, *, organization_id: str, filters: RequestFilters, after: str | None, limit: int
) -> Sequence[RequestLogEntry]:
    """Return an organization's requests, the newest first, one more than `limit`."""
    return queries.list_requests(session, organization_id=organization_id, filters=filters, after=after, limit=limit)


def get_request(session: Session, *, organization_id: str, entry_id: str) -> RequestLogEntry:
    """Return one request of the organization; raises NotFoundError."""
    return get_owned(session, RequestLogEntry, organization_id=organization_id, row_id=entry_id)


def _row(answered: Answered) -> dict[str, Any]:
    request_body, request_truncated = masked_body(answered.request_body)
    response_body, response_truncated = masked_body(answered.response_body)
    query = unquote_plus(answered.query.decode("latin-1"), errors="replace").replace("\0", "")
    return {
        "id": new_id(REQUEST, now=answered.at),
        "organization_id": answered.organization_id,
        "at": answered.at,
        "actor": answered.actor,
        "method": answered.method,
        "path": answered.path[:_LONGEST],
        "query": masked_query(query)[:_LONGEST],
        "status": answered.status,
        "duration_ms": round(answered.seconds * 1000, 1),
        "request_id": answered.request_id,
        "error_code": _error_code(answered),
        "ip": answered.ip,
        "request_body": request_body,
        "request_truncated": request_truncated,
        "response_body": response_body,
        "response_truncated": response_truncated,
    }


def _error_code(answered: Answered) -> str | None:
    if answered.status < _ERROR:
        return None
    try:
        found = orjson.loads(answered.response_body)
    except orjson.JSONDecodeError:
        return None
    code = found.get("code") if isinstance(found, dict) else None
    return code if isinstance(code, str) else None

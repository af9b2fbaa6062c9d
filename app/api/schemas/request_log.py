"""Requests as the log shows them."""

import json
from datetime import datetime
from typing import Any, Self

from pydantic import BaseModel, Field

from app.db.models import RequestLogEntry


class RequestBrief(BaseModel):
    """One answered request."""

    id: str
    at: datetime
    actor: str = Field(description="The API key's id, or the person's.")
    method: str
    path: str
    query: str
    status: int
    duration_ms: float
    request_id: str
    error_code: str | None
    ip: str

    @classmethod
    def of(cls, entry: RequestLogEntry) -> Self:
        """Read it from its row."""
        return cls.model_validate(entry, from_attributes=True)


class RequestDetail(RequestBrief):
    """One answered request with its bodies, in which secrets and contacts are masked."""

    request_body: Any = Field(description="None where there was none, or where it is not kept.")
    request_truncated: bool = Field(description="Whether the end of the request's body is missing.")
    response_body: Any = Field(description="None where there was none, or where it is not kept.")
    response_truncated: bool = Field(description="Whether the end of the answer's body is missing.")

    @classmethod
    def of(cls, entry: RequestLogEntry) -> Self:
        """Read it from its row."""
        brief = RequestBrief.of(entry).model_dump()
        return cls(
            **brief,
            request_body=_read(entry.request_body),
            request_truncated=entry.request_truncated,
            response_body=_read(entry.response_body),
            response_truncated=entry.response_truncated,
        )


def _read(body: str | None) -> Any:
    return None if body is None else json.loads(body)

"""Failure events in: one at a time through the group commit, or many in one body."""

from typing import Annotated, Any, Final

import orjson
from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool

from app.api.access import access_note
from app.api.batch import record_batch
from app.api.deps import BEARER, Shared, admit, require
from app.api.idempotency import REPLAYED, check_key, fingerprint
from app.api.ingest_queue import IngestQueue
from app.api.schemas.events import BatchRecorded, EventRecorded, FailureEventIn
from app.api.schemas.problem import PROBLEMS
from app.api.short_way import ShortWayMiddleware
from app.domain.errors import TinkoError
from app.domain.identity.caller import Caller
from app.services.ingest import Incoming

router = APIRouter(prefix="/v1/events/payment_failed", tags=["events"])

Writer = Annotated[Caller, require("events:write")]


def _queue_of(request: Request) -> IngestQueue:
    queue = request.app.state.ingest_queue
    assert isinstance(queue, IngestQueue)  # noqa: S101  (set once by build_api)
    return queue


# From the document's root, as JSON Schema within OpenAPI resolves it.
_MODELS: Final = "#/paths/~1v1~1events~1payment_failed/post/requestBody/content/application~1json/schema/$defs/{model}"
# The endpoint is asked without FastAPI's tree of dependencies: what that would read from its signature is said here.
_EVENT: Final[dict[str, Any]] = {
    **access_note("signed_in", "events:write"),
    "security": [{BEARER.scheme_name: []}],
    "parameters": [
        {
            "name": "Idempotency-Key",
            "in": "header",
            "required": False,
            "description": "1 to 255 characters; makes a repeat safe.",
            "schema": {"type": "string"},
        }
    ],
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": FailureEventIn.model_json_schema(ref_template=_MODELS)}},
    },
}
_BATCH_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "array",
                    "maxItems": 10_000,
                    "items": {
                        "type": "object",
                        "description": "A failure event; it may carry its own `idempotency_key`.",
                    },
                }
            },
            "application/x-ndjson": {"schema": {"type": "string"}},
        },
    }
}


async def report_failure(request: Request) -> Response:
    """Report a failed payment. 201 means that it is stored, understood, and its first step planned."""
    caller = await admit(request, "events:write")
    body = await request.body()
    try:
        event = FailureEventIn.model_validate_json(body)
    except ValidationError as invalid:
        raise RequestValidationError([{**each, "loc": ("body", *each["loc"])} for each in invalid.errors()]) from None
    key = request.headers.get("idempotency-key")
    mark = b"" if key is None else fingerprint("POST", request.url.path, body)
    item = Incoming(caller.organization_id, event.as_report(), key if key is None else check_key(key), mark)
    outcome = await _queue_of(request).put(item)
    if isinstance(outcome, TinkoError):
        raise outcome
    headers = {REPLAYED: "true"} if outcome.replayed else None
    return Response(outcome.body, status_code=201, media_type="application/json", headers=headers)


def add_report_failure(app: FastAPI) -> None:
    """Add the endpoint: a route for the document and for other methods, and the short way to it."""
    app.router.add_api_route(
        router.prefix,
        report_failure,
        methods=["POST"],
        tags=["events"],
        status_code=201,
        response_model=EventRecorded,
        responses=PROBLEMS,
        openapi_extra=_EVENT,
    )
    route = app.router.routes[-1]
    app.add_middleware(ShortWayMiddleware, api=app, path=router.prefix, route=route, endpoint=report_failure)


@router.post("/batch", response_model=BatchRecorded, openapi_extra=_BATCH_BODY)
async def report_failures(request: Request, caller: Writer, container: Shared) -> Response:
    """Report up to 10,000 failed payments; each is answered for itself, and none rejects another."""
    body = await request.body()
    lines = request.headers.get("content-type", "").partition(";")[0].strip() == "application/x-ndjson"
    recorded = await run_in_threadpool(
        record_batch, container, organization_id=caller.organization_id, body=body, lines=lines
    )
    return Response(orjson.dumps(recorded), media_type="application/json")

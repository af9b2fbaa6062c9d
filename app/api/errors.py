"""The one table from error to HTTP status, and the one shape of every error's body (RFC 9457)."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from http import HTTPStatus
from math import ceil
from typing import Any, Final

import orjson
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException

from app.domain import errors
from app.domain.errors import FieldError, TinkoError
from app.domain.identity.errors import TokenGoneError
from app.domain.links.errors import LinkGoneError
from app.infra.log import report_error

MEDIA_TYPE: Final = "application/problem+json"
STATUS: Final[dict[type[TinkoError], int]] = {
    errors.NotFoundError: 404,
    errors.UnauthenticatedError: 401,
    errors.ForbiddenError: 403,
    errors.ConflictError: 409,
    errors.InvalidError: 422,
    errors.TooLargeError: 413,
    errors.RateLimitedError: 429,
    LinkGoneError: 410,
    TokenGoneError: 410,
    errors.UnavailableError: 503,
    TinkoError: 400,
}
CODES: Final = {
    400: "malformed",
    401: "unauthenticated",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    410: "gone",
    413: "too_large",
    415: "unsupported_media_type",
    422: "invalid",
    429: "rate_limited",
    500: "internal_error",
    503: "unavailable",
}
BUSY: Final = timedelta(seconds=2)
_UNIQUE_VIOLATION: Final = "23505"
_LOG = structlog.get_logger(__name__)


def problem(
    status: int,
    *,
    code: str | None = None,
    detail: str,
    request_id: str | None,
    errors: Sequence[FieldError] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return an error's reply."""
    code = code or CODES.get(status, "error")
    body: dict[str, Any] = {
        "type": f"urn:tinko:problem:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
        "request_id": request_id,
    }
    if errors:
        body["errors"] = [{"pointer": each.pointer, "detail": each.detail} for each in errors]
    return Response(orjson.dumps(body), status_code=status, media_type=MEDIA_TYPE, headers=dict(headers or {}))


def problem_of(error: TinkoError, *, request_id: str | None) -> Response:
    """Return the reply for an error that Tinko raised on purpose."""
    status = next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
    headers = {}
    retry_after = getattr(error, "retry_after", None)
    if isinstance(retry_after, timedelta):
        headers["Retry-After"] = str(max(1, ceil(retry_after.total_seconds())))
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = 'Bearer realm="tinko"'
    fields = error.errors if isinstance(error, errors.InvalidError) else ()
    return problem(status, code=error.code, detail=error.detail, request_id=request_id, errors=fields, headers=headers)


def busy(detail: str, *, request_id: str | None) -> Response:
    """Return the reply for a dependency that is down or full."""
    headers = {"Retry-After": str(ceil(BUSY.total_seconds()))}
    return problem(503, detail=detail, request_id=request_id, headers=headers)


def internal_error(error: BaseException, *, request_id: str | None) -> Response:
    """Log an unexpected error with its trace, and return a reply that says nothing of it."""
    _LOG.error("request.failed", exc_info=error)
    report_error(error)
    return problem(500, detail="Something went wrong on our side. It was recorded.", request_id=request_id)


def request_id_of(request: Request) -> str | None:
    """Return the request's id, as the middleware chose it."""
    found = getattr(request.state, "request_id", None)
    return found if isinstance(found, str) else None


def on_tinko_error(request: Request, error: Exception) -> Response:
    """Handle what Tinko raises on purpose."""
    assert isinstance(error, TinkoError)  # noqa: S101  (registered for that class below)
    return problem_of(error, request_id=request_id_of(request))


def on_invalid_request(request: Request, error: Exception) -> Response:
    """Handle a request that does not fit its schema: a pointer per field."""
    assert isinstance(error, RequestValidationError)  # noqa: S101  (registered for that class below)
    found = error.errors()
    request_id = request_id_of(request)
    if any(each["type"] == "json_invalid" for each in found):
        return problem(400, code="malformed_json", detail="The body is not valid JSON.", request_id=request_id)
    fields = [FieldError(_pointer(each["loc"]), str(each["msg"])) for each in found]
    return problem(422, detail="Some fields are not valid.", request_id=request_id, errors=fields)


def _pointer(location: Sequence[str | int]) -> str:
    parts = location[1:] if location and location[0] == "body" else location
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def on_http_exception(request: Request, error: Exception) -> Response:
    """Handle what the framework raises: 404 and 405 of the router, 400 of an unreadable body."""
    assert isinstance(error, HTTPException)  # noqa: S101  (registered for that class below)
    bad_body = error.status_code == HTTPStatus.BAD_REQUEST and request.method in {"POST", "PUT", "PATCH", "DELETE"}
    return problem(
        error.status_code,
        code="malformed_json" if bad_body else None,
        detail=str(error.detail),
        request_id=request_id_of(request),
        headers=error.headers,
    )


def on_database_error(request: Request, error: Exception) -> Response:
    """Handle what the database refuses: bad values, a race for one place, or no time for us."""
    request_id = request_id_of(request)
    if isinstance(error, DataError):
        return problem(422, detail="A value is out of range or not storable.", request_id=request_id)
    if isinstance(error, IntegrityError):
        if getattr(error.orig, "sqlstate", None) == _UNIQUE_VIOLATION:
            return problem(409, code="conflict", detail="Something like this is there already.", request_id=request_id)
        return internal_error(error, request_id=request_id)
    if isinstance(error, PoolTimeoutError) or (isinstance(error, DBAPIError) and _is_passing(error)):
        _LOG.warning("database.busy", error=type(getattr(error, "orig", None) or error).__name__)
        return busy("The database is busy or not reachable.", request_id=request_id)
    return internal_error(error, request_id=request_id)


def _is_passing(error: DBAPIError) -> bool:
    state = getattr(error.orig, "sqlstate", None) or ""
    # 08 connection, 40 serialization and deadlock, 53 resources, 55P03 lock, 57 cancelled or shutting down.
    passing = state.startswith(("08", "40", "53", "55P03", "57"))
    return passing or error.connection_invalidated or (not state and type(error).__name__ == "OperationalError")


def on_unstorable_text(request: Request, _: Exception) -> Response:
    """Handle text that is no Unicode (lone surrogates) and met an encoder."""
    return problem(422, detail="A text is not valid Unicode.", request_id=request_id_of(request))


def on_too_deep(request: Request, _: Exception) -> Response:
    """Handle JSON that nests deeper than we follow."""
    return problem(422, detail="The body nests too deep.", request_id=request_id_of(request))


_HANDLERS: Final[Mapping[type[Exception], Callable[[Request, Exception], Response]]] = {
    TinkoError: on_tinko_error,
    RequestValidationError: on_invalid_request,
    HTTPException: on_http_exception,
    PoolTimeoutError: on_database_error,
    DBAPIError: on_database_error,
    UnicodeEncodeError: on_unstorable_text,
    RecursionError: on_too_deep,
}


def install_error_handlers(app: FastAPI) -> None:
    """Register every handler; what none of them knows ends in the middleware as a 500."""
    for kind, handler in _HANDLERS.items():
        app.add_exception_handler(kind, handler)


def answer_to(request: Request, error: Exception) -> Response:
    """Return what the handlers make of an error; raises it again if none knows it."""
    for kind in type(error).__mro__:
        if kind in _HANDLERS:
            return _HANDLERS[kind](request, error)
    raise error

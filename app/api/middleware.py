"""The outermost ring, in pure ASGI: request id, limits on bodies, headers, logs, metrics, the last resort."""

import re
from os import urandom
from time import perf_counter
from typing import Any, Final

import structlog
from fastapi.responses import Response
from structlog.contextvars import bind_contextvars, clear_contextvars

from app.api.bodies import (
    Message,
    Receive,
    Refusal,
    read_body,
    refuse_head,
    refuse_target,
    refuse_text,
    replay,
    rule_for,
    too_large,
)
from app.api.errors import internal_error, problem
from app.api.request_log import RequestLog
from app.domain.request_log.masking import MOST_BYTES
from app.infra.metrics import observe_http

_LOG = structlog.get_logger("app.access")
_SANE_ID: Final = re.compile(rb"[A-Za-z0-9._-]{1,128}")
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_CLIENT_ERROR: Final = 400
_SERVER_ERROR: Final = 500
# Asked for every second by machines, or hot: counted in metrics, logged only when they fail.
_QUIET: Final = frozenset({"/healthz", "/health/live", "/health/ready", "/metrics", "/v1/events/payment_failed"})
_HEADERS: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
)
_API_HEADERS: Final = (
    *_HEADERS,
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)


class _Exchange:
    """One request and what was answered to it."""

    def __init__(self, scope: dict[str, Any], send: Any) -> None:
        self.scope = scope
        self.started = perf_counter()
        self.status = 0
        self.body = self.reply = b""
        self._send = send
        self._headers = dict(scope["headers"])
        given = self._headers.get(b"x-request-id", b"")
        self.request_id = given.decode() if _SANE_ID.fullmatch(given) else urandom(16).hex()
        scope.setdefault("state", {})["request_id"] = self.request_id

    def header(self, name: bytes) -> str | None:
        value = self._headers.get(name)
        return None if value is None else value.decode("latin-1")

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = message["headers"] = list(message.get("headers", ()))
            present = {name for name, _ in headers}
            wanted = _API_HEADERS if self.scope["path"].startswith("/v1/") else _HEADERS
            headers += [pair for pair in wanted if pair[0] not in present]
            headers.append((b"x-request-id", self.request_id.encode()))
        elif message["type"] == "http.response.body" and len(self.reply) <= MOST_BYTES:
            self.reply += message.get("body", b"")
        await self._send(message)

    async def answer(self, response: Response, receive: Receive) -> None:
        await response(self.scope, receive, self.send)

    def finish(self, request_log: RequestLog) -> None:
        """Count and log; route and caller are known only now."""
        seconds = perf_counter() - self.started
        caller = self.scope["state"].get("caller")
        if caller is not None and request_log.wants(caller, method=self.scope["method"], status=self.status):
            request_log.put(
                caller,
                self.scope,
                status=self.status,
                seconds=seconds,
                request_body=self.body,
                response_body=self.reply,
            )
        method = self.scope["method"] if self.scope["method"] in _METHODS else "OTHER"
        route = _route_template(self.scope)
        observe_http(method=method, route=route, status=self.status, seconds=seconds)
        path = self.scope["path"]
        if self.status < _CLIENT_ERROR and path in _QUIET:
            return
        log = _LOG.warning if self.status >= _SERVER_ERROR else _LOG.info
        log(
            "request",
            method=method,
            route=route,
            path=path[:200] if route == "unmatched" else None,
            status=self.status,
            ms=round(seconds * 1000, 1),
        )


def _route_template(scope: dict[str, Any]) -> str:
    # FastAPI keeps the path with the prefixes of including routers here, and the bare one in the route.
    found = scope.get("fastapi", {}).get("effective_route_context") or scope.get("route")
    return getattr(found, "path", None) or "unmatched"


class EdgeMiddleware:
    """Wraps the whole application; see the module."""

    def __init__(self, app: Any, request_log: RequestLog) -> None:
        self._app = app
        self._request_log = request_log

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Any) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        exchange = _Exchange(scope, send)
        clear_contextvars()
        bind_contextvars(request_id=exchange.request_id)
        try:
            await self._serve(exchange, receive)
        except Exception as error:
            if exchange.status:
                raise
            await exchange.answer(internal_error(error, request_id=exchange.request_id), receive)
        finally:
            exchange.finish(self._request_log)

    async def _serve(self, exchange: _Exchange, receive: Receive) -> None:
        scope = exchange.scope
        refusal = refuse_target(scope["path"], scope["query_string"])
        length = exchange.header(b"content-length")
        if refusal is None and (length not in {None, "0"} or exchange.header(b"transfer-encoding") is not None):
            receive, refusal = await _take_body(exchange, receive, length)
        if refusal is None:
            await self._app(scope, receive, exchange.send)
            return
        response = problem(
            refusal.status,
            code=refusal.code,
            detail=refusal.detail,
            request_id=exchange.request_id,
            errors=refusal.errors,
            # What is left of the body is not read: the connection cannot be used again.
            headers={"Connection": "close"} if refusal.status == 413 else None,  # noqa: PLR2004  (the status itself)
        )
        await exchange.answer(response, receive)


async def _take_body(exchange: _Exchange, receive: Receive, length: str | None) -> tuple[Receive, Refusal | None]:
    rule = rule_for(exchange.scope["path"])
    announced = int(length) if length is not None and length.isdecimal() else None
    refusal = refuse_head(rule, content_type=exchange.header(b"content-type"), content_length=announced)
    if refusal is not None:
        return receive, refusal
    body = await read_body(receive, most=rule.most)
    if body is None:
        return receive, too_large(rule)
    exchange.body = body
    return replay(body, receive), refuse_text(body) if rule.text else None

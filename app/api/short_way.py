"""The short way to one endpoint, past the framework's layers: they cost more than all else that one report does."""

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import FastAPI, Request, Response
from starlette.routing import BaseRoute

from app.api.bodies import Receive
from app.api.errors import answer_to

Endpoint = Callable[[Request], Awaitable[Response]]


class ShortWayMiddleware:
    """Answers POST to one path by itself; `route` is how the document and the metrics know it.

    The endpoint takes the request as it is. Nothing is resolved for it, and its errors are answered as elsewhere.
    """

    def __init__(self, app: Any, *, api: FastAPI, path: str, route: BaseRoute, endpoint: Endpoint) -> None:
        self._app = app
        self._path, self._endpoint = path, endpoint
        self._known = {"app": api, "route": route}

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Any) -> None:
        """Serve one request, or hand it on."""
        if scope["type"] != "http" or scope["path"] != self._path or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        scope.update(self._known)
        request = Request(scope, receive)
        try:
            response = await self._endpoint(request)
        except Exception as error:  # noqa: BLE001  (raised again unless it is one that is answered)
            response = answer_to(request, error)
        await response(scope, receive, send)

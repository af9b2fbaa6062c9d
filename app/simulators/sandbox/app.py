"""Builds the sandbox PSP as a FastAPI application."""

from datetime import timedelta
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from psycopg_pool import PoolTimeout

from app.infra.http import build_client
from app.simulators.books.lifespan import keeping_open
from app.simulators.sandbox import pages, routes
from app.simulators.sandbox.context import Context
from app.simulators.sandbox.errors import SandboxError
from app.simulators.sandbox.schema import Database
from app.simulators.sandbox.sender import build_sender

STALL_SECONDS: Final = 4.0
_WEBHOOK_TIMEOUT: Final = timedelta(seconds=5)


def create_app(
    *,
    database_url: str,
    public_base_url: str = "",
    stall_seconds: float = STALL_SECONDS,
    pool_size: int = 8,
    pool_wait_seconds: float = 5.0,
    webhook_threads: int = 2,
) -> FastAPI:
    """Build a sandbox whose books live in the schema `sandbox_psp` of that database.

    `stall_seconds` is how long the time-out tokens keep a caller waiting: more than the caller's
    read time-out. `public_base_url` is where payers reach it, if not where its API is called.
    A request that gets none of `pool_size` connections within `pool_wait_seconds` is a 503.
    `webhook_threads=0` writes webhooks down and sends none.
    """
    database = Database(database_url, pool_size=pool_size, wait_seconds=pool_wait_seconds)
    client = build_client(read_timeout=_WEBHOOK_TIMEOUT)
    sender = build_sender(database, client, threads=webhook_threads)

    app = FastAPI(title="Sandbox PSP", version="1", lifespan=keeping_open(database, sender, client))
    app.state.context = Context(
        database=database, sender=sender, stall_seconds=stall_seconds, public_base_url=public_base_url.rstrip("/")
    )
    app.include_router(routes.router)
    app.include_router(pages.router)
    app.add_api_route("/healthz", _healthz, methods=["GET"])
    app.add_exception_handler(SandboxError, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(PoolTimeout, _busy)
    return app


async def _healthz() -> dict[str, bool]:
    return {"ok": True}


def _error(status: int, code: str, message: str, headers: dict[str, str] | None = None) -> JSONResponse:
    body: dict[str, Any] = {"error": {"code": code, "message": message}}
    return JSONResponse(body, status_code=status, headers=headers)


async def _refused(_: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, SandboxError):
        raise error
    wait = error.retry_after_seconds
    return _error(error.status, error.code, error.message, {"Retry-After": str(wait)} if wait else None)


async def _invalid(_: Request, error: Exception) -> JSONResponse:
    problems = error.errors() if isinstance(error, RequestValidationError) else []
    where = ".".join(str(part) for part in problems[0]["loc"]) if problems else "the request"
    return _error(422, "invalid_request", f"{where}: {problems[0]['msg'] if problems else 'invalid'}")


async def _busy(_: Request, __: Exception) -> JSONResponse:
    # No connection was had, so nothing was booked: this may say so.
    return _error(503, "service_unavailable", "The books cannot be reached.", {"Retry-After": "1"})

"""Builds a provider's simulator as a FastAPI application: the skin's paths, and its keeper's under `/_simulator`."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from psycopg_pool import PoolTimeout

from app.infra.clock import SystemClock
from app.infra.http import build_client
from app.simulators.books import admin, pages
from app.simulators.books.core import Books
from app.simulators.books.database import Database, Row
from app.simulators.books.errors import BooksError, Refusal, invalid
from app.simulators.books.lifespan import keeping_open
from app.simulators.books.schema import DDL
from app.simulators.books.sender import Sender
from app.simulators.books.skin import Delivery, Skin

STALL_SECONDS: Final = 25.0
"""How long the time-out tokens keep a caller waiting: more than `PSP_READ_TIMEOUT_SECONDS` is by default."""
_MACHINE: Final = SystemClock()
_WEBHOOK_TIMEOUT: Final = timedelta(seconds=5)


def create_app(
    skin: Skin,
    *,
    database_url: str,
    public_base_url: str = "",
    stall_seconds: float = STALL_SECONDS,
    pool_size: int = 8,
    pool_wait_seconds: float = 5.0,
    webhook_threads: int = 2,
    now: Callable[[], datetime] = _MACHINE.now,
) -> FastAPI:
    """Build a simulator whose books live in the schema `simulator_<skin's name>` of that database.

    `public_base_url` is where payers reach it, if not where its API is called. `webhook_threads=0` writes
    webhooks down and sends none. `now` dates what it books and signs.
    """
    schema = f"simulator_{skin.name}"
    database = Database(database_url, schema=schema, ddl=DDL, pool_size=pool_size, wait_seconds=pool_wait_seconds)
    client = build_client(read_timeout=_WEBHOOK_TIMEOUT)
    sender = Sender(database, client, headers_for=_signer(skin, now), threads=webhook_threads, name=schema)

    app = FastAPI(
        title=f"Simulator of {skin.name}",
        version="1",
        docs_url=None,
        redoc_url=None,
        lifespan=keeping_open(database, sender, client),
    )
    app.state.books = Books(
        database=database,
        sender=sender,
        skin=skin,
        now=now,
        stall_seconds=stall_seconds,
        public_base_url=public_base_url.rstrip("/"),
    )
    app.include_router(pages.router)
    app.include_router(admin.router)
    app.include_router(skin.router)
    app.add_exception_handler(BooksError, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(PoolTimeout, _busy)
    return app


def _signer(skin: Skin, now: Callable[[], datetime]) -> Callable[[Row], Mapping[str, str]]:
    def headers_for(row: Row) -> Mapping[str, str]:
        delivery = Delivery(
            event_id=row["event_id"],
            type=row["type"],
            body=row["body"],
            headers=row["headers"],
            secret=row["webhook_secret"] or "",
            at=now(),
            account=row["name"],
        )
        return {**row["headers"], **skin.sign(delivery)}

    return headers_for


def _say(request: Request, error: BooksError) -> Response:
    books: Books = request.app.state.books
    if request.url.path.startswith("/_simulator/"):
        return JSONResponse({"error": {"code": error.refusal, "message": error.message}}, status_code=_status(error))
    return books.refused(error)


def _status(error: BooksError) -> int:
    return {Refusal.NOT_FOUND: 404, Refusal.EXPIRED: 410, Refusal.WRONG_STATE: 409}.get(error.refusal, 422)


async def _refused(request: Request, error: Exception) -> Response:
    if not isinstance(error, BooksError):
        raise error
    return _say(request, error)


async def _invalid(request: Request, error: Exception) -> Response:
    problem = error.errors()[0] if isinstance(error, RequestValidationError) else {"loc": (), "msg": "invalid"}
    where = ".".join(str(part) for part in problem["loc"])
    return _say(request, invalid(f"{where}: {problem['msg']}", param=where or None))


async def _busy(request: Request, _: Exception) -> Response:
    # No connection was had, so nothing was booked: this may say so.
    return _say(request, BooksError(Refusal.UNAVAILABLE, "The books cannot be reached.", retry_after_seconds=1))

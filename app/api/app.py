"""The FastAPI application: routers, handlers, middleware."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final

import anyio.to_thread
from fastapi import APIRouter, FastAPI

from app.api.errors import install_error_handlers
from app.api.ingest_queue import IngestQueue
from app.api.middleware import EdgeMiddleware
from app.api.routers import (
    api_keys,
    audit_log,
    auth,
    classification,
    events,
    ingest,
    links,
    members,
    messages,
    ops,
    opt_outs,
    policies,
    practice,
    psp_accounts,
    psp_events,
    receipts,
    recoveries,
    templates,
)
from app.api.schemas.problem import PROBLEMS, add_problem_schema
from app.bootstrap import Container
from app.services.ingest import record_group

API_VERSION: Final = "1.0"
ROUTERS: Final[tuple[APIRouter, ...]] = (
    ingest.router,
    events.router,
    links.router,
    links.links_router,
    recoveries.router,
    recoveries.stats_router,
    auth.router,
    members.router,
    api_keys.router,
    audit_log.router,
    classification.router,
    ops.router,
    policies.router,
    practice.router,
    psp_accounts.router,
    psp_events.router,
    messages.router,
    opt_outs.router,
    templates.router,
    receipts.router,  # before the providers' addresses, which any name fits
    psp_events.inbound_router,
)
# Beyond one per connection: requests that wait for a provider of something other than the database.
SPARE_THREADS: Final = 20


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    container: Container = app.state.container
    anyio.to_thread.current_default_thread_limiter().total_tokens = (
        container.settings.database_pool_size + SPARE_THREADS
    )
    yield
    await app.state.ingest_queue.close()
    container.close()


def build_api(container: Container) -> FastAPI:
    """Return the application over that container."""
    app = FastAPI(
        title="Tinko",
        version=API_VERSION,
        lifespan=_lifespan,
        redirect_slashes=False,
        responses=PROBLEMS,
        docs_url=None,
        redoc_url=None,
        # Nobody sets OpenTelemetry up here, and FastAPI would ask for it three times for each request.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.state.container = container
    app.state.ingest_queue = _ingest_queue(container)
    install_error_handlers(app)
    app.add_middleware(EdgeMiddleware)
    ingest.add_report_failure(app)
    for router in ROUTERS:
        app.include_router(router)
    add_problem_schema(app)
    return app


def _ingest_queue(container: Container) -> IngestQueue:
    retention = timedelta(hours=container.settings.idempotency_retention_hours)
    return IngestQueue(
        lambda items: record_group(
            container.database.begin,
            items=items,
            clock=container.clock,
            retention=retention,
            at_once=container.at_once,
        )
    )

"""The FastAPI application: routers, handlers, middleware."""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final

import anyio.to_thread
from fastapi import APIRouter, FastAPI

from app.api.access import add_access_notes
from app.api.errors import install_error_handlers
from app.api.ingest_queue import IngestQueue
from app.api.live import Live
from app.api.middleware import EdgeMiddleware
from app.api.request_log import RequestLog
from app.api.routers import (
    analytics,
    api_keys,
    audit_log,
    auth,
    classification,
    events,
    ingest,
    invitations,
    links,
    members,
    messages,
    onboarding,
    ops,
    opt_outs,
    passwords,
    policies,
    practice,
    psp_accounts,
    psp_events,
    receipts,
    recoveries,
    recovery_bulk,
    recovery_export,
    request_log,
    rules,
    saved_views,
    sessions,
    simulations,
    stream,
    templates,
    totp,
)
from app.api.schemas.problem import PROBLEMS, add_problem_schema
from app.api.shutdown import when_told_to_end
from app.bootstrap import Container
from app.services.ingest import record_group
from app.services.live import Change, Watch
from app.services.request_log import Answered, keep_requests

API_VERSION: Final = "1.0"
ROUTERS: Final[tuple[APIRouter, ...]] = (
    ingest.router,
    events.router,
    links.router,
    links.links_router,
    recovery_bulk.router,
    recovery_export.router,  # before any id
    recoveries.router,
    recoveries.stats_router,
    onboarding.router,
    saved_views.router,
    auth.router,
    sessions.router,
    passwords.router,
    totp.router,
    invitations.router,
    members.router,
    api_keys.router,
    audit_log.router,
    classification.router,
    analytics.router,
    ops.router,
    policies.router,
    rules.router,
    simulations.router,
    practice.router,
    psp_accounts.router,
    psp_events.router,
    stream.router,
    request_log.router,
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
    live: Live = app.state.live
    with when_told_to_end(live.shut):
        yield
    live.shut()
    await live.join()
    await app.state.ingest_queue.close()
    await anyio.to_thread.run_sync(app.state.request_log.close)
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
    app.state.live = _live(container)
    app.state.stream_pace = stream.Pace()
    install_error_handlers(app)
    app.state.request_log = _request_log(container)
    ingest.add_report_failure(app)
    app.add_middleware(EdgeMiddleware, request_log=app.state.request_log)  # added last: outermost
    for router in ROUTERS:
        app.include_router(router)
    add_problem_schema(app)
    add_access_notes(app, ROUTERS)
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


def _live(container: Container) -> Live:
    watch = Watch()

    def look(organization_ids: Iterable[str]) -> dict[str, Change]:
        with container.database.begin() as session:
            return watch.look(session, organization_ids=organization_ids, now=container.clock.now())

    return Live(look)


def _request_log(container: Container) -> RequestLog:
    def keep(answered: Sequence[Answered]) -> None:
        with container.database.begin() as session:
            keep_requests(session, answered)

    return RequestLog(keep, clock=container.clock, per_second=container.settings.request_log_per_second)

"""For operators and their machines: health and metrics. Nobody signs in here."""

from ipaddress import IPv6Address, ip_address
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST

from app.api.deps import ClientIp, Now, Shared
from app.api.metrics_page import metrics_page
from app.api.schemas.ops import Alive, StatusView
from app.domain.errors import ForbiddenError, UnauthenticatedError
from app.infra.crypto import same

router = APIRouter(tags=["operations"])
_PROXIED: Final = ("forwarded", "x-forwarded-for", "x-real-ip")


@router.get("/healthz", response_model=Alive)
@router.get("/health/live", response_model=Alive)
async def live() -> Alive:
    """Tell that the process runs; asks nobody else."""
    return Alive()


@router.get("/health/ready", response_model=Alive)
def ready(container: Shared, now: Now) -> Alive:
    """Tell whether requests can be served: 503 until the database, its schema and the broker are well."""
    container.ops.require_ready(now=now)
    return Alive()


def may_read_metrics(request: Request, container: Shared, client_ip: ClientIp) -> None:
    """Let METRICS_TOKEN's bearer in; without such a setting, callers on this machine.

    Raises UnauthenticatedError or ForbiddenError.
    """
    token = container.settings.metrics_token.get_secret_value()
    if token:
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not same(given.strip().encode(), token.encode()):
            raise UnauthenticatedError("Send METRICS_TOKEN: `Authorization: Bearer …`.")
    elif not _is_loopback(client_ip) or any(name in request.headers for name in _PROXIED):
        raise ForbiddenError("Set METRICS_TOKEN to read metrics from elsewhere.", code="metrics_local_only")


def is_operator(request: Request, container: Shared, client_ip: ClientIp) -> bool:
    """Tell whether a caller may read metrics."""
    try:
        may_read_metrics(request, container, client_ip)
    except (UnauthenticatedError, ForbiddenError):
        return False
    return True


@router.get("/health/status", response_model=StatusView)
def status(container: Shared, now: Now, for_operator: Annotated[bool, Depends(is_operator)]) -> StatusView:
    """Tell how everything is doing, also while something is not; accounts are named to who may read metrics."""
    return StatusView.of(container.ops.status(now=now), for_operator=for_operator)


@router.get("/metrics", response_class=PlainTextResponse, dependencies=[Depends(may_read_metrics)])
def metrics(container: Shared, now: Now) -> Response:
    """Return Prometheus metrics."""
    page = metrics_page(container.ops.gauges(now=now), container.ops.breakers(now=now))
    return Response(page, media_type=CONTENT_TYPE_LATEST)


def _is_loopback(address: str) -> bool:
    try:
        ip = ip_address(address)
    except ValueError:
        return False
    mapped = ip.ipv4_mapped if isinstance(ip, IPv6Address) else None
    return (mapped or ip).is_loopback

"""What workers count, and the page that Prometheus reads it from.

A worker is several processes: each counts into files of a folder that all of them share (prometheus_client's
multiprocess mode, which `PROMETHEUS_MULTIPROC_DIR` switches on), and the parent serves their sum.
"""

from time import perf_counter
from typing import Any

import structlog
from celery.signals import task_postrun, task_prerun, worker_init
from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.multiprocess import MultiProcessCollector

from app.infra.metrics import TASK_SECONDS, TASKS
from app.infra.settings import Settings

_log = structlog.get_logger(__name__)


def count_tasks(settings: Settings) -> None:
    """Count every task of this worker and the time that it takes; serve that, if settings name a port."""
    task_prerun.connect(_begin, weak=False)
    task_postrun.connect(_end, weak=False)
    if settings.worker_metrics_port:

        def serve(**_: Any) -> None:
            serve_metrics(host=settings.host, port=settings.worker_metrics_port)

        worker_init.connect(serve, weak=False)


def serve_metrics(*, host: str, port: int) -> None:
    """Serve what all processes of this worker counted, from a thread; raises OSError if the port is taken."""
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # prometheus_client leaves it without types
    start_http_server(port, addr=host, registry=registry)
    _log.info("worker_metrics_served", port=port)


def _begin(task: Any, **_: Any) -> None:
    task.request.begun_at = perf_counter()


def _end(task: Any, state: str | None = None, **_: Any) -> None:
    begun_at = getattr(task.request, "begun_at", None)
    TASKS.labels(task.name, (state or "unknown").lower()).inc()
    if begun_at is not None:
        TASK_SECONDS.labels(task.name).observe(perf_counter() - begun_at)

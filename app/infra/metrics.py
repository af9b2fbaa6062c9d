"""Prometheus metrics, with labels of bounded values."""

from functools import cache
from typing import Final

from prometheus_client import Counter, Histogram

HTTP_REQUESTS: Final = Counter("tinko_http_requests", "Answered HTTP requests.", ["method", "route", "status"])
HTTP_SECONDS: Final = Histogram(
    "tinko_http_request_seconds",
    "Time from the request's first byte to the end of its answer.",
    ["method", "route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0),
)
REQUESTS_NOT_KEPT: Final = Counter(
    "tinko_request_log_not_kept",
    "Requests that the request log has not: over budget, queue full, or not written.",
    ["why"],
)
RATE_LIMITED: Final = Counter("tinko_rate_limited", "Requests refused with 429.", ["limit"])


@cache
def _children(method: str, route: str, status: int) -> tuple[Counter, Histogram]:
    return HTTP_REQUESTS.labels(method, route, str(status)), HTTP_SECONDS.labels(method, route)


def observe_http(*, method: str, route: str, status: int, seconds: float) -> None:
    """Count one answered request; `route` is the template, never the path (bounded labels)."""
    counter, histogram = _children(method, route, status)
    counter.inc()
    histogram.observe(seconds)


EVENTS_INGESTED: Final = Counter("tinko_events_ingested", "Failure events by what became of them.", ["outcome"])
INGEST_SECONDS: Final = Histogram(
    "tinko_ingest_group_seconds",
    "Time of one group commit of ingest, from first statement to commit.",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0),
)
INGEST_GROUP: Final = Histogram(
    "tinko_ingest_group_size", "Events per group commit.", buckets=(1, 2, 5, 10, 20, 50, 100, 200, 500)
)
PSP_EVENTS: Final = Counter("tinko_psp_events", "Webhooks of providers by what became of them.", ["psp", "outcome"])
PSP_READ: Final = Counter(
    "tinko_psp_payments_read", "Payments read at providers, by what came of it.", ["psp", "effect"]
)
UNKNOWN_CODES: Final = Counter("tinko_unknown_codes", "Reported failures whose code no rule knows.")
TASKS: Final = Counter("tinko_tasks", "Tasks that workers ran, by how they ended.", ["task", "state"])
TASK_SECONDS: Final = Histogram(
    "tinko_task_seconds",
    "Time of one task.",
    ["task"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0),
)
ATTEMPT_ANSWERS: Final = Counter(
    "tinko_attempt_answers", "What providers answered to attempts.", ["psp", "question", "answer"]
)

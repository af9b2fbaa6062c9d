"""The page that Prometheus reads: what this process counted, and what the database says now."""

from collections.abc import Mapping
from typing import Final

from prometheus_client import REGISTRY, CollectorRegistry, Gauge, generate_latest

from app.db.queries.ops import Gauges

_MEANINGS: Final[Mapping[str, str]] = {
    "oldest_due_attempt_age_seconds": "For how long the oldest due attempt has waited.",
    "unknown_outcomes": "Charges of which nobody knows yet whether money moved.",
    "outbox_dead": "Messages that were given up and want a person.",
    "outbox_pending": "Messages that wait to be handled.",
    "psp_events_dead": "Inbound webhooks that could not be processed and want a person.",
    "rollups_behind_seconds": "For how long the oldest delta has waited to be added to the rollups.",
    "recoveries_open": "Open recoveries; an estimate beyond 100,000.",
}


def metrics_page(gauges: Gauges | None, breakers: Mapping[tuple[str, str, str], int] | None) -> bytes:
    """Return the page in Prometheus' text format; what could not be read is left out, and `tinko_database_up` is 0."""
    registry = CollectorRegistry()
    up = Gauge("tinko_database_up", "Whether the database answered in time.", registry=registry)
    up.set(gauges is not None)
    if gauges is not None:
        for name, value in gauges._asdict().items():
            Gauge(f"tinko_{name}", _MEANINGS[name], registry=registry).set(value)
    if breakers is not None:
        meaning = "Circuit breakers of a provider's accounts that do not let every call pass."
        opened = Gauge("tinko_breaker_open", meaning, ["psp"], registry=registry)
        for (psp, _, _), count in breakers.items():
            opened.labels(psp).inc(count)
    return generate_latest(REGISTRY) + generate_latest(registry)

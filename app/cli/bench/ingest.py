"""Ingest over HTTP, one event a request and many, beside an endpoint that only reads the same body."""

import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from typing import Any, Final, NamedTuple

from app.cli.bench.bare import PATH as BARE_PATH
from app.cli.bench.load import REF, Order, Seen, run_load
from app.cli.bench.results import Result, Target, paired
from app.cli.bench.stage import Stage, free_port
from app.cli.errors import CommandError
from app.cli.processes import api_arguments

_PATH: Final = "/v1/events/payment_failed"
_BATCH_PATH: Final = f"{_PATH}/batch"
_SINGLE: Final = Target(0.4)
_BATCH: Final = Target(10)


class Round(NamedTuple):
    """One round: the bare endpoint, many clients that report one by one, two that send batches, and one of each."""

    bare: Seen
    single: Seen
    batch: Seen
    alone: Seen
    batch_alone: Seen


_FAILURES: Final[tuple[dict[str, Any], ...]] = (
    {"failure_reason": "insufficient_funds", "failure_code": "card_declined", "network_decline_code": "51"},
    {"failure_reason": "do_not_honor", "network_decline_code": "05", "network_advice_code": "03"},
    {"failure_reason": "3ds_timeout", "failure_message": "3DS authentication timeout"},
    {"failure_reason": "gateway_error", "failure_message": "The gateway timed out while talking to the bank."},
    {"failure_reason": "expired_card", "network_decline_code": "54"},
)


def events() -> list[str]:
    """Return the bodies that are sent: as merchants send them, with a payer and a saved card."""
    common = {
        "transaction_ref": REF,
        "amount": 5000,
        "currency": "INR",
        "gateway": "stripe",
        "occurred_at": "2026-01-18T12:00:00Z",
        "customer": {"ref": "cus_1", "email": "payer@example.com", "locale": "hi-IN", "country": "IN"},
        "payment_method": {"type": "card", "token": "pm_sandbox_ok", "brand": "visa", "last4": "4242"},
        "metadata": {"cart": "c-1001", "plan": "monthly"},
    }
    return [json.dumps(common | failure, separators=(",", ":")) for failure in _FAILURES]


def measure(stage: Stage, *, rounds: int = 5, seconds: float = 3.0) -> Iterator[Result]:
    """Measure all ways alternately, so that they share good and bad times."""
    port, bare_port = stage.settings.port, _serve_both(stage)
    headers = {"Authorization": f"Bearer {stage.demo.api_key}", "Content-Type": "application/json"}
    single = Order(port, _PATH, headers, events(), "", seconds=seconds)
    lines = headers | {"Content-Type": "application/x-ndjson"}
    batch = replace(single, path=_BATCH_PATH, headers=lines, per_body=2000, connections=2, seconds=2 * seconds)
    orders = (
        replace(single, port=bare_port, path=BARE_PATH),
        single,
        batch,
        replace(single, connections=1),
        replace(batch, connections=1),
    )
    series = count(1)
    seen = [
        Round(*(_run(replace(order, series=f"bench-{next(series):04d}")) for order in orders)) for _ in range(rounds)
    ]
    yield from _results(seen)


def _serve_both(stage: Stage) -> int:
    """Start the API and the bare endpoint by the same command line; return the port of the latter."""
    bare_port = free_port()
    bare = api_arguments(stage.settings.model_copy(update={"port": bare_port}))
    stage.serve("bare", [part.replace("app.main:", "app.cli.bench.bare:") for part in bare], bare_port)
    stage.serve("api", api_arguments(stage.settings), stage.settings.port)
    return bare_port


def _results(seen: list[Round]) -> Iterator[Result]:
    yield from paired(
        "ingest_single",
        "requests/s",
        [(each.single.per_second, each.bare.per_second) for each in seen],
        against="bare_endpoint",
        target=_SINGLE,
    )
    yield from paired(
        "ingest_single_p99",
        "ms",
        [(each.single.p99_ms, each.bare.p99_ms) for each in seen],
        against="bare_endpoint_p99",
    )
    *_, result = paired(
        "ingest_batch",
        "events/s",
        [(each.batch.per_second, each.single.per_second) for each in seen],
        against="ingest_single",
        target=_BATCH,
    )
    yield result
    yield from paired(
        "ingest_batch_one_client",
        "events/s",
        [(each.batch_alone.per_second, each.alone.per_second) for each in seen],
        against="ingest_single_one_client",
    )


def _run(order: Order) -> Seen:
    seen = run_load(order)
    if set(seen.statuses) - {"200", "201"}:
        raise CommandError(f"{order.path} answered {seen.statuses}; nothing of this can be compared.")
    return seen

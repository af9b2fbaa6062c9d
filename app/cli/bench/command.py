"""Runs the chosen parts one after the other, prints each figure as it comes, and writes bench.json."""

import argparse
import os
import platform
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from app.cli.bench import PARTS, analytics, classification, execution, ingest, sweep
from app.cli.bench.results import Result, write_json
from app.cli.bench.stage import Stage, stage
from app.infra.settings import Settings

_WITH_SERVERS: Final[Mapping[str, Callable[[Stage], Iterator[Result]]]] = {
    "ingest": ingest.measure,
    "sweep": sweep.measure,
    "execution": execution.measure,
    "analytics": analytics.measure,
}


def bench(arguments: argparse.Namespace, settings: Settings) -> int:
    """Measure; a missed target is said and is no failure, because a busy machine misses any."""
    chosen = arguments.only or PARTS
    print(f"{os.cpu_count()} cores, Python {platform.python_version()}, load {os.getloadavg()[0]:.1f} before")
    results = []
    for result in _measure(chosen, settings):
        print(result.line(), flush=True)
        results.append(result)
    write_json(arguments.output, results)
    missed = sum("MISSED" in result.verdict() for result in results)
    print(f"{arguments.output} is written; {missed or 'no'} target{'' if missed == 1 else 's'} missed.")
    return 0


def _measure(chosen: list[str] | tuple[str, ...], settings: Settings) -> Iterator[Result]:
    if "classification" in chosen:
        yield from classification.measure()
    for name, measure in _WITH_SERVERS.items():
        if name in chosen:
            # Servers of its own for each part, so that none finds what another left behind.
            with stage(settings) as place:
                yield from measure(place)

"""`tinko bench`: what Tinko does per second on this machine, each figure beside what it is to be compared with."""

import argparse
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

from app.cli.bench import ingest
from app.cli.bench.results import Result, write_json
from app.cli.bench.stage import Stage, stage
from app.infra.settings import Settings

Part = Callable[[Stage], Iterator[Result]]


def configure(parser: argparse.ArgumentParser) -> None:
    """Describe the command's arguments."""
    parser.add_argument("--only", action="append", choices=PARTS, help="measure this part (can be repeated)")
    parser.add_argument("--rounds", type=int, default=5, help="how often ingest is measured (default: %(default)s)")
    parser.add_argument("--output", type=Path, default=Path("bench.json"), help="default: %(default)s")
    parser.set_defaults(command=bench)


PARTS = ("ingest",)


def bench(arguments: argparse.Namespace, settings: Settings) -> int:
    with stage(settings) as place:
        results = []
        for result in ingest.measure(place, rounds=arguments.rounds, seconds=3):
            print(result.line(), flush=True)
            results.append(result)
    write_json(arguments.output, results)
    return 0

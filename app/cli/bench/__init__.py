"""`tinko bench`: what Tinko does per second on this machine, each figure beside what it is to be compared with."""

import argparse
from importlib import import_module
from pathlib import Path

from app.infra.settings import Settings

PARTS = ("ingest", "classification", "sweep", "execution", "analytics")


def configure(parser: argparse.ArgumentParser) -> None:
    """Describe the command's arguments."""
    parser.add_argument("--only", action="append", choices=PARTS, help="measure this part (may be said repeatedly)")
    parser.add_argument("--output", type=Path, default=Path("bench.json"), help="default: %(default)s")
    parser.set_defaults(command=_bench)


def _bench(arguments: argparse.Namespace, settings: Settings) -> int:
    # Not imported above: the bare endpoint lives in this package too, and is not to carry all of Tinko.
    code: int = import_module("app.cli.bench.command").bench(arguments, settings)
    return code

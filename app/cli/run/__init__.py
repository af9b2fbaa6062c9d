"""`tinko run`: everything on this machine with one command."""

import argparse

from app.cli.run.background import run_in_background
from app.cli.run.foreground import run_in_foreground
from app.infra.settings import Settings


def configure(parser: argparse.ArgumentParser) -> None:
    """Describe the command's arguments."""
    parser.add_argument("--detach", action="store_true", help="run in the background; return when ready")
    parser.add_argument("--with-parent", action="store_true", help="end when the process that started this one ends")
    parser.set_defaults(command=_run)


def _run(arguments: argparse.Namespace, settings: Settings) -> int:
    if arguments.detach:
        return run_in_background(settings)
    return run_in_foreground(settings, with_parent=arguments.with_parent)

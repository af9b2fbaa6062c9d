"""`tinko stop`: ends the run that lives in TINKO_HOME."""

import argparse
import os
import signal
import time

from app.cli.errors import CommandError
from app.cli.home import Home
from app.infra.settings import Settings

_PATIENCE_SECONDS = 15


def configure(parser: argparse.ArgumentParser) -> None:
    """Describe the command's arguments."""
    parser.set_defaults(command=stop)


def stop(_arguments: argparse.Namespace, settings: Settings) -> int:
    """Ask the run to end and wait until all of it has; nothing running is fine too."""
    home = Home(settings.home)
    running = home.running()
    if running is None:
        print(f"Nothing runs in {home.path}.")
        return 0
    os.kill(running.pid, signal.SIGTERM)
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while home.is_locked():
        if time.monotonic() >= deadline:
            raise CommandError(f"process {running.pid} did not end within {_PATIENCE_SECONDS} s; see {home.log}.")
        time.sleep(0.1)
    print("Stopped.")
    return 0

"""A run that outlives the command that started it."""

import os
import signal
import sys
import time
from pathlib import Path
from typing import NoReturn

from app.cli.errors import CommandError
from app.cli.home import Home, RunState
from app.cli.run.foreground import run_in_foreground
from app.cli.run.readiness import READY_SECONDS
from app.infra.embedded.errors import tail
from app.infra.settings import Settings

_PATIENCE_SECONDS = READY_SECONDS + 60


def run_in_background(settings: Settings) -> int:
    """Start a run in a session of its own and return 0 when it is ready; raises CommandError with its log's tail."""
    home = Home(settings.home)
    home.create()
    running = home.running()
    if running is not None:
        raise CommandError(f"already running in {home.path} (process {running.pid}). `tinko stop` ends it.")
    child = os.fork()  # nothing else runs in this process yet; a new interpreter would cost two seconds more
    if child == 0:
        _run_detached(settings, home.log)
    state = _wait(home, child)
    print(f"Tinko is ready at {state.base_url} (process {state.pid}).")
    print(f"Demo merchant: {home.demo}; log: {home.log}; `make stop` ends it.")
    return 0


def _run_detached(settings: Settings, log: Path) -> NoReturn:
    code = 1
    try:
        os.setsid()
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)
        os.dup2(output, 1)
        os.dup2(output, 2)
        code = run_in_foreground(settings)
    except CommandError as error:
        print(f"tinko: {error}", file=sys.stderr)
    finally:
        sys.stderr.flush()
        os._exit(code)


def _wait(home: Home, child: int) -> RunState:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if os.waitpid(child, os.WNOHANG)[0] == child:
            break
        state = home.running()
        if state is not None and state.pid == child and state.state == "ready":
            return state
        time.sleep(0.1)
    else:
        os.kill(child, signal.SIGTERM)
    raise CommandError(f"the run did not become ready. The end of {home.log}:\n{tail(home.log, lines=25)}")

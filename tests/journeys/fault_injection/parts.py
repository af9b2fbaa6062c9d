"""The parts of a whole Tinko as child processes, each of which can be killed with -9 and started again."""

import os
import random
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from app.cli.processes import api_arguments, beat_arguments, worker_arguments
from app.infra.embedded.process import LeashedProcess, Program
from app.infra.settings import Settings

# Writes down whom to kill, and becomes the program: its leash keeps it from outliving us.
_TELL_PID = "import os, sys; open(sys.argv[1], 'w').write(str(os.getpid())); os.execv(sys.executable, sys.argv[2:])"
_PATIENCE_SECONDS = 15


def free_ports(count: int) -> list[int]:
    """Return ports of the loopback interface that nobody listens on."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


@dataclass
class Part:
    """One program of the run. A leash belongs to the thread that made it, so all calls come from one thread."""

    name: str
    arguments: list[str]
    environment: dict[str, str]
    folder: Path
    kills: int = 0
    _process: LeashedProcess | None = field(default=None, repr=False)

    def start(self) -> None:
        argv = [sys.executable, "-c", _TELL_PID, str(self._pid_file), sys.executable, *self.arguments]
        self._pid_file.unlink(missing_ok=True)
        with self.log.open("ab") as log:
            program = Program(self.name, argv, grace_seconds=2.0)
            self._process = LeashedProcess.start(program, output=log, environment=self.environment)

    @property
    def log(self) -> Path:
        return self.folder / f"{self.name}.log"

    def kill(self, rng: random.Random) -> str:
        """Kill it, or one of its own processes, with -9, and have it run again; return what was killed."""
        pid = int(self._pid_file.read_text()) if self._pid_file.exists() else 0
        children = _children_of(pid) if self.name == "worker" else []
        self.kills += 1
        if children and rng.random() < 0.4:
            _kill(rng.choice(children))
            return f"{self.name} (one process of its pool)"
        if pid:
            _kill(pid)
        self.end()
        self.start()
        return self.name

    def end(self) -> None:
        """Wait for a killed program and all it started to be gone; stop it otherwise."""
        if self._process is not None:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(timeout_seconds=0.5)
            self._process.stop()
            self._process = None

    def let_go(self) -> None:
        if self._process is not None:
            self._process.let_go()

    @property
    def runs(self) -> bool:
        return self._process is not None and self._process.exit_code() is None

    @property
    def _pid_file(self) -> Path:
        return self.folder / f"{self.name}.pid"


def make_parts(settings: Settings, environment: dict[str, str], folder: Path) -> dict[str, Part]:
    """Return the parts of a run, in the order of their start."""
    commands = {
        "sandbox": ("-m", "app", "sandbox", "--port", str(settings.sandbox_port)),
        "api": api_arguments(settings),
        "worker": worker_arguments(settings, queues="work"),
        "control": worker_arguments(settings, queues="control", concurrency=1),
        "beat": beat_arguments(settings),
    }
    return {name: Part(name, list(arguments), environment, folder) for name, arguments in commands.items()}


def _kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def _children_of(pid: int) -> list[int]:
    """Return a process's children, where the system tells."""
    told = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(child) for child in told.read_text().split()] if pid and told.exists() else []

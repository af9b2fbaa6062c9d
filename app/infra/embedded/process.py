"""Programs that never outlive us, however we end."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal

from app.infra.settings import child_environment

LEASH = Path(__file__).with_name("leash.py")
Identity = Literal["same", "nobody", "namespace"]


@dataclass(frozen=True, slots=True)
class Program:
    """What to start: a name for `ps`, an absolute command, and how it is asked to stop."""

    name: str
    argv: Sequence[str]
    stop_signal: signal.Signals = signal.SIGTERM
    grace_seconds: float = 5.0
    identity: Identity = "same"


class LeashedProcess:
    """A running program, on a leash: it ends when this object stops it, or when this process dies in any way."""

    def __init__(self, program: Program, leash: "subprocess.Popen[bytes]") -> None:
        self.program = program
        self._leash = leash

    @classmethod
    def start(
        cls,
        program: Program,
        *,
        output: int | IO[bytes],
        environment: Mapping[str, str] | None = None,
        held_files: Sequence[int] = (),
    ) -> "LeashedProcess":
        """Start `program`.

        Its output and errors go to `output` (a file, or `subprocess.PIPE`). `environment` adds to ours.
        `held_files` are descriptors that stay open until the program and all it started have ended: lock files.
        """
        order = {
            "argv": list(program.argv),
            "stop": int(program.stop_signal),
            "grace": program.grace_seconds,
            "identity": program.identity,
        }
        leash = subprocess.Popen(  # noqa: S603  (our own interpreter and script)
            [sys.executable, "-I", "-S", str(LEASH), program.name],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=child_environment(environment or {}),
            pass_fds=held_files,
            start_new_session=True,
        )
        process = cls(program, leash)
        with suppress(BrokenPipeError):
            process._feed(json.dumps(order).encode() + b"\n")
        return process

    def _feed(self, line: bytes) -> None:
        if self._leash.stdin is not None:
            self._leash.stdin.write(line)
            self._leash.stdin.flush()

    @property
    def pid(self) -> int:
        """The leash's process id, which is also the session id of the program."""
        return self._leash.pid

    @property
    def output(self) -> IO[bytes] | None:
        """The program's output, when it was started with `subprocess.PIPE`."""
        return self._leash.stdout

    def owns(self, pid: int) -> bool:
        """Say whether the process `pid` is the program on this leash (and not somebody else's server)."""
        try:
            return os.getsid(pid) == self._leash.pid
        except ProcessLookupError:
            return False

    def exit_code(self) -> int | None:
        """Return the program's exit code (128 + n for signal n), or None while it runs."""
        code = self._leash.poll()
        return code if code is None or code >= 0 else 128 - code

    def wait(self, *, timeout_seconds: float | None = None) -> int:
        """Wait for the program to end by itself; raises `subprocess.TimeoutExpired`."""
        code = self._leash.wait(timeout_seconds)
        self._close()
        return code

    def let_go(self) -> None:
        """Ask the program to stop, and return at once."""
        if self._leash.stdin is not None:
            with suppress(BrokenPipeError):
                self._leash.stdin.close()

    def stop(self) -> int:
        """Ask the program to stop, wait for its grace period at most, and return its exit code."""
        self.let_go()
        try:
            return self._leash.wait(self.program.grace_seconds + 3)
        except subprocess.TimeoutExpired:
            self._leash.kill()
            return self._leash.wait()
        finally:
            self._close()

    def _close(self) -> None:
        self.let_go()
        if self._leash.stdout is not None:
            self._leash.stdout.close()

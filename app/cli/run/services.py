"""What the supervisor looks after: programs on a leash and embedded servers, behind one shape."""

import subprocess
from collections.abc import Mapping, Sequence
from typing import IO, Protocol

from app.infra.embedded.process import LeashedProcess, Program


class Server(Protocol):
    """An embedded server."""

    def start(self) -> None:
        """Start it and wait until it answers."""

    def let_go(self) -> None:
        """Ask it to stop."""

    def stop(self) -> None:
        """Stop it and wait."""

    def exit_code(self) -> int | None:
        """Return None while it runs."""


class Service(Server, Protocol):
    """Something with a name that is started, watched and stopped."""

    @property
    def name(self) -> str:
        """The prefix of its log lines."""

    @property
    def output(self) -> IO[bytes] | None:
        """Its log, if it comes through a pipe."""


class ProgramService:
    """A program whose output comes through a pipe."""

    def __init__(self, program: Program, environment: Mapping[str, str], held_files: Sequence[int] = ()) -> None:
        self.name = program.name
        self._program = program
        self._environment = environment
        self._held_files = held_files
        self._process: LeashedProcess | None = None

    def start(self) -> None:
        """Start the program; it may take a while to be of use."""
        self._process = LeashedProcess.start(
            self._program,
            output=subprocess.PIPE,
            environment=self._environment,
            held_files=self._held_files,
        )

    @property
    def output(self) -> IO[bytes] | None:
        """The program's output and errors."""
        return None if self._process is None else self._process.output

    def exit_code(self) -> int | None:
        """Return None while the program runs, otherwise its exit code."""
        return 0 if self._process is None else self._process.exit_code()

    def let_go(self) -> None:
        """Ask the program to stop."""
        if self._process is not None:
            self._process.let_go()

    def stop(self) -> None:
        """Stop the program and all it started, and wait for that."""
        if self._process is not None:
            self._process.stop()
            self._process = None


class ServerService:
    """An embedded server; its log is a file in its own folder."""

    output: IO[bytes] | None = None

    def __init__(self, name: str, server: Server) -> None:
        self.name = name
        self._server = server

    def start(self) -> None:
        """Start the server and wait until it answers; after a crash, what is left of it is cleared first."""
        self._server.stop()
        self._server.start()

    def exit_code(self) -> int | None:
        """Return None while the server runs, otherwise its exit code."""
        return self._server.exit_code()

    def let_go(self) -> None:
        """Ask the server to stop."""
        self._server.let_go()

    def stop(self) -> None:
        """Stop the server and wait."""
        self._server.stop()

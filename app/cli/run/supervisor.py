"""Keeps services running, shows their logs, and ends them all."""

import os
import selectors
import signal
import time
from collections.abc import Callable
from types import FrameType

from app.cli.errors import CommandError
from app.cli.run.console import Console, LineBuffer
from app.cli.run.restarts import Restarts
from app.cli.run.services import Service

_TICK_SECONDS = 0.1
_STOP_SECONDS = 5.0


class _Watched:
    """A service and what we remember of it."""

    def __init__(self, service: Service, restarts: Restarts) -> None:
        self.service = service
        self.restarts = restarts
        self.lines = LineBuffer()
        self.started = 0.0
        self.due: float | None = None
        self.is_server = False


class Supervisor:
    """One loop over all services. Not for threads: a leash belongs to the thread that made it."""

    def __init__(
        self,
        console: Console,
        *,
        new_restarts: Callable[[], Restarts] = Restarts,
        parent: int | None = None,
    ) -> None:
        self._console = console
        self._parent = parent
        self._new_restarts = new_restarts
        self._watched: list[_Watched] = []
        self._selector = selectors.DefaultSelector()
        self._wakeup = os.pipe()
        self.stopping = False

    def listen_for_signals(self) -> None:
        """End in good order on Ctrl-C, SIGTERM and SIGHUP."""
        for end in self._wakeup:
            os.set_blocking(end, False)
        signal.set_wakeup_fd(self._wakeup[1])
        self._selector.register(self._wakeup[0], selectors.EVENT_READ)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if number != signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:  # nohup means it
                signal.signal(number, self._on_signal)
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self.stopping = True

    def start(self, service: Service) -> None:
        """Start a service and look after it from now on."""
        watched = _Watched(service, self._new_restarts())
        self._watched.append(watched)
        self._start(watched)

    def _start(self, watched: _Watched) -> None:
        watched.due = None
        watched.started = time.monotonic()
        watched.service.start()
        output = watched.service.output
        watched.is_server = output is None
        if output is not None:
            os.set_blocking(output.fileno(), False)
            self._selector.register(output, selectors.EVENT_READ, watched)

    def look_after_all(self) -> None:
        """Keep ticking until a signal comes."""
        while not self.stopping:
            self.tick()

    def tick(self) -> None:
        """Print what the services said, and start again what ended; raises CommandError for a crash loop."""
        for key, _ in self._selector.select(_TICK_SECONDS):
            if key.data is None:
                os.read(self._wakeup[0], 1024)
            else:
                self._read(key.data)
        if self._parent is not None and os.getppid() != self._parent:
            self.stopping = True
        if self.stopping:
            return
        now = time.monotonic()
        for watched in self._watched:
            if watched.due is None and watched.service.exit_code() is not None:
                self._on_exit(watched)
            elif watched.due is not None and now >= watched.due:
                self._start(watched)

    def _read(self, watched: _Watched) -> bool:
        """Print what the program said since the last time; False if that was nothing."""
        output = watched.service.output
        if output is None:
            return False
        try:
            data = os.read(output.fileno(), 65536)
        except BlockingIOError:
            return False
        for line in watched.lines.feed(data):
            self._console.line(watched.service.name, line)
        if not data:
            self._forget_output(watched)
        return bool(data)

    def _forget_output(self, watched: _Watched) -> None:
        output = watched.service.output
        if output is not None and output in self._selector.get_map():
            self._selector.unregister(output)

    def _drain(self, watched: _Watched) -> None:
        """Read what is left in a dead program's pipe, before the pipe is closed."""
        while self._read(watched):
            pass
        self._forget_output(watched)

    def _on_exit(self, watched: _Watched) -> None:
        service = watched.service
        code = service.exit_code() or 0
        self._drain(watched)
        service.stop()
        delay = watched.restarts.after_exit(code=code, lived_seconds=time.monotonic() - watched.started)
        if delay is None:
            last = "\n    ".join(watched.lines.last)
            raise CommandError(f"{service.name} keeps ending (exit code {code}). Its last lines:\n    {last}")
        self._console.say(f"{service.name} ended (exit code {code}); starting it again in {delay:g} s")
        watched.due = time.monotonic() + delay

    def stop(self) -> None:
        """End everything: first all programs at once, then the servers that they need."""
        self.stopping = True
        for kind in (False, True):
            self._stop_all([watched for watched in self._watched if watched.is_server is kind])
        self._watched.clear()

    def close(self) -> None:
        """End everything, and give back what the loop itself needs."""
        self.stop()
        signal.set_wakeup_fd(-1)
        self._selector.close()
        for end in self._wakeup:
            os.close(end)

    def _stop_all(self, group: list[_Watched]) -> None:
        deadline = time.monotonic() + _STOP_SECONDS
        for watched in group:
            watched.service.let_go()
        while any(watched.service.exit_code() is None for watched in group) and time.monotonic() < deadline:
            self.tick()
        for watched in group:
            self._drain(watched)
            watched.service.stop()

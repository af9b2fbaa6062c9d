"""Where measuring happens: servers of our own in a throw-away folder, with everything synced to disk as in earnest."""

import socket
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import create_engine, make_url, text

from app.cli.errors import CommandError
from app.cli.home import Home
from app.cli.migrate import upgrade
from app.cli.seed import seed_demo
from app.infra.embedded.postgres import EmbeddedPostgres
from app.infra.embedded.process import LeashedProcess, Program
from app.infra.embedded.valkey import EmbeddedValkey
from app.infra.settings import Settings
from app.services.identity.demo import DemoMerchant

_UNLIMITED = 1_000_000_000
_PATIENCE_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Stage:
    """A migrated database, a Valkey, a demo merchant, and the means to start programs against them."""

    folder: Path
    settings: Settings
    database_url: str
    redis_url: str
    demo: DemoMerchant
    _programs: ExitStack

    @property
    def secret_key(self) -> str:
        """The secret that the programs are told."""
        return Home(self.folder).secret_key()

    def start(self, name: str, arguments: Sequence[str], **environment: str) -> LeashedProcess:
        """Start one of our own programs; it writes to a log in the folder, and ends with the stage."""
        with (self.folder / f"{name}.log").open("ab") as log:
            program = Program(name, [sys.executable, *arguments])
            process = LeashedProcess.start(program, output=log, environment={**self._told(), **environment})
        self._programs.callback(process.stop)
        return process

    def serve(self, name: str, arguments: Sequence[str], port: int) -> LeashedProcess:
        """Start a server and wait until it listens on `port`; raises CommandError if it does not."""
        process = self.start(name, arguments)
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while process.exit_code() is None and time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return process
            time.sleep(0.05)
        raise CommandError(f"{name} did not start:\n{self.log_of(name)}")

    def log_of(self, name: str) -> str:
        """Return the end of a program's log."""
        return (self.folder / f"{name}.log").read_text(encoding="utf-8", errors="replace")[-2000:]

    def clone_database(self, name: str) -> str:
        """Copy the migrated database while nobody uses it, and return the copy's URL."""
        url = make_url(self.database_url)
        admin = create_engine(url.set(database="postgres"), isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {url.database}"))
        admin.dispose()
        return url.set(database=name).render_as_string(hide_password=False)

    def _told(self) -> Mapping[str, str]:
        """Raise the rate limits so far that they are asked and never refuse."""
        return {
            "DATABASE_URL": self.database_url,
            "REDIS_URL": self.redis_url,
            "SECRET_KEY": self.secret_key,
            "TINKO_HOME": str(self.folder),
            "RATE_LIMIT_WRITES_PER_MINUTE": str(_UNLIMITED),
            "RATE_LIMIT_READS_PER_MINUTE": str(_UNLIMITED),
            "SANDBOX_API_BASE": f"http://127.0.0.1:{self.settings.sandbox_port}",
        }


@contextmanager
def stage(settings: Settings) -> Iterator[Stage]:
    """Start the servers, migrate, make the demo merchant; stop and remove all of it at the end.

    The folder lies in TINKO_HOME, because the system's temporary one may be in memory, where syncing costs nothing.
    """
    home = Home(settings.home)
    home.create()
    home.path.chmod(home.path.stat().st_mode | 0o011)  # as root, PostgreSQL runs as nobody and has to get in
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-", dir=home.path)))
        folder.chmod(0o711)
        postgres, valkey = EmbeddedPostgres(folder / "postgres"), EmbeddedValkey(folder / "valkey")
        for server in (postgres, valkey):
            server.start()
            stack.callback(server.stop)
        upgrade(postgres.url())
        own = Home(folder)
        demo = seed_demo(own, database_url=postgres.url(), secret_key=own.secret_key())
        ports = {"host": "127.0.0.1", "port": free_port(), "sandbox_port": free_port()}
        programs = stack.enter_context(ExitStack())
        yield Stage(folder, settings.model_copy(update=ports), postgres.url(), valkey.url(), demo, programs)


def free_port() -> int:
    """Return a port on this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port

"""Where measuring happens: servers of our own in a throw-away folder, with everything synced to disk as in earnest."""

import signal
import socket
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import create_engine, make_url, text

from app.cli.bench.load import PROGRAM as LOAD
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
            "SECRET_KEY": Home(self.folder).secret_key(),
            "TINKO_HOME": str(self.folder),
            "RATE_LIMIT_WRITES_PER_MINUTE": str(_UNLIMITED),
            "RATE_LIMIT_READS_PER_MINUTE": str(_UNLIMITED),
            "SANDBOX_API_BASE": f"http://127.0.0.1:{self.settings.sandbox_port}",
        }

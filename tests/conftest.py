"""Throw-away servers for the whole run, and databases cloned from a template that Alembic built.

One PostgreSQL and one Valkey serve the run. Under xdist the controller starts them and hands their addresses to
its workers; otherwise they start when the first test asks. They are on a leash, so nothing survives the run,
whichever way it ends.

Fixtures:
    database_url        one migrated database per worker, for the whole session; tests tidy up after themselves
    new_database_url    a migrated database for one test alone
    empty_database_url  a database without any table for one test alone (migrations)
    redis_url           one numbered database per worker, for the whole session (`unix://…?db=n`), empty at first
    postgres_url        the maintenance database of the cluster
"""

import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest
import redis
from alembic.config import Config
from hypothesis import settings
from sqlalchemy import make_url

from alembic import command
from app.infra.embedded.postgres import EmbeddedPostgres
from app.infra.embedded.valkey import EmbeddedValkey

pytest_plugins = ["tests.world"]

# How long an example takes says how busy the machine is, and nothing of the code. A run of the suite says the same of
# the same code each time; `--hypothesis-profile=search` draws other examples at each run, and more of them.
settings.register_profile("same", deadline=None, derandomize=True)
settings.register_profile("search", deadline=None, max_examples=1000)
settings.load_profile("same")

ROOT = Path(__file__).parent.parent
TEMPLATE = "tinko_template"
TEMPLATE_LOCK = 7_460_020


@dataclass
class Servers:
    """The run's servers, started on demand."""

    folder: Path | None = None
    postgres: EmbeddedPostgres | None = None
    valkey: EmbeddedValkey | None = None
    addresses: dict[str, str] = field(default_factory=dict)

    def _place(self) -> Path:
        if self.folder is None:
            remove_leftovers()
            self.folder = Path(tempfile.mkdtemp(prefix=f"tinko-test-{os.getpid()}-"))
            self.folder.chmod(0o711)  # as root, PostgreSQL runs as nobody and has to reach its own folder
        return self.folder

    def postgres_url(self) -> str:
        if "postgres" not in self.addresses:
            self.postgres = EmbeddedPostgres(self._place() / "pg", durable=False)
            self.postgres.start()
            self.addresses["postgres"] = self.postgres.url("postgres")
        return self.addresses["postgres"]

    def redis_url(self) -> str:
        if "redis" not in self.addresses:
            self.valkey = EmbeddedValkey(self._place() / "vk", durable=False)
            self.valkey.start()
            self.addresses["redis"] = self.valkey.url()
        return self.addresses["redis"]

    def stop(self) -> None:
        for server in (self.postgres, self.valkey):
            if server is not None:
                server.stop()
        if self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)


SERVERS = pytest.StashKey[Servers]()


def remove_leftovers() -> None:
    """Remove the folders of runs that were killed."""
    for folder in Path(tempfile.gettempdir()).glob("tinko-test-*"):
        try:
            os.kill(int(folder.name.split("-")[2]), 0)
        except ProcessLookupError:
            shutil.rmtree(folder, ignore_errors=True)
        except PermissionError:
            continue


def pytest_configure(config: pytest.Config) -> None:
    """Make the run's servers known; a worker of xdist gets the addresses from its controller."""
    addresses = dict(getattr(config, "workerinput", {}).get("tinko_servers", {}))
    config.stash[SERVERS] = Servers(addresses=addresses)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop what this process started."""
    if SERVERS in config.stash:
        config.stash[SERVERS].stop()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node) -> None:
    """Start the servers once, in the controller, and tell a new worker of xdist where they are."""
    servers = node.config.stash[SERVERS]
    servers.postgres_url()
    servers.redis_url()
    node.workerinput["tinko_servers"] = servers.addresses


def connect(url: str) -> psycopg.Connection:
    """Open a plain connection in autocommit mode."""
    return psycopg.connect(url.replace("+psycopg", "", 1), autocommit=True)


def with_database(url: str, name: str) -> str:
    """Return `url` with another database."""
    return make_url(url).set(database=name).render_as_string(hide_password=False)


def upgrade(url: str, revision: str = "head") -> None:
    """Run Alembic on `url`."""
    config = Config(toml_file=ROOT / "pyproject.toml")
    config.attributes["url"] = url
    command.upgrade(config, revision)


def ensure_template(postgres_url: str) -> None:
    """Build the template once per run; whoever comes second waits for the first."""
    with connect(postgres_url) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [TEMPLATE_LOCK])
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [TEMPLATE]).fetchone():
            return
        connection.execute(f"DROP DATABASE IF EXISTS {TEMPLATE}_draft")
        connection.execute(f"CREATE DATABASE {TEMPLATE}_draft")
        upgrade(with_database(postgres_url, f"{TEMPLATE}_draft"))
        connection.execute(f"ALTER DATABASE {TEMPLATE}_draft RENAME TO {TEMPLATE}")


def create_database(postgres_url: str, name: str, *, template: str) -> str:
    """Create a database and return its URL."""
    with connect(postgres_url) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [TEMPLATE_LOCK])
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
    return with_database(postgres_url, name)


def drop_database(postgres_url: str, name: str) -> None:
    """Drop a database, whoever is still connected to it."""
    with connect(postgres_url) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def postgres_url(pytestconfig: pytest.Config) -> str:
    return pytestconfig.stash[SERVERS].postgres_url()


@pytest.fixture(scope="session")
def worker_number(request: pytest.FixtureRequest) -> int:
    worker_id = getattr(request.config, "workerinput", {}).get("workerid", "gw0")
    return int(worker_id.removeprefix("gw"))


@pytest.fixture(scope="session")
def database_url(postgres_url: str, worker_number: int) -> str:
    ensure_template(postgres_url)
    return create_database(postgres_url, f"tinko_w{worker_number}", template=TEMPLATE)


@pytest.fixture
def new_database_url(postgres_url: str) -> Iterator[str]:
    ensure_template(postgres_url)
    name = f"tinko_new_{secrets.token_hex(6)}"
    yield create_database(postgres_url, name, template=TEMPLATE)
    drop_database(postgres_url, name)


@pytest.fixture
def empty_database_url(postgres_url: str) -> Iterator[str]:
    name = f"tinko_empty_{secrets.token_hex(6)}"
    yield create_database(postgres_url, name, template="template1")
    drop_database(postgres_url, name)


@pytest.fixture(scope="session")
def redis_url(pytestconfig: pytest.Config, worker_number: int) -> str:
    # 0 is left alone, so that a test that forgets its number shows.
    url = pytestconfig.stash[SERVERS].redis_url().replace("db=0", f"db={worker_number + 1}")
    with redis.Redis.from_url(url) as client:
        client.flushdb()
    return url

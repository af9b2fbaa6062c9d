"""A run that stays until Ctrl-C, SIGTERM or a crash loop."""

import os
import time

from app.cli.errors import CommandError
from app.cli.home import Home, RunState
from app.cli.migrate import upgrade
from app.cli.run.announce import welcome, write_demo
from app.cli.run.console import Console
from app.cli.run.plan import (
    Addresses,
    base_url,
    environment,
    mail_url,
    programs,
    sandbox_url,
    secret_key,
    starts_mail,
    starts_sandbox,
    with_mail_ports,
)
from app.cli.run.ports import require_free
from app.cli.run.readiness import wait_until_ready
from app.cli.run.services import ServerService
from app.cli.run.supervisor import Supervisor
from app.cli.seed import seed_demo
from app.cli.seed_history import seed_demo_history
from app.infra.embedded.errors import EmbeddedError
from app.infra.embedded.postgres import EmbeddedPostgres
from app.infra.embedded.valkey import EmbeddedValkey
from app.infra.settings import Settings
from app.services.identity.demo import DemoMerchant


def run_in_foreground(settings: Settings, *, with_parent: bool = False) -> int:
    """Start everything, show its logs, and return the exit code when all of it has ended.

    With `with_parent` the run also ends when whoever started it does (make, killed with -9).
    """
    home = Home(settings.home)
    home.create()
    lock = home.lock()
    console = Console()
    supervisor = Supervisor(console, parent=os.getppid() if with_parent else None)
    supervisor.listen_for_signals()
    try:
        return _run(settings, home, lock, supervisor, console)
    except (CommandError, EmbeddedError) as error:
        console.say(f"cannot go on: {error}")
        return 1
    finally:
        supervisor.close()
        home.clear()
        os.close(lock)
        console.say("stopped")


def _run(settings: Settings, home: Home, lock: int, supervisor: Supervisor, console: Console) -> int:
    started = time.monotonic()
    settings = with_mail_ports(settings)
    home.clear()
    _check_ports(settings)
    _tell(home, "starting", base_url(settings))
    addresses = _start_servers(settings, home, supervisor)
    console.say("migrating")
    upgrade(addresses.database_url)
    demo = _make_demo(settings, home, addresses.database_url, console)
    for program in programs(settings, environment(settings, home, addresses), lock):
        supervisor.start(program)
    url = f"{addresses.base_url}/health/ready"
    if wait_until_ready(supervisor, url):
        write_demo(home, addresses, demo)
        _tell(home, "ready", addresses.base_url, addresses)
        console.plain(welcome(home, addresses, demo))
        console.say(f"ready after {time.monotonic() - started:.1f} s")
    supervisor.look_after_all()
    console.say("stopping")
    return 0


def _make_demo(settings: Settings, home: Home, database_url: str, console: Console) -> DemoMerchant:
    key = secret_key(settings, home)
    demo = seed_demo(home, database_url=database_url, secret_key=key)
    begun = time.monotonic()
    count = seed_demo_history(
        database_url=database_url,
        secret_key=key,
        organization_id=demo.organization_id,
        recoveries=settings.demo_history,
    )
    if count:
        console.say(f"the demo merchant has a history of {count} recoveries ({time.monotonic() - begun:.1f} s)")
    return demo


def _check_ports(settings: Settings) -> None:
    wanted = [("TINKO_PORT", settings.host, settings.port)]
    if starts_sandbox(settings):
        wanted.append(("TINKO_SANDBOX_PORT", "127.0.0.1", settings.sandbox_port))
    if starts_mail(settings):
        wanted.append(("TINKO_MAIL_PORT", "127.0.0.1", settings.mail_port))
        wanted.append(("TINKO_SMTP_SINK_PORT", "127.0.0.1", settings.smtp_sink_port))
    if not settings.database_url.get_secret_value():
        wanted.append(("TINKO_POSTGRES_PORT", "127.0.0.1", settings.postgres_port))
    if not settings.redis_url.get_secret_value():
        wanted.append(("TINKO_VALKEY_PORT", "127.0.0.1", settings.valkey_port))
    require_free(wanted)


def _start_servers(settings: Settings, home: Home, supervisor: Supervisor) -> Addresses:
    """Start what the user did not bring."""
    database_url, redis_url = settings.database_url.get_secret_value(), settings.redis_url.get_secret_value()
    if not database_url:
        postgres = EmbeddedPostgres(home.path / "postgres", port=settings.postgres_port)
        supervisor.start(ServerService("postgres", postgres))
        database_url = postgres.url()
    if not redis_url:
        valkey = EmbeddedValkey(home.path / "valkey", port=settings.valkey_port)
        supervisor.start(ServerService("valkey", valkey))
        redis_url = valkey.url()
    return Addresses(base_url(settings), sandbox_url(settings), database_url, redis_url, mail_url(settings))


def _tell(home: Home, state: str, url: str, addresses: Addresses | None = None) -> None:
    database_url, redis_url = (addresses.database_url, addresses.redis_url) if addresses else ("", "")
    home.write_state(RunState(os.getpid(), state, url, database_url, redis_url))

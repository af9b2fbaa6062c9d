"""`tinko backfill`: reads a provider account's earlier payments, and opens recoveries for those that failed."""

import argparse
import time
from datetime import datetime, timedelta

from pydantic import SecretStr

from app.bootstrap import Container, build_container
from app.cli.addresses import database
from app.cli.errors import CommandError
from app.cli.home import Home
from app.cli.keyring import secret_of
from app.cli.replay import ACTOR, time_of
from app.db.models import PspReading
from app.db.queries.psp_accounts import find_for_operator
from app.db.queries.psp_readings import claim_one
from app.domain.errors import TinkoError
from app.infra.settings import Settings
from app.services.payments.connect import Actor
from app.services.reconcile import begin_backfill, walk_on
from app.services.reconcile.walk import LEASE, PACE

_POLL_SECONDS = 0.2


def configure(parser: argparse.ArgumentParser) -> None:
    """Describe the command's arguments."""
    parser.add_argument("--psp", required=True, help="the provider, such as stripe")
    parser.add_argument("--since", required=True, type=time_of, help="from this date or time on")
    parser.add_argument("--until", type=time_of, default=None, help="before this date or time (default: now)")
    parser.add_argument("--organization", default=None, metavar="ORG_ID", help="if several have such an account")
    parser.add_argument("--account", default=None, metavar="PSP_ACCOUNT_ID", help="if an organization has several")
    parser.set_defaults(command=_backfill)


def _backfill(arguments: argparse.Namespace, settings: Settings) -> int:
    with database(settings) as url:
        container = build_container(_settings_of_the_run(settings, url))
        try:
            reading = _begin(container, arguments)
            return _walk(container, reading)
        except TinkoError as refused:
            raise CommandError(refused.detail) from None
        finally:
            container.close()


def _settings_of_the_run(settings: Settings, database_url: str) -> Settings:
    """Return the settings that the processes of the run in this home have."""
    running = Home(settings.home).running()
    told: dict[str, object] = {"database_url": SecretStr(database_url), "secret_key": SecretStr(secret_of(settings))}
    if running is not None and not settings.redis_url.get_secret_value():
        told["redis_url"] = SecretStr(running.redis_url)
    return settings.model_copy(update=told)


def _begin(container: Container, arguments: argparse.Namespace) -> PspReading:
    with container.database.begin() as session:
        found = find_for_operator(
            session, psp=arguments.psp, organization_id=arguments.organization, account_id=arguments.account
        )
        if len(found) != 1:
            which = "no such account" if not found else "several such accounts; say --organization or --account"
            raise CommandError(f"{which}: {', '.join(account.id for account, _ in found) or arguments.psp}")
        account, mode = found[0]
        actor = Actor(account.organization_id, mode, ACTOR, None, container.clock.now())
        return begin_backfill(session, account_id=account.id, since=arguments.since, until=arguments.until, actor=actor)


def _walk(container: Container, reading: PspReading) -> int:
    """Walk on beside the workers, and tell of each step, until the walk has ended."""
    print(f"{reading.id}: {reading.since:%Y-%m-%d} to {reading.until:%Y-%m-%d}; Ctrl-C leaves it to the workers.")
    told: tuple[int, int, int] | None = None
    while True:
        _step(container, reading.id)
        with container.database.begin() as session:
            now = session.get_one(PspReading, reading.id)
        counts = (now.payments_read, now.recoveries_opened, now.repaired)
        if counts != told:
            told = counts
            print(f"{counts[0]} payments read, {counts[1]} failures taken up, {counts[2]} repaired", flush=True)
        if now.status != "running":
            print(f"{now.status}{f': {now.error}' if now.error else ''}")
            return 0 if now.status == "done" else 1
        time.sleep(_wait(now.wake_at, container.clock.now()))


def _step(container: Container, reading_id: str) -> None:
    now = container.clock.now()
    with container.database.begin() as session:
        claimed = claim_one(session, reading_id=reading_id, now=now, lease=now + LEASE)
    if claimed is not None:
        walk_on(
            container.database.begin,
            payments=container.payments,
            crypto=container.crypto,
            clock=container.clock,
            reading_id=claimed.id,
            fence=claimed.fence,
            interval=timedelta(0),
        )


def _wait(wake_at: datetime | None, now: datetime) -> float:
    until = (wake_at - now).total_seconds() if wake_at else 0.0
    return min(max(until, _POLL_SECONDS), PACE.total_seconds())

"""`tinko replay`: has stored webhooks of a range processed again; workers do it."""

import argparse
from datetime import UTC, datetime

from app.cli.addresses import database
from app.cli.errors import CommandError
from app.db.queries.psp import EventFilters
from app.db.session import Database
from app.domain.errors import TinkoError
from app.infra.clock import SystemClock
from app.infra.settings import Settings
from app.services.audit import record_audit
from app.services.psp_events import replay_events

ACTOR = "operator"


def configure(parser: argparse.ArgumentParser) -> None:
    """Describe the command's arguments."""
    parser.add_argument("--organization", required=True, metavar="ORG_ID")
    parser.add_argument("--since", required=True, type=time_of, help="received from this time on (RFC 3339)")
    parser.add_argument("--until", type=time_of, default=None, help="received before this time")
    parser.add_argument("--status", choices=("dead", "ignored", "processed"), default="dead")
    parser.add_argument("--type", default=None, help="only events of this type, as the provider says it")
    parser.add_argument("--account", default=None, metavar="PSP_ACCOUNT_ID")
    parser.set_defaults(command=_replay)


def time_of(text: str) -> datetime:
    """Read a date or a time; without an offset it is UTC. Raises `ArgumentTypeError`."""
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no date or time") from None
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def _replay(arguments: argparse.Namespace, settings: Settings) -> int:
    filters = EventFilters(arguments.status, arguments.type, arguments.account, arguments.since, arguments.until)
    with database(settings) as url:
        store = Database(url, pool_size=1)
        try:
            total = _all(store, arguments.organization, filters)
        except TinkoError as refused:
            raise CommandError(refused.detail) from None
        finally:
            store.dispose()
    print(f"{total} webhooks are processed again.")
    return 0


def _all(store: Database, organization_id: str, filters: EventFilters) -> int:
    """Replay what is in the range now, in bounded steps; what was set to pending is not found again."""
    total = 0
    begun = SystemClock().now()
    filters = filters._replace(received_to=filters.received_to or begun)
    while True:
        with store.begin() as session:
            done = replay_events(session, organization_id=organization_id, filters=filters)
            if done.count:
                record_audit(
                    session,
                    organization_id=organization_id,
                    actor=ACTOR,
                    action="psp_event.replay_range",
                    subject=organization_id,
                    after={"replayed": done.count, "status": filters.status, "type": filters.type},
                    now=begun,
                )
        total += done.count
        if not done.more:
            return total
        print(f"{total} so far", flush=True)

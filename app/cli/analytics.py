"""`tinko analytics`: recounts the rollups that figures are read from, or holds them against a recount."""

import argparse
from collections.abc import Iterable
from typing import Final

from app.cli.addresses import database
from app.cli.errors import CommandError
from app.db.session import Database
from app.infra.settings import Settings
from app.services.analytics import upkeep

_BATCH: Final = 50_000


def configure(parser: argparse.ArgumentParser) -> None:
    """Describe the command's arguments."""
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    for name, purpose, run in (
        ("rebuild", "make the rollups what a recount says; traffic may go on", _rebuild),
        ("check", "list where the rollups differ from a recount; exit with 1 if they do", _check),
    ):
        action = actions.add_parser(name, help=purpose, description=purpose)
        action.add_argument("--organization", metavar="ORG_ID", help="only this one")
        action.set_defaults(command=run)


def _rebuild(arguments: argparse.Namespace, settings: Settings) -> int:
    with database(settings) as url:
        store = Database(url, pool_size=1)
        try:
            wrong = 0
            for organization_id in _organizations(store, arguments.organization):
                wrong += upkeep.rebuild(store.begin, organization_id=organization_id, batch=_BATCH)
        finally:
            store.dispose()
    print(f"{wrong} rows of the rollups were put right.")
    return 0


def _check(arguments: argparse.Namespace, settings: Settings) -> int:
    with database(settings) as url:
        store = Database(url, pool_size=1)
        try:
            lines = [
                line
                for organization_id in _organizations(store, arguments.organization)
                for line in differences(store, organization_id)
            ]
        finally:
            store.dispose()
    print("\n".join(lines) if lines else "The rollups are what a recount says.")
    return 1 if lines else 0


def differences(store: Database, organization_id: str) -> list[str]:
    """Return a line for each way in which an organization's rollups differ from a recount."""
    found, others = upkeep.check(store.begin, organization_id=organization_id)
    lines = [
        f"{' '.join(str(part) or '-' for part in each.key)}: "
        + ", ".join(f"{name} {missing:+d}" for name, missing in each.missing.items())
        for each in found
    ]
    return lines + [f"{organization_id}: {count} wrong in {name}" for name, count in others.items()]


def _organizations(store: Database, wanted: str | None) -> Iterable[str]:
    if wanted is None:
        return upkeep.every_organization(store.begin)
    with store.begin() as session:
        if not upkeep.is_known(session, organization_id=wanted):
            raise CommandError(f"There is no organization {wanted}.")
    return [wanted]

"""`tinko keys rotate`: after SECRET_KEY was changed, seals everything again that an older key sealed."""

import argparse
import sys

from app.cli.addresses import database
from app.cli.keyring import open_keyring
from app.db.session import Database
from app.infra.settings import Settings
from app.services.keys import BATCH, Rotated, rotate


def configure(parser: argparse.ArgumentParser) -> None:
    """Describe the command's arguments."""
    verbs = parser.add_subparsers(required=True, metavar="VERB")
    rotating = verbs.add_parser("rotate", help="seal everything with the newest SECRET_KEY")
    rotating.add_argument("--batch", type=int, default=BATCH, help="how many values one transaction takes")
    rotating.set_defaults(command=_rotate)


def _rotate(arguments: argparse.Namespace, settings: Settings) -> int:
    with database(settings) as url:
        store = Database(url, pool_size=1)
        try:
            counts = rotate(store.begin, crypto=open_keyring(settings), batch=max(1, arguments.batch))
        finally:
            store.dispose()
    for name, count in counts.items():
        print(f"{name}: {count.resealed} sealed again, {count.unopenable} not to be opened")
    return _verdict(counts)


def _verdict(counts: dict[str, Rotated]) -> int:
    if any(count.unopenable for count in counts.values()):
        print("tinko: some values need a key that is not configured; add it to SECRET_KEYS_PREVIOUS.", file=sys.stderr)
        return 1
    print("Everything is sealed with the newest key; older ones may go from SECRET_KEYS_PREVIOUS.")
    return 0

"""`tinko seed`: writes a believable history into a test organization; `make run` does so for the demo merchant."""

import argparse
import time

from app.cli.addresses import database
from app.cli.errors import CommandError
from app.cli.keyring import open_keyring
from app.db.queries.members import find_user_by_email, organizations_of
from app.db.session import Database
from app.domain.errors import TinkoError
from app.infra.clock import SystemClock
from app.infra.crypto import Crypto
from app.infra.settings import Settings
from app.services.identity.demo import EMAIL
from app.services.seed import Seeded, SeedWish, has_history, seed_history

FEWEST_DAYS = 14
MOST_DAYS = 730
MOST_RECOVERIES = 1_000_000


def configure(parser: argparse.ArgumentParser) -> None:
    """Describe the command's arguments."""
    parser.add_argument("--organization", default=None, metavar="ORG_ID", help="a test one (default: the demo's)")
    parser.add_argument("--recoveries", type=_count, default=600, metavar="N", help="how many (default: 600)")
    parser.add_argument("--days", type=_days, default=60, metavar="D", help="over the last D days (default: 60)")
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="draws another history (default: 1)")
    parser.set_defaults(command=_seed)


def seed_demo_history(*, database_url: str, secret_key: str, organization_id: str, recoveries: int) -> int:
    """Give the demo merchant a history if it has no transaction yet; return how many recoveries were written."""
    store = Database(database_url, pool_size=1)
    try:
        with store.begin() as session:
            if not recoveries or has_history(session, organization_id=organization_id):
                return 0
        seeded = seed_history(
            store.begin,
            crypto=Crypto(secret_key),
            organization_id=organization_id,
            wish=SeedWish(recoveries),
            now=SystemClock().now(),
        )
    finally:
        store.dispose()
    return seeded.recoveries


def _seed(arguments: argparse.Namespace, settings: Settings) -> int:
    wish = SeedWish(arguments.recoveries, arguments.days, arguments.seed)
    crypto = open_keyring(settings)
    with database(settings) as url:
        store = Database(url, pool_size=1)
        try:
            organization_id = arguments.organization or _demo(store)
            _write(store, crypto, organization_id, wish)
        except TinkoError as refused:
            raise CommandError(refused.detail) from None
        finally:
            store.dispose()
    print(f"`tinko analytics check --organization {organization_id}` holds what dashboards show against these rows.")
    return 0


def _write(store: Database, crypto: Crypto, organization_id: str, wish: SeedWish) -> None:
    begun = time.monotonic()

    def tell(so_far: Seeded) -> None:
        if so_far.recoveries % 10_000 == 0:
            print(f"{so_far.recoveries} so far", flush=True)

    now = SystemClock().now()
    seeded = seed_history(store.begin, crypto=crypto, organization_id=organization_id, wish=wish, now=now, tell=tell)
    statuses = ", ".join(f"{count} {status}" for status, count in seeded.statuses.most_common())
    taken = time.monotonic() - begun
    print(f"{seeded.recoveries} recoveries ({statuses}), {seeded.rows} rows in {taken:.1f} s")


def _demo(store: Database) -> str:
    with store.begin() as session:
        user = find_user_by_email(session, email=EMAIL)
        if user is None:
            raise CommandError("there is no demo merchant here; say --organization.")
        return next(each.id for each, _ in organizations_of(session, user_id=user.id) if each.mode == "test")


def _count(text: str) -> int:
    return _between(text, 1, MOST_RECOVERIES)


def _days(text: str) -> int:
    return _between(text, FEWEST_DAYS, MOST_DAYS)


def _between(text: str, low: int, high: int) -> int:
    if not (text.isascii() and text.isdigit() and low <= int(text) <= high):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from {low} to {high}")
    return int(text)

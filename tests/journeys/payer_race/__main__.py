"""`python -m tests.journeys.payer_race --rounds 200`: payers and retries at the same moment, with kill -9."""

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from tests.conftest import TEMPLATE, Servers, create_database, ensure_template
from tests.journeys.payer_race.race import Race, Result, random_seed


def summary(result: Result) -> str:
    """Return a run as a table for people."""
    rows: list[tuple[str, object]] = [("rounds", result.rounds)]
    rows += [(f"  {end}", count) for end, count in sorted(result.ends.items())]
    rows.append(("duplicate captures, refunded and listed", result.duplicates))
    rows.append(("killed with -9", sum(result.killed.values())))
    rows += [(f"  {name}", count) for name, count in result.killed.items() if count]
    rows += [(f"payer {way}", count) for way, count in sorted(result.payers.items())]
    rows += [(f"seconds: {what}", f"{seconds:.1f}") for what, seconds in result.seconds.items()]
    lines = [f"{name:<52}{value!s:>12}" for name, value in rows]
    wrong = [f"WRONG: {sentence}" for sentence in result.wrong]
    return "\n".join([*lines, *(wrong or ["Nobody has paid twice, and the books agree."])])


def main() -> int:
    """Start throw-away servers, run the race, print the table; 1 if anything was wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.journeys.payer_race", description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--seed", type=int, default=None)
    given = parser.parse_args()
    seed = random_seed() if given.seed is None else given.seed
    servers, folder = Servers(), Path(tempfile.mkdtemp(prefix="tinko-race-"))
    try:
        postgres_url = servers.postgres_url()
        ensure_template(postgres_url)
        database_url = create_database(postgres_url, "tinko_race", template=TEMPLATE)
        redis_url = servers.redis_url().replace("db=0", "db=1")
        result = Race(given.rounds, seed=seed, database_url=database_url, redis_url=redis_url, folder=folder).race()
    finally:
        servers.stop()
    print(f"seed {seed}, logs in {folder}")
    print(summary(result))
    if result.wrong:
        return 1
    shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())

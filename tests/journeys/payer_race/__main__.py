"""`python -m tests.journeys.payer_race --rounds 200`: payers and retries at the same moment, with kill -9."""

import argparse
import sys

from tests.journeys.fault_injection.by_hand import table, tell, throw_away
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
    return table(rows, wrong=result.wrong, else_say="Nobody has paid twice, and the books agree.")


def main() -> int:
    """Start throw-away servers, run the race, print the table; 1 if anything was wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.journeys.payer_race", description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--seed", type=int, default=None)
    given = parser.parse_args()
    seed = random_seed() if given.seed is None else given.seed
    with throw_away("race") as place:
        result = Race(given.rounds, seed=seed, **place._asdict()).race()
    return tell(seed, place.folder, summary(result), wrong=result.wrong)


if __name__ == "__main__":
    sys.exit(main())

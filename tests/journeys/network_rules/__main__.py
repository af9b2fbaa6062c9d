"""`python -m tests.journeys.network_rules --attempts 1000000 --seed 1`: plan and charge by chance, and check."""

import argparse
import itertools
import sys
import time
from collections import Counter

from tests.journeys.network_rules.life import Life


def main() -> int:
    """Live lives until so many charges were planned, print what was seen; 1 if a rule was broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.journeys.network_rules", description=__doc__)
    parser.add_argument("--attempts", type=int, default=100_000, help="planned charges (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    seen: Counter[str] = Counter()
    rules: Counter[str] = Counter()
    began = time.monotonic()
    for seed in itertools.count(given.seed * 1_000_000_000):
        life = Life(seed)
        wrong = life.run()
        seen.update(lives=1, planned=life.planned, charged=life.made, deferred=life.deferred, links=life.links)
        rules.update(life.rules)
        if wrong:
            print(f"WRONG in life {seed}: {wrong[0]}")
            return 1
        if seen["planned"] >= given.attempts:
            break
    for name, count in [*seen.items(), *((f"  {rule} spoke", n) for rule, n in sorted(rules.items()))]:
        print(f"{name:<40}{count:>12,}")
    print(f"{'seconds':<40}{time.monotonic() - began:>12.1f}")
    print("No rule was broken.")
    return 0


if __name__ == "__main__":
    sys.exit(main())

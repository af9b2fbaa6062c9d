"""`python -m tests.journeys.fault_injection --recoveries 5000 --seed 1`: break everything, and compare the books."""

import argparse
import sys
import time

from tests.journeys.fault_injection.by_hand import table, tell, throw_away
from tests.journeys.fault_injection.course import Course, Plan, Report


def summary(report: Report) -> str:
    """Return a run as a table for people."""
    verdict, rows = report.verdict, []
    rows.append(("recoveries", len(report.reporter.answers)))
    rows += [(f"  {end}", count) for end, count in sorted(verdict.ends.items())]
    rows.append(("attempts", verdict.attempts))
    rows.append(("killed with -9", sum(report.killed.values())))
    rows += [(f"  {name}", count) for name, count in report.killed.items()]
    rows.append(("reports sent again by merchants", report.reporter.retries))
    rows.append(("  answered from memory", report.reporter.replayed))
    rows.append(("clock moves by the API", report.moves))
    rows.append(("outcomes that were unknown", verdict.told["outcome_unknown"]))
    rows.append(("attempts sent again under their key", verdict.told["attempt_sent_again"]))
    rows.append(("calls held back by breakers or rates", verdict.told["attempt_deferred"]))
    rows += [(f"webhooks {status}", count) for status, count in sorted(verdict.webhooks.items())]
    rows.append(("duplicate captures, refunded", verdict.told["duplicate_refunded"]))
    rows.append(("captures in both books", verdict.captures))
    rows.append(("minor units in both books", verdict.money))
    rows += [(f"seconds: {what}", f"{seconds:.1f}") for what, seconds in report.seconds.items()]
    return table(rows, wrong=verdict.wrong, else_say="Nobody was charged twice, and the books agree.")


def main() -> int:
    """Start throw-away servers, run the course, print the table; 1 if anything was wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.journeys.fault_injection", description=__doc__)
    parser.add_argument("--recoveries", type=int, default=300)
    parser.add_argument("--seed", type=int, default=int(time.monotonic()))
    parser.add_argument("--kills", type=int, default=None, help="default: one for every 30 recoveries, at least 10")
    parser.add_argument("--shops", type=int, default=5, help="merchants (default: %(default)s)")
    parser.add_argument("--patience", type=float, default=None, help="seconds to come to rest in")
    given = parser.parse_args()
    plan = Plan(
        recoveries=given.recoveries,
        seed=given.seed,
        kills=given.kills or max(10, given.recoveries // 30),
        shops=given.shops,
        patience_seconds=given.patience or max(120.0, given.recoveries / 5),
    )
    with throw_away("faults") as place:
        report = Course(plan, **place._asdict()).run()
    return tell(plan.seed, place.folder, summary(report), wrong=report.verdict.wrong)


if __name__ == "__main__":
    sys.exit(main())

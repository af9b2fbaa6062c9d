"""`python -m tests.journeys.webhook_storm --webhooks 10000 --seed 1`: shuffle, repeat, lose and kill; compare books."""

import argparse
import sys
import time

from tests.journeys.fault_injection.by_hand import table, tell, throw_away
from tests.journeys.webhook_storm.course import Storm, StormPlan, StormReport
from tests.journeys.webhook_storm.merchants import PROVIDERS


def summary(report: StormReport) -> str:
    """Return a storm as a table for people."""
    verdict, sent = report.verdict, report.sent
    rows: list[tuple[str, object]] = [
        ("orders", report.orders),
        ("webhooks that the provider wrote", sent.written),
        ("  before the first was sent", report.first),
        ("  good news among them", sent.good_news),
        ("  good news lost on the way", sent.lost),
        ("webhooks sent", sum(sent.copies.values())),
        *((f"  {copies} times", count) for copies, count in sorted(sent.copies.items())),
        ("posts answered with 200", sent.posts),
        ("posts that met no Tinko, and were repeated", sent.refused),
        ("distinct webhooks answered with 200", len(sent.heard)),
        ("  lost", verdict.told["events lost"]),
        *((f"  {status}", count) for status, count in sorted(verdict.webhooks.items())),
        ("payments captured late", report.late),
        ("killed with -9", sum(report.killed.values())),
        *((f"  {name}", count) for name, count in report.killed.items()),
        ("payments read by walks", report.read[0]),
        ("  opened, repaired by them", f"{report.read[1]}, {report.read[2]}"),
        ("  repaired before anything was retried", report.repaired_first),
        ("recoveries", sum(verdict.ends.values())),
        *((f"  {end}", count) for end, count in sorted(verdict.ends.items())),
        *((what, count) for what, count in sorted(verdict.told.items()) if what.startswith("recovered via") and count),
        ("failure events", verdict.told["failure events"]),
        ("attempts", verdict.attempts),
        ("outcomes that were unknown", verdict.told["outcome_unknown"]),
        ("duplicate captures, refunded", verdict.told["duplicate_refunded"]),
        ("captures in both books", verdict.captures),
        ("minor units in both books", verdict.money),
        *((f"seconds: {what}", f"{seconds:.1f}") for what, seconds in report.seconds.items()),
    ]
    return table(rows, wrong=verdict.wrong, else_say="Nothing was lost, nothing happened twice, and the books agree.")


def main() -> int:
    """Start throw-away servers, let it storm, print the table; 1 if anything was wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.journeys.webhook_storm", description=__doc__)
    parser.add_argument("--webhooks", type=int, default=1000, help="there before the first is sent (%(default)s)")
    parser.add_argument("--seed", type=int, default=int(time.monotonic()))
    parser.add_argument("--psp", choices=sorted(PROVIDERS), default="stripe")
    parser.add_argument("--kills", type=int, default=None, help="default: one for every 400 webhooks, at least 10")
    parser.add_argument("--shops", type=int, default=8, help="merchants (default: %(default)s)")
    parser.add_argument("--patience", type=float, default=None, help="seconds to come to rest in")
    given = parser.parse_args()
    plan = StormPlan(
        webhooks=given.webhooks,
        seed=given.seed,
        psp=given.psp,
        kills=given.kills or max(10, given.webhooks // 400),
        shops=given.shops,
        patience_seconds=given.patience or max(180.0, given.webhooks / 10),
    )
    with throw_away("storm") as place:
        report = Storm(plan, **place._asdict()).run()
    return tell(plan.seed, place.folder, summary(report), wrong=report.verdict.wrong)


if __name__ == "__main__":
    sys.exit(main())

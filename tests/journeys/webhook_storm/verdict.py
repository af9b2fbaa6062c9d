"""Every recovery held against the provider's books; every webhook that was answered, looked for."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from app.bootstrap import Container
from tests.journeys.fault_injection.merchants import Shop
from tests.journeys.fault_injection.verdict import Verdict
from tests.journeys.webhook_storm.courier import Sent
from tests.journeys.webhook_storm.merchants import Till

_RECOVERIES = text("""
    SELECT t.transaction_ref, r.status, r.recovered_via, r.needs_attention,
           (SELECT count(*) FROM recoveries o WHERE o.transaction_id = t.id) AS recoveries,
           (SELECT array_agg(a.kind || ':' || a.status ORDER BY a.number) FROM attempts a WHERE a.recovery_id = r.id)
               AS attempts
    FROM transactions t JOIN recoveries r ON r.transaction_id = t.id WHERE t.organization_id = :id
""")
_CHARGES = text("SELECT psp_payment_id, amount, status, is_duplicate FROM charges WHERE organization_id = :id")
_FAILURES = text("SELECT psp_payment_id, count(*) FROM failure_events WHERE organization_id = :id GROUP BY 1")
_EVENTS = text("SELECT psp_account_id, event_id, status, error FROM psp_events WHERE organization_id = :id")
_LEDGER = text("""
    SELECT l.account, sum(l.debit - l.credit)::bigint FROM ledger_lines l JOIN ledger_entries e ON e.id = l.entry_id
    WHERE e.organization_id = :id GROUP BY l.account
""")
_TOLD = text("SELECT what, count(*) FROM timeline WHERE organization_id = :id GROUP BY what")
_OVER = {"recovered", "exhausted"}


@dataclass
class Ours:
    """What Tinko wrote down of one merchant."""

    recoveries: dict[str, Any]
    charges: list[Any]
    failures: dict[str, int]
    events: list[Any]
    ledger: dict[str, int]


def judge(container: Container, till: Till, shops: list[Shop], sent: Sent, *, ended: bool) -> Verdict:
    """Look at every merchant once nothing moves any more; `wrong` has a sentence for everything that must not be.

    With `ended` all windows are over, so that nothing is open.
    """
    verdict = Verdict()
    stored: set[tuple[str, str]] = set()
    for shop in shops:
        ours, books = _read(container, shop, verdict), till.books(shop)
        _judge_events(verdict, ours)
        stored |= {(event.psp_account_id, event.event_id) for event in ours.events}
        _judge_recoveries(verdict, shop, ours, books, ended=ended)
        _judge_failures(verdict, ours, books)
        _judge_money(verdict, shop, ours, books)
    verdict.told["events lost"] = len(sent.heard - stored)
    lost, strange = len(sent.heard - stored), len(stored - sent.heard)
    verdict.expect(not lost, f"{lost} events were answered with 200 and are lost")
    verdict.expect(not strange, f"{strange} events are stored that were never answered with 200")
    return verdict


def _read(container: Container, shop: Shop, verdict: Verdict) -> Ours:
    with container.database.begin() as session:

        def rows(statement) -> list[Any]:
            return list(session.execute(statement, {"id": shop.id}))

        found = rows(_RECOVERIES)
        verdict.expect(len({row.transaction_ref for row in found}) == len(found), f"{shop.id}: two recoveries of one")
        verdict.told.update({row[0]: row[1] for row in rows(_TOLD)})
        return Ours(
            recoveries={row.transaction_ref: row for row in found},
            charges=rows(_CHARGES),
            failures={row[0]: row[1] for row in rows(_FAILURES)},
            events=rows(_EVENTS),
            ledger={row[0]: row[1] for row in rows(_LEDGER)},
        )


def _judge_events(verdict: Verdict, ours: Ours) -> None:
    verdict.webhooks.update(event.status for event in ours.events)
    for event in ours.events:
        verdict.expect(event.status in {"processed", "ignored"}, f"{event.event_id} is {event.status}: {event.error}")
    names = Counter((event.psp_account_id, event.event_id) for event in ours.events)
    verdict.expect(all(times == 1 for times in names.values()), "an event was stored twice")


def _judge_recoveries(verdict: Verdict, shop: Shop, ours: Ours, books: list[dict[str, Any]], *, ended: bool) -> None:
    """Recovered if and only if the provider has the money, once; and every failure that stayed one is known."""
    kept = Counter(line["transaction_ref"] for line in books if line["status"] == "captured")
    failed = {line["transaction_ref"] for line in books if line["status"] == "declined" and not line["attempt_id"]}
    unknown = failed - ours.recoveries.keys()
    verdict.expect(not unknown, f"{shop.id}: failures that nobody knows: {sorted(unknown)[:5]}")
    for ref, times in kept.items():
        verdict.expect(times == 1, f"{ref}: {times} captures that were not given back")
    for ref, row in ours.recoveries.items():
        verdict.ends[row.status] += 1
        verdict.attempts += len(row.attempts or ())
        verdict.told[f"recovered via {row.recovered_via}"] += row.status == "recovered"
        story = f"{ref} ({shop.tokens.get(ref)}) is {row.status}, kept {kept[ref]}: {row.attempts}"
        verdict.expect(row.recoveries == 1 and row.status in (_OVER if ended else _OVER | {"open"}), story)
        verdict.expect((row.status == "recovered") == (kept[ref] > 0), story)


def _judge_failures(verdict: Verdict, ours: Ours, books: list[dict[str, Any]]) -> None:
    """A decline is one failure event; one that was followed by another may have been read too late to be one."""
    theirs = {line["id"]: line for line in books}
    verdict.told["failure events"] += sum(ours.failures.values())
    verdict.told["declines past Tinko"] += sum(
        line["tries"] for line in books if line["status"] == "declined" and not line["attempt_id"]
    )
    for payment_id, line in theirs.items():
        times = ours.failures.get(payment_id, 0)
        most = 0 if line["attempt_id"] else line["tries"]
        least = 1 if most and line["status"] == "declined" else 0
        told = f"{payment_id} ({line['status']}) was declined {line['tries']} times and is {times} failure events"
        verdict.expect(least <= times <= most, told)
    strangers = ours.failures.keys() - theirs.keys()
    verdict.expect(not strangers, f"failure events of no payment: {sorted(map(str, strangers))[:5]}")


def _judge_money(verdict: Verdict, shop: Shop, ours: Ours, books: list[dict[str, Any]]) -> None:
    """The charges of what was ever to be recovered, and their sum, are what the provider has."""
    theirs: dict[str, tuple[int, str]] = {}
    by_ref: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for line in books:
        by_ref[line["transaction_ref"]].append(line)
    for ref in ours.recoveries:
        moved = [line for line in by_ref[ref] if line["status"] in {"captured", "refunded"}]
        theirs |= {line["id"]: (line["amount"], line["status"]) for line in moved}
    booked = {charge.psp_payment_id: (charge.amount, charge.status) for charge in ours.charges}
    verdict.expect(len(booked) == len(ours.charges), f"{shop.id}: a payment was booked twice")
    for payment in sorted(theirs.keys() | booked.keys()):
        told = f"{shop.id}: {payment} is {theirs.get(payment)} at the provider and {booked.get(payment)} here"
        verdict.expect(theirs.get(payment) == booked.get(payment), told)
    money = sum(amount for amount, status in theirs.values() if status == "captured")
    for account, balance in {"psp_clearing": money, "recovered_revenue": -money, "duplicate_refunds": 0}.items():
        told = f"{shop.id}: {account} is {ours.ledger.get(account, 0)}, and by the provider's books {balance}"
        verdict.expect(ours.ledger.get(account, 0) == balance, told)
    verdict.captures += len(theirs)
    verdict.money += money

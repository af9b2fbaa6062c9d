"""Tinko's books held against the sandbox's, and every recovery asked for its end or its reason."""

from collections import Counter
from dataclasses import dataclass, field

from sqlalchemy import text

from app.bootstrap import Container
from tests.journeys.fault_injection.merchants import Shop, every_charge

_RECOVERIES = text("""
    SELECT t.transaction_ref, r.status, r.needs_attention, r.charges_made,
           (SELECT count(*) FROM failure_events e WHERE e.transaction_id = t.id) AS events,
           (SELECT count(*) FROM recoveries o WHERE o.transaction_id = t.id) AS recoveries,
           (SELECT array_agg(a.kind || ':' || a.status ORDER BY a.number) FROM attempts a WHERE a.recovery_id = r.id)
               AS attempts
    FROM transactions t JOIN recoveries r ON r.transaction_id = t.id WHERE t.organization_id = :id
""")
_CHARGES = text("SELECT psp_payment_id, amount, status FROM charges WHERE organization_id = :id")
_LEDGER = text("""
    SELECT l.account, sum(l.debit - l.credit)::bigint FROM ledger_lines l JOIN ledger_entries e ON e.id = l.entry_id
    WHERE e.organization_id = :id GROUP BY l.account
""")
_TOLD = text("SELECT what, count(*) FROM timeline WHERE organization_id = :id GROUP BY what")
_WEBHOOKS = text("SELECT status, count(*) FROM psp_events WHERE organization_id = :id GROUP BY status")
# A provider's passing trouble costs no retry, so these end as their token says, whoever dies.
_PAYS = {"pm_sandbox_ok", "pm_sandbox_recovers_on_2", "pm_sandbox_timeout_charged"}
_NEVER_PAYS = {
    "pm_sandbox_insufficient_funds",
    "pm_sandbox_timeout_not_charged",
    "pm_sandbox_rate_limited",
    "pm_sandbox_down",
    "pm_sandbox_hard_decline",
    "pm_sandbox_requires_action",
}


@dataclass
class Verdict:
    """What was found; `wrong` holds a sentence for everything that must not be."""

    wrong: list[str] = field(default_factory=list)
    ends: Counter[str] = field(default_factory=Counter)
    told: Counter[str] = field(default_factory=Counter)
    webhooks: Counter[str] = field(default_factory=Counter)
    captures: int = 0
    money: int = 0
    attempts: int = 0

    def expect(self, holds: bool, what: str) -> None:  # noqa: FBT001  (reads like an assert)
        if not holds:
            self.wrong.append(what)


def judge(container: Container, shops: list[Shop], *, ended: bool) -> Verdict:
    """Look at every merchant; with `ended` all windows are over, so nothing is open and nothing is owed."""
    verdict = Verdict()
    for shop in shops:
        with container.database.begin() as session:
            recoveries = session.execute(_RECOVERIES, {"id": shop.id}).all()
            charges = session.execute(_CHARGES, {"id": shop.id}).all()
            ledger = {row[0]: row[1] for row in session.execute(_LEDGER, {"id": shop.id})}
            verdict.told.update({row[0]: row[1] for row in session.execute(_TOLD, {"id": shop.id})})
            verdict.webhooks.update({row[0]: row[1] for row in session.execute(_WEBHOOKS, {"id": shop.id})})
        books = every_charge(container, shop)
        _judge_captures(verdict, books)
        _judge_ends(verdict, shop, recoveries, ended=ended)
        if ended:
            _judge_totals(verdict, shop, books, charges, ledger)
            recovered = sum(row.status == "recovered" for row in recoveries)
            paid = sum(charge.status == "captured" for charge in charges)
            verdict.expect(recovered == paid, f"{shop.id}: {recovered} recovered, {paid} paid")
    return verdict


def _judge_ends(verdict: Verdict, shop: Shop, recoveries, *, ended: bool) -> None:
    refs = Counter(row.transaction_ref for row in recoveries)
    verdict.expect(set(refs) == set(shop.tokens), f"{shop.id}: reported and recorded transactions differ")
    for row in recoveries:
        ref, token = row.transaction_ref, shop.tokens.get(row.transaction_ref, "")
        once = f"{ref}: {row.events} events, {row.recoveries} recoveries"
        verdict.expect((row.events, row.recoveries) == (1, 1), once)
        end = row.status if row.status != "open" else f"open: {_why_open(row)}"
        verdict.ends[end] += 1
        verdict.attempts += len(row.attempts or ())
        story = f"{ref} ({token}) is {end}: {row.attempts}"
        verdict.expect(end != "open: no reason", story)
        verdict.expect(not (ended and row.status == "open"), story)
        verdict.expect(not (token in _NEVER_PAYS and row.status == "recovered"), story)
        verdict.expect(not (token in _PAYS and ended and row.status != "recovered"), story)


def _why_open(row) -> str:
    attempts = row.attempts or []
    if "link:scheduled" in attempts:
        return "the payer was asked by a link"
    if "charge:scheduled" in attempts:
        return "a retry is planned"
    if {"charge:executing", "charge:unknown"} & set(attempts):
        return "a charge is looked into"
    return f"a person must look ({row.needs_attention})" if row.needs_attention else "no reason"


def _judge_captures(verdict: Verdict, books) -> None:
    kept = Counter(line["transaction_ref"] for line in books if line["status"] == "captured")
    for ref, times in kept.items():
        verdict.expect(times == 1, f"{ref}: {times} captures that were not refunded")


def _judge_totals(verdict: Verdict, shop: Shop, books, charges, ledger) -> None:
    moved = {"captured", "refunded"}
    theirs = {line["id"]: (line["amount"], line["status"]) for line in books if line["status"] in moved}
    ours = {charge.psp_payment_id: (charge.amount, charge.status) for charge in charges}
    for payment in sorted(theirs.keys() | ours.keys()):
        told = f"{shop.id}: {payment} is {theirs.get(payment)} at the sandbox and {ours.get(payment)} here"
        verdict.expect(theirs.get(payment) == ours.get(payment), told)
    money = sum(amount for amount, status in theirs.values() if status == "captured")
    expected = {"psp_clearing": money, "recovered_revenue": -money, "duplicate_refunds": 0}
    for account, balance in expected.items():
        told = f"{shop.id}: {account} is {ledger.get(account, 0)}, and by the sandbox's books {balance}"
        verdict.expect(ledger.get(account, 0) == balance, told)
    verdict.captures += len(theirs)
    verdict.money += money

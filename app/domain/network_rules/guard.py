"""The one guard: may this charge be made at that time, and if not, from when on?

It is asked when a step is planned, when a person wants a charge, and again in the transaction that claims
one. It reads no clock and no database: the same facts give the same answer.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from app.domain.network_rules.facts import Budget, ChargeFacts, History, Hold, Level
from app.domain.network_rules.packs import Shelf, fee_of, shelf_of
from app.domain.network_rules.rules import Enforce, Rule

_EVER: Final = datetime.max.replace(tzinfo=UTC)
_FAMILIES: Final = {"generic:ACH_": "ach", "generic:SEPA_": "sepa"}


@dataclass(frozen=True, slots=True)
class Slot:
    """The first lawful moment for a charge, None if there is none; `holds` are the rules that moved or forbid it."""

    at: datetime | None
    holds: tuple[Hold, ...]


def hold(charge: ChargeFacts, history: History, *, at: datetime, level: Level) -> Hold | None:
    """Return the rule that forbids a charge at that time for longest, None if it is allowed."""
    charge = _on_its_rail(charge, history)
    holds = _holds(charge, history, at=at, level=level)
    return max(holds, key=_ends, default=None)


def first_lawful(charge: ChargeFacts, history: History, *, at: datetime, level: Level) -> Slot:
    """Return the first moment from `at` on that every rule allows, as far as is known now."""
    charge = _on_its_rail(charge, history)
    met: dict[str, Hold] = {}
    # Each round goes forward in time, past a rule that ends; what was tried before ends some time.
    while True:
        holds = sorted(_holds(charge, history, at=at, level=level), key=_ends)
        if not holds:
            return Slot(at, tuple(met.values()))
        until = holds[-1].until
        if until is None:
            return Slot(None, tuple(held for held in holds if held.until is None))
        at = until
        for held in holds:
            # The one that decides comes last.
            met.pop(held.rule_id, None)
            met[held.rule_id] = held


def _ends(held: Hold) -> datetime:
    return held.until or _EVER


def budgets(charge: ChargeFacts, history: History, *, at: datetime) -> tuple[Budget, ...]:
    """Return what each rule that concerns a charge has left, and each that forbids it now."""
    charge = _on_its_rail(charge, history)
    shelf = shelf_of(charge, at=at)
    near = _is_near(shelf, charge, history, at=at)
    listed = []
    for rule in (*shelf.rules, *shelf.near):
        left = rule.budget(charge, history, at=at)
        if left is not None:
            blocks = left.blocks and (near or rule.enforce is not Enforce.NEAR)
            fee = fee_of(rule.rule_id, region=charge.region, at=at)
            listed.append(replace(left, blocks=blocks, fee=fee))
    return tuple(listed)


def _holds(charge: ChargeFacts, history: History, *, at: datetime, level: Level) -> Iterable[Hold]:
    shelf = shelf_of(charge, at=at)
    rules: Iterable[Rule] = shelf.rules
    if 2 * len(history) < shelf.least and not any(past.marks for past in history):
        rules = shelf.quiet
    if level is Level.STOP:
        rules = (rule for rule in rules if rule.enforce is not Enforce.SOFT)
    elif _is_near(shelf, charge, history, at=at):
        rules = (*rules, *shelf.near)
    for rule in rules:
        held = rule.hold(charge, history, at=at, level=level)
        if held is not None:
            yield held


def _is_near(shelf: Shelf, charge: ChargeFacts, history: History, *, at: datetime) -> bool:
    """Tell whether half of what plans may use of a known scheme's limit is used."""
    if charge.scheme is None or 2 * len(history) < shelf.least:
        return False
    return any(2 * len(rule.counted(charge, history, at=at)) >= rule.plan for rule in shelf.limits)


def _on_its_rail(charge: ChargeFacts, history: History) -> ChargeFacts:
    """Fill in a rail that nobody named: the codes that came back may tell, else it is taken for a card."""
    if charge.rail is not None:
        return charge
    marks = {mark for past in history for mark in past.marks}
    told = (rail for family, rail in _FAMILIES.items() if any(mark.startswith(family) for mark in marks))
    return replace(charge, rail=next(told, "card"))

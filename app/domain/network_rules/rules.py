"""What every rule has: what it concerns, from when to when, and what it says of a charge at one time.

The kinds stand in `codes` (what networks said forbids or delays) and `limits` (numbers, hours and amounts).
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.domain.network_rules.facts import Budget, ChargeFacts, History, Hold, Level, Past


class Enforce(StrEnum):
    """Whom a rule binds."""

    HARD = "hard"
    """Everybody."""
    COST = "cost"
    """Everybody at its stop, where the network's fees begin; plans earlier."""
    SOFT = "soft"
    """Plans."""
    NEAR = "near"
    """Plans, once half of what plans may use of another limit is used."""
    INFO = "info"
    """Nobody; it says what something costs."""


class Scope(StrEnum):
    """Which earlier charges of the instrument a rule looks at."""

    INSTRUMENT = "instrument"
    """All at this merchant."""
    AMOUNT = "amount"
    """Those of the same amount."""
    TRANSACTION = "transaction"
    """Those for the same transaction: for one authentication, or one cycle of a mandate."""
    ENTRY = "entry"
    """As `transaction`, and the amount may not change."""
    OURS = "ours"
    """Those for the same transaction that Tinko made."""

    def of(self, charge: ChargeFacts, history: History) -> Iterable[Past]:
        """Return the earlier charges that are in scope."""
        if self is Scope.INSTRUMENT:
            return history
        if self is Scope.AMOUNT:
            money = charge.amount, charge.currency
            return (past for past in history if (past.amount, past.currency) == money)
        mine = (past for past in history if past.transaction_id == charge.transaction_id)
        return (past for past in mine if past.ours) if self is Scope.OURS else mine


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rule(ABC):
    """What all rules have. Empty sets of schemes, rails, regions or `mccs` concern all of them.

    `since` and `until` bound the times of the attempts that this version of the rule is about.
    """

    rule_id: str
    title: str
    source: str
    conf: str
    enforce: Enforce
    schemes: frozenset[str]
    rails: frozenset[str]
    regions: frozenset[str]
    mandate: bool
    mccs: frozenset[str]
    other_mccs: bool
    since: datetime | None
    until: datetime | None

    def concerns(self, charge: ChargeFacts) -> bool:
        """Tell whether the rule is about such charges; a card of an unknown scheme may be any scheme's."""
        if self.mandate and not charge.mandate:
            return False
        if self.rails and charge.rail not in self.rails:
            return False
        if self.schemes and charge.scheme is not None and charge.scheme not in self.schemes:
            return False
        if self.regions and charge.region not in self.regions:
            return False
        return not self.mccs or (charge.mcc in self.mccs) is not self.other_mccs

    def in_force(self, at: datetime) -> bool:
        """Tell whether this version holds for an attempt at that time."""
        return (self.since is None or self.since <= at) and (self.until is None or at < self.until)

    def hold(self, charge: ChargeFacts, history: History, *, at: datetime, level: Level) -> Hold | None:
        """Return what forbids the charge at that time, if this rule does."""
        return self._hold(charge, history, at, level)

    def budget(self, charge: ChargeFacts, history: History, *, at: datetime) -> Budget | None:
        """Return what is left at that time; None where there is nothing to count and nothing forbidden."""
        return self._budget(charge, history, at)

    @abstractmethod
    def _hold(self, charge: ChargeFacts, history: History, at: datetime, level: Level) -> Hold | None:
        """Say what `hold` says."""

    def _budget(self, charge: ChargeFacts, history: History, at: datetime) -> Budget | None:
        held = self._hold(charge, history, at, Level.STOP)
        return None if held is None else self._left(used=1, cap=0, plan=0, resets_at=held.until, blocks=True)

    def _held(self, until: datetime | None) -> Hold:
        return Hold(self.rule_id, self.title, self.source, until)

    def _left(self, *, used: int, cap: int, plan: int, resets_at: datetime | None, blocks: bool) -> Budget:
        return Budget(
            self.rule_id,
            self.title,
            self.enforce,
            used,
            cap,
            plan,
            window_seconds=None,
            resets_at=resets_at,
            blocks=blocks,
            source=self.source,
        )

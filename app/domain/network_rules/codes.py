"""Rules that hang on codes which came back: charges that are forbidden for good, for a while, or not yet."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.domain.network_rules.facts import ChargeFacts, History, Hold, Level
from app.domain.network_rules.rules import Rule, Scope


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NeverRule(Rule):
    """After one of these codes, no charge: for `lasting`, or for good."""

    codes: frozenset[str]
    scope: Scope
    lasting: timedelta | None

    def _hold(self, charge: ChargeFacts, history: History, at: datetime, level: Level) -> Hold | None:
        del level
        said = [past.at for past in self.scope.of(charge, history) if past.marks & self.codes]
        if not said:
            return None
        if self.lasting is None:
            return self._held(None)
        ends = max(said) + self.lasting
        return self._held(ends) if at < ends else None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OnlyRule(Rule):
    """Of the codes of one family, only these allow another charge."""

    codes: frozenset[str]
    family: str
    scope: Scope

    def forbids(self, mark: str) -> bool:
        """Tell whether a code forbids another charge."""
        return mark.startswith(self.family) and mark not in self.codes

    def _hold(self, charge: ChargeFacts, history: History, at: datetime, level: Level) -> Hold | None:
        del at, level
        said = any(self.forbids(mark) for past in self.scope.of(charge, history) for mark in past.marks)
        return self._held(None) if said else None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WaitRule(Rule):
    """After one of these codes, no charge for a while."""

    codes: frozenset[str]
    scope: Scope
    wait: timedelta

    def _hold(self, charge: ChargeFacts, history: History, at: datetime, level: Level) -> Hold | None:
        del level
        said = [past.at for past in self.scope.of(charge, history) if past.marks & self.codes]
        ends = max(said) + self.wait if said else at
        return self._held(ends) if at < ends else None

"""An organization's rules made ready to be held against failures, by the ten thousand a second."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from app.domain.classification import classify
from app.domain.own_rules.failure import WORDS, Failure, as_read, word_of
from app.domain.own_rules.judge import Judged, judge
from app.domain.own_rules.terms import Match, OwnRule, rule_from_settings

_LONGEST_MESSAGE: Final = 2000


class _Ready(NamedTuple):
    """A rule's conditions in the form that they are compared in."""

    rule: OwnRule
    words: tuple[tuple[str, str], ...]
    part: str | None
    parts: tuple[str, ...] | None
    least: int | None
    most: int | None


@dataclass(frozen=True, slots=True)
class Rulebook:
    """All rules of one organization, in order, in one version."""

    rules: tuple[OwnRule, ...] = ()
    version: int = 0
    _ready: tuple[_Ready, ...] = field(init=False, repr=False, compare=False, default=())
    _fields: tuple[str, ...] = field(init=False, repr=False, compare=False, default=())

    def __post_init__(self) -> None:
        """Make the enabled rules ready."""
        ready = tuple(_made_ready(rule) for rule in self.rules if rule.enabled)
        asked = {name for each in ready for name, _ in each.words}
        object.__setattr__(self, "_ready", ready)
        object.__setattr__(self, "_fields", tuple(name for name in WORDS if name in asked))

    def __bool__(self) -> bool:
        """Tell whether any rule is enabled."""
        return bool(self._ready)

    def first(self, failure: Failure) -> OwnRule | None:
        """Return the first enabled rule that a failure fits; None if there is none."""
        if not self._ready:
            return None
        said = {name: word_of(name, failure) for name in self._fields}
        message = (failure.signals.message or "")[:_LONGEST_MESSAGE].casefold()
        return next((each.rule for each in self._ready if _fits(each, failure, said, message)), None)

    def classify(self, failure: Failure) -> Judged:
        """Return why a payment failed, by these rules and the tables: see `judge`."""
        base = classify(failure.signals)
        rule = self.first(failure)
        return Judged(base) if rule is None else judge(rule, base, version=self.version)

    def with_draft(self, draft: OwnRule, *, position: int | None) -> "Rulebook":
        """Return the rules with one more, at that place (from 0; at the end if None), or in its own old place."""
        others = [rule for rule in self.rules if rule.id != draft.id]
        if position is None:
            position = next((n for n, rule in enumerate(self.rules) if rule.id == draft.id), len(others))
        others.insert(position, draft)
        return Rulebook(tuple(others), self.version)


NO_RULES: Final = Rulebook()


def rulebook_from_settings(rules: Sequence[Mapping[str, Any]] | None, *, version: int) -> Rulebook:
    """Read an organization's rules from plain JSON values."""
    return Rulebook(tuple(map(rule_from_settings, rules)), version) if rules else NO_RULES


def _made_ready(rule: OwnRule) -> _Ready:
    match = rule.match
    return _Ready(
        rule=rule,
        words=tuple(_words(match)),
        part=match.message_contains.casefold() if match.message_contains else None,
        parts=tuple(match.message_like.casefold().split("*")) if match.message_like else None,
        least=match.min_amount,
        most=match.max_amount,
    )


def _words(match: Match) -> Iterable[tuple[str, str]]:
    for name in WORDS:
        value = getattr(match, name)
        if value:
            yield name, as_read(name, value)


def _fits(ready: _Ready, failure: Failure, said: Mapping[str, str | None], message: str) -> bool:
    for name, word in ready.words:
        if said[name] != word:
            return False
    if ready.part is not None and ready.part not in message:
        return False
    if ready.parts is not None and not is_like(message, ready.parts):
        return False
    if ready.least is None and ready.most is None:
        return True
    amount = failure.amount
    if amount is None or (ready.least is not None and amount < ready.least):
        return False
    return ready.most is None or amount <= ready.most


def is_like(text: str, parts: Sequence[str]) -> bool:
    """Tell whether a text is those parts in order, with anything between them.

    Each part is taken at the first place where it stands, and never looked for again: the time grows with the
    text and the parts, whatever they are.
    """
    if len(parts) == 1:
        return text == parts[0]
    first, *middle, last = parts
    if not text.startswith(first) or len(text) < len(first) + len(last) or not text.endswith(last):
        return False
    at, end = len(first), len(text) - len(last)
    for part in middle:
        found = text.find(part, at, end)
        if found < 0:
            return False
        at = found + len(part)
    return True

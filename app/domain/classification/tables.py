"""The rows that classify: the code tables of `data/`, read once at import and joined into `Row`s.

Where the files come from:

- `decline_codes.csv` and `code_flags.csv` are cut from the fact tables of the same names: all codes with
  their mapping; the flags `money_may_have_moved`, `stop_recovery`, `visa_category` and `mask_to_payer`
  (see `told`). Sources are shortened to a key of `sources.csv`; `unchecked` marks rows whose source says
  "from memory". They are cut again when the fact tables change, and never edited here.
- What networks forbid or demand after single codes comes from the packs of `network_rules`, in the newest
  version of each rule; what holds at another date is that package's business.
- The others are Tinko's own: `own_codes.csv` (rows of the same shape, for words that no table has, or
  that API.md fixes otherwise), `aliases.csv` (merchants' words; `fixed` marks API.md's fixed points,
  which win over a provider's row that contradicts them, as `paymongo:issuer_declined` does),
  `catch_alls.csv` (codes that say little), `reasons.csv` (the groups for analysts; the first pattern
  that fits a row within its class), `recommendations.csv` and `alternatives.csv` (by payer's fix and
  class), `contexts.csv` and `names.csv` (see `lookup`), `messages.csv` (see `messages`).
"""

import csv
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from importlib.resources import files
from typing import Final

from app.domain.classification.taxonomy import Category, Hardness, Recommendation, Retry
from app.domain.network_rules import NeverRule, OnlyRule, WaitRule, latest


class Vagueness(IntEnum):
    """How little a code says; among equals the more telling code decides."""

    SPECIFIC = 0
    VAGUE = 1
    """An answer without a reason ("do not honour"), or advice on when to retry."""
    WRAPPER = 2
    """Says only that there is another code or a message to read, as `card_declined` does."""
    INFORMATIONAL = 3
    """Tells of the card, not of the failure (Mastercard MAC 43); counts only if it is alone."""


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """One code of one table with all that is known of it. Waits are seconds."""

    table: str
    code: str
    title: str
    reason: str
    category: Category
    hardness: Hardness
    retry: Retry
    wait: int | None
    recommendation: Recommendation
    offers: tuple[str, ...]
    same_kind_may_work: bool
    unchecked: bool
    vagueness: Vagueness
    money_may_have_moved: bool
    stop_recovery: bool
    forbidden_by: str | None
    wait_rule: str | None
    required_wait: int | None
    rule: str

    @property
    def strength(self) -> int:
        """How firmly the row speaks against a retry; the strongest of all rows that match decides."""
        if self.vagueness is Vagueness.INFORMATIONAL:
            return 0
        if self.hardness is Hardness.HARD:
            return 4 if self.retry is Retry.NEVER else 3
        if self.retry is Retry.NEVER:
            return 2
        return 1 if self.forbidden_by else 0


_DATA: Final = files("app.domain.classification").joinpath("data")
_Key = tuple[str, str]


def read(name: str) -> Iterator[dict[str, str]]:
    """Yield the rows of one CSV of `data/` as written."""
    yield from csv.DictReader(_DATA.joinpath(f"{name}.csv").read_text(encoding="utf-8").splitlines())


def _flags() -> dict[_Key, set[str]]:
    flags: dict[_Key, set[str]] = defaultdict(set)
    for line in read("code_flags"):
        flags[line["provider"], line["code"]].add(f"{line['flag']}={line['value']}")
    return flags


def _forbids(key: _Key) -> str | None:
    """Return the network rule that forbids a charge after this code."""
    mark = f"{key[0]}:{key[1]}"
    for rule in latest():
        if isinstance(rule, NeverRule) and mark in rule.codes:
            return rule.rule_id
        if isinstance(rule, OnlyRule) and rule.forbids(mark):
            return rule.rule_id
    return None


def _demands(key: _Key) -> WaitRule | None:
    """Return the network rule that asks to wait after this code."""
    mark = f"{key[0]}:{key[1]}"
    return next((rule for rule in latest() if isinstance(rule, WaitRule) and mark in rule.codes), None)


def _by_class(name: str, *keys: str) -> dict[tuple[str, ...], str]:
    return {tuple(line[key] for key in keys): list(line.values())[-1] for line in read(name)}


class _Joiner:
    """Joins a line of a code table with what the other tables say of it."""

    def __init__(self) -> None:
        self._flags = _flags()
        self._vagueness = {(line["provider"], line["code"]): line["kind"] for line in read("catch_alls")}
        self._reasons = [(line["category"], re.compile(line["pattern"]), line["reason"]) for line in read("reasons")]
        self._recommendations = _by_class("recommendations", "retry", "payer_fix", "category")
        self._alternatives = _by_class("alternatives", "category", "payer_fix")

    def row(self, line: dict[str, str]) -> Row:
        key, kind, fix = (line["provider"], line["code"]), line["category"], line["payer_fix"]
        flags = self._flags.get(key, set()) | {f"{flag}=yes" for flag in line.get("flags", "").split("|")}
        waits = _demands(key)
        money, stop = "money_may_have_moved=yes" in flags, any(flag.startswith("stop_recovery=") for flag in flags)
        offers = "" if money or stop else self._first(self._alternatives, (kind, fix), (kind, "*"))
        return Row(
            table=key[0],
            code=key[1],
            title=line["title"],
            reason=self._reason(line),
            category=Category(line["base_category"]),
            hardness=Hardness(line["hardness"]),
            retry=Retry(line["retry"]),
            wait=int(line["suggested_min_wait_seconds"]) if line["suggested_min_wait_seconds"] else None,
            recommendation=Recommendation(self._recommendation(line["retry"], fix, kind)),
            offers=tuple(offers.split("|")) if offers else (),
            same_kind_may_work=fix == "new_method",
            unchecked=line["unchecked"] == "yes",
            vagueness=Vagueness[self._vagueness.get(key, "specific").upper()],
            money_may_have_moved=money,
            stop_recovery=stop,
            forbidden_by=_forbids(key),
            wait_rule=waits.rule_id if waits else None,
            required_wait=int(waits.wait.total_seconds()) if waits else None,
            rule=f"{key[0]}:{key[1]}",
        )

    def _reason(self, line: dict[str, str]) -> str:
        text = f"{line['provider']} {line['code']} {line['title']}".lower()
        fits = (name for kind, pattern, name in self._reasons if kind == line["category"] and pattern.search(text))
        return next(fits)

    def _recommendation(self, retry: str, fix: str, kind: str) -> str:
        return self._first(self._recommendations, (retry, fix, kind), (retry, fix, "*"), (retry, "*", "*"))

    @staticmethod
    def _first(table: dict[tuple[str, ...], str], *keys: tuple[str, ...]) -> str:
        return next(table[key] for key in keys if key in table)


def _rows() -> dict[_Key, Row]:
    joiner = _Joiner()
    lines = [*read("decline_codes"), *read("own_codes")]
    return {(line["provider"], line["code"]): joiner.row(line) for line in lines}


ROWS: Final = _rows()
"""Every row by provider and code as the table spells it."""

UNKNOWN: Final = ROWS["generic", "unknown"]
"""What is answered if nothing matches."""

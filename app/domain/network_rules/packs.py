"""The rule packs: `data/network_rules.csv`, read once at import into typed rules.

One line is one version of one rule. Lines of the same `rule_id` follow each other in time
(`effective_from` included, `effective_until` excluded, midnight UTC; empty: since ever, until further
notice). What the columns mean depends on `kind`:

| kind | `value` | `plan` | `stop` | `codes` |
|---|---|---|---|---|
| `never` | | | | the codes that forbid |
| `only` | the family's prefix | | | the codes of the family that do not forbid |
| `wait` | seconds | | | the codes that ask for it |
| `cap` | the network's number | charges that plans use | charges that anybody may make | |
| `age` | seconds | | | |
| `gap`, `notice` | seconds | seconds that plans leave | | |
| `hours` | `from-to` in local time | | | the time zone |
| `limit` | amount in minor units | | | the currency |
| `fee` | | | | the rules that it prices |

Codes are `table:code` of the classifier's tables. `mccs` that begin with `!` are all others. `conf` says how
good the source is: A the network's own words, B who restates them, C press, M memory or assumption.
"""

import csv
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from app.domain.network_rules.codes import NeverRule, OnlyRule, WaitRule
from app.domain.network_rules.facts import ChargeFacts
from app.domain.network_rules.limits import AgeRule, CapRule, FeeRule, GapRule, HoursRule, LimitRule
from app.domain.network_rules.rules import Enforce, Rule, Scope

_Line = dict[str, str]
_CODED: Final = (NeverRule, OnlyRule, WaitRule)
_NEVER_SPENT: Final = 10**9


class Shelf(NamedTuple):
    """The rules that concern a kind of charge on one day, sorted by when they need asking.

    `rules` are all but the engine's own ceilings, which are `near`. As long as no code came back and
    twice the tries are fewer than `least`, only the `quiet` ones of them can forbid anything. `limits`
    are those whose use says whether a limit is near.
    """

    rules: tuple[Rule, ...]
    quiet: tuple[Rule, ...]
    near: tuple[Rule, ...]
    limits: tuple[CapRule, ...]
    least: int


def shelf_of(charge: ChargeFacts, *, at: datetime) -> Shelf:
    """Return the rules that concern a charge at that time, each in the version that holds then."""
    day = at.astimezone(UTC).date()
    return _shelf(charge.scheme, charge.rail, charge.region, charge.mandate, charge.mcc, day)


def concerns_any(charge: ChargeFacts) -> bool:
    """Tell whether any rule, of any time, is about such charges; a rail that nobody named may be a card's."""
    kind = replace(charge, rail=charge.rail or "card")
    return any(rule.concerns(kind) for rule in RULES if rule.enforce is not Enforce.INFO)


def fee_of(rule_id: str, *, region: str | None, at: datetime) -> str | None:
    """Return what a charge beyond a rule costs in a region at that time, if that is known."""
    prices = (rule for rule in _FEES if rule_id in rule.priced and region in rule.regions and rule.in_force(at))
    return next((price.fee for price in prices), None)


def source_of(rule_id: str) -> str:
    """Return where the newest version of a rule comes from."""
    return next((rule.source for rule in latest() if rule.rule_id == rule_id), "unknown")


def latest() -> tuple[Rule, ...]:
    """Return the newest version of every rule, which the classifier reads."""
    return tuple({rule.rule_id: rule for rule in RULES}.values())


@lru_cache(maxsize=65536)
def _shelf(
    scheme: str | None,
    rail: str | None,
    region: str | None,
    mandate: bool,  # noqa: FBT001  (as above)
    mcc: str | None,
    day: date,
) -> Shelf:
    kind = ChargeFacts("", "", scheme, rail, region, mandate, 0, "", mcc)
    noon = datetime.combine(day, time(12), UTC)
    held = [rule for rule in RULES if rule.enforce is not Enforce.INFO and rule.concerns(kind) and rule.in_force(noon)]
    rules = [rule for rule in held if rule.enforce is not Enforce.NEAR]
    caps = [rule for rule in rules if isinstance(rule, CapRule) and rule.scope is not Scope.ENTRY]
    return Shelf(
        rules=tuple(rules),
        quiet=tuple(rule for rule in rules if rule not in caps and not isinstance(rule, _CODED)),
        near=tuple(rule for rule in held if rule.enforce is Enforce.NEAR),
        limits=tuple(rule for rule in caps if rule.enforce in {Enforce.COST, Enforce.SOFT}),
        least=min((rule.plan for rule in caps), default=_NEVER_SPENT),
    )


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split("|")) if text else frozenset()


def _seconds(text: str) -> timedelta | None:
    return timedelta(seconds=int(text)) if text else None


def _since_zero(text: str) -> timedelta:
    return timedelta(seconds=int(text or 0))


def _day(text: str) -> datetime | None:
    return datetime.fromisoformat(text).replace(tzinfo=UTC) if text else None


def _hours(text: str) -> tuple[tuple[time, time], ...]:
    pairs = (window.replace("24:00", "00:00").split("-") for window in text.split("|"))
    return tuple((time.fromisoformat(begin), time.fromisoformat(end)) for begin, end in pairs)


def _gap(line: _Line, common: dict[str, Any]) -> Rule:
    least = _since_zero(line["value"])
    return GapRule(**common, scope=Scope(line["scope"]), least=least, plan=_seconds(line["plan"]) or least)


def _cap(line: _Line, common: dict[str, Any]) -> Rule:
    stop = int(line["stop"]) if line["stop"] else None
    window = _seconds(line["window_seconds"])
    return CapRule(**common, scope=Scope(line["scope"]), plan=int(line["plan"]), stop=stop, window=window)


def _never(line: _Line, common: dict[str, Any]) -> Rule:
    lasting = _seconds(line["window_seconds"])
    return NeverRule(**common, codes=_words(line["codes"]), scope=Scope(line["scope"]), lasting=lasting)


def _only(line: _Line, common: dict[str, Any]) -> Rule:
    return OnlyRule(**common, codes=_words(line["codes"]), family=line["value"], scope=Scope(line["scope"]))


def _wait(line: _Line, common: dict[str, Any]) -> Rule:
    wait = _since_zero(line["value"])
    return WaitRule(**common, codes=_words(line["codes"]), scope=Scope(line["scope"]), wait=wait)


_KINDS: Final[Mapping[str, Callable[[_Line, dict[str, Any]], Rule]]] = {
    "never": _never,
    "only": _only,
    "wait": _wait,
    "cap": _cap,
    "gap": _gap,
    "notice": _gap,
    "age": lambda line, common: AgeRule(**common, scope=Scope(line["scope"]), age=_since_zero(line["value"])),
    "hours": lambda line, common: HoursRule(**common, zone=ZoneInfo(line["codes"]), hours=_hours(line["value"])),
    "limit": lambda line, common: LimitRule(**common, limit=int(line["value"]), currency=line["codes"]),
    "fee": lambda line, common: FeeRule(**common, priced=_words(line["codes"]), fee=line["fee"]),
}


def _rule(line: _Line) -> Rule:
    common: dict[str, Any] = {
        "rule_id": line["rule_id"],
        "title": line["title"],
        "source": line["source"],
        "conf": line["conf"],
        "enforce": Enforce(line["enforce"]),
        "schemes": _words(line["schemes"]),
        "rails": _words(line["rails"]),
        "regions": _words(line["regions"]),
        "mandate": line["mandate"] == "yes",
        "mccs": _words(line["mccs"].removeprefix("!")),
        "other_mccs": line["mccs"].startswith("!"),
        "since": _day(line["effective_from"]),
        "until": _day(line["effective_until"]),
    }
    return _KINDS[line["kind"]](line, common)


def _rules() -> tuple[Rule, ...]:
    text = files("app.domain.network_rules").joinpath("data", "network_rules.csv").read_text(encoding="utf-8")
    return tuple(_rule(line) for line in csv.DictReader(text.splitlines()))


RULES: Final = _rules()
"""Every version of every rule, as the packs list them."""

_FEES: Final = tuple(rule for rule in RULES if isinstance(rule, FeeRule))

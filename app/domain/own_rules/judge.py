"""What a rule may change of the tables' answer: it may be stricter, and rename; it never lifts a safeguard.

In this order:

1. Where the payment may have been made already, money may have moved, or its status must be read first, only
   category and reason are the rule's. All else stays.
2. What the tables call `hard` stays hard, and is not charged automatically.
3. `never`, and a network's ban, stay: the rule's wish for another automatic charge is not heard.
4. A wait that a network demands stays the least.

Network rules themselves are held by the guard, which no rule of an organization reaches.
"""

from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from typing import Any, Final, NamedTuple

from app.domain.classification import AUTOMATIC, Category, Classification, Hardness, Recommendation, Retry
from app.domain.own_rules.terms import OwnRule, Then

UNATTENDED: Final = AUTOMATIC | {Retry.POLL_STATUS}
_SAME: Final = {
    Retry.RETRY_SOON: Recommendation.RETRY_SOON,
    Retry.RETRY_LATER: Recommendation.RETRY_LATER,
    Retry.POLL_STATUS: Recommendation.POLL_STATUS,
}
_ASKED: Final = {
    Category.AUTH_TIMEOUT: Recommendation.ASK_PAYER_AUTHENTICATE,
    Category.FUNDS: Recommendation.ASK_PAYER_LATER,
    Category.ISSUER_DECLINE: Recommendation.ASK_PAYER_CONTACT_BANK,
}
RETRY_OF: Final = {recommendation: retry for retry, recommendation in _SAME.items()}


class Kept(StrEnum):
    """A safeguard of the tables that a rule would have lifted."""

    PAID_ALREADY = "paid_already"
    MONEY_MAY_HAVE_MOVED = "money_may_have_moved"
    STATUS_FIRST = "status_first"
    HARD = "hard"
    NEVER = "never"
    NETWORK_RULE = "network_rule"
    NETWORK_WAIT = "network_wait"


_WORDS: Final[Mapping[Kept, str]] = {
    Kept.PAID_ALREADY: "The payment may be made already, so nobody is charged or asked; "
    "the rule only changes category and reason.",
    Kept.MONEY_MAY_HAVE_MOVED: "Money may have moved, so the provider is asked before anything else; "
    "the rule only changes category and reason.",
    Kept.STATUS_FIRST: "The payment's status must be read before anything else; "
    "the rule only changes category and reason.",
    Kept.HARD: "The tables say that the same method never works again; a rule cannot make it soft.",
    Kept.NEVER: "The tables allow no automatic charge after this code; a rule cannot allow one.",
    Kept.NETWORK_RULE: "A network forbids another automatic charge after this code; a rule cannot lift that.",
    Kept.NETWORK_WAIT: "A network demands a longer wait than the rule gives; the longer one holds.",
}


class Applied(NamedTuple):
    """The rule that decided, in the organization's version of its rules; what the tables say; what was kept."""

    rule: OwnRule
    version: int
    base: Classification
    kept: tuple[Kept, ...]

    def recorded(self) -> dict[str, Any]:
        """Return it as plain JSON values, for the event's row: with the rule itself, which may change later."""
        said = self.rule.as_settings()
        return {
            "id": self.rule.id,
            "name": self.rule.name,
            "version": self.version,
            "match": said["match"],
            "then": said["then"],
            "instead_of": self.base.rule,
            "kept": list(self.kept),
        }


class Judged(NamedTuple):
    """Why a payment failed; `applied` names the organization's own rule that said so, None if none did."""

    verdict: Classification
    applied: Applied | None = None


def explain(kept: Kept) -> str:
    """Say in words which safeguard stays, and why."""
    return _WORDS[kept]


def judge(rule: OwnRule, base: Classification, *, version: int) -> Judged:
    """Return the tables' answer as the rule changes it, within what it may change."""
    then = rule.then
    labelled = replace(
        base,
        category=then.category,
        reason=then.reason or base.reason,
        rule=f"own:{rule.id}",
        title=f'Own rule "{rule.name}"',
        known=True,
        unchecked=False,
    )
    retry, recommendation = wanted(then, base)
    guarded = _must_be_looked_at(base)
    if guarded is not None:
        differs = (then.hardness, retry) != (base.hardness, base.retry)
        return Judged(labelled, Applied(rule, version, base, (guarded,) if differs else ()))
    kept: list[Kept] = []
    hardness = then.hardness
    if base.hardness is Hardness.HARD and hardness is not Hardness.HARD:
        hardness = Hardness.HARD
        kept.append(Kept.HARD)
    ban = _ban(base)
    if ban is not None and retry in UNATTENDED:
        kept.append(ban)
    if hardness is not then.hardness or (retry in UNATTENDED and (ban is not None or hardness is Hardness.HARD)):
        retry, recommendation = base.retry, base.recommendation
    cooldown = _cooldown(then, base, retry)
    if (base.required_wait_seconds or 0) > (cooldown or 0) and then.cooldown_seconds is not None:
        kept.append(Kept.NETWORK_WAIT)
    if base.required_wait_seconds is not None:
        cooldown = max(cooldown or 0, base.required_wait_seconds)
    verdict = replace(
        labelled, hardness=hardness, retry=retry, recommendation=recommendation, cooldown_seconds=cooldown
    )
    return Judged(verdict, Applied(rule, version, base, tuple(kept)))


def wanted(then: Then, base: Classification) -> tuple[Retry, str]:
    """Return what a rule wants done: what it leaves out follows from the rest, or is as the tables say."""
    retry = then.retry or (then.recommendation and _retry_by(then.recommendation, then.hardness))
    if not retry:
        retry = base.retry
        if then.hardness is Hardness.HARD:
            retry = Retry.NEVER
    if then.recommendation:
        return retry, then.recommendation
    if retry in _SAME:
        return retry, _SAME[retry]
    asked = base.recommendation.startswith("ask_payer") and base.retry is retry
    return retry, base.recommendation if asked else _ASKED.get(then.category, Recommendation.ASK_PAYER_NEW_METHOD)


def _retry_by(recommendation: Recommendation, hardness: Hardness) -> Retry:
    if recommendation in RETRY_OF:
        return RETRY_OF[recommendation]
    asks = recommendation is not Recommendation.FIX_INTEGRATION and hardness is Hardness.SOFT
    return Retry.PAYER_ACTION if asks else Retry.NEVER


def _must_be_looked_at(base: Classification) -> Kept | None:
    if base.stop_recovery:
        return Kept.PAID_ALREADY
    if base.money_may_have_moved:
        return Kept.MONEY_MAY_HAVE_MOVED
    return Kept.STATUS_FIRST if base.retry is Retry.POLL_STATUS else None


def _ban(base: Classification) -> Kept | None:
    if base.network_rule is not None:
        return Kept.NETWORK_RULE
    return Kept.NEVER if base.retry is Retry.NEVER else None


def _cooldown(then: Then, base: Classification, retry: Retry) -> int | None:
    if then.cooldown_seconds is not None:
        return then.cooldown_seconds
    return base.cooldown_seconds if base.retry is retry else None

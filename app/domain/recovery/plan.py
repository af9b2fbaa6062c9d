"""What to do next for a recovery, and why: the one place where steps are decided.

`plan` walks the rules of `_RULES` in order; the first that has an answer gives it, and where none
has, the saved method is charged again. Every answer names its rule and says in words why, so that
staff can read it years later.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from app.domain.classification import Classification, Hardness, Retry
from app.domain.lots import share
from app.domain.network_rules import ChargeFacts, History, Level, first_lawful
from app.domain.recovery.policy import Policy
from app.domain.recovery.states import AttemptKind


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a recovery when its next step is decided.

    `charges_made` counts automatic charges that reached an end; `can_charge` says that there is a
    saved method, `can_read_status` that the failed payment can be looked up at its provider;
    `link_planned` that the payer was, or will be, asked. `charge` is what network rules ask about
    charging the saved method, `history` what was tried on it before, the newest failure included.
    """

    classification: Classification
    policy: Policy
    charges_made: int
    can_charge: bool
    can_read_status: bool
    link_planned: bool
    failed_at: datetime
    window_ends_at: datetime
    seed: str
    charge: ChargeFacts | None = None
    history: History = ()

    def charge_allowed_at(self) -> datetime | None:
        """Return when a network rule first allows another charge; None if it asks for no wait."""
        wait = self.classification.required_wait_seconds
        return None if wait is None else self.failed_at + timedelta(seconds=wait)

    def must_check_first(self) -> bool:
        """Tell whether the failed payment must be looked up before anything is charged."""
        return self.classification.retry is Retry.POLL_STATUS or self.classification.money_may_have_moved

    def fingerprint(self) -> str:
        """Return a hash of the inputs, so that two decisions can be compared."""
        known = f"{self.charges_made}|{self.can_charge}|{self.can_read_status}|{self.link_planned}"
        times = f"{self.failed_at.timestamp()}|{self.window_ends_at.timestamp()}"
        charge = self.charge.mark if self.charge else ""
        tried = "|".join([past.mark for past in self.history])
        inputs = f"{self.classification.rule}|{self.policy.mark}|{known}|{times}|{charge}|{tried}"
        return hashlib.sha256(inputs.encode("utf-8", "surrogatepass")).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Step:
    """One step to take: what, when, and why. `excluded` names constraints that moved it or ruled others out."""

    kind: AttemptKind
    due_at: datetime
    rule: str
    why: str
    check_first: bool = False
    excluded: tuple[str, ...] = ()

    def recorded(self, *, inputs: str) -> dict[str, Any]:
        """Return the decision as plain JSON values, for the attempt's row; `inputs` is the facts' fingerprint."""
        return {
            "rule": self.rule,
            "why": self.why,
            "excluded": list(self.excluded),
            "inputs": inputs,
            "due_at": self.due_at.isoformat(),
        }


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing to do for now: something else is expected, or a person must look (`attention` says at what)."""

    rule: str
    why: str
    attention: str | None = None


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Nothing is left to try; the recovery is exhausted."""

    rule: str
    why: str


Decision = Step | Wait | GiveUp
_Rule = Callable[[Facts, datetime], Decision | None]


def plan(facts: Facts, *, now: datetime) -> Decision:
    """Return the next step of a recovery at `now`, with the rule that decided it."""
    for rule in _RULES:
        decision = rule(facts, now)
        if decision is not None:
            return decision
    return _charge_again(facts, now)


def plan_all(facts: Facts, *, now: datetime) -> tuple[Decision, ...]:
    """Return all that follows now: the next step, and before it a link once `link_after_attempt` is reached."""
    decision = plan(facts, now=now)
    after = facts.policy.link_after_attempt
    is_charge = isinstance(decision, Step) and decision.kind is AttemptKind.CHARGE
    if after is None or facts.charges_made < after or not (is_charge or isinstance(decision, GiveUp)):
        return (decision,)
    if facts.link_planned:
        return (decision,)
    why = f"{facts.charges_made} retries failed; the policy asks the payer after {after}, beside further retries."
    link = Step(AttemptKind.LINK, now, "policy.link_after_attempt", why)
    return (link, plan(replace(facts, link_planned=True), now=now))


def _already_paid(facts: Facts, now: datetime) -> Decision | None:
    del now
    if not facts.classification.stop_recovery:
        return None
    why = f"{facts.classification.title}: the payment may be made already, so nobody is charged or asked."
    return Wait("code.stop_recovery", why, attention="possibly_already_paid")


def _only_the_payer_can_help(facts: Facts, now: datetime) -> Decision | None:
    verdict = facts.classification
    hard = verdict.hardness is Hardness.HARD
    if not hard and verdict.retry not in {Retry.NEVER, Retry.PAYER_ACTION}:
        return None
    if facts.link_planned:
        return Wait("payer.asked", "The payer was asked already; waiting for them.")
    excluded = (verdict.network_rule,) if verdict.network_rule else ()
    if hard:
        why = f"{verdict.title}: the same method will not work again, so the payer is asked."
        return Step(AttemptKind.LINK, now, "hard_decline.link", why, excluded=(*excluded, "hard_decline"))
    why = f"{verdict.title}: only the payer can complete this, so the payer is asked."
    return Step(AttemptKind.LINK, now, "payer_action.link", why, excluded=(*excluded, "payer_action"))


def _retries_used_up(facts: Facts, now: datetime) -> Decision | None:
    del now
    allowed = facts.policy.max_retries
    if facts.charges_made < allowed or (not facts.can_charge and not facts.link_planned):
        return None
    if facts.link_planned:
        return Wait("payer.asked", f"All {allowed} retries are used; the payer was asked, waiting for them.")
    return GiveUp("policy.max_retries", f"All {allowed} retries of the policy are used.")


def _no_saved_method(facts: Facts, now: datetime) -> Decision | None:
    if facts.can_charge:
        return None
    if facts.link_planned:
        return Wait("payer.asked", "There is no saved method to charge, and the payer was asked.")
    why = "There is no saved method to charge, so the payer is asked after the policy's first delay."
    return Step(
        AttemptKind.LINK, now + facts.policy.delay(0), "no_saved_method.link", why, excluded=("no_saved_method",)
    )


def _status_unreadable(facts: Facts, now: datetime) -> Decision | None:
    if not facts.must_check_first() or facts.can_read_status:
        return None
    if facts.link_planned:
        return Wait("payer.asked", "The failed payment cannot be looked up, and the payer was asked.")
    title = facts.classification.title
    why = f"{title}: money may have moved, and the payment cannot be looked up, so the payer is asked."
    return Step(
        AttemptKind.LINK, now + facts.policy.delay(0), "status_unreadable.link", why, excluded=("must_check_first",)
    )


def _network_forbids(facts: Facts, now: datetime) -> Decision | None:
    """A ban that the newest code carries, whatever the table thinks of another try."""
    rule = facts.classification.network_rule
    return None if rule is None else _left_to_the_payer(facts, (rule,), now)


def _left_to_the_payer(facts: Facts, rules: tuple[str, ...], now: datetime) -> Decision:
    if facts.link_planned:
        return Wait("payer.asked", f"{rules[-1]} allows no other charge in time, and the payer was asked.")
    why = f"{rules[-1]} allows no other charge of this method in time, so the payer is asked."
    return Step(AttemptKind.LINK, now, "network_rule.link", why, excluded=rules)


def _charge_again(facts: Facts, now: datetime) -> Decision:
    n = facts.charges_made
    delay = facts.policy.delay(n)
    jitter = delay * (facts.policy.jitter * share(f"{facts.seed}:{n}"))
    wanted_at = now + delay + jitter
    if wanted_at > facts.window_ends_at and facts.link_planned:
        return Wait("payer.asked", "The next retry would fall after the policy's window; the payer was asked.")
    if wanted_at > facts.window_ends_at:
        return GiveUp("policy.window", "The next retry would fall after the end of the policy's window.")
    due_at, excluded = _lawful(facts, wanted_at)
    if due_at is None or due_at > facts.window_ends_at:
        return _left_to_the_payer(facts, excluded, now)
    check_first = facts.must_check_first()
    why = f"Retry {n + 1} of {facts.policy.max_retries}: "
    why += (
        f"{excluded[-1]} allows it no sooner."
        if excluded
        else f"{facts.policy.strategy} waits {_words(delay + jitter)}."
    )
    if check_first:
        why += " The provider is asked first whether the money has moved."
    return Step(AttemptKind.CHARGE, due_at, f"policy.{facts.policy.strategy}", why, check_first, excluded)


def _lawful(facts: Facts, at: datetime) -> tuple[datetime | None, tuple[str, ...]]:
    """Return the first moment from `at` on that network rules allow, and the rules that moved it there."""
    excluded: tuple[str, ...] = ()
    allowed_at = facts.charge_allowed_at()
    if allowed_at is not None and allowed_at > at:
        at, excluded = allowed_at, (facts.classification.required_wait_rule or "network_rule",)
    if facts.charge is None:
        return at, excluded
    slot = first_lawful(facts.charge, facts.history, at=at, level=Level.PLAN)
    return slot.at, (*excluded, *(held.rule_id for held in slot.holds if held.rule_id not in excluded))


def _words(delay: timedelta) -> str:
    minutes = round(delay.total_seconds() / 60)
    return f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min"  # noqa: PLR2004  (an hour)


_RULES: Final[tuple[_Rule, ...]] = (
    _already_paid,
    _only_the_payer_can_help,
    _retries_used_up,
    _no_saved_method,
    _status_unreadable,
    _network_forbids,
)

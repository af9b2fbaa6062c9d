"""Whether a message may leave now: the one place where that is decided, right before each call.

`decide` walks what rules it out for good, then what holds it back. Every answer names its rule.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from app.domain.lots import share
from app.domain.notify.events import ABOUT_THE_PLAN, ASKED_FOR, Event
from app.domain.notify.hours import QuietHours, next_decent, start_of_next_day

DAILY_CAP: Final = 1
"""Messages per payer and day over all recoveries, unless the operator says otherwise."""
ADDRESS_DEAD: Final = "address_dead"
"""The one rule that is about the address alone: another channel may still reach the payer."""
PAUSED_WAIT: Final = timedelta(hours=6)
IN_FLIGHT_WAIT: Final = timedelta(minutes=30)
OUTAGE_WAIT: Final = timedelta(minutes=10)
LONGEST_OUTAGE: Final = timedelta(days=1)
"""After this long payers are written to all the same: a page that does not open is better than no word at all."""


@dataclass(frozen=True, slots=True)
class MessageFacts:
    """What is known of a message's recovery and payer, read again right before sending.

    `sent_today` counts what was handed over to this payer since the payer's midnight, over all
    recoveries; `promised_for` is a day that the payer chose; `charge_planned` says that the payment
    will be tried again by itself. `provider_down_since` is when the provider that the payer would pay
    through began to fail, if it does; `seed` spreads those that wait for it.
    """

    event: Event
    recovery_status: str
    is_paid: bool
    is_newest: bool
    is_paused: bool
    charge_in_flight: bool
    charge_planned: bool
    opted_out: bool
    address_dead: bool
    promised_for: datetime | None
    sent_today: int
    zone: ZoneInfo
    quiet: QuietHours
    daily_cap: int = DAILY_CAP
    provider_down_since: datetime | None = None
    seed: str = ""


@dataclass(frozen=True, slots=True)
class Send:
    """It may leave now."""


@dataclass(frozen=True, slots=True)
class Defer:
    """Not now; look again at `until`."""

    until: datetime
    rule: str


@dataclass(frozen=True, slots=True)
class Suppress:
    """Never."""

    rule: str


Verdict = Send | Defer | Suppress


def decide(facts: MessageFacts, *, now: datetime) -> Verdict:
    """Say whether a message may leave at `now` (the organization's time)."""
    rule = _ruled_out(facts)
    if rule is not None:
        return Suppress(rule)
    if facts.charge_in_flight:
        return Defer(now + IN_FLIGHT_WAIT, "charge_in_flight")
    if facts.event in ASKED_FOR:
        return Send()
    return _held_back(facts, now) or Send()


def _ruled_out(facts: MessageFacts) -> str | None:
    if facts.is_paid:
        return "paid"
    if facts.recovery_status != "open":
        return f"recovery_{facts.recovery_status}"
    if not facts.is_newest:
        return "newer_recovery"
    if facts.opted_out:
        return "opted_out"
    if facts.event in ABOUT_THE_PLAN and not facts.charge_planned and not facts.charge_in_flight:
        return "nothing_planned"
    return ADDRESS_DEAD if facts.address_dead else None


def _held_back(facts: MessageFacts, now: datetime) -> Defer | None:
    if facts.is_paused:
        return Defer(now + PAUSED_WAIT, "paused")
    if facts.promised_for is not None and facts.promised_for > now:
        return Defer(facts.promised_for, "promised_for")
    if (over := _outage_over(facts, now)) is not None:
        return Defer(over, "provider_down")
    decent = next_decent(now, zone=facts.zone, quiet=facts.quiet)
    if decent > now:
        return Defer(decent, "quiet_hours")
    if facts.sent_today >= facts.daily_cap:
        tomorrow = start_of_next_day(now, zone=facts.zone)
        return Defer(next_decent(tomorrow, zone=facts.zone, quiet=facts.quiet), "daily_cap")
    return None


def _outage_over(facts: MessageFacts, now: datetime) -> datetime | None:
    """Return when to look again, while a payer who was asked to pay could not; news of the plan is true even then."""
    if facts.provider_down_since is None or facts.event in ABOUT_THE_PLAN:
        return None
    ends = facts.provider_down_since + LONGEST_OUTAGE
    return min(now + OUTAGE_WAIT * (1 + share(facts.seed)), ends) if now < ends else None

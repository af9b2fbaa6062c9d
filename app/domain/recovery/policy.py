"""How an organization wants recoveries planned."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

MAX_DELAY: Final = timedelta(days=365)


class Strategy(StrEnum):
    """How the delays between charges are found."""

    BACKOFF = "backoff"
    LADDER = "ladder"


@dataclass(frozen=True, slots=True)
class Policy:
    """One version of a policy. Delays are minutes; `jitter` is the largest share of a delay that is added to it.

    `by_category` overrides any of the timing fields for the failures of one category. `quiet_weekends`
    keeps messages off the payer's days of rest; `notify_retry_scheduled` has each automatic try announced,
    `notify_card_expiring` warns once of a card that expires before the next one.
    """

    max_retries: int = 3
    initial_delay_minutes: int = 60
    backoff_multiplier: float = 2.0
    max_delay_minutes: int = 1440
    window_days: int = 30
    jitter: float = 0.0
    strategy: Strategy = Strategy.BACKOFF
    ladder_minutes: tuple[int, ...] = ()
    link_after_attempt: int | None = None
    enabled_channels: tuple[str, ...] = ("email",)
    quiet_hours: Mapping[str, str] | None = None
    quiet_weekends: bool = True
    notify_retry_scheduled: bool = False
    notify_card_expiring: bool = False
    by_category: Mapping[str, Mapping[str, Any]] = field(default_factory=lambda: MappingProxyType({}))
    mark: str = field(init=False, repr=False, compare=False, default="")
    """A hash of all the above, made once: decisions are compared by it."""

    def __post_init__(self) -> None:
        """Make the mark."""
        object.__setattr__(self, "mark", hashlib.sha256(repr(self).encode()).hexdigest()[:16])

    def for_category(self, category: str) -> "Policy":
        """Return the policy as it holds for failures of that category."""
        overrides = self.by_category.get(category)
        return replace(self, **_coerced(overrides)) if overrides else self

    def delay(self, n: int) -> timedelta:
        """Return the delay before retry `n` (from 0), without jitter: `min(initial · multiplier^n, max)`.

        A ladder gives its n-th rung, and its last one for every later retry.
        """
        if self.strategy is Strategy.LADDER:
            return timedelta(minutes=self.ladder_minutes[min(n, len(self.ladder_minutes) - 1)])
        try:
            minutes = self.initial_delay_minutes * self.backoff_multiplier**n
        except OverflowError:
            minutes = self.max_delay_minutes
        return timedelta(minutes=min(minutes, self.max_delay_minutes))

    @property
    def window(self) -> timedelta:
        """How long a recovery may stay open."""
        return timedelta(days=self.window_days)

    def as_settings(self) -> dict[str, Any]:
        """Return the policy as plain JSON values, for a policy version's row."""
        plain = {f.name: getattr(self, f.name) for f in fields(self) if f.init}
        plain["strategy"] = self.strategy.value
        plain["ladder_minutes"] = list(self.ladder_minutes)
        plain["enabled_channels"] = list(self.enabled_channels)
        plain["quiet_hours"] = dict(self.quiet_hours) if self.quiet_hours else None
        plain["by_category"] = {category: dict(values) for category, values in self.by_category.items()}
        return plain


def policy_from_settings(settings: Mapping[str, Any]) -> Policy:
    """Read a policy from a version's row."""
    return Policy(**_coerced(settings))


def _coerced(settings: Mapping[str, Any]) -> dict[str, Any]:
    plain = dict(settings)
    if "strategy" in plain:
        plain["strategy"] = Strategy(plain["strategy"])
    for name in ("ladder_minutes", "enabled_channels"):
        if name in plain:
            plain[name] = tuple(plain[name])
    return plain


DEFAULT_POLICY: Final = Policy()

"""What a policy may say: each field within its bounds, and the whole in agreement with itself."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from app.domain.classification import Category
from app.domain.errors import FieldError, InvalidError
from app.domain.recovery.policy import Policy, Strategy, policy_from_settings

YEAR_IN_MINUTES: Final = 525_600


@dataclass(frozen=True, slots=True)
class Bounds:
    """The least and the most that a number may be, both included."""

    least: float
    most: float

    def hold(self, value: float) -> bool:
        """Tell whether the number lies within; what is no number (NaN) does not."""
        return self.least <= value <= self.most

    def __str__(self) -> str:
        return f"must be from {self.least:,} to {self.most:,}"


RETRIES: Final = Bounds(0, 50)
DELAY_MINUTES: Final = Bounds(1, YEAR_IN_MINUTES)
MULTIPLIER: Final = Bounds(1, 10)
JITTER: Final = Bounds(0, 0.5)
WINDOW_DAYS: Final = Bounds(1, 365)
LINK_AFTER: Final = Bounds(1, 50)
MOST_RUNGS: Final = 50
CHANNELS: Final = ("email", "sms", "whatsapp")
CATEGORIES: Final = tuple(category.value for category in Category)

_TIMING: Final[Mapping[str, Bounds]] = {
    "max_retries": RETRIES,
    "initial_delay_minutes": DELAY_MINUTES,
    "backoff_multiplier": MULTIPLIER,
    "max_delay_minutes": DELAY_MINUTES,
    "jitter": JITTER,
}
OVERRIDABLE: Final = frozenset(_TIMING) | {"strategy", "ladder_minutes"}
_TIME_OF_DAY: Final = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]")


class PolicyInvalidError(InvalidError):
    """The terms are out of bounds or contradict each other; names each field."""

    default_code = "policy_invalid"


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that two versions of a policy differ in; `path` is a JSON pointer into the settings."""

    path: str
    before: Any
    after: Any


def differences(before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> tuple[Difference, ...]:
    """Return the fields that differ, in order of their paths; a field that is not there is None."""
    if before is None:
        return ()
    old, new = dict(_leaves("", before)), dict(_leaves("", after))
    paths = sorted(path for path in old.keys() | new.keys() if old.get(path) != new.get(path))
    return tuple(Difference(path, old.get(path), new.get(path)) for path in paths)


def _leaves(path: str, value: Any) -> Iterable[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _leaves(f"{path}/{name}", inner)
    else:
        yield path, value


def changed(policy: Policy, changes: Mapping[str, Any], *, at: str = "") -> Policy:
    """Return the policy with those fields (as in `Policy.as_settings`) replaced.

    Raises `PolicyInvalidError` unless the result is valid as a whole, for every category; its pointers begin with `at`.
    """
    settings = policy.as_settings() | dict(changes)
    problems = tuple(FieldError(at + each.pointer, each.detail) for each in _problems(settings))
    if problems:
        raise PolicyInvalidError("The policy is not valid.", errors=problems)
    settings["enabled_channels"] = list(dict.fromkeys(settings["enabled_channels"]))
    return policy_from_settings(settings)


def _problems(settings: Mapping[str, Any]) -> Iterable[FieldError]:
    timing = list(_timing_problems(settings, at=""))
    yield from timing
    if not WINDOW_DAYS.hold(settings["window_days"]):
        yield FieldError("/window_days", str(WINDOW_DAYS))
    after = settings["link_after_attempt"]
    if after is not None and not LINK_AFTER.hold(after):
        yield FieldError("/link_after_attempt", f"{LINK_AFTER}, or null")
    for index, channel in enumerate(settings["enabled_channels"]):
        if channel not in CHANNELS:
            yield FieldError(f"/enabled_channels/{index}", f"must be one of {', '.join(CHANNELS)}")
    yield from _quiet_problems(settings["quiet_hours"])
    # What is wrong with the policy itself would be told again for each category.
    if not timing:
        for category, overrides in settings["by_category"].items():
            yield from _override_problems(settings, category, overrides)


def _timing_problems(settings: Mapping[str, Any], *, at: str) -> Iterable[FieldError]:
    wrong = {name: str(bounds) for name, bounds in _TIMING.items() if not bounds.hold(settings[name])}
    yield from (FieldError(f"{at}/{name}", detail) for name, detail in wrong.items())
    initial = settings["initial_delay_minutes"]
    if not wrong and settings["max_delay_minutes"] < initial:
        yield FieldError(f"{at}/max_delay_minutes", f"must be at least initial_delay_minutes, {initial}")
    yield from _strategy_problems(settings["strategy"], settings["ladder_minutes"], at=at)


def _strategy_problems(strategy: str, rungs: list[int], *, at: str) -> Iterable[FieldError]:
    if strategy not in set(Strategy):
        words = "is not available yet" if strategy == "timed" else "is not known"
        yield FieldError(f"{at}/strategy", f"{strategy!r} {words}; use one of {', '.join(Strategy)}")
    if len(rungs) > MOST_RUNGS or (strategy == Strategy.LADDER and not rungs):
        yield FieldError(f"{at}/ladder_minutes", f"a ladder has 1 to {MOST_RUNGS} delays in minutes")
    for index, minutes in enumerate(rungs[:MOST_RUNGS]):
        if not DELAY_MINUTES.hold(minutes):
            yield FieldError(f"{at}/ladder_minutes/{index}", str(DELAY_MINUTES))


def _quiet_problems(quiet: Mapping[str, str] | None) -> Iterable[FieldError]:
    if quiet is None:
        return
    for name in ("start", "end"):
        if not _TIME_OF_DAY.fullmatch(quiet.get(name, "")):
            yield FieldError(f"/quiet_hours/{name}", "must be a time of day, 00:00 to 23:59")
    for name in sorted(quiet.keys() - {"start", "end"}):
        yield FieldError(f"/quiet_hours/{name}", "is not known; there are start and end")
    if quiet.get("start") == quiet.get("end"):
        yield FieldError("/quiet_hours/end", "must differ from start; leave quiet_hours null for the usual ones")


def _override_problems(
    settings: Mapping[str, Any], category: str, overrides: Mapping[str, Any]
) -> Iterable[FieldError]:
    at = f"/by_category/{category}"
    if category not in CATEGORIES:
        yield FieldError(at, f"is no category; there are {', '.join(CATEGORIES)}")
        return
    strange = sorted(overrides.keys() - OVERRIDABLE)
    yield from (FieldError(f"{at}/{name}", "cannot differ between categories") for name in strange)
    yield from _timing_problems({**settings, **overrides}, at=at)

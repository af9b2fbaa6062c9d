"""A draft of a policy held against recoveries that ended: what is known of it, and what is not.

The draft's schedule for a recovery supposes that each charge fails like the payment did. It is held against what
happened. That money came back at a time says that it could be had then; what a try at another time would have
brought, nobody knows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from app.domain.recovery.foresee import Foreseen, charges_of, links_of
from app.domain.recovery.plan import Step

NEAR: Final = timedelta(hours=24)
"""A charge this soon after the one that worked counts as within the schedule."""


class CameBackBy(StrEnum):
    """How the money came back."""

    CHARGE = "charge"
    LINK = "link"
    ITSELF = "itself"


class Fate(StrEnum):
    """What a draft would have meant for money that came back."""

    WITHIN = "within"
    """The draft tries at the time that worked, or up to a day later; or asks the payer no later than they were."""
    LATER = "later"
    """It tries too, but only later than that: whether it had come back then is not known."""
    NOT_REACHED = "not_reached"
    """It does not try any more by then: whether an earlier try had brought it is not known."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A recovery that ended; `back_at` and `by` are None where no money came. `asked_at`: when the payer was first."""

    opened_at: datetime
    charges_made: int
    back_at: datetime | None = None
    by: CameBackBy | None = None
    asked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Replayed:
    """One recovery under the draft: `planned` charges until the money came back (or in all), and the rules they met."""

    planned: int
    asks_payer: bool
    fate: Fate | None
    excluded: tuple[str, ...]


def replay(ended: Ended, foreseen: Sequence[Foreseen]) -> Replayed:
    """Hold a draft's schedule for a recovery against what happened to it."""
    charges, links = charges_of(foreseen), links_of(foreseen)
    fate = _fate(ended, charges, links)
    planned = [step for step in charges if _is_made(ended, step, charges)]
    excluded = dict.fromkeys(name for each in foreseen if each.step is not None for name in each.step.excluded)
    return Replayed(len(planned), bool(links), fate, tuple(excluded))


def _fate(ended: Ended, charges: Sequence[Step], links: Sequence[Step]) -> Fate | None:
    if ended.back_at is None:
        return None
    match ended.by:
        case CameBackBy.CHARGE:
            return _next_after(ended.back_at, charges)
        case CameBackBy.LINK:
            asked_at = ended.asked_at or ended.back_at
            if not links:
                return Fate.NOT_REACHED
            return Fate.WITHIN if links[0].due_at <= asked_at + NEAR else Fate.LATER
        case _:
            return Fate.WITHIN


def _next_after(back_at: datetime, charges: Sequence[Step]) -> Fate:
    following = next((step for step in charges if step.due_at >= back_at), None)
    if following is None:
        return Fate.NOT_REACHED
    return Fate.WITHIN if following.due_at <= back_at + NEAR else Fate.LATER


def _is_made(ended: Ended, step: Step, charges: Sequence[Step]) -> bool:
    """Tell whether a charge would be made: all are where no money came; else those up to the one that gets it."""
    if ended.back_at is None:
        return True
    if ended.by is not CameBackBy.CHARGE:
        return step.due_at <= ended.back_at
    last = next((each.due_at for each in charges if each.due_at >= ended.back_at), None)
    return last is None or step.due_at <= last

"""A draft's schedule held against what happened: what is known of it, and what is not."""

from datetime import UTC, datetime, timedelta

import pytest

from app.domain.recovery.foresee import Foreseen
from app.domain.recovery.plan import Step
from app.domain.recovery.replay import CameBackBy, Ended, Fate, replay
from app.domain.recovery.states import AttemptKind

THEN = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def step(kind, after, *excluded):
    return Foreseen(Step(kind, THEN + after, "a_rule", "why", excluded=excluded), THEN, 0)


CHARGES = [step(AttemptKind.CHARGE, n * DAY, "quiet_hours") for n in (1, 3, 5)]
LINK = step(AttemptKind.LINK, 2 * DAY)


def ended(after, by, *, asked=None):
    return Ended(THEN, 1, THEN + after, by, None if asked is None else THEN + asked)


@pytest.mark.parametrize(
    ("history", "planned", "fate"),
    [
        (Ended(THEN, 4), 3, None),
        (ended(DAY, CameBackBy.CHARGE), 1, Fate.WITHIN),
        (ended(2 * DAY, CameBackBy.CHARGE), 2, Fate.WITHIN),
        (ended(timedelta(hours=47), CameBackBy.CHARGE), 2, Fate.LATER),
        (ended(6 * DAY, CameBackBy.CHARGE), 3, Fate.NOT_REACHED),
        (ended(4 * DAY, CameBackBy.LINK, asked=DAY), 2, Fate.WITHIN),
        (ended(4 * DAY, CameBackBy.LINK, asked=DAY / 2), 2, Fate.LATER),
        (ended(4 * DAY, CameBackBy.LINK), 2, Fate.WITHIN),
        (ended(DAY / 2, CameBackBy.LINK), 0, Fate.LATER),
        (ended(DAY / 2, CameBackBy.ITSELF), 0, Fate.WITHIN),
    ],
)
def test_money_that_came_back_is_held_against_the_draft(history, planned, fate):
    found = replay(history, [*CHARGES, LINK])
    assert (found.planned, found.asks_payer, found.fate, found.excluded) == (planned, True, fate, ("quiet_hours",))


def test_a_draft_that_never_asks_does_not_reach_who_paid_when_asked():
    found = replay(ended(DAY, CameBackBy.LINK, asked=DAY), CHARGES)
    assert (found.asks_payer, found.fate) == (False, Fate.NOT_REACHED)

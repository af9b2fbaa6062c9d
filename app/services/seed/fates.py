"""What becomes of a failed payment: whether the money comes back, and by which way."""

from datetime import timedelta
from typing import Final

from app.services.seed.catalogue import Failure
from app.services.seed.dice import Bag, Dice
from app.services.seed.story import Fate

_TRIES: Final = Bag((52, 1), (28, 2), (20, 3))
_WORSE_AT_FIRST: Final = 0.82
_BETTER_AT_LAST: Final = 1.12
"""How much the rates of the catalogue are missed at the beginning, and exceeded at the end."""
_BY_CHARGE: Final = 0.62
"""The share of what comes back that comes by an automatic charge, if one is made; all others pay when asked."""
_CANCELLED: Final = 0.05
_MIDDLE_PATIENCE: Final = 8.0
_LATE: Final = timedelta(hours=50)
_LONGEST_PATIENCE: Final = timedelta(hours=70)


def draw_fate(dice: Dice, failure: Failure, *, progress: float) -> Fate:
    """Draw what becomes of a failure; `progress` is how far into the history it lies, from 0 to 1."""
    share = failure.recovers * (_WORSE_AT_FIRST + (_BETTER_AT_LAST - _WORSE_AT_FIRST) * progress)
    if not dice.happens(share):
        cancelled_after = dice.between(timedelta(hours=5), timedelta(days=5)) if dice.happens(_CANCELLED) else None
        return Fate(None, None, cancelled_after)
    if dice.happens(_BY_CHARGE):
        return Fate(dice.draw(_TRIES), dice.between(_LATE, _LONGEST_PATIENCE), None)
    patience = min(timedelta(hours=dice.spread(_MIDDLE_PATIENCE, 1.0)), _LONGEST_PATIENCE)
    return Fate(None, max(patience, timedelta(minutes=7)), None)

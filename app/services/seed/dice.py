"""Chance that comes out the same for the same seed."""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import accumulate
from typing import Generic, TypeVar

from app.domain.ids import numbered_id

T = TypeVar("T")


class Bag(Generic[T]):
    """Things to draw from, each as often as its weight says."""

    def __init__(self, *weighted: tuple[float, T]) -> None:
        self.things = [thing for _, thing in weighted]
        self.upto = list(accumulate(weight for weight, _ in weighted))


class Dice:
    """Draws that depend on the seed alone, ids among them; ids that are made later sort later within a moment."""

    def __init__(self, seed: str) -> None:
        self._random = random.Random(seed)  # noqa: S311  (nothing is guarded by it)
        self._made = 0

    def id(self, prefix: str, at: datetime) -> str:
        """Return a new id of that kind, as if it had been made then."""
        self._made += 1
        return numbered_id(prefix, at=at, number=(self._made << 32) | self._random.getrandbits(32))

    def happens(self, share: float) -> bool:
        """Tell whether something happens that happens in that share of all cases."""
        return self._random.random() < share

    def one_of(self, things: Sequence[T]) -> T:
        """Draw one, each as likely."""
        return things[int(self._random.random() * len(things))]

    def draw(self, bag: Bag[T]) -> T:
        """Draw one by weight."""
        return self._random.choices(bag.things, cum_weights=bag.upto)[0]

    def below(self, end: int) -> int:
        """Return a whole number from 0 to below `end`."""
        return int(self._random.random() * end)

    def spread(self, middle: float, width: float) -> float:
        """Return a positive number around `middle`: most are near it, few are far above (log-normal)."""
        return middle * self._random.lognormvariate(0, width)

    def between(self, low: timedelta, high: timedelta) -> timedelta:
        """Return a time from `low` to `high`, in whole milliseconds."""
        return low + timedelta(milliseconds=self.below(max(int((high - low) / timedelta(milliseconds=1)), 1)))

    def word(self, alphabet: str, length: int) -> str:
        """Return a word of letters from that alphabet."""
        return "".join(self._random.choices(alphabet, k=length))

"""When a call that could not be made is tried again: ever later, and not everybody in the same second."""

from datetime import timedelta
from typing import Final

from app.domain.lots import share

LONGEST: Final = timedelta(hours=1)
SPREAD: Final = 0.5
LEAST_SPREAD: Final = timedelta(seconds=10)
"""A breaker tells all that ask it the same end: without this, they would all come back in one second."""


def wait_again(retry_after: timedelta, *, times: int, seed: str) -> timedelta:
    """Return how long to wait before the next try of a call that was put off `times` times.

    At least `retry_after`, doubled from the third time on, at most an hour; and up to half of that more
    (at least up to ten seconds), by `seed`.
    """
    doublings = min(max(times - 2, 0), 16)  # far beyond the cap already; keeps the product small
    wait = min(retry_after * (1 << doublings), LONGEST)
    return wait + max(wait * SPREAD, LEAST_SPREAD) * share(f"{seed}:{times}")

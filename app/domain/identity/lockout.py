"""How long the next try to sign in has to wait after how many in vain."""

from datetime import timedelta
from typing import Final

FREE: Final = 5
LONGEST: Final = timedelta(minutes=15)
FORGOTTEN_AFTER: Final = timedelta(days=1)
_FIRST: Final = timedelta(minutes=1)


def wait_after(failures: int) -> timedelta | None:
    """Return how long the next try waits: five are free, then 1, 2, 4, 8 and at most 15 minutes."""
    if failures < FREE:
        return None
    doubled: int = 2 ** min(failures - FREE, 10)
    return min(_FIRST * doubled, LONGEST)

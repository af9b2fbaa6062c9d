"""When to ask a provider again about an outcome that nobody knows."""

from datetime import timedelta
from typing import Final

CHECKS: Final = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(hours=1),
    *(timedelta(days=1),) * 5,
)
"""Waits before the first, second, … look-up."""


def next_check_after(checks_done: int) -> timedelta | None:
    """Return how long to wait before the next look-up, or None when staff has to look.

    `checks_done` counts the look-ups made so far, from 0.
    """
    return CHECKS[checks_done] if 0 <= checks_done < len(CHECKS) else None

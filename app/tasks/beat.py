"""The beat table: what is done again and again, and how often. Any number of beats may run."""

from datetime import timedelta
from typing import Any


def beat_schedule(sweep_interval: timedelta) -> dict[str, dict[str, Any]]:
    """Return Celery's schedule; a run that is later than a few intervals is dropped, the next one does its work."""
    every = {
        "sweep.attempts": sweep_interval,
        "sweep.messages": sweep_interval,
        "sweep.notices": timedelta(seconds=10),
        "sweep.outbox": sweep_interval,
        "sweep.clocks": timedelta(seconds=5),
        "sweep.windows": timedelta(seconds=30),
        "sweep.readings": timedelta(seconds=5),
        "sweep.rollups": timedelta(seconds=1),
        "housekeeping.tidy": timedelta(minutes=1),
    }
    return {
        name: {
            "task": name,
            "schedule": interval.total_seconds(),
            "options": {"expires": max(3 * interval.total_seconds(), 5)},
        }
        for name, interval in every.items()
    }

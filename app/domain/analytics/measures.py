"""What is counted per organization, currency, day, category and gateway: the columns of the rollups."""

from enum import IntEnum
from typing import Final


class Level(IntEnum):
    """How fine a row of the rollups is. Each level holds everything; coarser ones are read where they are enough."""

    DETAIL = 0
    """A day's category and gateway."""
    DAY = 1
    """A day, of all categories and gateways; both are empty."""
    MONTH = 2
    """A month's category and gateway; the day is its first."""


KEY: Final = ("organization_id", "currency", "day", "category", "gateway")

TOOK_BOUNDS: Final = (600, 3600, 10_800, 21_600, 43_200, 86_400, 172_800, 259_200, 604_800, 1_209_600, 2_592_000)
"""Where the buckets of the time to recover begin, in seconds; the first begins at 0, the last has no end."""

TOOK: Final = tuple(f"took_{n}" for n in range(len(TOOK_BOUNDS) + 1))
"""Recoveries of the day's cohort by the time that their money took."""

COUNTS: Final = (
    "reports",  # by the day that they came in, with their own category and gateway
    # All up to the times by the day that the recovery was opened: its cohort, with its category and gateway of now.
    "opened",
    "retried",
    "messaged",
    "link_opened",
    "recovered",
    "by_retry",
    "by_link",
    "exhausted",
    "cancelled",
    *TOOK,
    # By the day that the money moved, with no category; the gateway is the provider that it went through.
    "received",
    "received_external",
    "duplicates",
    "duplicates_returned",
    "refunds",
    "disputes",
)
AMOUNTS: Final = (
    "reported_amount",
    "opened_amount",
    "recovered_amount",
    "exhausted_amount",
    "cancelled_amount",
    "received_amount",
    "received_external_amount",
    "duplicates_amount",
    "duplicates_returned_amount",
    "refunds_amount",
    "disputes_amount",
)
MEASURES: Final = (*COUNTS, *AMOUNTS)

"""Figures from sums of measures. Money stays apart by currency; numbers of recoveries add up."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.domain.analytics.measures import TOOK, TOOK_BOUNDS

Sums = Mapping[str, Mapping[str, int]]
"""Currency -> measure -> what it adds up to."""


@dataclass(frozen=True, slots=True)
class Amount:
    """Money in the currency's minor unit; a sum may be larger than any single amount that is believed."""

    currency: str
    amount: int


@dataclass(frozen=True, slots=True)
class Total:
    """How many, and how much in each currency that has any."""

    count: int
    amounts: tuple[Amount, ...]


@dataclass(frozen=True, slots=True)
class Cohort:
    """Recoveries by when they were opened, and where they stand now; rates are of their number, None if there is none.

    `recovery_rate` is of all, and grows while some are open; `settled_recovery_rate` only of those that ended.
    """

    failed: Total
    recovered: Total
    still_open: Total
    exhausted: Total
    cancelled: Total
    recovery_rate: float | None
    still_open_rate: float | None
    settled_recovery_rate: float | None


@dataclass(frozen=True, slots=True)
class Income:
    """Money by the day that it moved. What was given back is shown apart, never subtracted.

    `received` counts the first capture of a transaction; `external` are those of it that Tinko did not make.
    `duplicates` are second captures, which are no income, and `duplicates_returned` those that went back.
    """

    received: Total
    external: Total
    refunded: Total
    disputed: Total
    duplicates: Total
    duplicates_returned: Total


@dataclass(frozen=True, slots=True)
class Stage:
    """How many recoveries of a cohort came as far as this; `rate` is of those that failed."""

    stage: str
    count: int
    rate: float | None


@dataclass(frozen=True, slots=True)
class Bucket:
    """Recoveries whose money took at least so long, and less than that; the last has no end."""

    from_seconds: int
    to_seconds: int | None
    count: int


@dataclass(frozen=True, slots=True)
class TimeToRecover:
    """How long recovered money took. The median is read from the buckets, so it is exact to a bucket's width."""

    count: int
    median_seconds: int | None
    buckets: tuple[Bucket, ...]


def total_of(sums: Sums, count: str, amount: str) -> Total:
    """Return the total of two measures."""
    amounts = (Amount(currency, each[amount]) for currency, each in sorted(sums.items()) if each[count] or each[amount])
    return Total(_count(sums, count), tuple(amounts))


def cohort_of(sums: Sums) -> Cohort:
    """Return the figures of a cohort."""
    failed = total_of(sums, "opened", "opened_amount")
    recovered = total_of(sums, "recovered", "recovered_amount")
    exhausted = total_of(sums, "exhausted", "exhausted_amount")
    cancelled = total_of(sums, "cancelled", "cancelled_amount")
    still_open = _rest(failed, recovered, exhausted, cancelled)
    return Cohort(
        failed=failed,
        recovered=recovered,
        still_open=still_open,
        exhausted=exhausted,
        cancelled=cancelled,
        recovery_rate=_rate(recovered.count, failed.count),
        still_open_rate=_rate(still_open.count, failed.count),
        settled_recovery_rate=_rate(recovered.count, failed.count - still_open.count),
    )


def income_of(sums: Sums) -> Income:
    """Return what came in and what was given back."""
    return Income(
        received=total_of(sums, "received", "received_amount"),
        external=total_of(sums, "received_external", "received_external_amount"),
        refunded=total_of(sums, "refunds", "refunds_amount"),
        disputed=total_of(sums, "disputes", "disputes_amount"),
        duplicates=total_of(sums, "duplicates", "duplicates_amount"),
        duplicates_returned=total_of(sums, "duplicates_returned", "duplicates_returned_amount"),
    )


def funnel_of(sums: Sums) -> tuple[Stage, ...]:
    """Return the way of a cohort; whoever pays need not have come through every stage."""
    failed = _count(sums, "opened")
    stages = {
        "failed": failed,
        "retried": _count(sums, "retried"),
        "messaged": _count(sums, "messaged"),
        "opened": _count(sums, "link_opened"),
        "paid": _count(sums, "recovered"),
    }
    return tuple(Stage(name, count, _rate(count, failed)) for name, count in stages.items())


def time_of(sums: Sums) -> TimeToRecover:
    """Return how long the money of a cohort took."""
    counts = [_count(sums, name) for name in TOOK]
    edges = (0, *TOOK_BOUNDS, None)
    buckets = tuple(Bucket(edges[n] or 0, edges[n + 1], count) for n, count in enumerate(counts))
    return TimeToRecover(sum(counts), _median(buckets), buckets)


def share(part: int, whole: int) -> float | None:
    """Return a part of a whole, rounded; None where there is no whole."""
    return _rate(part, whole)


def _median(buckets: tuple[Bucket, ...]) -> int | None:
    """Return the median as if times were spread evenly in each bucket; where it has no end, its beginning."""
    half = sum(bucket.count for bucket in buckets) / 2
    seen = 0
    for bucket in buckets:
        if bucket.count and seen + bucket.count >= half:
            if bucket.to_seconds is None:
                return bucket.from_seconds
            into = (half - seen) / bucket.count
            return round(bucket.from_seconds + into * (bucket.to_seconds - bucket.from_seconds))
        seen += bucket.count
    return None


def _rest(failed: Total, *ended: Total) -> Total:
    left = {each.currency: each.amount for each in failed.amounts}
    for total in ended:
        for each in total.amounts:
            left[each.currency] = left.get(each.currency, 0) - each.amount
    amounts = tuple(Amount(currency, amount) for currency, amount in left.items() if amount)
    return Total(failed.count - sum(total.count for total in ended), amounts)


def _count(sums: Sums, measure: str) -> int:
    return sum(each[measure] for each in sums.values())


def _rate(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None

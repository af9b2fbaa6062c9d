"""Lists of payments, the oldest first. Razorpay lists the newest first, so time is cut into slices that fit a page.

A cursor is `start:width:skip` in seconds: the slice to read next. A slice with too many payments is halved, and one
without any is followed by a wider one; only a single second with more than a page of payments is paged through.
A payment without notes is completed from its order, and a failed one of an invoice with when it is tried again, which
are calls of their own: hence the small pages.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from math import ceil, floor
from typing import Final

from app.domain.payments.port import Outcome, PaymentsPage
from app.domain.payments.problems import Problem
from app.psp.lenient import int_of
from app.psp.razorpay.api import Api
from app.psp.razorpay.failures import failure_of, is_good
from app.psp.razorpay.lookup import Lookup, ReadFailedError
from app.psp.razorpay.values import Raw, items_of
from app.psp.verdicts import MALFORMED, failed_page
from app.psp.wire import Failure

MOST: Final = 50
MOST_READS: Final = 80
"""Of one page: a century halved down to a second takes 32."""
_CURSOR: Final = re.compile(r"([0-9]{1,11}):([0-9]{1,11}):([0-9]{1,7})")
_EARLIEST: Final = int(datetime(2013, 1, 1, tzinfo=UTC).timestamp())
"""Before there was a Razorpay."""
_BAD_CURSOR: Final = Failure(Outcome.ERROR, Problem.REQUEST_INVALID, detail="not a cursor of ours")


@dataclass(frozen=True, slots=True)
class _Slice:
    start: int
    width: int
    skip: int = 0

    @property
    def end(self) -> int:
        return self.start + self.width

    def next_after(self, *, until: int) -> "_Slice | None":
        return None if self.end >= until else _Slice(self.end, min(self.width * 2, until - self.end))

    def __str__(self) -> str:
        return f"{self.start}:{self.width}:{self.skip}"


def page_of(
    api: Api, lookup: Lookup, *, since: datetime, until: datetime, cursor: str | None, limit: int
) -> PaymentsPage:
    """Read one page of the payments made in `[since, until)`, in whole seconds."""
    start, end = max(floor(since.timestamp()), _EARLIEST), ceil(until.timestamp())
    part = _slice_of(cursor, start=start, until=end)
    if part is None:
        return PaymentsPage() if cursor is None else failed_page(_BAD_CURSOR)
    count = max(1, min(limit, MOST))
    for _ in range(MOST_READS):
        found = _read(api, part, count=count)
        if isinstance(found, Failure):
            return failed_page(found)
        full = len(found) >= count
        if full and part.width > 1:
            part = _Slice(part.start, part.width // 2)
            continue
        try:
            items = tuple(lookup.completed(raw, None) for raw in _of_slice(found, part))
        except ReadFailedError as failed:
            return failed_page(failure_of(failed.reply))
        following = _Slice(part.start, 1, part.skip + len(found)) if full else part.next_after(until=end)
        if items or following is None:
            return PaymentsPage(items, next_cursor=str(following) if following else None)
        part = following
    return PaymentsPage(next_cursor=str(part))


def _slice_of(cursor: str | None, *, start: int, until: int) -> _Slice | None:
    if cursor is None:
        return _Slice(start, until - start) if start < until else None
    match = _CURSOR.fullmatch(cursor)
    if match is None or int(match[2]) == 0:
        return None
    return _Slice(int(match[1]), int(match[2]), int(match[3]))


def _read(api: Api, part: _Slice, *, count: int) -> list[Raw] | Failure:
    # Whether `to` is in or out is not documented: what belongs to the next slice is left out by `_of_slice`.
    asked = {"from": part.start, "to": part.end, "count": count, "skip": part.skip, "expand[]": "card"}
    reply = api.call(lambda sdk: sdk.payment.all(asked))
    if isinstance(reply, Failure) or not is_good(reply):
        return failure_of(reply)
    items = items_of(reply.body)
    return MALFORMED if items is None else items


def _of_slice(found: list[Raw], part: _Slice) -> list[Raw]:
    dated = [(int_of(raw.get("created_at")) or part.start, raw) for raw in reversed(found)]
    ours = sorted((pair for pair in dated if part.start <= pair[0] < part.end), key=lambda pair: pair[0])
    return [raw for _, raw in ours]

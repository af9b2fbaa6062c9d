"""The short way in: reports of transactions that nobody reported before, in one statement that commits itself.

Most reports are such. What must be known beforehand, the merchants' clocks, policies and rules, is remembered
from earlier groups, and the statement checks that it still holds. What it finds to be otherwise, or known already,
it leaves alone: that goes the long way (`record.py`).
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection

from app.db.models import Attempt, FailureEvent, IdempotencyKey, Recovery, Transaction
from app.db.queries.bulk import Row
from app.db.queries.fresh import insert_fresh
from app.db.queries.ingest import Merchant, load_merchants
from app.db.session import Connect
from app.domain.errors import TinkoError
from app.services.ingest.draft import Draft
from app.services.ingest.incoming import Incoming, Outcome, Recorded, answer_row
from app.services.ingest.understand import understand

_MOST_REMEMBERED: Final = 4096


class AtOnce:
    """Records by the short way; `connect` lends a connection on which each statement is its own transaction.

    Threads may share it: what it remembers is only ever replaced, and held against the database each time.
    """

    def __init__(self, connect: Connect) -> None:
        self._connect = connect
        self._merchants: dict[str, Merchant] = {}

    def record(self, items: Sequence[Incoming], *, now: datetime, retention: timedelta) -> dict[int, Outcome]:
        """Record what can be recorded so, by its place in `items`; all else has left no trace.

        `now` is the machine's time. Raises what the database raises; then nothing was written.
        """
        with self._connect() as connection:
            merchants = self._recall(connection, {item.organization_id for item in items})
            draft, outcomes = Draft(), dict[str, tuple[int, Outcome]]()
            wanted: list[Row] = []
            for index, item in _firsts(items):
                merchant = merchants.get(item.organization_id)
                body = merchant and _understood(draft, item, merchant, now=now)
                if not body:
                    continue
                transaction_id = draft.transactions[-1]["id"]
                names = {"r": item.report.transaction_ref, "p": item.report.psp_payment_id, "k": item.key}
                wanted.append({"t": transaction_id, "o": item.organization_id, **names})
                outcomes[transaction_id] = index, Recorded(body, replayed=False)
                if item.key:
                    answer = answer_row(item, body, expires_at=now + retention)
                    draft.answers.append(answer | {"transaction_id": transaction_id})
            written = _write(connection, draft, wanted, merchants) if wanted else set()
        self._forget(wanted, written)
        return dict(outcomes[transaction_id] for transaction_id in written)

    def _recall(self, connection: Connection, ids: set[str]) -> dict[str, Merchant]:
        missing = ids - self._merchants.keys()
        if missing:
            if len(self._merchants) + len(missing) > _MOST_REMEMBERED:
                self._merchants = {}
            self._merchants = self._merchants | load_merchants(connection, ids=missing)
        return {each: merchant for each in ids if (merchant := self._merchants.get(each))}

    def _forget(self, wanted: Sequence[Row], written: set[str]) -> None:
        """Forget merchants of whom nothing was written: their clock, policy or rules may have changed."""
        seen = {row["o"] for row in wanted if row["t"] in written}
        stale = {row["o"] for row in wanted} - seen
        if stale:
            self._merchants = {each: known for each, known in self._merchants.items() if each not in stale}


def _firsts(items: Sequence[Incoming]) -> Iterator[tuple[int, Incoming]]:
    """Leave out what names a transaction or a key for the second time."""
    seen: set[tuple[str, str, str]] = set()
    for index, item in enumerate(items):
        marks = {("ref", item.organization_id, item.report.transaction_ref)}
        if item.key:
            marks.add(("key", item.organization_id, item.key))
        if marks.isdisjoint(seen):
            yield index, item
        seen |= marks


def _understood(draft: Draft, item: Incoming, merchant: Merchant, *, now: datetime) -> bytes | None:
    """Add a report's rows to the draft; None if it is refused, or leads to more than rows of its own."""
    others = len(draft.timeline) + len(draft.unknown_codes)
    try:
        body = understand(draft, item.report, merchant, None, now=now + merchant.clock_offset)
    except TinkoError:
        return None
    return body if len(draft.timeline) + len(draft.unknown_codes) == others else None


def _write(connection: Connection, draft: Draft, wanted: Sequence[Row], merchants: dict[str, Merchant]) -> set[str]:
    said = [
        {
            "o": merchant.id,
            "clock": merchant.clock_offset // timedelta(microseconds=1),
            "p": merchant.policy_id,
            "v": merchant.policy_version,
            "r": merchant.rules_version,
        }
        for merchant in merchants.values()
    ]
    tables = (
        (Transaction, draft.transactions),
        (Recovery, draft.recoveries),
        (FailureEvent, draft.events),
        (Attempt, draft.attempts),
        (IdempotencyKey, draft.answers),
    )
    return insert_fresh(connection, wanted=wanted, merchants=said, tables=tables)

"""A group of reports with its transaction: raced groups are tried again, and nobody pays for a neighbour."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

import structlog
from sqlalchemy.exc import DBAPIError, DisconnectionError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from app.db.session import Begin
from app.domain.errors import UnavailableError
from app.infra.clock import Clock
from app.infra.metrics import EVENTS_INGESTED, INGEST_GROUP, INGEST_SECONDS
from app.services.ingest.at_once import AtOnce
from app.services.ingest.incoming import Incoming, Outcome, Recorded
from app.services.ingest.record import RacedError, record_failures

_TRIES: Final = 5
_WAIT: Final = timedelta(seconds=1)
_log = structlog.get_logger(__name__)


def record_group(
    begin: Begin, *, items: Sequence[Incoming], clock: Clock, retention: timedelta, at_once: AtOnce | None = None
) -> list[Outcome]:
    """Record reports together, committed when this returns; the outcome of each.

    What `at_once` can record is one transaction, the rest another. If the database refuses a row, the
    reports are recorded one by one, so that only the bad one fails. If the database is not there, all
    answer `UnavailableError`.
    """
    INGEST_GROUP.observe(len(items))
    with INGEST_SECONDS.time():
        found = _record_at_once(at_once, items, clock, retention) if at_once else {}
        rest = [index for index in range(len(items)) if index not in found]
        if rest:
            found |= dict(zip(rest, _record(begin, [items[index] for index in rest], clock, retention), strict=True))
        outcomes = [found[index] for index in range(len(items))]
    for fate, number in Counter(map(_fate, outcomes)).items():
        EVENTS_INGESTED.labels(fate).inc(number)
    return outcomes


def _fate(outcome: Outcome) -> str:
    if not isinstance(outcome, Recorded):
        return "refused"
    return "replayed" if outcome.replayed else "accepted"


def _record_at_once(
    at_once: AtOnce, items: Sequence[Incoming], clock: Clock, retention: timedelta
) -> dict[int, Outcome]:
    try:
        return at_once.record(items, now=clock.now(), retention=retention)
    except (DBAPIError, PoolTimeoutError) as trouble:
        # Somebody else was faster, a row is refused, the connection is gone: the long way finds out which.
        _log.info("ingest_short_way_failed", size=len(items), trouble=type(trouble).__name__)
        return {}


def _record(begin: Begin, items: Sequence[Incoming], clock: Clock, retention: timedelta) -> list[Outcome]:
    for _ in range(_TRIES):
        try:
            with begin() as session:
                return record_failures(session, items=items, now=clock.now(), retention=retention)
        except RacedError:
            continue
        except (OperationalError, PoolTimeoutError, DisconnectionError) as down:
            # Deadlocks and lock time-outs are among these: the next try may do.
            _log.warning("ingest_group_failed", size=len(items), exc_info=down)
        except DBAPIError as refused:
            if len(items) == 1:
                _log.exception("ingest_row_refused", exc_info=refused)
                return [_unavailable("The database refused this report.")]
            return [outcome for item in items for outcome in _record(begin, [item], clock, retention)]
    return [_unavailable("The database did not take the report in time.") for _ in items]


def _unavailable(detail: str) -> UnavailableError:
    return UnavailableError(detail, retry_after=_WAIT, code="ingest_unavailable")
